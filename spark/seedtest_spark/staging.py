"""Where a run keeps its packed answers and what its passes found, so that another one goes on from there."""

from __future__ import annotations

import datetime
import hashlib
import json
import time
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from seedtest import _native

from . import executors
from .faults import on_driver, refuse

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from .attempts import Attempts

_LINES = "at double, run string, kind string, key string, text string, content binary"

_SILENT_SECONDS = 120.0
"""A run that wrote nothing for so long does not live any more, as far as another one can know."""

_CHUNKS_A_FILE = 8

_CHECKPOINT_SECONDS = 20.0
"""Sums of passes are written when so much time has gone by since the last time."""


class Staging:
    """The lines of a staging path: what was begun, packed, found in passes and ended. Lines are only added."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self.spark = spark
        self.path = path.rstrip("/")
        self.run = uuid.uuid4().hex
        self._found: dict[str, bytes] = {}
        self._unwritten: dict[str, bytes] = {}
        self._written_at = time.monotonic()
        self._chunks: DataFrame | None = None

    def begin(self, settings: dict[str, Any], *, take_over: bool) -> None:
        """Begins a run, or goes on with one that did not end; refuses the path of a run that seems to live.

        Raises where another run wrote to the path a moment ago, and where the path holds other answers.
        """
        lines = self._lines()
        self._require_free(lines, take_over)
        known = [json.loads(line.text) for line in lines if line.kind == "answers"]
        answers = settings["answers"]
        if known and known[-1] != answers:
            changed = sorted(key for key in answers if known[-1].get(key) != answers[key])
            refuse(
                f"the staging path {self.path} holds other answers: {', '.join(changed)} differ",
                "give another staging path, or remove this one",
                "setting",
            )
        self._found = {line.key: bytes(line.content) for line in lines if line.kind == "pass"}
        begun = [self._line("begin", text=json.dumps(settings, sort_keys=True))]
        if not known:
            begun.append(self._line("answers", text=json.dumps(answers, sort_keys=True)))
        self._write(begun)

    def _require_free(self, lines: list[Any], take_over: bool) -> None:
        ended = {line.run for line in lines if line.kind == "end"}
        alive = [line for line in lines if line.run not in ended]
        last = max((line.at for line in alive), default=None)
        silent = None if last is None else time.time() - last
        if silent is not None and silent < _SILENT_SECONDS and not take_over:
            refuse(
                f"another run wrote to the staging path {self.path} {silent:.0f} seconds ago",
                "give another path; where that run is dead, go on from it with resume=True",
                "setting",
            )

    def chunks(self, attempts: Attempts, duplicates: str, partitions: int | None) -> DataFrame:
        """The packed chunks, which are written first unless they are there."""
        if self._chunks is not None:
            return self._chunks
        path = f"{self.path}/chunks"
        if not any(line.kind == "packed" for line in self._lines()):
            options = json.dumps({"duplicates": duplicates})
            n_chunks = _native.chunk_count(attempts.n_students)
            packed = grouped(by_chunk(attempts.rows, n_chunks), executors.Pack(options), executors.CHUNKS)
            # Readers take a file's chunks into memory at once, some 3 MB each.
            writer = packed.write.mode("overwrite").option("maxRecordsPerFile", _CHUNKS_A_FILE)
            on_driver(lambda: writer.parquet(path))
            self._write([self._line("packed", text=str(n_chunks))])
        chunks = self.spark.read.schema(executors.CHUNKS).parquet(path)
        if partitions is not None:
            chunks = chunks.repartition(partitions)
        self._chunks = chunks.persist()
        return self._chunks

    def collected(self, key: str, function: Any) -> list[bytes]:
        """The sums that `function` finds in every partition of the chunks; those that are known are not sought again.

        `key` says what is sought.
        """
        key = hashlib.sha256(key.encode()).hexdigest()
        if key in self._found:
            return [self._found[key]]
        if self._chunks is None:
            raise RuntimeError("chunks come before passes")
        rows = on_driver(mapped(self._chunks, function, executors.SUMS).collect)
        return [bytes(row.sums) for row in rows]

    def keep(self, key: str, sums: bytes) -> None:
        """Remembers the merged sums of a pass, and writes them from time to time."""
        key = hashlib.sha256(key.encode()).hexdigest()
        if key in self._found:
            return
        self._found[key] = sums
        self._unwritten[key] = sums
        if time.monotonic() - self._written_at > _CHECKPOINT_SECONDS:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Writes what was found since the last time."""
        lines = [self._line("pass", key=key, content=sums) for key, sums in self._unwritten.items()]
        self._unwritten = {}
        self._write(lines)
        self._written_at = time.monotonic()

    def fitted_at(self, run_id: str) -> str:
        """When the path first held the fit, as RFC 3339."""
        known = [line.text for line in self._lines() if line.kind == "fit" and line.key == run_id]
        if known:
            return str(known[0])
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds")
        self._write([self._line("fit", key=run_id, text=now)])
        return now

    def end(self) -> None:
        """Says that the run has ended: whoever comes next may have the path."""
        self._write([self._line("end")])

    def release(self) -> None:
        """Frees what executors hold."""
        if self._chunks is not None:
            self._chunks.unpersist()

    def _line(self, kind: str, key: str = "", text: str = "", content: bytes = b"") -> tuple[Any, ...]:
        return (time.time(), self.run, kind, key, text, content)

    def _write(self, lines: Iterable[tuple[Any, ...]]) -> None:
        lines = list(lines)
        if lines:
            frame = self.spark.createDataFrame(lines, _LINES).coalesce(1)
            on_driver(lambda: frame.write.mode("append").parquet(f"{self.path}/lines"))

    def _lines(self) -> list[Any]:
        try:
            rows = self.spark.read.schema(_LINES).parquet(f"{self.path}/lines").collect()
        except Exception as error:
            # Nothing was written yet.
            if "PATH_NOT_FOUND" in str(error) or "does not exist" in str(error):
                return []
            raise
        return sorted(rows, key=lambda row: row.at)


def by_chunk(rows: DataFrame, n_chunks: int) -> DataFrame:
    """The rows with the chunk of their student, as the kernels count them."""
    return rows.withColumn("chunk", F.pmod(F.xxhash64("student"), F.lit(n_chunks)).cast("int"))


def grouped(rows: DataFrame, function: Any, schema: str) -> DataFrame:
    """A function of the rows of each chunk: by Arrow where there is that, else by pandas."""
    groups = rows.groupBy("chunk")
    # Spark wants functions, and looks at their annotations where there are some.
    if hasattr(groups, "applyInArrow"):
        return groups.applyInArrow(lambda rows: function(rows), schema)
    by_pandas = executors.ByPandas(function)
    return groups.applyInPandas(lambda rows: by_pandas(rows), schema)


def mapped(chunks: DataFrame, function: Any, schema: str) -> DataFrame:
    """A function of the chunks of each partition."""
    return chunks.mapInArrow(lambda batches: function(batches), schema)


def require_versions(spark: SparkSession) -> None:
    """Raises where executors have another version of the package than the driver, or none."""
    partitions = 4
    rows = spark.range(0, partitions, 1, partitions)
    found = on_driver(rows.mapInArrow(executors.tell_versions, executors.VERSIONS).collect)
    own = executors.versions()
    other = sorted({row.versions for row in found} - {own})
    if other:
        refuse(
            f"an executor has {other[0]}, the driver has {own}",
            "install the same wheels and the same Python on every node",
            "setting",
        )
