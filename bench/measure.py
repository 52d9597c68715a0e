"""Running one program and measuring it from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A program ended with an error or was stopped at the time limit."""


@dataclass(frozen=True)
class Process:
    """Wall seconds from start to exit, CPU seconds, peak memory, and what was printed."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    stdout: str


def run(command: list[str], *, limit_seconds: float) -> Process:
    """Runs `command` to its end. Raises `Failed` on a non-zero exit code or after
    `limit_seconds`.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr, tempfile.NamedTemporaryFile("r") as told:
        # A child begins with the memory of who starts it, and Linux counts that: a small program in between forgets ours.
        apart = ["/usr/bin/time", "-o", told.name, "-f", "%M"] if Path("/usr/bin/time").exists() else []
        start = time.perf_counter()
        process = subprocess.Popen([*apart, *command], stdout=stdout, stderr=stderr, start_new_session=True)
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(limit_seconds, stop)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if stopped.is_set():
            raise Failed(f"stopped after {limit_seconds:.0f} s")
        if process.returncode != 0:
            stderr.seek(0)
            lines = stderr.read().decode(errors="replace").strip().splitlines() or ["no message"]
            raise Failed(f"exit code {process.returncode}: {lines[-1]}")
        stdout.seek(0)
        kib = int(told.read().split()[-1]) if apart else usage.ru_maxrss / (1 if sys.platform != "darwin" else 1024)
        return Process(seconds, usage.ru_utime + usage.ru_stime, kib / 1024, stdout.read().decode())


def free_name(directory: Path, stem: str) -> Path:
    """`stem.json`, or with a number where a run of the same day is there already."""
    path, number = directory / f"{stem}.json", 1
    while path.exists():
        number += 1
        path = directory / f"{stem}-{number}.json"
    return path
