#!/usr/bin/env python3
"""k-means and Gaussian mixtures against scikit-learn on the same rows in one run.

    python3 bench/segments.py [--quick] [--built] [--out FILE]

Needs `scikit-learn`. Both sides cluster and do nothing else, with as many starts, rows in memory; both report
their own seconds and the objective they reach. k-means runs on one thread, then on all. `--quick` takes less
than a minute: three numbers of clusters, five starts of k-means and two of mixtures, a tenth of the large
table. The rows have five clusters; mixtures of more take scikit-learn minutes each and are left out.

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
from itertools import product
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def rows(n: int, d: int, clusters: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 2.5, (clusters, d))
    stretch = rng.uniform(0.3, 1.5, (clusters, d))
    label = rng.integers(0, clusters, n)
    return centres[label] + stretch[label] * rng.normal(size=(n, d))


def ours(binary: Path, x: np.ndarray, threads: int, *arguments: str) -> dict:
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.bin"
        x.astype("<f8").tofile(path)
        command = [binary, path, str(x.shape[1]), *arguments]
        run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(run.stdout.splitlines()[0])


def timed(work) -> tuple[float, object]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

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
    cores = os.cpu_count() or 1
    starts = 5 if options.quick else 25
    for threads in sorted({1, cores}):
        for k in (2, 5, 8) if options.quick else range(2, 9):
            own = ours(binary, x, threads, "kmeans", str(k), str(k), str(starts))
            with threadpool_limits(threads):
                seconds, fit = timed(lambda: KMeans(k, n_init=starts, random_state=0, tol=1e-6, max_iter=500).fit(x))
            compare(f"kmeans 10000 x 9, k = {k}, {starts} starts, {threads} threads", own, seconds, fit.inertia_)

    n = 100_000 if options.quick else 1_000_000
    large = rows(n, 16, 8, 2)
    for threads, starts in product(sorted({1, cores}), (1, 5)):
        own = ours(binary, large, threads, "kmeans", "8", "8", str(starts))
        with threadpool_limits(threads):
            seconds, fit = timed(lambda: KMeans(8, n_init=starts, random_state=0).fit(large))
        compare(f"kmeans {n} x 16, k = 8, {starts} starts, {threads} threads", own, seconds, fit.inertia_)

    starts = 2 if options.quick else 5
    for k in (2, 5) if options.quick else range(2, 6):
        own = ours(binary, x, cores, "gaussian_mixture", str(k), str(k), str(starts))
        seconds, fit = timed(lambda: GaussianMixture(k, n_init=starts, random_state=0, tol=1e-6, max_iter=1000).fit(x))
        compare(f"gaussian_mixture 10000 x 9, k = {k}, {starts} starts", own, seconds, -fit.score(x) * len(x))

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
