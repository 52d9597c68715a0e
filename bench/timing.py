"""How the table of peers measures: programs in turns, each run a process or a call, and lines of what came of them.

A line is one case against one peer: medians of both sides by what was measured (`fit`: seconds inside the fitting call, data in
memory; `process`: seconds from starting a process on a file to its end; `request`: seconds of an answer of the service;
`start`: seconds to its first answer; `peak_mb`), the number of runs, and how the answers compare.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import measure
from run import HERE

LIMIT = 60.0
# What took longer is not repeated.
ONCE_ABOVE = 15.0
MEASURED = ("fit", "process", "request", "start", "cpu", "peak_mb")


class LeftOut(Exception):
    """A block cannot run here."""


@dataclass(frozen=True)
class Tools:
    """Where our programs are (`release` with its `examples`), those of others in Rust, and a folder to work in."""

    release: Path
    rust: Path
    kept: Path
    place: Path = Path()

    @property
    def binary(self) -> str:
        return str(self.release / "seedtest")

    def at(self, place: Path) -> Tools:
        return replace(self, place=place)

    def example(self, name: str) -> str:
        path = self.release / "examples" / name
        if not path.exists():
            raise LeftOut(f"the example {name} is not built")
        return str(path)

    def prepare(self) -> None:
        """What takes long and is not measured."""
        import growth

        self.kept.mkdir(parents=True, exist_ok=True)
        growth.brms_prepared(str(self.kept))
        manifest = str(HERE / "rust_peers" / "Cargo.toml")
        subprocess.run(["cargo", "build", "--release", "--manifest-path", manifest], check=False)


@dataclass(frozen=True)
class Block:
    title: str
    about: str
    run: Callable[[Tools], tuple[list[dict], list[str]]]


@dataclass
class Outcome:
    """The runs of one program: medians of what was measured, what the last one found, why it is not there."""

    runs: list[dict]
    failure: str | None = None

    @property
    def medians(self) -> dict[str, float]:
        keys = [key for key in MEASURED if self.runs and all(key in run for run in self.runs)]
        return {key: statistics.median(run[key] for run in self.runs) for key in keys}

    @property
    def found(self) -> dict:
        return self.runs[-1].get("found", {}) if self.runs else {}


def process(command: list, limit: float = LIMIT) -> dict:
    """One process; what it prints as JSON may say the seconds of its fit."""
    done = measure.run([str(word) for word in command], limit_seconds=limit)
    figures = {"process": done.seconds, "cpu": done.cpu_seconds, "peak_mb": done.peak_mb}
    found = printed(done.stdout)
    seconds = found.get("fit_seconds", found.get("seconds"))
    if seconds is None:
        seconds = (found.get("fit_meta", {}).get("timings") or {}).get("fit_seconds")
    if isinstance(seconds, list):
        seconds = seconds[0]
    return figures | {"found": found} | ({"fit": seconds} if seconds is not None else {})


def printed(text: str) -> dict:
    """The JSON of an output: all of it, or its last line."""
    for part in (text, text.strip().rsplit("\n", 1)[-1]):
        try:
            found = json.loads(part)
        except ValueError:
            continue
        return found if isinstance(found, dict) else {}
    return {}


def rounds(programs: dict[str, Callable[[], dict]], repeat: int = 3) -> dict[str, Outcome]:
    """Programs take turns (A B C, A B C, …), so that a slow minute of the machine hits all."""
    outcomes = {name: Outcome([]) for name in programs}
    for _ in range(repeat):
        for name, work in programs.items():
            outcome = outcomes[name]
            if outcome.failure or any(run.get("process", run.get("fit", 0)) > ONCE_ABOVE for run in outcome.runs):
                continue
            try:
                outcome.runs.append(work())
            except (measure.Failed, FileNotFoundError, subprocess.SubprocessError) as failure:
                outcome.failure = reason(str(failure))
    return outcomes


def reason(text: str) -> str:
    missing = re.search(r"No module named '([\w.]+)'|there is no package called .(\w+).", text)
    return f"{missing[1] or missing[2]} is not installed" if missing else text[:200]


def line(case: str, ours: Outcome, peer: str | None = None, theirs: Outcome | None = None, answers: str = "", note: str = "",
         only: tuple[str, ...] = MEASURED) -> dict:
    kept = lambda outcome: {key: value for key, value in outcome.medians.items() if key in only}
    made = {"case": case, "ours": kept(ours), "runs": len(ours.runs), "answers": answers, "note": note}
    if theirs is not None:
        made |= {"peer": peer, "theirs": kept(theirs), "runs_of_peer": len(theirs.runs), "failure": theirs.failure}
    return made


def lines_of(case: str, outcomes: dict[str, Outcome], ours: str = "seedtest", answers: Callable | None = None,
             note: str = "") -> tuple[list[dict], list[str]]:
    """A line for each peer of a case that could run; one without a peer where none could."""
    lines, left_out = [], []
    for name, outcome in outcomes.items():
        if name == ours:
            continue
        if outcome.failure and "stopped after" not in outcome.failure:
            left_out.append(f"{case}: {name}: {outcome.failure}")
            continue
        told = answers(outcomes[ours].found, outcome.found) if answers and outcome.runs else ""
        lines.append(line(case, outcomes[ours], name, outcome, told, note))
    if not lines:
        lines.append(line(case, outcomes[ours], note=note))
    return lines, left_out


def together(*parts: tuple[list[dict], list[str]]) -> tuple[list[dict], list[str]]:
    return [x for lines, _ in parts for x in lines], [x for _, left in parts for x in left]


def python_peer(name: str, path: Path, **options: object) -> Callable[[], dict]:
    return lambda: process([sys.executable, HERE / "peers.py", name, path, json.dumps(options)])


def r_peer(name: str, path: Path, formula: str) -> Callable[[], dict]:
    return lambda: process(["Rscript", HERE / "peers.R", name, path, formula])


def with_inside(whole: Callable[[], dict], inside: Callable[[], dict]) -> Callable[[], dict]:
    """Our process on a file, and the seconds of the fit by the example that only fits."""

    def work() -> dict:
        fit = inside()
        return whole() | {"fit": fit["fit"], "found": fit["found"]}

    return work


def same_criterion(name: str) -> Callable[[dict, dict], str]:
    def answers(mine: dict, other: dict) -> str:
        ours, theirs = mine.get("criterion", mine.get("loglik")), other.get("criterion")
        return "" if ours is None or theirs is None else f"{name} {ours:.4f}; peer {theirs - ours:+.1e}"

    return answers
