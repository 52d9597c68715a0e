"""Data of the benchmark matrix, made from a seed with the standard library alone."""

from __future__ import annotations

import csv
import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path


@dataclass(frozen=True)
class Dataset:
    """A file, how many rows it has, and what it was made from."""

    path: Path
    rows: int
    items: int
    students: int
    true_a: dict[str, float] = field(default_factory=dict)
    true_b: dict[str, float] = field(default_factory=dict)


def answer_log(path: Path, *, students: int, answers: int, seed: int) -> Dataset:
    """A response log in the layout of a tutoring system: `students` take turns in sittings of
    about ten answers, in time order, until there are `answers` rows.
    """
    draw = random.Random(seed)
    items, topics = 5_000, 100
    clock = datetime(2024, 9, 2)
    sitting = [0] * students
    rows = 0
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["student_id", "item_id", "topic_id", "correct", "completed_at", "session_id"])
        while rows < answers:
            student = draw.randrange(students)
            sitting[student] += 1
            for _ in range(min(draw.randint(5, 15), answers - rows)):
                clock += timedelta(seconds=draw.randint(1, 3))
                item = draw.randrange(items)
                writer.writerow(
                    [
                        f"s{student}",
                        item,
                        f"skill-{item % topics}",
                        draw.randint(0, 1),
                        f"{clock.isoformat()}Z",
                        f"{student}-{sitting[student]}",
                    ]
                )
                rows += 1
    return Dataset(path, rows, items, students)


def two_pl(path: Path, *, students: int, items: int, answers_each: int, seed: int) -> Dataset:
    """Answers under the 2PL model, P = 1 / (1 + exp(-a (theta - b))), with theta and b standard
    normal and log a normal with mean 0 and SD 0.3. Every student answers `answers_each` items
    drawn without replacement.
    """
    draw = random.Random(seed)
    names = [f"i{item:04d}" for item in range(items)]
    a = [math.exp(draw.gauss(0.0, 0.3)) for _ in names]
    b = [draw.gauss(0.0, 1.0) for _ in names]
    with path.open("w", newline="") as file:
        file.write("student_id,item_id,correct\n")
        for student in range(students):
            theta = draw.gauss(0.0, 1.0)
            for item in sorted(draw.sample(range(items), answers_each)):
                p = 1.0 / (1.0 + math.exp(-a[item] * (theta - b[item])))
                file.write(f"s{student},{names[item]},{int(draw.random() < p)}\n")
    return Dataset(
        path, students * answers_each, items, students, dict(zip(names, a)), dict(zip(names, b))
    )


def rmse(estimate: dict[str, float], truth: dict[str, float]) -> float:
    """Root mean square error over the items of `truth`; every one of them must be estimated."""
    squares = [(estimate[item] - value) ** 2 for item, value in truth.items()]
    return math.sqrt(sum(squares) / len(squares))
