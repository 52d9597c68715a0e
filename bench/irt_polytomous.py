#!/usr/bin/env python3
"""Items with several categories against girth, and what a large sparse log and a warm start take.

    python3 bench/irt_polytomous.py --program target/release/seedtest [--python PYTHON] [--repeat 3] [--quick]

PYTHON has numpy and girth. Data are drawn here; every program gets the same. Prints one line a case and writes
bench/runs/irt-polytomous-DATE.json.
"""

import argparse
import json
import random
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

GIRTH = """
import json, sys, time
import numpy as np
from girth import grm_mml
data = np.loadtxt(sys.argv[1], delimiter=",", dtype=int, skiprows=1)[:, 1:].T
began = time.perf_counter()
found = grm_mml(data)
print(json.dumps({"seconds": time.perf_counter() - began,
    "a": found["Discrimination"].tolist(), "b": np.asarray(found["Difficulty"]).tolist()}))
"""


def logistic(x):
    return 1 / (1 + math.exp(-x))


def graded(students, items, categories, share, seed, missing_scores=True):
    """Wide rows of scores, None where a student did not see the item; and the true (a, b)."""
    draw = random.Random(seed)
    truth = []
    for _ in range(items):
        a, centre = math.exp(draw.gauss(0.1, 0.25)), draw.gauss(0, 0.7)
        steps = categories - 1
        truth.append((a, [centre + k - (steps - 1) / 2 for k in range(steps)]))
    rows = []
    for _ in range(students):
        theta, row = draw.gauss(0, 1), []
        for a, b in truth:
            if draw.random() >= share:
                row.append(None)
                continue
            u = draw.random()
            row.append(sum(u < logistic(a * (theta - step)) for step in b))
        rows.append(row)
    return rows, truth


def write_wide(path, rows):
    with open(path, "w") as file:
        file.write("student," + ",".join(f"q{j:04d}" for j in range(len(rows[0]))) + "\n")
        for i, row in enumerate(rows):
            file.write(f"s{i:06d}," + ",".join("" if x is None else str(x) for x in row) + "\n")


def write_wide_for_girth(path, rows):
    with open(path, "w") as file:
        file.write("student," + ",".join(f"q{j}" for j in range(len(rows[0]))) + "\n")
        for i, row in enumerate(rows):
            # girth counts categories from 1.
            file.write(f"{i}," + ",".join(str(x + 1) for x in row) + "\n")


def write_long(path, rows):
    with open(path, "w") as file:
        file.write("student,item,score\n")
        for i, row in enumerate(rows):
            for j, x in enumerate(row):
                if x is not None:
                    file.write(f"s{i:06d},q{j:04d},{x}\n")


def rmse(pairs):
    return math.sqrt(statistics.fmean((x - y) ** 2 for x, y in pairs))


def seedtest(program, data, out, *more):
    began = time.perf_counter()
    command = [program, "--quiet", "fit", "irt", "--data", data, "--json", out, *more]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    whole = time.perf_counter() - began
    found = json.load(open(out))
    return found["fit_meta"]["timings"]["fit_seconds"], whole, found


def errors(found, truth):
    items = found["item_params"]
    a = [(item["params"]["a"][0], true[0]) for item, true in zip(items, truth)]
    b = [pair for item, true in zip(items, truth) for pair in zip(item["params"]["b"], true[1])]
    return rmse(a), rmse(b)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="target/release/seedtest")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    place = Path(tempfile.mkdtemp())
    runs = {"date": date.today().isoformat(), "cores": os.cpu_count(), "load": os.getloadavg()}

    students, items = (1_000, 12) if args.quick else (5_000, 40)
    rows, truth = graded(students, items, 5, 1.0, 1)
    write_wide(place / "grm.csv", rows)
    write_wide_for_girth(place / "girth.csv", rows)
    ours, theirs = [], []
    for _ in range(args.repeat):
        with_errors = seedtest(args.program, place / "grm.csv", place / "grm.json", "--model", "grm")
        without = seedtest(args.program, place / "grm.csv", place / "none.json", "--model", "grm", "--se", "none")
        ours.append((with_errors[0], without[0]))
        peer = subprocess.run([args.python, "-c", GIRTH, place / "girth.csv"], capture_output=True, text=True)
        if peer.returncode == 0:
            theirs.append(json.loads(peer.stdout))
        else:
            print(peer.stderr.splitlines()[-1:], file=sys.stderr)
    se, none = (statistics.median(x) for x in zip(*ours))
    a, b = errors(with_errors[2], truth)
    runs["grm"] = {"students": students, "items": items, "seconds": se, "seconds_without_se": none,
                   "rmse_a": a, "rmse_b": b}
    line = f"GRM {students} x {items} x 5: {se:.2f} s with errors, {none:.2f} s without (rmse a {a:.3f}, b {b:.3f})"
    if theirs:
        peer = statistics.median(run["seconds"] for run in theirs)
        pa = rmse(list(zip(theirs[0]["a"], (t[0] for t in truth))))
        pb = rmse([p for x, t in zip(theirs[0]["b"], truth) for p in zip(x, t[1])])
        runs["grm"].update(girth=peer, ratio=peer / none, ratio_with_se=peer / se, girth_rmse_a=pa, girth_rmse_b=pb)
        line += f"; girth {peer:.2f} s (rmse a {pa:.3f}, b {pb:.3f}): {peer / none:.1f}x, with errors {peer / se:.1f}x"
    print(line)

    # About a million answers: 60 items seen of 600, 2 to 5 categories.
    students, items = (1_000, 200) if args.quick else (16_700, 600)
    halves = [graded(students, items // 2, categories, 0.1, seed) for categories, seed in ((2, 2), (5, 3))]
    rows = [x + y for x, y in zip(halves[0][0], halves[1][0])]
    write_long(place / "sparse.csv", rows)
    n = sum(x is not None for row in rows for x in row)
    times = []
    for _ in range(args.repeat):
        fit, whole, found = seedtest(args.program, place / "sparse.csv", place / "cold.json", "--model", "auto-per-item")
        times.append((fit, whole))
    cold, whole = (statistics.median(x) for x in zip(*times))
    runs["sparse"] = {"answers": n, "seconds": cold, "process_seconds": whole,
                      "converged": found["fit_meta"]["metrics"]["converged"]}
    print(f"mixed sparse, {n} answers, with errors: {cold:.2f} s (process {whole:.2f} s)")

    # One per cent new answers: the last students.
    new, _ = graded(students // 100 + 1, items // 2, 2, 0.1, 4)
    more, _ = graded(students // 100 + 1, items // 2, 5, 0.1, 5)
    write_long(place / "more.csv", rows + [x + y for x, y in zip(new, more)])
    times = []
    for _ in range(args.repeat):
        model = ("--model", "auto-per-item", "--se", "none")
        again = seedtest(args.program, place / "more.csv", place / "again.json", *model)
        warm = seedtest(args.program, place / "more.csv", place / "warm.json", *model, "--start", place / "cold.json")
        times.append((again[0], warm[0]))
    again_s, warm_s = (statistics.median(x) for x in zip(*times))
    of = lambda found: [x for item in found["item_params"] for x in item["params"]["d"]]
    apart = max(abs(x - y) for x, y in zip(of(again[2]), of(warm[2])))
    runs["warm"] = {"cold": again_s, "warm": warm_s, "share": warm_s / again_s, "largest_difference": apart}
    print(f"1 % new answers: {warm_s:.2f} s from the start, {again_s:.2f} s cold: {100 * warm_s / again_s:.0f} %, "
          f"intercepts within {apart:.1e}")

    out = Path(__file__).parent / "runs" / f"irt-polytomous-{runs['date']}-{os.cpu_count()}.json"
    if not args.quick:
        out.write_text(json.dumps(runs, indent=1) + "\n")


if __name__ == "__main__":
    main()
