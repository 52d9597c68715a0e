#!/usr/bin/env python3
"""Measures `seedtest serve` against services of R (plumber with brms and with survival).

    cargo build --release
    python3 bench/service/run.py [--only growth,survival,score,mixed,start]

Python 3.11 or newer, nothing beyond its standard library; wrk; the packages of
bench/r_services/README.md. Both sides run in the same run. Results go to bench/runs/DATE-service-HOST.json.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import statistics
import sys
import tempfile

import bodies
from load import Client, Fits, statuses, wrk
from processes import ours, theirs

sys.path.append(str(pathlib.Path(__file__).parent.parent))
from measure import free_name

ROOT = pathlib.Path(__file__).parent.parent.parent
OUR_PORT, R_PORT = 8790, 8791
# Names that each side gives in its own way.
NOT_COMPARED = ("$.run_id", "$.model_meta.formula")


def growth(bench):
    """One fit after the other on each side. The R service samples its chains on all cores."""
    text = json.dumps(bodies.growth())
    with ours(bench.binary, bench.fresh(), OUR_PORT) as we, theirs("growth", R_PORT, bench.models) as they:
        mine, other = Client(we.port), Client(they.port)
        mine.seconds("/growth/fit", text)
        times = {"ours": [], "r": []}
        for _ in range(bench.growth_repeats):
            times["ours"] += [mine.seconds("/growth/fit", text) for _ in range(10)]
            times["r"].append(other.seconds("/growth/fit", text))
    return compared(times)


def survival(bench):
    """A thousand rows, five covariates, both sides with the same fields of the contract in the answer;
    the R service also with a shorter answer, ours also as it is by default, with quality on left-out
    rows and reasons."""
    text, full = (json.dumps(bodies.survival(full=full)) for full in (False, True))
    with ours(bench.binary, bench.fresh(), OUR_PORT) as we, theirs("survival", R_PORT, bench.models) as they:
        mine, other = Client(we.port), Client(they.port)
        agree(*(json.loads(side.post("/survival/fit", text)[2]) for side in (mine, other)))
        sides = {
            "ours": lambda: mine.seconds("/survival/fit", text),
            "r": lambda: other.seconds("/survival/fit", text),
            "r_short": lambda: other.seconds("/survival/fit/short", text),
            "ours_by_default": lambda: mine.seconds("/survival/fit", full),
        }
        times = {side: [] for side in sides}
        for repeat in range(-5, 50):
            for side, seconds in sides.items():
                took = seconds()
                if repeat >= 0:
                    times[side].append(took)
    return {
        **compared(times),
        "r_short_ms": middle(times["r_short"]),
        "ratio_short": ratio(times["r_short"], times["ours"]),
        "ours_by_default_ms": middle(times["ours_by_default"]),
    }


def agree(ours, theirs, path="$"):
    """Nothing that the R service answers is missing in ours, and numbers are the same."""
    if path in NOT_COMPARED:
        return
    if isinstance(theirs, dict):
        for key, value in theirs.items():
            agree(ours[key], value, f"{path}.{key}")
    elif isinstance(theirs, list):
        if len(ours) != len(theirs):
            raise RuntimeError(f"{path}: {len(ours)} and {len(theirs)} values")
        for at, (one, other) in enumerate(zip(ours, theirs)):
            agree(one, other, f"{path}[{at}]")
    elif isinstance(theirs, float):
        if not math.isclose(ours, theirs, rel_tol=1e-6, abs_tol=1e-9):
            raise RuntimeError(f"{path}: {ours} and {theirs}")
    elif ours != theirs:
        raise RuntimeError(f"{path}: {ours!r} and {theirs!r}")


def score(bench):
    """The service alone on one core, wrk on another one."""
    found = {}
    with ours(bench.binary, bench.fresh(), OUR_PORT, cpu=0) as we:
        wrk(we.port, "/irt/score", bodies.score(), 16, 2, cpu=1)
        for connections in (1, 4, 8, 16, 64):
            load = wrk(we.port, "/irt/score", bodies.score(), connections, bench.seconds, cpu=1)
            found[f"{connections} connections"] = load
        found["statuses"] = statuses(we.port, "/irt/score")
    return found


def mixed(bench):
    """190 clients that score and 10 that fit, on the cores of the service: nobody pausing, so that the
    service has as much to do as it can, and with the scoring clients waiting 50 to 150 ms in between."""
    return {f"pause {pause_ms} ms": mixed_with(bench, pause_ms) for pause_ms in (0, 100)}


def mixed_with(bench, pause_ms):
    fits = [
        ("/irt/calibrate", bodies.calibrate()),
        ("/growth/fit", bodies.growth()),
        ("/survival/fit", bodies.survival()),
    ]
    with ours(bench.binary, bench.fresh(), OUR_PORT) as we:
        before = we.resident_mb()
        with Fits(we.port, fits, 10) as running:
            scores = wrk(
                we.port, "/irt/score", bodies.score(), 190, bench.mixed_seconds, pause_ms=pause_ms
            )
        found = {"scores": scores, "score_statuses": statuses(we.port, "/irt/score")}
        found["fit_statuses"] = running.statuses
        found["fits"] = {path: {"n": len(times), "median_ms": middle(times)} for path, times in running.times.items()}
        found["resident_mb"] = {"before": round(before, 1), "after": round(we.resident_mb(), 1)}
    return found


def start(bench):
    """From starting the process to the first answer, and memory then; R with its model compiled."""
    found = {}
    for name, begin in (
        ("ours", lambda: ours(bench.binary, bench.fresh(), OUR_PORT)),
        ("r_growth", lambda: theirs("growth", R_PORT, bench.models)),
        ("r_survival", lambda: theirs("survival", R_PORT, bench.models)),
    ):
        starts, memory = [], []
        try:
            for _ in range(3):
                with begin() as service:
                    starts.append(service.start_ms)
                    memory.append(service.resident_mb())
        except (FileNotFoundError, RuntimeError) as error:
            found[name] = {"left_out": str(error)}
            continue
        found[name] = {"start_ms": round(statistics.median(starts), 1), "idle_mb": round(statistics.median(memory), 1)}
    for name in ("r_growth", "r_survival"):
        if "left_out" in found[name]:
            continue
        found[f"ratio_{name}"] = {
            key: round(found[name][key] / found["ours"][key], 1) for key in ("start_ms", "idle_mb")
        }
    return found


def middle(seconds):
    return round(statistics.median(seconds) * 1e3, 2) if seconds else None


def compared(times):
    return {
        "ours_ms": middle(times["ours"]),
        "r_ms": middle(times["r"]),
        "ratio": ratio(times["r"], times["ours"]),
        "all_ms": {side: [round(t * 1e3, 2) for t in found] for side, found in times.items()},
    }


def ratio(slow, quick):
    return round(statistics.median(slow) / statistics.median(quick), 1)


CASES = {"growth": growth, "survival": survival, "score": score, "mixed": mixed, "start": start}


class Bench:
    """Settings, and folders that go away."""

    def __init__(self, args, folder):
        self.binary, self.seconds, self.mixed_seconds = args.binary, args.seconds, args.mixed_seconds
        self.growth_repeats = args.growth_repeats
        self.models = os.path.abspath(args.models or os.path.join(folder, "models"))
        self.folder = folder
        os.makedirs(self.models, exist_ok=True)

    def fresh(self):
        return tempfile.mkdtemp(dir=self.folder)


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument("--binary", default=str(ROOT / "target/release/seedtest"))
    parse.add_argument("--only", default=",".join(CASES), help="cases, with commas between them")
    parse.add_argument("--seconds", type=int, default=10, help="of each load of scores")
    parse.add_argument("--mixed-seconds", type=int, default=60)
    parse.add_argument("--growth-repeats", type=int, default=2, help="fits by R")
    parse.add_argument("--models", help="where compiled Stan models are kept between runs")
    parse.add_argument("--out", default=str(ROOT / "bench/runs"))
    args = parse.parse_args()
    today = datetime.date.today().isoformat()
    host = f"{os.cpu_count()}core-{platform.machine()}"
    result = {"date": today, "host": host, "load_at_start": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(args, folder)
        for name in args.only.split(","):
            try:
                result[name] = CASES[name](bench)
            except (FileNotFoundError, RuntimeError) as error:
                # Without R, its packages or wrk the other cases are worth their figures.
                result[name] = {"left_out": str(error)}
            print(name, json.dumps({k: v for k, v in result[name].items() if k != "all_ms"}, indent=1), flush=True)
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    path = free_name(out, f"{today}-service-{host}")
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(path)


if __name__ == "__main__":
    main()
