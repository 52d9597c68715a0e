"""What is computed of each student is what jobs and commands compute."""

from __future__ import annotations

import datetime
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from conftest import Answers, run
from test_equality import in_passes

import seedtest
import seedtest_spark as st
from seedtest.errors import SettingError
from seedtest_spark.jobs import main

DAY = "2026-01-25"


@pytest.fixture(scope="module")
def school(binary: str, few: Answers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with KPI rows and features of the answers."""
    folder = tmp_path_factory.mktemp("school")
    at = ["--data-dir", str(folder)]
    run(binary, "import", str(few.csv), *at)
    run(binary, "job", "run", "compute-daily-kpis", "--date", DAY, *at)
    run(binary, "job", "run", "aggregate-features-daily", "--date", DAY, "--lookback-days", "30", *at)
    return folder


def database(folder: Path) -> sqlite3.Connection:
    (path,) = folder.glob("*.db")
    return sqlite3.connect(path)


def frame(spark: Any, answers: Answers, partitions: int) -> Any:
    return spark.read.parquet(str(answers.parquet)).repartition(partitions)


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_kpis(spark: Any, few: Answers, school: Path, partitions: int) -> None:
    found = st.kpis(frame(spark, few, partitions), as_of=DAY).collect()
    rows = {row.user_id: (str(row.week_start), json.loads(row.kpis)) for row in found}
    stored = database(school).execute("SELECT user_id, week_start, kpis FROM weekly_kpi").fetchall()
    assert len(stored) == 300
    assert rows == {user: (week[:10], json.loads(kpis)) for user, week, kpis in stored}


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_features(spark: Any, few: Answers, school: Path, partitions: int) -> None:
    found = st.features(frame(spark, few, partitions), first="2025-12-26", last=DAY).collect()
    names = "user_id topic_id date attempts correct avg_time_ms rt_median hints improvement".split()

    def rounded(row: dict[str, Any]) -> tuple[Any, ...]:
        # The column of the database keeps three decimals.
        values = {**row, "date": str(row["date"])[:10]}
        if values["improvement"] is not None:
            values["improvement"] = round(float(values["improvement"]), 3)
        return tuple(values[name] for name in names)

    rows = sorted(rounded(row.asDict()) for row in found)
    sql = f"SELECT {', '.join(names)} FROM features_topic_daily"
    stored = [rounded(dict(zip(names, row))) for row in database(school).execute(sql)]
    assert len(stored) > 800
    assert rows == sorted(stored)


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_weekly_scores(spark: Any, few: Answers, partitions: int) -> None:
    found = st.weekly_scores(frame(spark, few, partitions), time_zone="Asia/Seoul").collect()
    expected: dict[tuple[str, datetime.date], list[bool]] = {}
    for row in few.rows:
        day = (row["completed_at"] + datetime.timedelta(hours=9)).date()
        monday = day - datetime.timedelta(days=day.weekday())
        expected.setdefault((row["student_id"], monday), []).append(row["correct"])
    scores = {key: (sum(right) / len(right), len(right)) for key, right in expected.items()}
    assert {(row.user_id, row.week_start): (row.score, row.n) for row in found} == scores


@pytest.fixture(scope="module")
def fitted(few: Answers) -> str:
    """Item parameters."""
    rows = few.rows_as_table().select(["student_id", "item_id", "correct"])
    return seedtest.IRT(standard_errors="none").fit(rows).to_json()


@pytest.mark.parametrize(("method", "partitions"), [("eap", 1), ("wle", 3), ("eap", 7)])
def test_scores(spark: Any, few: Answers, fitted: str, method: str, partitions: int) -> None:
    found = st.score(frame(spark, few, partitions), fitted, method=method).collect()
    wheel = seedtest.score(
        fitted, few.rows_as_table(), student="student_id", item="item_id", correct="correct", method=method
    )
    expected = {row["user_id"]: (row["theta"], row["se"]) for row in json.loads(wheel.to_json())["scores"]}
    assert {row.user_id: (row.theta, row.se) for row in found} == expected


def test_a_time_is_needed(spark: Any, few: Answers) -> None:
    with pytest.raises(SettingError, match="time of the answers"):
        st.kpis(spark.read.parquet(str(few.parquet)).drop("completed_at"), as_of=DAY)


def test_the_way_to_the_database(spark: Any, binary: str, few: Answers, tmp_path: Path) -> None:
    """From the jobs as they are submitted to tables of the database; twice is like once."""
    out = str(tmp_path / "out")
    given = ["--answers", str(few.parquet), "--output", out]
    fit = ["mirt-calibrate", *given, "--staging", str(tmp_path / "staging"), "--options", '{"priors": "weak"}']
    assert main(fit, lambda: spark) == 0
    assert main(["compute-daily-kpis", *given, "--as-of", DAY], lambda: spark) == 0
    at = ["--data-dir", str(tmp_path / "school")]
    tables = {
        "mirt_item_params": 10,
        "mirt_ability": 300,
        "mirt_fit_meta": 1,
        "weekly_kpi": 300,
    }

    def content() -> dict[str, list[Any]]:
        connection = database(tmp_path / "school")
        return {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in tables}

    first = run(binary, "lake", out, *at)
    assert "10 items, 300 abilities" in first and "300 of them new or changed" in first
    before = content()
    assert {name: len(rows) for name, rows in before.items()} == tables
    again = run(binary, "lake", out, *at)
    assert "0 of them new or changed" in again
    assert content() == before
    students = spark.read.parquet(f"{out}/mirt_ability").collect()
    stored = database(tmp_path / "school").execute("SELECT user_id, theta, se FROM mirt_ability").fetchall()
    assert {(row.user_id, row.theta, row.se) for row in students} == set(stored)
