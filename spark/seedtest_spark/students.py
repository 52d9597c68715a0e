"""What is computed of each student by itself: one pass by chunk, no other shuffle."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from seedtest import _native

from . import executors
from .attempts import attempts
from .faults import refuse
from .staging import by_chunk, grouped, require_versions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TIMED = ("student", "item", "correct", "at", "topic", "session", "response_time_ms", "hints")
"""What is read of answers with their times."""


def kpis(
    df: DataFrame,
    *,
    as_of: datetime.date | str,
    target: float = 0.0,
    time_zone: str = "UTC",
    lookback_days: int | None = None,
    session_gap_minutes: int | None = None,
    **columns: str,
) -> DataFrame:
    """The KPI rows of the recently active students as of a day: `user_id`, `week_start` and `kpis`, the row of
    `weekly_kpi` as JSON. They are those of the job `compute-daily-kpis` for students of whom no ability is stored.

    `columns` names columns: `student`, `item`, `correct`, `at`, `topic`, `session`, `response_time_ms`, `hints`.
    """
    options: dict[str, Any] = {
        "as_of": str(as_of),
        "target": float(target),
        "time_zone": time_zone,
        "lookback_days": lookback_days,
        "session_gap_minutes": session_gap_minutes,
    }
    return by_student(df, executors.Kpis(json.dumps(options)), executors.KPIS, columns)


def features(
    df: DataFrame,
    *,
    first: datetime.date | str,
    last: datetime.date | str,
    time_zone: str = "UTC",
    **columns: str,
) -> DataFrame:
    """What every student did in every topic, day by day, from `first` to `last`: the rows of
    `features_topic_daily`, as the job `aggregate-features-daily` has them. `columns` as for `kpis`."""
    options = {"first": str(first), "last": str(last), "time_zone": time_zone}
    found = by_student(df, executors.Features(json.dumps(options)), executors.FEATURES, columns)
    return found


def weekly_scores(df: DataFrame, *, time_zone: str = "UTC", **columns: str) -> DataFrame:
    """The share of right answers of every student and week: `user_id`, `week_start`, `score`, `n` answers. It is what
    models of growth are fitted to, and small enough for one machine. `columns` as for `kpis`."""
    return by_student(df, executors.Weeks(time_zone), executors.WEEKS, columns)


def by_student(df: DataFrame, function: Any, schema: str, names: dict[str, str]) -> DataFrame:
    """What `function` computes of the answers of each chunk of students; `names` names columns."""
    unknown = sorted(set(names) - set(TIMED))
    if unknown:
        refuse(f"{unknown[0]} is no option", f"columns are named by {', '.join(TIMED)}", "setting")
    require_versions(df.sparkSession)
    found = attempts(df, TIMED, dict(names))
    if "at" not in found.columns:
        refuse("no column holds the time of the answers", "name it: at=…", "setting")
    n_chunks = _native.chunk_count(found.n_students)
    return grouped(by_chunk(found.rows, n_chunks), function, schema)
