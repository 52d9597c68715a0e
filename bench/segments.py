#!/usr/bin/env python3
"""k-means and Gaussian mixtures against scikit-learn on the same rows in one run.

    python3 bench/segments.py [--quick] [--out FILE]

Needs `scikit-learn`. Both sides report their own seconds, rows in memory, and the objective they reach.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
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
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows of the large case")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-q", "-p", "seedtest-segment", "--example", "time_segment"]
    subprocess.run(build, cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = target / "release/examples/time_segment"
    load = os.getloadavg()[0]
    cases = []

    x = rows(10_000, 9, 5, 1)
    x = (x - x.mean(0)) / x.std(0)
    for method in ("kmeans", "gaussian_mixture"):
        own = ours(binary, x, method, "2", "8", "25")
        for line in own:
            k = line["k"]
            if method == "kmeans":
                seconds, fit = timed(lambda: KMeans(k, n_init=25, random_state=0, tol=1e-6, max_iter=500).fit(x))
                objective = fit.inertia_
            else:
                seconds, fit = timed(lambda: GaussianMixture(k, n_init=2, random_state=0, tol=1e-6, max_iter=1000).fit(x))
                objective = -fit.score(x) * len(x)
            cases.append({
                "case": f"{method} 10000 x 9, k = {k}", "seconds": line["seconds"], "scikit-learn": seconds,
                "ratio": seconds / line["seconds"], "objective": line["objective"], "objective_sklearn": objective,
            })

    n = 100_000 if options.quick else 1_000_000
    x = rows(n, 16, 8, 2)
    line = ours(binary, x, "kmeans", "8", "8", "1")[0]
    seconds, fit = timed(lambda: KMeans(8, n_init=1, random_state=0).fit(x))
    cases.append({
        "case": f"kmeans {n} x 16, k = 8, one start", "seconds": line["seconds"], "scikit-learn": seconds,
        "ratio": seconds / line["seconds"], "objective": line["objective"], "objective_sklearn": fit.inertia_,
    })
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
