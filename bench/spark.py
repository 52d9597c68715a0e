#!/usr/bin/env python3
"""Calibrations in passes on Spark: seconds to pack, seconds an iteration beside those of an empty job, memory of executors, and
the same fit by the command line where it is named.

    venv/bin/python bench/spark.py --master 'local[2]' --students 200000 --binary target/release/seedtest
    venv/bin/python bench/spark.py --master 'local-cluster[2,1,1024]' --students 250000 2500000 --folder /var/tmp/answers

The interpreter has to have pyspark, numpy and the wheels seedtest and seedtest_spark; `--master sail` runs on Sail instead.
Answers of a 2PL are drawn from a seed, `--items` of each student, and kept in `--folder`. Bounds: 200 000 x 40 in 25 iterations
on `local[2]` at most three times the command line; an iteration at most 0.3 s over an empty job and the kernel; ten times as
many answers at most eleven times as long; an executor (its Java and its Python processes) at most 2 GB.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from measure import run

ITERATIONS = 25
"""At most; both sides end after equally many."""

STEP = 50_000
"""Students in a file."""


def draw(folder: Path, students: int, items: int) -> Path:
    """Files of answers; those that are there already are left."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"answers-{students}-{items}"
    path.mkdir(parents=True, exist_ok=True)
    of_items = np.random.default_rng(3)
    a, b = np.exp(0.3 * of_items.normal(size=items)), of_items.normal(size=items)
    for first in range(0, students, STEP):
        file = path / f"{first:09}.parquet"
        if file.exists():
            continue
        n = min(STEP, students - first)
        random = np.random.default_rng((3, first))
        theta = random.normal(size=(n, 1))
        correct = random.random((n, items)) < 1 / (1 + np.exp(-a * (theta - b)))
        student = pa.array(np.repeat(np.arange(first, first + n), items)).cast(pa.string())
        item = pa.array(np.tile(np.arange(items), n)).cast(pa.string())
        part = file.with_suffix(".part")
        pq.write_table(pa.table({"student": student, "item": item, "correct": pa.array(correct.ravel())}), part)
        part.rename(file)
    return path


def session(master: str, java: str | None) -> Any:
    from pyspark.sql import SparkSession

    if master == "sail":
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer()
        server.start(background=True)
        _, port = server.listening_address
        return SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()
    builder = SparkSession.builder.master(master).appName("seedtest bench")
    options = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "8",
        "spark.driver.memory": "2g",
        "spark.executor.memory": java or "1g",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    return found


class Memory:
    """Highest memory of an executor, its Java process with the Python processes below it."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._done = threading.Event()
        self._looker = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Memory:
        self._looker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._looker.join()

    def _look(self) -> None:
        while not self._done.wait(0.25):
            self.peak_mb = max([self.peak_mb, *executors_mb()])


def executors_mb() -> list[float]:
    """Memory of each executor below this process; pages that processes share count once."""
    parents, private = {}, {}
    roots = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if b"ExecutorBackend" in (entry / "cmdline").read_bytes():
                roots.append(int(entry.name))
        except OSError:
            continue
    for pid in parents:
        above = pid
        while above > 1 and above not in roots and above != os.getpid():
            above = parents.get(above, 0)
        if above not in roots:
            continue
        try:
            told = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        except OSError:
            continue
        private[above] = private.get(above, 0.0) + (int(told.group(1)) / 1024 if told else 0.0)
    return list(private.values())


def empty_job(spark: Any, partitions: int) -> float:
    """Median seconds of a job with as many tasks that does nothing."""
    took = []
    for _ in range(12):
        began = time.perf_counter()
        spark.range(0, partitions, 1, partitions).mapInArrow(lambda batches: batches, "id long").collect()
        took.append(time.perf_counter() - began)
    # The first ones start processes.
    return statistics.median(took[4:])


def calibrated(spark: Any, answers: Path, staging: Path, partitions: int) -> dict[str, Any]:
    import seedtest_spark as st

    shutil.rmtree(staging, ignore_errors=True)
    told = [time.perf_counter()]
    with Memory() as memory:
        fit = st.calibrate(
            spark.read.parquet(str(answers)),
            staging=str(staging / "run"),
            partitions=partitions,
            max_iter=ITERATIONS,
            progress=lambda *_: told.append(time.perf_counter()),
        )
        fitted = time.perf_counter()
        fit.write(str(staging / "out"))
    steps = [b - a for a, b in zip(told[1:], told[2:])]
    found = {
        "verdict": fit.verdict["status"],
        "iterations": len(told) - 1,
        "seconds": fitted - told[0],
        "to_first_iteration_seconds": told[1] - told[0],
        "iteration_seconds": statistics.median(steps),
        "write_seconds": time.perf_counter() - fitted,
        "executor_peak_mb": memory.peak_mb,
    }
    fit.release()
    return found


def command_line(binary: str, answers: Path, folder: Path) -> dict[str, Any]:
    """The same fit by one process; the files as one first, which is not counted."""
    import pyarrow.parquet as pq

    data, out = folder / "one.parquet", folder / "one.json"
    pq.write_table(pq.read_table(answers), data)
    command = [binary, "fit", "irt", "--data", str(data), "--max-iter", str(ITERATIONS), "--json", str(out)]
    began = time.perf_counter()
    try:
        peak = run(command, limit_seconds=900).peak_mb
    except Exception as error:  # Not converged after so few iterations, as it is meant.
        if "exit code 3" not in str(error):
            raise
        peak = None
    seconds = time.perf_counter() - began
    timings = json.loads(out.read_text())["fit_meta"]["timings"]
    return {"seconds": seconds, "peak_mb": peak, **timings}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--students", type=int, nargs="+", default=[200_000])
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--partitions", type=int, default=2)
    parser.add_argument("--java", help="memory of Java in an executor, as 1g")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--binary", help="the command line to compare with")
    parser.add_argument("--only-draw", action="store_true", help="draw the answers and end")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = args.folder or Path(place)
        answers = {n: draw(folder, n, args.items) for n in args.students}
        if args.only_draw:
            return
        found: dict[str, Any] = {
            "date": datetime.date.today().isoformat(),
            "cores": os.cpu_count(),
            "master": args.master,
            "load_before": os.getloadavg()[0],
            "cases": [],
        }
        spark = session(args.master, args.java)
        found["empty_job_seconds"] = empty_job(spark, args.partitions)
        for n, path in answers.items():
            case = {"answers": n * args.items, "partitions": args.partitions}
            case |= calibrated(spark, path, Path(place) / "staging", args.partitions)
            found["cases"].append(case)
            print(json.dumps(case), file=sys.stderr, flush=True)
        spark.stop()
        if args.binary is not None:
            for case, path in zip(found["cases"], answers.values()):
                case["command_line"] = own = command_line(args.binary, path, Path(place))
                case["ratio"] = case["seconds"] / own["seconds"]
        if len(found["cases"]) > 1:
            first, last = found["cases"][0], found["cases"][-1]
            found["growth"] = {"answers": last["answers"] / first["answers"], "seconds": last["seconds"] / first["seconds"]}
        found["load_after"] = os.getloadavg()[0]
    text = json.dumps(found, indent=1)
    print(text)
    if args.out is not None:
        args.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
