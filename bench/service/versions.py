#!/usr/bin/env python3
"""Measures two binaries of `seedtest serve` against each other, request by request in turn.

    python3 bench/service/versions.py --before OLD/seedtest --after target/release/seedtest

Python 3.11 or newer, nothing beyond its standard library; wrk. A ratio above 1 says that `after` is the
quicker one; each has to be at least 0.95, and the exit code is 1 where one is not. Takes about six minutes. Results go
to bench/runs/DATE-versions-HOST.json.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import sys
import tempfile

import bodies
from load import Client, wrk
from processes import ours

sys.path.append(str(pathlib.Path(__file__).parent.parent))
from measure import free_name

# A version may not be slower than this many times the one before.
LEAST = 0.95
ROOT = pathlib.Path(__file__).parent.parent.parent
PORTS = {"before": 8790, "after": 8791}
# Name of the case, path, body, requests of each side.
REQUESTS = (
    ("growth fit, 100 students", "/growth/fit", bodies.growth(), 15),
    ("survival fit, 1 000 rows", "/survival/fit", bodies.survival(), 100),
    ("survival fit, 1 000 rows, by default", "/survival/fit", bodies.survival(full=True), 60),
    ("survival fit, 20 000 rows", "/survival/fit", bodies.survival(rows=20_000), 15),
    ("calibration, 500 students", "/irt/calibrate", bodies.calibrate(), 40),
    ("calibration, 20 000 students", "/irt/calibrate", bodies.calibrate(students=20_000), 6),
)


def in_turn(sides, path, body, repeats):
    text, times = json.dumps(body), {side: [] for side in sides}
    for repeat in range(-2, repeats):
        order = list(sides) if repeat % 2 else list(sides)[::-1]
        for side in order:
            took = sides[side].seconds(path, text)
            if repeat >= 0:
                times[side].append(took * 1e3)
    middle = {side: statistics.median(found) for side, found in times.items()}
    return {
        **{f"{side}_ms": round(took, 2) for side, took in middle.items()},
        "ratio": round(middle["before"] / middle["after"], 3),
        "all_ms": {side: [round(t, 2) for t in found] for side, found in times.items()},
    }


def scores(binaries, fresh, seconds):
    """Scores on one core, asked for from the other one; three loads of each side in turn."""
    found = {side: [] for side in binaries}
    for _ in range(3):
        for side, binary in binaries.items():
            with ours(binary, fresh(), PORTS[side], cpu=0) as service:
                wrk(service.port, "/irt/score", bodies.score(), 16, 1, cpu=1)
                load = wrk(service.port, "/irt/score", bodies.score(), 16, seconds, cpu=1)
                found[side].append(load["per_second"])
    middle = {side: statistics.median(values) for side, values in found.items()}
    return {**middle, "ratio": round(middle["after"] / middle["before"], 3)}


def starts(binaries, fresh):
    """Start to first answer, and memory then."""
    found = {side: {"start_ms": [], "idle_mb": []} for side in binaries}
    for _ in range(15):
        for side, binary in binaries.items():
            with ours(binary, fresh(), PORTS[side]) as service:
                found[side]["start_ms"].append(service.start_ms)
                found[side]["idle_mb"].append(service.resident_mb())
    return {
        side: {name: round(statistics.median(values), 1) for name, values in measured.items()}
        for side, measured in found.items()
    }


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument("--before", required=True)
    parse.add_argument("--after", default=str(ROOT / "target/release/seedtest"))
    parse.add_argument("--seconds", type=int, default=5, help="of each load of scores")
    parse.add_argument("--out", default=str(ROOT / "bench/runs"))
    args = parse.parse_args()
    binaries = {"before": args.before, "after": args.after}
    host = f"{os.cpu_count()}core-{platform.machine()}"
    result = {"date": datetime.date.today().isoformat(), "host": host, "load_at_start": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as folder:

        def fresh():
            return tempfile.mkdtemp(dir=folder)

        with ours(args.before, fresh(), PORTS["before"]) as old, ours(args.after, fresh(), PORTS["after"]) as new:
            sides = {"before": Client(old.port), "after": Client(new.port)}
            for name, path, body, repeats in REQUESTS:
                result[name] = in_turn(sides, path, body, repeats)
                print(name, {k: v for k, v in result[name].items() if k != "all_ms"}, flush=True)
        result["scores a second, 16 connections"] = scores(binaries, fresh, args.seconds)
        result["start"] = starts(binaries, fresh)
        print({k: result[k] for k in ("scores a second, 16 connections", "start")})
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    path = free_name(out, f"{result['date']}-versions-{host}")
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(path)
    ratios = {name: case["ratio"] for name, case in result.items() if isinstance(case, dict) and "ratio" in case}
    start = result["start"]
    ratios["start"] = round(start["before"]["start_ms"] / start["after"]["start_ms"], 3)
    for name, found in ratios.items():
        print(f"must  {name}: {found}× (must ≥ {LEAST}×){'' if found >= LEAST else '  MISSED'}")
    sys.exit(min(ratios.values()) < LEAST)


if __name__ == "__main__":
    main()
