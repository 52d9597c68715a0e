#!/usr/bin/env python3
"""Sampling a growth model: ours against PyMC with nutpie, on the same data, in the same run.

    cargo build --release -p seedtest-growth --example time_growth
    pip install pymc nutpie arviz          # optional: left out where missing
    python3 bench/growth.py [--repeat 3] [--students 100,1000]

Both draw 4 x 1 000 after 1 000 of warm-up, under the same priors. Seconds are those of sampling only:
nutpie's compilation is not counted, nor is reading the table. Ratios are of effective draws a second,
with the smallest bulk ESS of the population's parameters, so that neither gains by mixing badly.
"""
import argparse, csv, json, os, random, statistics, tempfile, time

import measure

TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
OURS = os.path.join(TARGET, "release", "examples", "time_growth")


def simulate(path, students, seed=11):
    """score = 0.1 + 0.05 week + level + slope week + noise, a quarter of twelve weeks missing."""
    rng = random.Random(seed)
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["student", "week", "score"])
        for student in range(students):
            level, slope = rng.gauss(0, 0.5), rng.gauss(0, 0.04)
            for week in range(12):
                if rng.random() < 0.75:
                    score = 0.1 + level + (0.05 + slope) * week + rng.gauss(0, 0.3)
                    out.writerow([student, week, round(score, 5)])


def ours(source):
    """One run of the example: its own figures, and processor time and memory of the process."""
    process = measure.run([OURS, source], limit_seconds=600)
    figures = json.loads(process.stdout.splitlines()[-1])
    return figures | {"cpu_seconds": process.cpu_seconds, "peak_mb": process.peak_mb}


def nutpie_model(path):
    import numpy as np, nutpie, pymc as pm
    with open(path) as file:
        rows = list(csv.DictReader(file))
    student = np.array([int(row["student"]) for row in rows])
    week = np.array([float(row["week"]) for row in rows])
    score = np.array([float(row["score"]) for row in rows])
    n = student.max() + 1
    with pm.Model() as model:
        centred = pm.Normal("centred", 0, 1)
        slope = pm.Normal("slope", 0, 0.5)
        sigma = pm.HalfStudentT("sigma", nu=3, sigma=2.5)
        chol, _, _ = pm.LKJCholeskyCov("L", n=2, eta=1, sd_dist=pm.HalfCauchy.dist(1, shape=2))
        z = pm.Normal("z", 0, 1, shape=(2, n))
        effects = pm.math.dot(chol, z)
        line = centred + slope * (week - week.mean()) + effects[0][student] + effects[1][student] * week
        pm.Normal("score", line, sigma, observed=score)
    started = time.perf_counter()
    compiled = nutpie.compile_pymc_model(model)
    return compiled, time.perf_counter() - started


def nutpie_run(compiled, seed):
    import arviz, nutpie
    started = time.perf_counter()
    trace = nutpie.sample(compiled, draws=1000, tune=1000, chains=4, cores=2, seed=seed, progress_bar=False)
    seconds = time.perf_counter() - started
    names = ["centred", "slope", "sigma", "L_stds", "L_corr"]
    ess = arviz.ess(trace, var_names=names, method="bulk")
    values = [float(v) for name in names for v in ess[name].values.ravel()]
    # The unit diagonal of the correlation matrix never moves.
    return {"fit_seconds": seconds, "ess_bulk_min": min(values)}


def medians(runs):
    return {key: statistics.median(run[key] for run in runs) for key in ("fit_seconds", "ess_bulk_min")}


def compare(students, repeat):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "growth.csv")
        simulate(path, students)
        try:
            compiled, compile_seconds = nutpie_model(path)
        except ImportError:
            compiled, compile_seconds = None, None
        mine, theirs = [], []
        for number in range(repeat):
            mine.append(ours(path))
            if compiled:
                theirs.append(nutpie_run(compiled, number))
    result = {"students": students, "ours": medians(mine), "ours_runs": mine}
    if theirs:
        result |= {"nutpie": medians(theirs), "nutpie_runs": theirs, "nutpie_compile_seconds": compile_seconds}
        a, b = result["ours"], result["nutpie"]
        result["seconds_ratio"] = b["fit_seconds"] / a["fit_seconds"]
        result["ess_rate_ratio"] = (a["ess_bulk_min"] / a["fit_seconds"]) / (b["ess_bulk_min"] / b["fit_seconds"])
    return result


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--students", default="100,1000")
    options.add_argument("--json")
    options = options.parse_args()
    report = {"load": os.getloadavg(), "cores": os.cpu_count(), "cases": [], "large": []}
    # Before PyMC is loaded: Linux counts the memory of the parent as that of a child at its start.
    for students in (1_000, 10_000, 100_000):
        run = ours(f"SIMULATE:{students}")
        run["microseconds_per_leapfrog"] = 1e6 * run["fit_seconds"] / run["leapfrogs"]
        report["large"].append(run)
        print(run, flush=True)
    for students in map(int, options.students.split(",")):
        case = compare(students, options.repeat)
        report["cases"].append(case)
        print({key: value for key, value in case.items() if not key.endswith("_runs")}, flush=True)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
