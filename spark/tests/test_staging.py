"""What a staging path holds: a run goes on from it, and two runs do not meet there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Answers
from test_equality import in_passes

from seedtest.errors import SeedtestError, SettingError
from seedtest_spark import executors, staging


class Gone(Exception):
    """The driver is gone."""


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passes that are really run."""
    run: list[str] = []
    make = executors.RunPass.__init__

    def init(self: executors.RunPass, plan: str, call: bytes, most_kept: int) -> None:
        run.append(plan)
        make(self, plan, call, most_kept)

    monkeypatch.setattr(executors.RunPass, "__init__", init)
    return run


def test_a_run_goes_on_where_another_one_died(
    spark: Any, few: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_CHECKPOINT_SECONDS", 0.0)
    whole = in_passes(spark, few, tmp_path / "whole")

    def dies(iteration: int, *_: Any) -> None:
        if iteration == 4:
            raise Gone

    with pytest.raises(Gone):
        in_passes(spark, few, tmp_path / "cut", progress=dies)
    written = len(list((tmp_path / "cut" / "lines").glob("*.parquet")))
    assert written > 3
    again = in_passes(spark, few, tmp_path / "cut")
    assert again.json == whole.json
    # All of it is there now, with the time of the first fit.
    third = in_passes(spark, few, tmp_path / "cut")
    assert (third.json, third.fitted_at) == (again.json, again.fitted_at)


def test_what_was_found_is_not_sought_again(
    spark: Any, few: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = in_passes(spark, few, tmp_path / "staging")
    run = counted(monkeypatch)
    # Keys are made of a pass whether it is run or not; what counts is who is asked.
    asked: list[str] = []
    collected = staging.Staging.collected

    def spy(self: staging.Staging, key: str, function: Any) -> list[bytes]:
        found = collected(self, key, function)
        asked.append("known" if len(found) == 1 else "sought")
        return found

    monkeypatch.setattr(staging.Staging, "collected", spy)
    monkeypatch.setattr(staging.Staging, "chunks", _unread(staging.Staging.chunks))
    second = in_passes(spark, few, tmp_path / "staging")
    assert second.json == first.json
    assert run and set(asked) == {"known"}


def _unread(chunks: Any) -> Any:
    """Chunks that fail when a pass reads them."""

    def found(self: Any, *arguments: Any) -> Any:
        table = chunks(self, *arguments)
        self._chunks = Unreadable(table)
        return table

    return found


class Unreadable:
    """A table that nobody may read."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def mapInArrow(self, function: Any, schema: Any) -> Any:
        if schema == executors.ABILITIES:
            return self.table.mapInArrow(function, schema)
        raise AssertionError("a pass was run again")


def test_other_answers_are_refused(spark: Any, few: Answers, tmp_path: Path) -> None:
    in_passes(spark, few, tmp_path / "staging")
    df = spark.read.parquet(str(few.parquet)).limit(500)
    with pytest.raises(SettingError, match="holds other answers"):
        staged(df, tmp_path / "staging")
    with pytest.raises(SettingError, match="duplicates"):
        in_passes(spark, few, tmp_path / "staging", duplicates="last")


def staged(df: Any, path: Path) -> Any:
    import seedtest_spark as st

    return st.calibrate(df, staging=str(path))


def test_two_runs_do_not_share_a_path(spark: Any, few: Answers, tmp_path: Path) -> None:
    path = tmp_path / "staging"
    other = staging.Staging(spark, str(path))
    other.begin({"answers": {}, "asked": {}}, take_over=False)
    with pytest.raises(SettingError, match="another run wrote to the staging path") as refused:
        in_passes(spark, few, path)
    assert "resume=True" in str(refused.value)
    other.end()
    with pytest.raises(SettingError, match="holds other answers"):
        in_passes(spark, few, path)


def test_a_dead_run_is_taken_over(spark: Any, few: Answers, tmp_path: Path) -> None:
    path = tmp_path / "staging"
    first = in_passes(spark, few, path)
    dead = staging.Staging(spark, str(path))
    dead._write([dead._line("begin")])
    with pytest.raises(SeedtestError, match="another run"):
        in_passes(spark, few, path)
    assert in_passes(spark, few, path, resume=True).json == first.json


def test_chunks_are_those_of_the_kernels(spark: Any) -> None:
    ids = ["", "a", "student-1", "학생-42", "x" * 100, "0f8fad5b-d9cb-469f-a165-70867728950e"]
    df = spark.createDataFrame([(id,) for id in ids], "student string")
    found = {row.student: row.chunk for row in staging.by_chunk(df, 1 << 20).collect()}
    known = [0x98B1582B0977E704, 0x88E4FE59ADF7B0CC, 0xD37AA8FD8164EE1E, 0x348336ED71987D8B]
    for id, hash in zip(ids, known):
        assert found[id] == hash % (1 << 20)
