#!/usr/bin/env python3
"""Sampling a growth model: ours against PyMC with nutpie and brms, on the same data, in the same run.

    cargo build --release -p seedtest-growth --example time_growth
    pip install pymc nutpie arviz          # optional: left out where missing
    apt-get install r-cran-brms g++        # optional: left out where missing
    python3 bench/growth.py [--repeat 3] [--students 100,1000] [--brms-chains 4,2] [--only large|peers]

All draw 4 x 1 000 after 1 000 of warm-up, under the same priors. Seconds are those of sampling only:
compilation by nutpie and brms is not counted, nor is reading the table. Ratios are of effective draws
a second, with the smallest bulk ESS of the population's parameters, so that nobody gains by mixing
badly. `--brms-chains` says how many chains brms runs for each number of students, two at a time; its
seconds for four chains are those of its chains in pairs, its ESS grows with the chains, and the report
says when that is an extrapolation. 0 leaves brms out.
"""
import argparse, csv, json, os, random, shutil, statistics, subprocess, tempfile, time

import measure

TARGET = os.environ.get("CARGO_TARGET_DIR", "target")
OURS = os.path.join(TARGET, "release", "examples", "time_growth")
BRMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "growth_brms.R")


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


def ours(source, *more):
    """One run of the example: its own figures, and processor time and memory of the process."""
    process = measure.run([OURS, source, *more], limit_seconds=600)
    figures = json.loads(process.stdout.splitlines()[-1])
    return figures | {"cpu_seconds": process.cpu_seconds, "peak_mb": process.peak_mb}


def gradient(repeat):
    """Microseconds of a leapfrog step with the same 50 sets of weeks: the difference of two lengths of
    the warm-up of one chain, fastest of the runs, so that all that is done once drops out."""
    steps = {}
    for students in (1_000, 100_000):
        fastest = {}
        for warmup in (1_000, 41_000):
            runs = [ours(f"PATTERNS:{students}", "100", "1", str(warmup)) for _ in range(repeat)]
            fastest[warmup] = min(runs, key=lambda run: run["fit_seconds"])
        short, long = fastest[1_000], fastest[41_000]
        seconds = long["fit_seconds"] - short["fit_seconds"]
        steps[students] = 1e6 * seconds / (long["leapfrogs"] - short["leapfrogs"])
    return {"microseconds": steps, "ratio": steps[100_000] / steps[1_000]}


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


def brms_prepared(folder):
    """The compiled model, or None where R or brms is missing."""
    path = os.path.join(folder, "growth_brms.rds")
    if not shutil.which("Rscript"):
        return None
    made = subprocess.run(["Rscript", BRMS, path], capture_output=True, text=True)
    return path if made.returncode == 0 and os.path.exists(path) else None


def brms_run(prepared, table, chains, seed=1):
    """Seconds of the slowest chain of every pair, for four chains on two cores."""
    process = measure.run(["Rscript", BRMS, prepared, table, str(chains), str(seed)], limit_seconds=1500)
    figures = json.loads(process.stdout.splitlines()[-1])
    each = figures["chain_seconds"] if isinstance(figures["chain_seconds"], list) else [figures["chain_seconds"]]
    pairs = [max(each[at : at + 2]) for at in range(0, len(each), 2)]
    return {
        "fit_seconds": statistics.mean(pairs) * 2,
        "ess_bulk_min": figures["ess_bulk_min"] * 4 / chains,
        "chains": chains,
        "extrapolated": chains != 4,
        "chain_seconds": each,
    }


def medians(runs):
    return {key: statistics.median(run[key] for run in runs) for key in ("fit_seconds", "ess_bulk_min")}


def against(mine, theirs):
    """How many times longer the other takes, and how many times fewer effective draws it makes a second."""
    rate = lambda run: run["ess_bulk_min"] / run["fit_seconds"]
    return {"seconds": theirs["fit_seconds"] / mine["fit_seconds"], "ess_rate": rate(mine) / rate(theirs)}


def compare(students, repeat, prepared, brms_chains):
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
        brms = brms_run(prepared, path, brms_chains) if prepared and brms_chains else None
    result = {"students": students, "ours": medians(mine), "ours_runs": mine}
    if theirs:
        result |= {"nutpie": medians(theirs), "nutpie_runs": theirs, "nutpie_compile_seconds": compile_seconds}
        result["nutpie_ratio"] = against(result["ours"], result["nutpie"])
    if brms:
        result |= {"brms": brms, "brms_ratio": against(result["ours"], brms)}
    return result


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--students", default="100,1000")
    options.add_argument("--brms-chains", default="4,2")
    options.add_argument("--only", choices=["large", "peers"])
    options.add_argument("--json")
    options = options.parse_args()
    report = {"load": os.getloadavg(), "cores": os.cpu_count(), "cases": [], "large": [], "gradient": {}}
    if options.only != "peers":
        # Before PyMC is loaded: Linux counts the memory of the parent as that of a child at its start.
        for students in (1_000, 100_000):
            runs = [ours(f"SIMULATE:{students}") for _ in range(options.repeat)]
            report["large"].append(min(runs, key=lambda run: run["fit_seconds"] + run["students_seconds"]) | {"runs": runs})
            print({key: value for key, value in report["large"][-1].items() if key != "runs"}, flush=True)
        report["gradient"] = gradient(options.repeat)
        print(report["gradient"], flush=True)
    if options.only != "large":
        with tempfile.TemporaryDirectory() as folder:
            chains = [int(n) for n in options.brms_chains.split(",")]
            prepared = brms_prepared(folder) if any(chains) else None
            for students, brms_chains in zip(map(int, options.students.split(",")), chains):
                case = compare(students, options.repeat, prepared, brms_chains)
                report["cases"].append(case)
                print({key: value for key, value in case.items() if not key.endswith("_runs")}, flush=True)
    report["load_at_end"] = os.getloadavg()
    if options.json:
        with open(options.json, "w") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
