#!/usr/bin/env python3
"""Prophet's model against Python's prophet on the same series in one run.

    python3 bench/forecast.py [--peer N] [--built] [--out FILE]

Needs the Python package `prophet`. Fit and forecast of weekly series with intervals, and fits of daily
series. Both sides report their own seconds, data in memory; the peer runs on N series only (default 50), and its
seconds are the median of a series.
"""

from __future__ import annotations

import argparse
import datetime
import json
import logging
import os
import platform
import random
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_DAY = 19_723


def series(count: int, points: int, step: int, seed: int) -> list[list[tuple[int, float]]]:
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        level, slope, change = 10 + 5 * rng.random(), rng.gauss(0, 0.02), rng.gauss(0, 0.03)
        at = rng.randrange(points // 5, 4 * points // 5)
        made.append([
            (FIRST_DAY + step * t, level + slope * t + change * max(0, t - at) + rng.gauss(0, 0.5) + 0.3 * (t % 7 if step == 1 else 0))
            for t in range(points)
        ])
    return made


def ours(binary: Path, made, ahead: int) -> dict[int, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "series.csv"
        path.write_text("".join(f"{s},{day},{y!r}\n" for s, rows in enumerate(made) for day, y in rows))
        run = subprocess.run([binary, path, str(ahead)], check=True, capture_output=True, text=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return {line["threads"]: line["seconds"] / line["series"] for line in lines}


def theirs(made, ahead: int, step: int) -> float:
    import pandas
    from prophet import Prophet

    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    seconds = []
    for rows in made:
        frame = pandas.DataFrame(rows, columns=["day", "y"])
        frame["ds"] = pandas.to_datetime(frame["day"], unit="D")
        start = time.perf_counter()
        model = Prophet().fit(frame[["ds", "y"]])
        if ahead:
            model.predict(model.make_future_dataframe(ahead, freq=f"{step}D"))
        seconds.append(time.perf_counter() - start)
    # The first one starts the machinery.
    return sorted(seconds[1:])[len(seconds[1:]) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", type=int, default=50, help="series of the peer")
    parser.add_argument("--built", action="store_true", help="the example is built already")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-q", "-p", "seedtest-forecast", "--example", "time_forecast"]
    if not options.built:
        subprocess.run(build, cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = target / "release/examples/time_forecast"
    load = os.getloadavg()[0]
    cases = []
    for name, count, points, step, ahead in [
        ("1000 x 104 weeks, fit and forecast", 1000, 104, 7, 12),
        ("730 days, fit", 20, 730, 1, 0),
    ]:
        made = series(count, points, step, 1)
        own = ours(binary, made, ahead)
        peer = theirs(made[: options.peer + 1], ahead, step)
        ratios = {threads: peer / seconds for threads, seconds in own.items()}
        cases.append({"case": name, "seconds_a_series": own, "prophet": peer, "ratios": ratios})
    run = {
        "date": datetime.date.today().isoformat(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": load,
        "load_after": os.getloadavg()[0],
        "cases": cases,
    }
    text = json.dumps(run, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
