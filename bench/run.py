#!/usr/bin/env python3
"""The benchmark matrix: every dataset with every program that can take it, in one run.

python3 bench/run.py [--only CASE ...] [--repeat N] [--limit SECONDS] [--binary PATH]

Repetitions are interleaved (A B C, A B C, ...), so that a slow minute of the machine hits all.
Prints a table of medians and ratios and writes bench/runs/DATE-HOST.json. Python 3.11 or newer;
packages to compare with are used where they are installed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import datasets
import measure
from datasets import Dataset

HERE = Path(__file__).resolve().parent
DEFAULT_BINARY = HERE.parent / "target" / "release" / "seedtest"


@dataclass(frozen=True)
class Bench:
    """What a contender needs: our binary, the data, a directory of its own, a time limit."""

    binary: str
    data: Dataset
    scratch: Path
    limit_seconds: float


@dataclass(frozen=True)
class Contender:
    """A program under test. `package` is the Python package it needs, `run` returns its figures,
    of which `seconds` (the whole process) is there always.
    """

    name: str
    package: str | None
    run: Callable[[Bench], dict[str, float]]


@dataclass(frozen=True)
class Case:
    """A dataset and the contenders that get it, ours first."""

    name: str
    make: Callable[[Path], Dataset]
    contenders: tuple[Contender, ...]


def outside(process: measure.Process) -> dict[str, float]:
    return {
        "seconds": process.seconds,
        "cpu_seconds": process.cpu_seconds,
        "peak_mb": process.peak_mb,
    }


def with_recovery(figures: dict[str, float], bench: Bench, a: dict, b: dict) -> dict[str, float]:
    rmse_a = datasets.rmse(a, bench.data.true_a)
    rmse_b = datasets.rmse(b, bench.data.true_b)
    return figures | {"rmse_a": rmse_a, "rmse_b": rmse_b}


def imported(command: list[str], database: Path, bench: Bench) -> dict[str, float]:
    """The figures of an import, once it is sure that every row is in the database."""
    figures = outside(measure.run(command, limit_seconds=bench.limit_seconds))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM attempt").fetchone()
    if rows != bench.data.rows:
        raise measure.Failed(f"{rows} of {bench.data.rows} rows imported")
    return figures | {"rows_per_second": bench.data.rows / figures["seconds"]}


def seedtest_import(bench: Bench) -> dict[str, float]:
    command = [bench.binary, "import", str(bench.data.path), "--data-dir", str(bench.scratch), "-q"]
    return imported(command, bench.scratch / "seedtest.db", bench)


def sqlite_import(bench: Bench) -> dict[str, float]:
    database = bench.scratch / "plain.db"
    script = str(HERE / "sqlite_import.py")
    return imported([sys.executable, script, str(bench.data.path), str(database)], database, bench)


def seedtest_two_pl(threads: int, errors: str = "observed") -> Callable[[Bench], dict[str, float]]:
    def run(bench: Bench) -> dict[str, float]:
        command = [bench.binary, "fit", "irt", "--model", "2pl", "--data", str(bench.data.path)]
        command += ["--threads", str(threads), "--se", errors, "--json", "-", "-q"]
        process = measure.run(command, limit_seconds=bench.limit_seconds)
        fit = json.loads(process.stdout)
        figures = outside(process) | {"fit_seconds": fit["fit_meta"]["timings"]["fit_seconds"]}
        a = {item["item_id"]: item["a"] for item in fit["items"]}
        b = {item["item_id"]: item["b"] for item in fit["items"]}
        return with_recovery(figures, bench, a, b)

    return run


def peer_two_pl(package: str, options: dict) -> Callable[[Bench], dict[str, float]]:
    def run(bench: Bench) -> dict[str, float]:
        command = [sys.executable, str(HERE / "peers.py"), package, str(bench.data.path)]
        command.append(json.dumps(options))
        process = measure.run(command, limit_seconds=bench.limit_seconds)
        fit = json.loads(process.stdout)
        figures = outside(process) | {"fit_seconds": fit["fit_seconds"]}
        return with_recovery(figures, bench, fit["a"], fit["b"])

    return run


# mirt as it comes (21 quadrature points and standard errors), with the 61 points that we use, and
# without standard errors, to be compared with ours without them.
TWO_PL = (
    Contender("seedtest", None, seedtest_two_pl(threads=0)),
    Contender("seedtest, 1 thread", None, seedtest_two_pl(threads=1)),
    Contender("seedtest, no errors", None, seedtest_two_pl(threads=0, errors="none")),
    Contender("mirt", "mirt", peer_two_pl("mirt", {})),
    Contender("mirt, 61 points", "mirt", peer_two_pl("mirt", {"n_quadpts": 61})),
    Contender("mirt, no errors", "mirt", peer_two_pl("mirt", {"compute_standard_errors": False})),
    Contender("girth", "girth", peer_two_pl("girth", {})),
)
# A hundred thousand complete answer sheets: ours with standard errors, mirt without.
TWO_PL_LARGE = (
    Contender("seedtest", None, seedtest_two_pl(threads=0)),
    Contender("seedtest, no errors", None, seedtest_two_pl(threads=0, errors="none")),
    Contender("mirt, no errors", "mirt", peer_two_pl("mirt", {"compute_standard_errors": False})),
)
# Ten million answers: neither peer holds the matrix of 200 000 x 500 in this memory at this speed.
TWO_PL_ALONE = TWO_PL_LARGE[:2]
IMPORT = (
    Contender("seedtest", None, seedtest_import),
    Contender("python csv + sqlite3", None, sqlite_import),
)


def two_million_answers(path: Path) -> Dataset:
    return datasets.answer_log(path, students=20_000, answers=2_000_000, seed=1)


def dense_2pl(path: Path) -> Dataset:
    return datasets.two_pl(path, students=5_000, items=40, answers_each=40, seed=2)


def large_2pl(path: Path) -> Dataset:
    return datasets.two_pl(path, students=100_000, items=40, answers_each=40, seed=4)


def ten_million_2pl(path: Path) -> Dataset:
    return datasets.two_pl(path, students=200_000, items=500, answers_each=50, seed=5)


def sparse_2pl(path: Path) -> Dataset:
    return datasets.two_pl(path, students=20_000, items=500, answers_each=50, seed=3)


CASES = (
    Case("import 2 M rows into SQLite", two_million_answers, IMPORT),
    Case("2PL 5 000 x 40, dense", dense_2pl, TWO_PL),
    Case("2PL 100 000 x 40, dense", large_2pl, TWO_PL_LARGE),
    Case("2PL 20 000 x 500, 50 answers each", sparse_2pl, TWO_PL),
    Case("2PL 200 000 x 500, 50 answers each", ten_million_2pl, TWO_PL_ALONE),
)


def version(contender: Contender, binary: str) -> str | None:
    """The version of what runs; `None` where it is not installed."""
    if contender.package is not None:
        try:
            return importlib.metadata.version(contender.package)
        except importlib.metadata.PackageNotFoundError:
            return None
    if contender.name.startswith("python"):
        return platform.python_version()
    output = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    return output.stdout.split()[-1]


def run_case(case: Case, arguments: argparse.Namespace, work: Path) -> dict:
    data = case.make(work / "data.csv")
    records = {}
    for contender in case.contenders:
        found = version(contender, arguments.binary)
        records[contender.name] = {"version": found, "runs": [], "failure": None}
        if found is None:
            records[contender.name]["failure"] = f"{contender.package} is not installed"
    for repetition in range(arguments.repeat):
        for contender in case.contenders:
            record = records[contender.name]
            if record["failure"] is None and not is_slow(record, arguments):
                say(f"{case.name}: {contender.name}, run {repetition + 1} of {arguments.repeat}")
                run_once(contender, record, data, arguments, work)
    size = {"rows": data.rows, "items": data.items, "students": data.students}
    return {"case": case.name, "data": size, "contenders": records}


def is_slow(record: dict, arguments: argparse.Namespace) -> bool:
    """Whether one run took so long that repeating it would tell nothing new."""
    return any(run["seconds"] > arguments.once_above for run in record["runs"])


def run_once(
    contender: Contender, record: dict, data: Dataset, arguments: argparse.Namespace, work: Path
) -> None:
    scratch = work / "scratch"
    scratch.mkdir()
    try:
        bench = Bench(arguments.binary, data, scratch, arguments.limit)
        record["runs"].append(contender.run(bench))
    except measure.Failed as failure:
        record["failure"] = str(failure)
    finally:
        shutil.rmtree(scratch)


def medians(record: dict) -> dict[str, float]:
    runs = record["runs"]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]} if runs else {}


COLUMNS = (
    ("fit s", "fit_seconds", "{:.3f}"),
    ("process s", "seconds", "{:.2f}"),
    ("rows/s", "rows_per_second", "{:,.0f}"),
    ("CPU s", "cpu_seconds", "{:.1f}"),
    ("peak MB", "peak_mb", "{:.0f}"),
    ("RMSE a", "rmse_a", "{:.4f}"),
    ("RMSE b", "rmse_b", "{:.4f}"),
)


def table(result: dict) -> str:
    """Medians of a case as Markdown; the ratios say how many times longer than ours it took."""
    rows = [["", *(title for title, _, _ in COLUMNS), "fit ratio", "process ratio", "runs"]]
    ours: dict[str, float] = {}
    for name, record in result["contenders"].items():
        figures = medians(record)
        ours = ours or figures
        cells = [f"{name} {record['version'] or ''}".strip()]
        cells += [form.format(figures[key]) if key in figures else "" for _, key, form in COLUMNS]
        for key in ("fit_seconds", "seconds"):
            known = key in figures and key in ours
            cells.append(f"{figures[key] / ours[key]:.2f}" if known else "")
        rows.append([*cells, record["failure"] or str(len(record["runs"]))])
    used = [i for i in range(len(rows[0])) if i == 0 or any(row[i] for row in rows[1:])]
    widths = {i: max(len(row[i]) for row in rows) for i in used}
    lines = ["| " + " | ".join(row[i].ljust(widths[i]) for i in used) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (widths[i] + 2) for i in used) + "|")
    return "\n".join([f"### {result['case']}", "", *lines, ""])


def host() -> str:
    """The kind of machine, never its name."""
    return f"{os.cpu_count()}core-{platform.machine()}"


def circumstances(binary: str) -> dict:
    """When, where and of what this run is. The binary may be older than the checkout."""
    built = datetime.fromtimestamp(Path(binary).stat().st_mtime, UTC)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "host": host(),
        "checkout": checkout(),
        "binary_built_at": built.isoformat(timespec="seconds"),
        "load_average_at_start": round(os.getloadavg()[0], 2),
        "cases": [],
    }


def checkout() -> str | None:
    """The commit that is checked out beside this file."""
    command = ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"]
    output = subprocess.run(command, capture_output=True, text=True, check=False)
    return output.stdout.strip() or None


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="cases whose name holds a TEXT")
    parser.add_argument("--repeat", type=int, default=5, metavar="N")
    parser.add_argument("--limit", type=float, default=600, metavar="SECONDS", help="per run")
    parser.add_argument("--once-above", type=float, default=60, metavar="SECONDS",
                        help="do not repeat what took longer")
    parser.add_argument("--binary", default=str(DEFAULT_BINARY), metavar="PATH")
    parser.add_argument("--out", type=Path, default=HERE / "runs", metavar="DIR")
    arguments = parser.parse_args()
    if not Path(arguments.binary).is_file():
        parser.error(f"no binary at {arguments.binary}: run cargo build --release first")
    if arguments.repeat < 1:
        parser.error("--repeat must be at least 1")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    only = arguments.only or [""]
    wanted = [case for case in CASES if any(text in case.name for text in only)]
    if not wanted:
        sys.exit(f"no such case; there are: {', '.join(case.name for case in CASES)}")
    record = circumstances(arguments.binary)
    busy = record["load_average_at_start"]
    if busy > 0.5:
        say(f"the machine is busy (load average {busy:.1f}): figures of this run will be too slow")
    for case in wanted:
        with tempfile.TemporaryDirectory(prefix="seedtest-bench-") as work:
            record["cases"].append(run_case(case, arguments, Path(work)))
        print(table(record["cases"][-1]), flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = measure.free_name(arguments.out, f"{record['date']}-{record['host']}")
    path.write_text(json.dumps(record, indent=1) + "\n")
    say(f"written to {path}")


if __name__ == "__main__":
    main()
