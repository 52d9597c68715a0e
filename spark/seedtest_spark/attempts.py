"""Any DataFrame of answers as the columns that the kernels read, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F
from pyspark.sql import types as T

from .faults import on_driver, refuse

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

# The names of a column that is not named, in the order they are looked for.
_KNOWN = {
    "student": ("student", "student_id", "user_id", "user"),
    "item": ("item", "item_id", "question_id", "question"),
    "correct": ("correct", "is_correct"),
    "at": ("at", "completed_at", "answered_at", "responded_at", "timestamp"),
    "topic": ("topic", "topic_id", "skill_id", "skill"),
    "session": ("session", "session_id"),
    "response_time_ms": ("response_time_ms",),
    "hints": ("hints", "hints_used", "hint_count"),
    "group": (),
}

_WHOLE = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)


@dataclass(frozen=True)
class Attempts:
    """Answers in columns of known names and types."""

    rows: DataFrame
    """`student` and `item` (string), `correct` (boolean), and, where there are some, `at` (microseconds),
    `topic`, `session`, `group` (string), `response_time_ms`, `hints` (long)."""

    n_rows: int
    n_students: int
    fingerprint: str
    """Equal rows in any order and any partitions have the same."""

    @property
    def columns(self) -> list[str]:
        return list(self.rows.columns)


def attempts(df: DataFrame, wanted: tuple[str, ...], names: dict[str, str | None]) -> Attempts:
    """The columns `wanted` of `df`; `names` says what some are called, others are found by the usual names.

    Raises what is wrong with them: a column that is not there, another type, ids that are missing, values that are
    neither right nor wrong.
    """
    columns = [_cast(df, field, names.get(field)) for field in wanted]
    rows = df.select(*[column for column in columns if column is not None])
    counts = on_driver(lambda: _counts(rows).collect()[0].asDict())
    _require(counts)
    fingerprint = f"{counts['n_rows']}-{counts['n_students']}-{counts['sum']}"
    return Attempts(rows, counts["n_rows"], counts["n_students"], fingerprint)


def _cast(df: DataFrame, field: str, given: str | None) -> Column | None:
    name = given or next((known for known in _KNOWN[field] if known in df.columns), None)
    if name is None:
        if field in ("student", "item", "correct"):
            hint = f"name it: {field}=…; columns are {', '.join(df.columns)}"
            refuse(f"no column holds the {field}", hint, "setting")
        return None
    if name not in df.columns:
        hint = f"columns are {', '.join(df.columns)}"
        refuse(f"{field}: no column is called {name}", hint, "setting")
    kind = df.schema[name].dataType
    column = F.col(_quoted(name))
    return _CASTS[field](column, kind, name).alias(field)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _text(column: Column, kind: Any, name: str) -> Column:
    if isinstance(kind, T.StringType):
        return column
    if isinstance(kind, _WHOLE):
        return column.cast("string")
    refuse(
        f"column {name} is {kind.simpleString()}: names are texts or whole numbers",
        f"cast it as it is meant: df.withColumn({name!r}, F.col({name!r}).cast('string'))",
    )


def _truth(column: Column, kind: Any, name: str) -> Column:
    if isinstance(kind, T.BooleanType):
        return column
    if isinstance(kind, _WHOLE):
        # What is neither 0 nor 1 is counted by itself before it counts as unknown.
        return column.cast("long")
    refuse(
        f"column {name} is {kind.simpleString()}: right and wrong are a boolean, or 1 and 0",
        f"compute it: df.withColumn({name!r}, F.col({name!r}) == …)",
    )


def _micros(column: Column, kind: Any, name: str) -> Column:
    if isinstance(kind, (T.TimestampType, T.TimestampNTZType)):
        return F.unix_micros(column.cast("timestamp"))
    refuse(
        f"column {name} is {kind.simpleString()}: a time is a timestamp",
        f"read it: df.withColumn({name!r}, F.to_timestamp({name!r}))",
    )


def _count(column: Column, kind: Any, name: str) -> Column:
    if isinstance(kind, _WHOLE):
        return column.cast("long")
    if isinstance(kind, T.BooleanType):
        return column.cast("int").cast("long")
    refuse(
        f"column {name} is {kind.simpleString()}: a count is a whole number",
        f"cast it: df.withColumn({name!r}, F.col({name!r}).cast('long'))",
    )


_CASTS = {
    "student": _text,
    "item": _text,
    "correct": _truth,
    "at": _micros,
    "topic": _text,
    "session": _text,
    "response_time_ms": _count,
    "hints": _count,
    "group": _text,
}


def _counts(rows: DataFrame) -> DataFrame:
    def number(condition: Column) -> Column:
        return F.count(F.when(condition, F.lit(1)))

    def missing(name: str) -> Column:
        return number(F.col(name).isNull() | (F.col(name) == ""))

    hashed = F.pmod(F.xxhash64(*rows.columns), F.lit(1 << 31))
    counts = [
        F.count(F.lit(1)).alias("n_rows"),
        F.count_distinct(F.col("student")).alias("n_students"),
        F.sum(hashed).alias("sum"),
        missing("student").alias("without_student"),
        missing("item").alias("without_item"),
    ]
    if not isinstance(rows.schema["correct"].dataType, T.BooleanType):
        correct = F.col("correct")
        counts.append(number(correct.isNotNull() & ~correct.isin(0, 1)).alias("odd"))
    if "at" in rows.columns:
        counts.append(number(F.col("at").isNull()).alias("without_time"))
    return rows.agg(*counts)


def _require(counts: dict[str, int]) -> None:
    if counts["n_rows"] == 0:
        refuse("there is no row", "look at what the DataFrame was read from", "no_observations")
    for name in ("student", "item"):
        n = counts[f"without_{name}"]
        if n > 0:
            hint = f"find out whose they are, or leave them out: df.where('{name} is not null')"
            refuse(f"{n} of {counts['n_rows']} rows have no {name}", hint)
    if counts.get("odd", 0) > 0:
        n = counts["odd"]
        refuse(
            f"{n} of {counts['n_rows']} rows are neither right (1) nor wrong (0)",
            "say from which score on an answer is right: F.col(…) >= …",
        )
    if counts.get("without_time", 0) > 0:
        n = counts["without_time"]
        refuse(
            f"{n} of {counts['n_rows']} rows have no time",
            "leave them out, or leave the column of the time out where the order does not matter",
        )
