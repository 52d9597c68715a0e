"""Rows for the tests, in the libraries that are there, and the binary that they are compared with."""

from __future__ import annotations

import csv
import importlib
import math
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

Columns = Mapping[str, Sequence[Any]]


def frame_of(library: str, columns: Columns) -> Any:
    module = importlib.import_module(library)
    return module.table(dict(columns)) if library == "pyarrow" else module.DataFrame(dict(columns))


@pytest.fixture(params=["polars", "pandas", "pyarrow"])
def library(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(request.param)
    return str(request.param)


@pytest.fixture
def frame(library: str) -> Callable[[Columns], Any]:
    return lambda columns: frame_of(library, columns)


@pytest.fixture(scope="session")
def binary() -> str:
    """The program ``seedtest``: that of the variable SEEDTEST, else that on the path."""
    found = os.environ.get("SEEDTEST") or shutil.which("seedtest")
    if found is None:
        pytest.skip("no binary to compare with: SEEDTEST names one")
    return found


class Command:
    """Calls of the binary with rows as CSV."""

    def __init__(self, binary: str, directory: Path) -> None:
        self.binary, self.directory = binary, directory

    def file(self, columns: Columns, name: str = "data.csv") -> str:
        path = self.directory / name
        with path.open("w", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(columns)
            rows.writerows(["" if cell is None else cell for cell in row] for row in zip(*columns.values()))
        return str(path)

    def text(self, name: str, text: str) -> str:
        path = self.directory / name
        path.write_text(text)
        return str(path)

    def json(self, *arguments: str) -> str:
        """What the command writes with ``--json -``."""
        ran = subprocess.run([self.binary, *arguments, "--json", "-"], capture_output=True, text=True)
        assert ran.returncode in (0, 3), ran.stderr
        return ran.stdout


@pytest.fixture
def command(binary: str, tmp_path: Path) -> Command:
    return Command(binary, tmp_path)


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@pytest.fixture(scope="session")
def answers() -> Columns:
    """300 students, 12 items; some answers are missing, two groups."""
    draw = random.Random(7)
    rows = []
    for s in range(300):
        theta = draw.gauss(0.3 if s % 2 else 0.0, 1)
        for i in range(12):
            if draw.random() < 0.1:
                continue
            p = logistic((0.7 + 0.1 * i) * (theta - (i - 6) / 3))
            rows.append((f"s{s:03}", f"q{i:02}", int(draw.random() < p), "boys" if s % 2 else "girls"))
    names = ("student_id", "item_id", "correct", "gender")
    return dict(zip(names, zip(*rows)))


@pytest.fixture(scope="session")
def patients() -> Columns:
    """Times with ties and censoring."""
    draw = random.Random(3)
    rows = []
    for s in range(240):
        age, arm = draw.uniform(10, 18), draw.randint(0, 1)
        hazard = 0.02 * math.exp(0.08 * (age - 14) - 0.6 * arm)
        time = math.ceil(draw.expovariate(hazard))
        rows.append((f"p{s}", min(time, 60), int(time <= 60), round(age, 2), arm, "north" if s % 3 else "south"))
    names = ("student_id", "time", "event", "age", "arm", "school")
    return dict(zip(names, zip(*rows)))


@pytest.fixture(scope="session")
def weekly() -> Columns:
    """Scores of 40 students over eight weeks."""
    draw = random.Random(11)
    rows = []
    for s in range(40):
        start, slope = draw.gauss(0, 0.5), draw.gauss(0.1, 0.05)
        for week in range(8):
            rows.append((f"s{s:02}", week, round(start + slope * week + draw.gauss(0, 0.3), 4)))
    return dict(zip(("student", "week", "score"), zip(*rows)))


@pytest.fixture(scope="session")
def series() -> Columns:
    """Two years of weeks."""
    from datetime import date, timedelta

    draw = random.Random(5)
    start = date(2024, 1, 1)
    days = [start + timedelta(weeks=w) for w in range(104)]
    return {"ds": days, "y": [round(10 + 0.05 * w + math.sin(w / 8) + draw.gauss(0, 0.3), 4) for w in range(104)]}


@pytest.fixture(scope="session")
def features() -> Columns:
    """Three groups of students."""
    draw = random.Random(2)
    rows = []
    for s in range(150):
        x, y = ((0, 0), (5, 1), (1, 6))[s % 3]
        rows.append((f"u{s:03}", round(draw.gauss(x, 0.6), 4), round(draw.gauss(y, 0.6), 4)))
    return dict(zip(("user_id", "hours", "accuracy"), zip(*rows)))
