"""What runs on executors: functions of whole partitions and groups, given to Spark by name."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import seedtest
from seedtest import _native
from seedtest.errors import DataError, TooLittleDataError

from .faults import told

if TYPE_CHECKING:
    import pandas as pd

CHUNKS = "chunk int, answers binary"
SUMS = "sums binary"
ABILITIES = (
    "user_id string, theta double, se double, n int, reason string, `group` string, model string, version string, "
    "run_id string"
)
KPIS = "user_id string, week_start date, kpis string"
FEATURES = (
    "user_id string, topic_id string, date date, attempts int, correct int, avg_time_ms int, rt_median int, "
    "hints int, improvement double, last_seen_at timestamp"
)
SCORES = "user_id string, theta double, se double, n int, reason string"
WEEKS = "user_id string, week_start date, score double, n int"
CHURN = "user_id string, landmark date, time long, event boolean, " + ", ".join(
    f"`{name}` double" for name in _native.churn_covariates()
)
SEGMENTS = "user_id string, " + ", ".join(f"`{name}` double" for name in _native.segment_features())
VERSIONS = "versions string"

_CHUNKS = pa.schema([("chunk", pa.int32()), ("answers", pa.binary())])
_SUMS = pa.schema([("sums", pa.binary())])
_ABILITIES = pa.schema(
    [
        ("user_id", pa.string()),
        ("theta", pa.float64()),
        ("se", pa.float64()),
        ("n", pa.int32()),
        ("reason", pa.string()),
        ("group", pa.string()),
        ("model", pa.string()),
        ("version", pa.string()),
        ("run_id", pa.string()),
    ]
)
_SCORES = pa.schema(
    [
        ("user_id", pa.string()),
        ("theta", pa.float64()),
        ("se", pa.float64()),
        ("n", pa.int32()),
        ("reason", pa.string()),
    ]
)
_KPIS = pa.schema([("user_id", pa.string()), ("week_start", pa.date32()), ("kpis", pa.string())])
_WEEKS = pa.schema(
    [("user_id", pa.string()), ("week_start", pa.date32()), ("score", pa.float64()), ("n", pa.int32())]
)
_FEATURES = pa.schema(
    [
        ("user_id", pa.string()),
        ("topic_id", pa.string()),
        ("date", pa.date32()),
        ("attempts", pa.int32()),
        ("correct", pa.int32()),
        ("avg_time_ms", pa.int32()),
        ("rt_median", pa.int32()),
        ("hints", pa.int32()),
        ("improvement", pa.float64()),
        ("last_seen_at", pa.timestamp("us", tz="UTC")),
    ]
)


_CHURN = pa.schema(
    [
        ("user_id", pa.string()),
        ("landmark", pa.date32()),
        ("time", pa.int64()),
        ("event", pa.bool_()),
        *((name, pa.float64()) for name in _native.churn_covariates()),
    ]
)
_SEGMENTS = pa.schema(
    [("user_id", pa.string()), *((name, pa.float64()) for name in _native.segment_features())]
)


def versions() -> str:
    """What driver and executors must have in common."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"seedtest {seedtest.__version__} ({_native.__version__}), Python {python}"


def task() -> AbstractContextManager[None]:
    """What a function does its work in: as many threads as the task has cores, and faults in words of their own."""
    try:
        from pyspark import TaskContext

        context = TaskContext.get()
    except ImportError:
        context = None
    if context is not None:
        # Read once, when the first kernel runs in this process.
        os.environ.setdefault("RAYON_NUM_THREADS", str(max(1, context.cpus())))
    return told()


def tell_versions(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        yield pa.RecordBatch.from_pydict({"versions": [versions()]})


class Pack:
    """The rows of a chunk as one row with its answers packed."""

    def __init__(self, options: str) -> None:
        self.options = options

    def __call__(self, rows: pa.Table) -> pa.Table:
        with task():
            chunk = rows.column("chunk")[0].as_py()
            answers = _native.chunk_pack(rows.drop_columns(["chunk"]), self.options)
            return pa.Table.from_pydict({"chunk": [chunk], "answers": [answers]}, _CHUNKS)


class Summarise:
    """One summary of the chunks of a partition; nothing of an empty one."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with task():
            found = [_native.chunk_summary(answers) for answers in _answers(batches)]
            if found:
                merged = _native.chunk_merge_summaries(found)
                yield pa.RecordBatch.from_pydict({"sums": [merged]}, _SUMS)


class RunPass:
    """The sums of a pass over the chunks of a partition; nothing of an empty one."""

    def __init__(self, plan: str, call: bytes, most_kept: int) -> None:
        self.plan, self.call, self.most_kept = plan, call, most_kept

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with task():
            job = _native.ChunkPass(self.plan, self.call, self.most_kept)
            for answers in _answers(batches):
                job.add(answers)
            sums = job.sums()
            if sums is not None:
                yield pa.RecordBatch.from_pydict({"sums": [sums]}, _SUMS)


class Abilities:
    """The abilities of the students of each chunk."""

    def __init__(self, plan: str, call: bytes, labels: tuple[str, str, str]) -> None:
        self.plan, self.call, self.labels = plan, call, labels

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with task():
            for answers in _answers(batches):
                student, group, theta, se, n, reason = _native.chunk_abilities(
                    answers, self.plan, self.call
                )
                labels = [[label] * len(student) for label in self.labels]
                columns = [student, theta, se, n, reason, group, *labels]
                yield pa.RecordBatch.from_pydict(dict(zip(_ABILITIES.names, columns)), _ABILITIES)


class Kpis:
    """The KPI rows of the students of a group."""

    def __init__(self, options: str) -> None:
        self.options = options

    def __call__(self, rows: pa.Table) -> pa.Table:
        with task():
            user_id, week, kpis = _native.chunk_kpis(_answered(rows), self.options)
            week = pa.array(week, pa.string()).cast(pa.date32())
            return pa.Table.from_arrays(
                [pa.array(user_id, pa.string()), week, pa.array(kpis, pa.string())], schema=_KPIS
            )


class Weeks:
    """The share of right answers of the students of a group, week by week."""

    def __init__(self, time_zone: str) -> None:
        self.time_zone = time_zone

    def __call__(self, rows: pa.Table) -> pa.Table:
        with task():
            user_id, week, score, n = _native.chunk_weeks(_answered(rows), self.time_zone)
            arrays = [
                pa.array(user_id, pa.string()),
                pa.array(week, pa.string()).cast(pa.date32()),
                pa.array(score, pa.float64()),
                pa.array(n, pa.int32()),
            ]
            return pa.Table.from_arrays(arrays, schema=_WEEKS)


class Churn:
    """The students of a group at each landmark, and today: the rows without one."""

    def __init__(self, options: str) -> None:
        self.options = options

    def __call__(self, rows: pa.Table) -> pa.Table:
        with task():
            user_id, landmark, time, event, covariates = _native.chunk_churn(_answered(rows), self.options)
            landmark = pa.array(landmark, pa.string()).cast(pa.date32())
            columns = [user_id, landmark, time, event, *covariates]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, _CHURN)]
            return pa.Table.from_arrays(arrays, schema=_CHURN)


class Segments:
    """What segments are made of, of the students of a group."""

    def __init__(self, options: str) -> None:
        self.options = options

    def __call__(self, rows: pa.Table) -> pa.Table:
        with task():
            user_id, features = _native.chunk_segments(_answered(rows), self.options)
            arrays = [pa.array(column, field.type) for column, field in zip([user_id, *features], _SEGMENTS)]
            return pa.Table.from_arrays(arrays, schema=_SEGMENTS)


class Features:
    """What the students of a group did in every topic, day by day."""

    def __init__(self, options: str) -> None:
        self.options = options

    def __call__(self, rows: pa.Table) -> pa.Table:
        with task():
            found = _native.chunk_features(_answered(rows), self.options)
            columns: list[Any] = [list(column) for column in zip(*found)] or [[]] * len(_FEATURES)
            columns[2] = pa.array(columns[2], pa.string()).cast(pa.date32())
            columns[9] = pa.array(columns[9], pa.int64()).cast(_FEATURES.field(9).type)
            arrays = [
                column if isinstance(column, pa.Array) else pa.array(column, field.type)
                for column, field in zip(columns, _FEATURES)
            ]
            return pa.Table.from_arrays(arrays, schema=_FEATURES)


class Score:
    """Abilities of the students of a group from known item parameters."""

    def __init__(self, params: str, options: dict[str, Any]) -> None:
        self.params, self.options = params, options

    def __call__(self, rows: pa.Table) -> pa.Table:
        with task():
            rows = _in_order(_answered(rows))
            try:
                found = seedtest.score(
                    self.params, rows, student="student", item="item", correct="correct", **self.options
                )
                scores = json.loads(found.to_json())["scores"]
            except TooLittleDataError:
                # Others have answers to items with parameters.
                students = sorted(set(rows.column("student").to_pylist()))
                scores = [{"user_id": id, "n": 0, "reason": "only_skipped_items"} for id in students]
            columns = {name: [row.get(name) for row in scores] for name in _SCORES.names}
            return pa.Table.from_pydict(columns, _SCORES)


class ByPandas:
    """A function of tables of Arrow as one of pandas, for engines that have no other."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        table = pa.Table.from_pandas(rows, preserve_index=False)
        return self.function(table).to_pandas()


def _in_order(rows: pa.Table) -> pa.Table:
    """The rows by time, without the time: of several answers to an item the first comes first."""
    if "at" in rows.column_names:
        order = [("student", "ascending"), ("at", "ascending"), ("item", "ascending"), ("correct", "ascending")]
        return rows.sort_by(order).drop_columns(["at"])
    given = rows.group_by(["student", "item"]).aggregate([([], "count_all")])
    if len(given) < len(rows):
        message = "an item was answered more than once, and no column says when"
        raise DataError(message, "name the column of the time: at=…")
    return rows


def _answered(rows: pa.Table) -> pa.Table:
    return rows.drop_columns(["chunk"]) if "chunk" in rows.column_names else rows


def _answers(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    for batch in batches:
        for answers in batch.column(batch.schema.get_field_index("answers")):
            yield answers.as_py()
