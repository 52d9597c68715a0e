#!/usr/bin/env python3
"""k-means and Gaussian mixtures against scikit-learn on the same rows in one run.

    python3 bench/segments.py [--quick] [--built] [--out FILE]

Needs `scikit-learn`. Both sides cluster and do nothing else, with as many starts, on as many threads as
there are cores, rows in memory; both report their own seconds and the objective they reach. `--quick` takes
about a minute: three numbers of clusters, five starts of k-means and two of mixtures, a tenth of the large
table.

k-means: greedy k-means++ on both sides; scikit-learn stops a start where centres move less than a
thousandth of a standard deviation (tol=1e-6), ours likewise, and follows the best to its end. On the large
table scikit-learn runs with its default tol.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def rows(n: int, d: int, clusters: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 2.5, (clusters, d))
    stretch = rng.uniform(0.3, 1.5, (clusters, d))
    label = rng.integers(0, clusters, n)
    return centres[label] + stretch[label] * rng.normal(size=(n, d))


def ours(binary: Path, x: np.ndarray, *arguments: str) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.bin"
        x.astype("<f8").tofile(path)
        run = subprocess.run([binary, path, str(x.shape[1]), *arguments], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def timed(work) -> tuple[float, object]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--built", action="store_true", help="the example is built already")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-q", "-p", "seedtest-segment", "--example", "time_segment"]
    if not options.built:
        subprocess.run(build, cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = target / "release/examples/time_segment"
    load = os.getloadavg()[0]
    cases = []

    def compare(name: str, own: dict, seconds: float, objective: float) -> None:
        cases.append({
            "case": name, "seconds": own["seconds"], "scikit-learn": seconds,
            "ratio": seconds / own["seconds"], "objective": own["objective"],
            "objective_sklearn": objective,
            "relative_gap": (own["objective"] - objective) / abs(objective),
        })
        print(f"{name}: {own['seconds']:.3f} s against {seconds:.3f} s", file=sys.stderr)

    x = rows(10_000, 9, 5, 1)
    x = (x - x.mean(0)) / x.std(0)
    numbers = (2, 5, 8) if options.quick else range(2, 9)
    for method, starts in (("kmeans", 5 if options.quick else 25), ("gaussian_mixture", 2 if options.quick else 5)):
        for k in numbers:
            own = ours(binary, x, method, str(k), str(k), str(starts))[0]
            if method == "kmeans":
                seconds, fit = timed(lambda: KMeans(k, n_init=starts, random_state=0, tol=1e-6, max_iter=500).fit(x))
                objective = fit.inertia_
            else:
                seconds, fit = timed(
                    lambda: GaussianMixture(k, n_init=starts, random_state=0, tol=1e-6, max_iter=1000).fit(x)
                )
                objective = -fit.score(x) * len(x)
            compare(f"{method} 10000 x 9, k = {k}, {starts} starts", own, seconds, objective)

    n = 100_000 if options.quick else 1_000_000
    x = rows(n, 16, 8, 2)
    own = ours(binary, x, "kmeans", "8", "8", "1")[0]
    seconds, fit = timed(lambda: KMeans(8, n_init=1, random_state=0).fit(x))
    compare(f"kmeans {n} x 16, k = 8, one start", own, seconds, fit.inertia_)
    run = {
        "date": datetime.date.today().isoformat(), "machine": platform.machine(), "cores": os.cpu_count(),
        "load_before": load, "load_after": os.getloadavg()[0], "cases": cases,
    }
    text = json.dumps(run, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
