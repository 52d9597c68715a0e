"""Models of students and weeks: executors make the rows, which one machine holds, and the driver fits them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import seedtest
from seedtest import _native
from seedtest.errors import TooLittleDataError

from . import executors
from .faults import on_driver
from .students import by_student, weekly_scores

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_GROWTH = (
    "user_id string, mean_score double, sd_score double, probability double, lower double, upper double, "
    "reliable boolean, run_id string"
)
_RISKS = (
    "user_id string, risk_score double, hazard_ratio double, rank_percentile double, days_silent long, "
    "reasons string, run_id string"
)
_SEGMENTS = "user_id string, cluster_id int, membership double, is_outlier boolean, run_id string"
_META = "run_id string, converged boolean, response string"


@dataclass(frozen=True)
class Fit:
    """A fit of the driver: its response as JSON, and tables of it."""

    json: str
    """What the command of the same model writes with `--json` for the same rows."""

    problem: str | None
    """What is wrong with the fit, and what to do; `None` where nothing is."""

    tables: Mapping[str, DataFrame]
    """By the names that the jobs have for them."""

    @property
    def response(self) -> dict[str, Any]:
        """The response as a dictionary."""
        found: dict[str, Any] = json.loads(self.json)
        return found

    @property
    def converged(self) -> bool:
        """Whether the numbers may be used."""
        return self.problem is None

    def write(self, path: str, format: str = "parquet") -> None:
        """Writes a folder a table under `path`; what was there of them is replaced."""
        for name, table in self.tables.items():
            writer = table.write.format(format).mode("overwrite")
            on_driver(partial(writer.save, f"{path.rstrip('/')}/{name}"))


def growth(
    df: DataFrame,
    *,
    time_zone: str = "UTC",
    first: datetime.date | str | None = None,
    last: datetime.date | str | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Callable[..., object] | None = None,
    threads: int | None = None,
    **settings: Any,
) -> Fit:
    """Growth of every student over weeks: executors make the share of right answers of each student and week, the
    driver samples the model, as `seedtest.growth` and `seedtest fit growth` do for those rows.

    `first` and `last` are days of the first and the last week that counts. `columns` names columns as for `kpis`.
    `settings` are those of `seedtest.growth`: `target_score`, `horizon_weeks`, `chains`, `samples`, `seed` and others.

    Tables: `growth_brms_meta`, a row; `growth_student`, a row a student.
    """
    weeks = weekly_scores(df, time_zone=time_zone, **(columns or {}))
    if first is not None:
        weeks = weeks.where(weeks.week_start >= _monday(first))
    if last is not None:
        weeks = weeks.where(weeks.week_start <= _monday(last))
    rows = collected(weeks).rename_columns(["student", "week", "score", "n"])
    rows = rows.sort_by([("student", "ascending"), ("week", "ascending")])
    fit = seedtest.growth(rows, progress=progress, threads=threads, **settings)
    found = fit.result
    names = ("mean_score", "sd_score", "probability", "lower", "upper", "reliable")
    students = [
        (user_id, *(of.get(name) for name in names), found["run_id"]) for user_id, of in found["predictions"].items()
    ]
    tables = {"growth_student": (students, _GROWTH)}
    return _fit(df.sparkSession, (fit.to_json(), fit.problem), ("growth_brms_meta", found["run_id"]), tables)


def _monday(day: datetime.date | str) -> datetime.date:
    day = datetime.date.fromisoformat(day) if isinstance(day, str) else day
    return day - datetime.timedelta(days=day.weekday())


def churn(
    df: DataFrame,
    *,
    as_of: datetime.date | str,
    time_zone: str = "UTC",
    lookback_days: int | None = None,
    threshold_days: int | None = None,
    session_gap_minutes: int | None = None,
    run_id: str | None = None,
    progress: Callable[..., object] | None = None,
    threads: int | None = None,
    **columns: str,
) -> Fit:
    """The risk of every student to fall silent for `threshold_days`: executors make a row a student and Sunday of the
    lookback with the time to the next silence, the driver fits the Cox model and predicts. It is what the job
    `fit-survival-churn` does where no ability and no visit is stored. `columns` as for `kpis`.

    Tables: `survival_fit_meta`, a row; `survival_risk`, a row a student who was active in the lookback.

    Raises `TooLittleDataError` where too few students fell silent.
    """
    asked = json.dumps(
        {
            "today": str(as_of),
            "time_zone": time_zone,
            "lookback_days": lookback_days,
            "threshold_days": threshold_days,
            "session_gap_minutes": session_gap_minutes,
        }
    )
    rows = collected(by_student(df, executors.Churn(asked), executors.CHURN, columns))
    fit = _native.fit_churn(rows, asked, run_id, progress, threads)
    _require_fit(fit.answer)
    run_id = json.loads(fit.answer.json)["run_id"]
    risks = [(*row, run_id) for row in zip(*fit.risks)]
    found = (fit.answer.json, fit.answer.problem)
    return _fit(df.sparkSession, found, ("survival_fit_meta", run_id), {"survival_risk": (risks, _RISKS)})


def segments(
    df: DataFrame,
    *,
    as_of: datetime.date | str,
    weeks: int = 12,
    time_zone: str = "UTC",
    lookback_days: int | None = None,
    session_gap_minutes: int | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Callable[..., object] | None = None,
    threads: int | None = None,
    **settings: Any,
) -> Fit:
    """Kinds of learners: executors make the features of the students who have KPIs in at least four of the last
    `weeks` weeks, the driver clusters them as `seedtest.cluster` and `seedtest fit cluster` do.

    The features are those of the job `cluster-segments`; numbers and names of its segments are carried on from its
    last run, those of a fit are its own. `settings` are those of `seedtest.cluster`: `method`, `k`, `features`, `seed`
    and others.

    Tables: `segment_meta`, a row; `user_segment`, a row a student.
    """
    asked = {
        "as_of": str(as_of),
        "weeks": weeks,
        "time_zone": time_zone,
        "lookback_days": lookback_days,
        "session_gap_minutes": session_gap_minutes,
    }
    job = executors.Segments(json.dumps(asked))
    rows = collected(by_student(df, job, executors.SEGMENTS, dict(columns or {}))).sort_by("user_id")
    fit = seedtest.cluster(rows, id="user_id", progress=progress, threads=threads, **settings)
    found = fit.result
    outliers, shares = set(found["outliers"]), found["memberships"]

    def membership(user_id: str, cluster: int) -> float | None:
        of = shares.get(user_id)
        return None if of is None or cluster < 1 else float(of[cluster - 1])

    students = [
        (user_id, of, membership(user_id, of), user_id in outliers, found["run_id"])
        for user_id, of in found["clusters"].items()
    ]
    tables = {"user_segment": (students, _SEGMENTS)}
    return _fit(df.sparkSession, (fit.to_json(), fit.problem), ("segment_meta", found["run_id"]), tables)


def _fit(
    spark: SparkSession,
    found: tuple[str, str | None],
    meta: tuple[str, str],
    tables: Mapping[str, tuple[list[tuple[Any, ...]], str]],
) -> Fit:
    (name, run_id), (text, problem) = meta, found
    row = [(run_id, problem is None, text)]
    made = {name: spark.createDataFrame(row, _META)}
    made.update({table: spark.createDataFrame(rows, schema) for table, (rows, schema) in tables.items()})
    return Fit(text, problem, made)


def _require_fit(answer: _native.Answer) -> None:
    if not answer.is_fit:
        error = TooLittleDataError(f"nothing was fitted: {answer.problem}", "give more rows")
        error.json = answer.json
        raise error


def collected(df: DataFrame) -> pa.Table:
    """The rows of a DataFrame on the driver."""
    if hasattr(df, "toArrow"):
        return on_driver(df.toArrow)
    return pa.Table.from_pandas(on_driver(df.toPandas), preserve_index=False)
