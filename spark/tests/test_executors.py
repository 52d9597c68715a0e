"""Executors of their own that die. Only where there are some: `scripts/spark.sh 'local-cluster[2,1,1024]'`."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import Answers
from test_equality import abilities, in_passes

pytestmark = pytest.mark.skipif(
    not os.environ.get("SEEDTEST_SPARK_BACKEND", "sail").startswith("local-cluster"),
    reason="there is no executor to kill",
)


def executors() -> list[int]:
    """The executors that this process has started, by way of Spark's own."""
    parents, found = {}, []
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        pid = int(entry.name) if entry.name.isdigit() else 0
        parents[pid] = int(stat.rpartition(")")[2].split()[1])
        if b"ExecutorBackend" in command and b"java" in command:
            found.append(pid)

    def is_own(pid: int) -> bool:
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    return [pid for pid in found if is_own(pid)]


def test_an_executor_that_dies_changes_nothing(spark: Any, answers: Answers, tmp_path: Path) -> None:
    whole = in_passes(spark, answers, tmp_path / "whole", partitions=7)
    killed: list[int] = []

    def kills(iteration: int, *_: Any) -> None:
        if iteration in (2, 5):
            killed.append(executors()[0])
            os.kill(killed[-1], signal.SIGKILL)

    fit = in_passes(spark, answers, tmp_path / "cut", partitions=7, progress=kills)
    assert len(set(killed)) == 2
    assert fit.json == whole.json
    found, expected = ([row.asDict() for row in of.abilities.collect()] for of in (fit, whole))
    assert abilities(found) == abilities(expected)
