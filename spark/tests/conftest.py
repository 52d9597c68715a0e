"""A session of Spark (`SEEDTEST_SPARK_BACKEND`: `sail`, the default, or a master URL of Spark) and simulated answers."""

from __future__ import annotations

import csv
import datetime
import math
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    backend = os.environ.get("SEEDTEST_SPARK_BACKEND", "sail")
    from pyspark.sql import SparkSession

    if backend == "sail":
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer()
        server.start(background=True)
        _, port = server.listening_address
        session = SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()
        yield session
        session.stop()
        server.stop()
        return
    builder = SparkSession.builder.master(backend).appName("seedtest tests")
    builder = builder.config("spark.sql.shuffle.partitions", "4").config("spark.ui.enabled", "false")
    # Executors of their own find what the driver finds, and what tests hand to them.
    found = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    builder = builder.config("spark.executorEnv.PYTHONPATH", os.pathsep.join(found))
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def binary() -> str:
    """The command line to compare with: `SEEDTEST`, else the one in the path."""
    found = os.environ.get("SEEDTEST") or shutil.which("seedtest")
    if found is None:
        pytest.fail("set SEEDTEST to the binary that results are compared with")
    return found


@dataclass(frozen=True)
class Answers:
    """Simulated answers as a file for the command line and one for Spark."""

    rows: list[dict[str, Any]]
    csv: Path
    parquet: Path

    def rows_as_table(self) -> pa.Table:
        """The rows for the wheel."""
        return pa.Table.from_pylist(self.rows)


def simulate(
    folder: Path, students: int, items: int, per_student: int, groups: int = 1, repeat: bool = False
) -> Answers:
    """Answers of a 2PL. The rows come in no order."""
    draw = random.Random(students * 31 + items)
    params = [(math.exp(0.3 * draw.gauss(0, 1)), draw.gauss(0, 1)) for _ in range(items)]
    start = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.timezone.utc)
    rows = []
    for s in range(students):
        theta = draw.gauss(0.3 * (s % groups), 1)
        student = f"s{s:05}" if s % 3 else f"학생-{s}"
        chosen = draw.sample(range(items), per_student)
        if repeat and s % 5 == 0:
            chosen.append(chosen[0])
        for k, item in enumerate(chosen):
            a, b = params[item]
            p = 1 / (1 + math.exp(-a * (theta - b)))
            rows.append(
                {
                    "student_id": student,
                    "item_id": f"q{item}",
                    "correct": draw.random() < p,
                    "completed_at": start + datetime.timedelta(days=s % 20, minutes=7 * k, seconds=s % 50),
                    "topic_id": f"t{item % 3}",
                    "response_time_ms": 2000 + draw.randrange(60_000),
                    "grade": str(9 + s % groups),
                }
            )
    draw.shuffle(rows)
    with open(folder / "answers.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            text = {"correct": int(row["correct"]), "completed_at": row["completed_at"].isoformat()}
            writer.writerow({**row, **text})
    pq.write_table(pa.Table.from_pylist(rows), folder / "answers.parquet", row_group_size=20_000)
    return Answers(rows, folder / "answers.csv", folder / "answers.parquet")


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Of 17 000 students: four chunks."""
    return simulate(tmp_path_factory.mktemp("answers"), 17_000, 16, 6, groups=2, repeat=True)


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Of 300 students: one chunk."""
    return simulate(tmp_path_factory.mktemp("few"), 300, 10, 7)


def run(*command: str) -> str:
    """What a command writes."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    return done.stdout
