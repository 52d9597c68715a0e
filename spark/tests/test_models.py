"""Growth, churn and segments are those of the commands and the jobs."""

from __future__ import annotations

import csv
import datetime
import json
import random
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run

import seedtest_spark as st
from seedtest.errors import SettingError, TooLittleDataError
from seedtest_spark.jobs import main

FIRST = datetime.date(2026, 1, 5)
TODAY = datetime.date(2026, 5, 10)


@dataclass(frozen=True)
class Term:
    """Four months of a school in which some fall silent, as a file for Spark and a database of the jobs."""

    parquet: Path
    folder: Path
    rows: list[dict[str, Any]]

    def table(self, sql: str) -> list[Any]:
        (path,) = self.folder.glob("*.db")
        return sqlite3.connect(path).execute(sql).fetchall()


def simulate(students: int) -> list[dict[str, Any]]:
    """Two kinds of learners, quick and slow ones; each leaves some day, sooner who answers seldom."""
    draw = random.Random(11)
    rows = []
    for s in range(students):
        is_quick = s % 2 == 0
        rate = 0.75 if is_quick else 0.3
        day = draw.randrange(40)
        left = day + 20 + draw.expovariate(0.006 if is_quick else 0.02)
        while day < min(left, 126):
            start = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=day)
            for k in range(draw.randrange(3, 9) if draw.random() < rate else 0):
                rows.append(
                    {
                        "student_id": f"s{s:03}",
                        "item_id": f"q{draw.randrange(30)}",
                        "correct": draw.random() < (0.8 if is_quick else 0.5),
                        "completed_at": start + datetime.timedelta(minutes=4 * k, seconds=draw.randrange(60)),
                        "topic_id": f"t{draw.randrange(3)}",
                        "response_time_ms": (5_000 if is_quick else 40_000) + draw.randrange(9_000),
                        "hints_used": int(draw.random() < (0.05 if is_quick else 0.4)),
                    }
                )
            day += 1
    draw.shuffle(rows)
    return rows


@pytest.fixture(scope="module")
def term(binary: str, tmp_path_factory: pytest.TempPathFactory) -> Term:
    folder = tmp_path_factory.mktemp("term")
    rows = simulate(160)
    with open(folder / "answers.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            text = {"correct": int(row["correct"]), "completed_at": row["completed_at"].isoformat()}
            writer.writerow({**row, **text})
    pq.write_table(pa.Table.from_pylist(rows), folder / "answers.parquet", row_group_size=5_000)
    run(binary, "import", str(folder / "answers.csv"), "--data-dir", str(folder / "school"))
    return Term(folder / "answers.parquet", folder / "school", rows)


def job(binary: str, term: Term, name: str, *flags: str) -> None:
    run(binary, "job", "run", name, *flags, "--data-dir", str(term.folder))


def frame(spark: Any, term: Term, partitions: int) -> Any:
    return spark.read.parquet(str(term.parquet)).repartition(partitions)


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_churn_is_that_of_the_job(spark: Any, binary: str, term: Term, partitions: int) -> None:
    fit = st.churn(frame(spark, term, partitions), as_of=TODAY)
    job(binary, term, "fit-survival-churn", "--as-of", str(TODAY))
    ((coefficients, n, n_events),) = term.table(
        "SELECT coefficients, n, n_events FROM survival_fit_meta ORDER BY fitted_at DESC LIMIT 1"
    )
    assert fit.response["coefficients"] == json.loads(coefficients)
    meta = fit.response["model_meta"]
    assert (meta["n"], meta["n_events"]) == (n, n_events) and n_events > 30
    stored = term.table("SELECT user_id, risk_score, hazard_ratio, rank_percentile FROM survival_risk ORDER BY user_id")
    found = [
        (row.user_id, row.risk_score, row.hazard_ratio, row.rank_percentile)
        for row in fit.tables["survival_risk"].orderBy("user_id").collect()
    ]
    assert len(found) > 60
    assert found == stored


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_growth_is_that_of_the_command(
    spark: Any, binary: str, term: Term, tmp_path: Path, partitions: int
) -> None:
    settings = {"chains": 2, "warmup": 150, "samples": 150, "seed": 4, "target_score": 0.7}
    fit = st.growth(frame(spark, term, partitions), first="2026-03-01", last=TODAY, **settings)
    weeks: dict[tuple[str, datetime.date], list[bool]] = {}
    for row in term.rows:
        day = row["completed_at"].date()
        monday = day - datetime.timedelta(days=day.weekday())
        if datetime.date(2026, 2, 23) <= monday <= TODAY:
            weeks.setdefault((row["student_id"], monday), []).append(row["correct"])
    with open(tmp_path / "weeks.csv", "w", encoding="utf-8") as file:
        file.write("student,week,score,n\n")
        for (student, week), right in sorted(weeks.items()):
            file.write(f"{student},{week},{sum(right) / len(right)!r},{len(right)}\n")
    flags = ["--chains", "2", "--warmup", "150", "--samples", "150", "--seed", "4", "--target", "0.7"]
    own = run(binary, "fit", "growth", "--data", str(tmp_path / "weeks.csv"), *flags, "--json", "-")
    assert fit.json == own
    students = fit.tables["growth_student"].collect()
    assert {row.user_id: row.probability for row in students} == {
        user: of["probability"] for user, of in json.loads(own)["predictions"].items()
    }


@pytest.fixture(scope="module")
def segmented(binary: str, term: Term) -> Term:
    """With the segments of the job, after a KPI job at the end of every week."""
    for week in range(12):
        sunday = TODAY - datetime.timedelta(weeks=11 - week)
        job(binary, term, "compute-daily-kpis", "--date", str(sunday))
    job(binary, term, "aggregate-features-daily", "--date", str(TODAY), "--lookback-days", "100")
    job(binary, term, "cluster-segments", "--as-of", str(TODAY))
    return term


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_segments_are_those_of_the_job(spark: Any, segmented: Term, partitions: int) -> None:
    fit = st.segments(frame(spark, segmented, partitions), as_of=TODAY)
    ((k, centers),) = segmented.table("SELECT n_clusters, centers FROM segment_meta")
    assert (fit.response["k"], fit.response["centers"]) == (k, json.loads(centers))
    assert k == 2
    stored = segmented.table("SELECT user_id, cluster_id, features_snapshot FROM user_segment ORDER BY user_id")
    found = fit.tables["user_segment"].orderBy("user_id").collect()
    assert [row.user_id for row in found] == [user for user, *_ in stored]
    # The first run of the job gives numbers of its own to the same segments.
    numbers = {(row.cluster_id, number) for row, (_, number, _) in zip(found, stored)}
    assert len(numbers) == 2
    for row, (_, _, snapshot) in zip(found, stored):
        known = json.loads(snapshot)
        assert (row.membership, row.is_outlier) == (known["membership"], known["is_outlier"])


def test_the_jobs_write_tables(spark: Any, term: Term, tmp_path: Path) -> None:
    given = ["--answers", str(term.parquet), "--output", str(tmp_path / "out")]
    assert main(["fit-survival-churn", *given, "--as-of", str(TODAY)], lambda: spark) == 0
    assert main(["cluster-segments", *given, "--as-of", str(TODAY)], lambda: spark) == 0
    settings = json.dumps({"chains": 2, "warmup": 50, "samples": 50})
    # So few draws are too few, and the exit code says so.
    assert main(["fit-bayesian-growth", *given, "--last", str(TODAY), "--settings", settings], lambda: spark) == 3
    names = ["survival_fit_meta", "survival_risk", "segment_meta", "user_segment", "growth_brms_meta", "growth_student"]
    for name in names:
        assert spark.read.parquet(str(tmp_path / "out" / name)).count() > 0


def test_what_cannot_be_fitted_is_told(spark: Any, term: Term) -> None:
    df = frame(spark, term, 2)
    with pytest.raises(TooLittleDataError):
        st.churn(df, as_of=FIRST)
    with pytest.raises(SettingError, match="lookback_days is 0"):
        st.churn(df, as_of=TODAY, lookback_days=0)
    with pytest.raises(SettingError, match="weeks is 0"):
        st.segments(df, as_of=TODAY, weeks=0)
    with pytest.raises(SettingError, match="no day"):
        st.churn(df, as_of="10.05.2026")
    with pytest.raises(SettingError, match="time of the answers"):
        st.segments(df.drop("completed_at"), as_of=TODAY)
