"""What cannot be used is refused on the driver, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Answers
from pyspark.sql import functions as F

import seedtest_spark as st
from seedtest.errors import DataError, SeedtestError, SettingError, TooLittleDataError
from seedtest_spark import executors, faults
from seedtest_spark.jobs import main


def refused(df: Any, path: Path, kind: type[SeedtestError], match: str, **options: Any) -> SeedtestError:
    with pytest.raises(kind, match=match) as caught:
        st.calibrate(df, staging=str(path / "staging"), **options)
    # What to do is in the hint, or behind the semicolon of the message.
    assert caught.value.hint or "; " in caught.value.message
    return caught.value


@pytest.fixture
def df(spark: Any, few: Answers) -> Any:
    return spark.read.parquet(str(few.parquet))


def test_missing_ids(df: Any, tmp_path: Path) -> None:
    holes = df.withColumn("student_id", F.when(F.col("item_id") != "q3", F.col("student_id")))
    error = refused(holes, tmp_path, DataError, "rows have no student")
    assert "is not null" in str(error)


def test_types(df: Any, tmp_path: Path) -> None:
    refused(df.withColumn("item_id", F.lit(1.5)), tmp_path, DataError, "item_id is double")
    refused(df.withColumn("correct", F.lit("yes")), tmp_path, DataError, "boolean, or 1 and 0")
    refused(df.withColumn("completed_at", F.lit("2026")), tmp_path, DataError, "a time is a timestamp")
    refused(df.withColumn("correct", F.lit(3)), tmp_path, DataError, "neither right")


def test_whole_numbers_are_names_and_outcomes(spark: Any, df: Any, few: Answers, tmp_path: Path) -> None:
    as_numbers = df.withColumn("correct", F.col("correct").cast("int"))
    as_numbers = as_numbers.withColumn("item_id", F.expr("cast(substring(item_id, 2) as int)"))
    fit = st.calibrate(as_numbers, staging=str(tmp_path / "numbers"))
    plain = st.calibrate(df, staging=str(tmp_path / "plain"))
    b = {item["item_id"]: item["params"]["b"] for item in fit.response["item_params"]}
    assert b == {item["item_id"][1:]: item["params"]["b"] for item in plain.response["item_params"]}


def test_columns(df: Any, tmp_path: Path) -> None:
    refused(df.drop("correct"), tmp_path, SettingError, "no column holds the correct")
    refused(df, tmp_path, SettingError, "no column is called class", group="class")


def test_repeated_answers_need_a_time(df: Any, tmp_path: Path) -> None:
    twice = df.union(df).drop("completed_at")
    error = refused(twice, tmp_path, DataError, "more than once, and no column says when")
    assert "duplicates" in str(error)
    fit = st.calibrate(twice, staging=str(tmp_path / "all"), duplicates="all", priors="weak")
    assert fit.response["rows"]["used"] == 4200


def test_nothing(df: Any, tmp_path: Path) -> None:
    refused(df.where("item_id = 'none'"), tmp_path, TooLittleDataError, "there is no row")


def test_empty_partitions_and_a_skewed_student(spark: Any, df: Any, tmp_path: Path) -> None:
    more = spark.range(0, 20_000).select(
        F.lit("busy").alias("student_id"),
        F.concat(F.lit("q"), F.col("id") % 10).alias("item_id"),
        (F.col("id") % 3 == 0).alias("correct"),
        F.timestamp_seconds(F.lit(1_770_000_000) + F.col("id")).alias("completed_at"),
    )
    both = df.select("student_id", "item_id", "correct", "completed_at").unionByName(more)
    path = str(tmp_path / "staging")
    fit = st.calibrate(both, staging=path, partitions=7, priors="weak", duplicates="all")
    assert fit.response["fit_meta"]["n_users"] == 301


def test_settings(df: Any, tmp_path: Path) -> None:
    refused(df, tmp_path, SettingError, "model", model="5pl")
    refused(df, tmp_path, SettingError, "modle is no option", modle="2pl")
    refused(df, tmp_path, SettingError, "not for a calibration in passes", quality=True)


def test_groups(df: Any, tmp_path: Path) -> None:
    two = df.withColumn("class", F.when(F.col("item_id") == "q1", F.lit("a")).otherwise(F.lit("b")))
    refused(two, tmp_path, SettingError, "give one each", group="class")


def test_other_versions(df: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "tell_versions", _old)
    refused(df, tmp_path, SettingError, "an executor has seedtest 0.0.1")


def _old(batches: Any) -> Any:
    import pyarrow as pa

    for _ in batches:
        yield pa.RecordBatch.from_pydict({"versions": ["seedtest 0.0.1 (0.0.1), Python 3.11"]})


def test_a_missing_wheel_is_told() -> None:
    def fails() -> None:
        raise RuntimeError("worker said: ModuleNotFoundError: No module named 'seedtest_spark'")

    with pytest.raises(SettingError, match="the executors have no package seedtest-spark"):
        faults.on_driver(fails)


def test_jobs_that_cannot_run_say_why(
    spark: Any, few: Answers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--answers", str(few.parquet), "--output", str(tmp_path / "out")]
    fit = ["mirt-calibrate", *where, "--staging", str(tmp_path / "staging")]
    for text in ("{model", "[1]"):
        with pytest.raises(SystemExit) as ended:
            main([*fit, "--options", text], lambda: spark)
        assert ended.value.code == 2 and text in capsys.readouterr().err
    assert main([*fit, "--options", '{"modle": "2pl"}'], lambda: spark) == 1
    assert "modle is no option" in capsys.readouterr().err
    assert main(["update-theta", *where, "--params", str(tmp_path / "none.json")], lambda: spark) == 1
    assert "none.json" in capsys.readouterr().err
    nowhere = ["--answers", str(tmp_path / "nowhere"), "--output", str(tmp_path / "out")]
    assert main(["compute-daily-kpis", *nowhere, "--as-of", "2026-01-25"], lambda: spark) == 1
    assert "error:" in capsys.readouterr().err
