"""Calibrations in passes are those of the command line, to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Answers, run

import seedtest
import seedtest_spark as st

# What is measured of a run and not of its answers, and what needs the students one by one.
_OWN = ("run_id", "timings")


def comparable(response: dict[str, Any]) -> str:
    """A response without what a calibration in passes does not have."""
    response = json.loads(json.dumps(response))
    for name in ("abilities", "unscored", "rows"):
        response.pop(name, None)
    for name in _OWN:
        response["fit_meta"].pop(name, None)
    response["warnings"] = [text for text in response["warnings"] if "took the same" not in text]
    return json.dumps(response, sort_keys=True)


def abilities(rows: list[dict[str, Any]]) -> list[tuple[str, str, str, int]]:
    """Abilities to the last bit."""
    return sorted((row["user_id"], repr(row["theta"]), repr(row["se"]), row["n"]) for row in rows)


def in_passes(spark: Any, answers: Answers, staging: Path, **options: Any) -> st.Calibration:
    df = spark.read.parquet(str(answers.parquet))
    return st.calibrate(df, staging=str(staging), **options)


@pytest.mark.parametrize("partitions", [1, 3, 7])
def test_partitions_do_not_matter(spark: Any, binary: str, answers: Answers, tmp_path: Path, partitions: int) -> None:
    cli = json.loads(run(binary, "fit", "irt", "--data", str(answers.csv), "--json", "-"))
    fit = in_passes(spark, answers, tmp_path / "staging", partitions=partitions)
    assert fit.converged
    assert comparable(fit.response) == comparable(cli)
    found = [row.asDict() for row in fit.abilities.collect()]
    assert len(found) == 17_000
    assert abilities(found) == abilities(cli["abilities"])
    assert fit.response["rows"]["used"] == cli["rows"]["used"]
    assert fit.response["rows"]["rejected"] == cli["rows"]["rejected"]


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        (["--model", "rasch"], {"model": "rasch"}),
        (["--model", "1pl", "--se", "none"], {"model": "1pl", "standard_errors": "none"}),
        (["--model", "3pl", "--max-iter", "12"], {"model": "3pl", "max_iter": 12}),
        (["--group", "grade"], {"group": "grade"}),
        (["--group", "grade", "--reference-group", "10"], {"group": "grade", "reference_group": "10"}),
        (["--se", "sandwich", "--duplicates", "last"], {"standard_errors": "sandwich", "duplicates": "last"}),
    ],
    ids=["rasch", "1pl", "3pl", "groups", "reference", "sandwich"],
)
def test_models(
    spark: Any, binary: str, answers: Answers, tmp_path: Path, flags: list[str], options: dict[str, Any]
) -> None:
    cli = json.loads(run(binary, "fit", "irt", "--data", str(answers.csv), "--json", "-", *flags))
    fit = in_passes(spark, answers, tmp_path / "staging", partitions=3, **options)
    assert comparable(fit.response) == comparable(cli)
    assert abilities([row.asDict() for row in fit.abilities.collect()]) == abilities(cli["abilities"])


def test_the_wheel_says_the_same(spark: Any, few: Answers, tmp_path: Path) -> None:
    wheel = seedtest.IRT(model="2pl").fit(
        few.rows_as_table(), student="student_id", item="item_id", correct="correct"
    )
    fit = in_passes(spark, few, tmp_path / "staging")
    assert comparable(fit.response) == comparable(json.loads(wheel.to_json()))


def test_anchors_are_held(spark: Any, binary: str, answers: Answers, tmp_path: Path) -> None:
    anchors = [
        {"item_id": f"q{item}", "params": {"a": 1.0, "b": b}, "fixed": True}
        for item, b in [(0, -0.5), (3, 0.2), (7, 0.9), (11, -1.0), (12, 0.4)]
    ]
    path = tmp_path / "anchors.json"
    path.write_text(json.dumps(anchors))
    flags = ["--json", "-", "--anchors", str(path)]
    cli = json.loads(run(binary, "fit", "irt", "--data", str(answers.csv), *flags))
    # With anchors the command keeps the covariance for their links.
    cli.pop("covariance", None)
    fit = in_passes(spark, answers, tmp_path / "staging", anchors=anchors)
    assert comparable(fit.response) == comparable(cli)


def test_tables_are_written(spark: Any, few: Answers, tmp_path: Path) -> None:
    fit = in_passes(spark, few, tmp_path / "staging", version="v2")
    fit.write(str(tmp_path / "out"))
    items = spark.read.parquet(str(tmp_path / "out" / "mirt_item_params")).collect()
    params = {item["item_id"]: item["params"] for item in fit.response["item_params"]}
    assert {row.item_id: {"a": row.a, "b": row.b, "c": row.c} for row in items} == params
    students = spark.read.parquet(str(tmp_path / "out" / "mirt_ability")).collect()
    assert len(students) == 300 and {row.version for row in students} == {"v2"}
    meta = spark.read.parquet(str(tmp_path / "out" / "mirt_fit_meta")).collect()
    assert [row.run_id for row in meta] == [fit.run_id]
    assert json.loads(meta[0].response) == fit.response
