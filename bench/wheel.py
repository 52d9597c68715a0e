#!/usr/bin/env python3
"""The Python wheel against the command line: size, import, memory of a data frame, time of the same fit of the same file.

    python3 bench/wheel.py target/release/seedtest --python venv/bin/python [--wheel FILE] [--repeat 5] [--out FILE]

The interpreter has to have the wheel and polars. Bounds: the wheel at most 25 MiB; `import seedtest` at most 150 ms; a process
that reads a Parquet file with polars, fits it and writes the JSON at most 1.05 times the command line and its imports; a frame
of five million rows handed to the kernels adds at most 5 % to the memory of the process. What a fit keeps of the answers beside
the frame is told by itself.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import statistics
import sys
import tempfile
from pathlib import Path

from measure import run

LIMIT_SECONDS = 300.0

ANSWERS = """
import sys
import numpy as np, polars as pl
students, items, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
draw = np.random.default_rng(2)
s, i = np.repeat(np.arange(students), items), np.tile(np.arange(items), students)
theta, a, b = draw.normal(size=students), np.exp(0.3 * draw.normal(size=items)), draw.normal(size=items)
correct = draw.random(students * items) < 1 / (1 + np.exp(-a[i] * (theta[s] - b[i])))
frame = pl.DataFrame({"student_id": s, "item_id": i, "correct": correct.astype(np.int8)})
if sys.argv[4] == "text":
    frame = frame.cast({"student_id": pl.String, "item_id": pl.String})
frame.write_parquet(path)
"""

FIT = """
import sys, time
began = time.perf_counter()
import polars, seedtest
imported = time.perf_counter()
frame = polars.read_parquet(sys.argv[1])
read = time.perf_counter()
text = seedtest.IRT("2pl").fit(frame).to_json()
open(sys.argv[2], "w").write(text)
print(imported - began, read - imported, time.perf_counter() - read)
"""

MEMORY = """
import sys, threading, time
import polars, seedtest
from seedtest import _frames, _native

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

def highest(work):
    seen, done = [resident()], threading.Event()
    def look():
        while not done.wait(0.002):
            seen.append(resident())
    looker = threading.Thread(target=look)
    looker.start()
    try:
        work()
    except seedtest.SeedtestError:
        pass
    done.set()
    looker.join()
    return max(seen)

# Polars lays out what it read when it is first asked for it, which is no copy of ours.
frame = polars.read_parquet(sys.argv[1]).rechunk()
seedtest.IRT(priors="weak", max_iter=1).fit(frame[:1000])
before = resident()
# Refused before a row is looked at: what is left is to hand the frame over.
handed = highest(lambda: _native.chunk_pack(_frames.arrow(frame), '{"duplicates": "never"}'))
fitted = highest(lambda: seedtest.IRT(max_iter=2, standard_errors="none").fit(frame))
print(len(frame), frame.estimated_size() / 1e6, before, handed, fitted)
"""


def output(python: str, code: str, *arguments: str) -> list[float]:
    ran = run([python, "-W", "ignore", "-c", code, *arguments], limit_seconds=LIMIT_SECONDS)
    return [float(word) for word in ran.stdout.split()]


def import_seconds(python: str, repeat: int) -> tuple[float, float]:
    """Median and smallest time that the import adds to a start of the interpreter."""

    def starts(code: str) -> list[float]:
        return [run([python, "-c", code], limit_seconds=LIMIT_SECONDS).seconds for _ in range(repeat)]

    nothing, imported = starts("pass"), starts("import seedtest")
    return statistics.median(imported) - statistics.median(nothing), min(imported) - min(nothing)


def without_times(text: str) -> str:
    return re.sub(r'"(read|fit)_seconds": [^,\n]*', "", text)


def same_fit(binary: str, python: str, folder: Path, kind: str, repeat: int) -> dict[str, object]:
    """Processes by turns on one file: the command, and Python with polars and the wheel."""
    data, own, other = folder / f"{kind}.parquet", folder / "command.json", folder / "wheel.json"
    output(python, ANSWERS, "100000", "40", str(data), kind)
    command, wheel, inside = [], [], []
    for _ in range(repeat):
        command.append(run([binary, "fit", "irt", "--data", str(data), "--json", str(own)], limit_seconds=LIMIT_SECONDS))
        process = run([python, "-W", "ignore", "-c", FIT, str(data), str(other)], limit_seconds=LIMIT_SECONDS)
        wheel.append(process)
        inside.append([float(word) for word in process.stdout.split()])
    median = lambda runs: statistics.median(of.seconds for of in runs)  # noqa: E731
    imported, read, fitted = (statistics.median(of[k] for of in inside) for k in range(3))
    return {
        "case": f"2PL of 100 000 x 40 from Parquet, ids as {kind}",
        "command_seconds": median(command),
        "wheel_seconds": median(wheel),
        "imports_seconds": imported,
        "read_seconds": read,
        "fit_seconds": fitted,
        "ratio": (median(wheel) - imported) / median(command),
        "command_peak_mb": max(of.peak_mb for of in command),
        "wheel_peak_mb": max(of.peak_mb for of in wheel),
        "same_bytes": without_times(own.read_text()) == without_times(other.read_text()),
    }


def memory(python: str, folder: Path, kind: str) -> dict[str, object]:
    data = folder / f"memory-{kind}.parquet"
    output(python, ANSWERS, "125000", "40", str(data), kind)
    rows, frame, before, handed, fitted = output(python, MEMORY, str(data))
    return {
        "case": f"{rows:.0f} rows of polars, ids as {kind}",
        "frame_mb": frame,
        "process_mb": before,
        "handing_over_percent": 100 * (handed - before) / before,
        "fit_bytes_an_answer": 1e6 * (fitted - before) / rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--wheel", type=Path, help="the file whose size counts")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    found: dict[str, object] = {"date": datetime.date.today().isoformat(), "cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    if args.wheel is not None:
        found["wheel_mib"] = args.wheel.stat().st_size / (1 << 20)
    median, least = import_seconds(args.python, 2 * args.repeat)
    found["import_ms"], found["import_least_ms"] = 1000 * median, 1000 * least
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found["same_fit"] = [same_fit(args.binary, args.python, folder, kind, args.repeat) for kind in ("text", "number")]
        found["memory"] = [memory(args.python, folder, kind) for kind in ("text", "number")]
    found["load_after"] = os.getloadavg()[0]
    text = json.dumps(found, indent=1)
    print(text)
    if args.out is not None:
        args.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
