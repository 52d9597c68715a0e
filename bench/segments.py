#!/usr/bin/env python3
"""k-means and Gaussian mixtures against scikit-learn on the same rows in one run.

    python3 bench/segments.py [--quick | --full] [--built] [--out FILE]

Needs `scikit-learn`. Both sides cluster and do nothing else, with as many starts, rows in memory; both report
their own seconds and the objective they reach; silhouettes of both partitions are computed here, of 2 000 rows.
k-means runs on one thread, then on all. Mixtures: k = 2 to 5 with five starts, with `--full` to 8 with 25 (the rows
have five clusters; more take scikit-learn minutes each). `--quick` takes less than a minute: three numbers of
clusters, five starts of k-means and two of mixtures, a tenth of the large table.

A table at the end: seconds, their ratio (scikit-learn by ours: above 1 ours is faster), how far our objective is above
theirs as a share of it (below 0 ours is better), the same of BIC, and the difference of the silhouettes.

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
        path, labels = Path(folder) / "rows.bin", Path(folder) / "labels.bin"
        x.astype("<f8").tofile(path)
        command = [binary, path, str(x.shape[1]), *arguments, f"labels={labels}"]
        run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        own = json.loads(run.stdout.splitlines()[0])
        own["labels"] = np.fromfile(labels, dtype="<i8")
    return own


def silhouette(x: np.ndarray, labels: np.ndarray) -> float | None:
    from sklearn.metrics import silhouette_score

    rows = np.random.default_rng(3).choice(len(x), min(2_000, len(x)), replace=False)
    if len(np.unique(labels[rows])) < 2:
        return None
    return float(silhouette_score(x[rows], labels[rows]))


def show(cases: list[dict]) -> None:
    head = ("case", "ours s", "theirs s", "ratio", "objective", "BIC", "silhouette")
    print(f"{head[0]:58} {head[1]:>9} {head[2]:>9} {head[3]:>7} {head[4]:>10} {head[5]:>10} {head[6]:>10}", file=sys.stderr)
    for case in cases:
        gaps = [case["relative_gap"], case["relative_gap_bic"], case["silhouette_difference"]]
        gaps = " ".join("         –" if gap is None else f"{gap:10.1e}" for gap in gaps)
        print(
            f"{case['case']:58} {case['seconds']:9.3f} {case['scikit-learn']:9.3f} {case['ratio']:7.2f} {gaps}",
            file=sys.stderr,
        )


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
    parser.add_argument("--full", action="store_true", help="mixtures of 2 to 8 components, 25 starts")
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

    def compare(
        name: str,
        own: dict,
        seconds: float,
        objective: float,
        labels: np.ndarray,
        x: np.ndarray,
        bics: tuple[float, float] | None = None,
    ) -> None:
        widths = silhouette(x, own["labels"]), silhouette(x, labels)
        cases.append({
            "case": name, "seconds": own["seconds"], "scikit-learn": seconds,
            "ratio": seconds / own["seconds"], "objective": own["objective"],
            "objective_sklearn": objective,
            "relative_gap": (own["objective"] - objective) / abs(objective),
            "relative_gap_bic": (bics[0] - bics[1]) / abs(bics[1]) if bics else None,
            "silhouette": widths[0], "silhouette_sklearn": widths[1],
            "silhouette_difference": None if None in widths else widths[0] - widths[1],
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
            name = f"kmeans 10000 x 9, k = {k}, {starts} starts, {threads} threads"
            compare(name, own, seconds, fit.inertia_, fit.labels_, x)

    n = 100_000 if options.quick else 1_000_000
    large = rows(n, 16, 8, 2)
    for threads, starts in product(sorted({1, cores}), (1, 5)):
        own = ours(binary, large, threads, "kmeans", "8", "8", str(starts))
        with threadpool_limits(threads):
            seconds, fit = timed(lambda: KMeans(8, n_init=starts, random_state=0).fit(large))
        name = f"kmeans {n} x 16, k = 8, {starts} starts, {threads} threads"
        compare(name, own, seconds, fit.inertia_, fit.labels_, large)

    starts = 2 if options.quick else 25 if options.full else 5
    for k in (2, 5) if options.quick else range(2, 9) if options.full else range(2, 6):
        own = ours(binary, x, cores, "gaussian_mixture", str(k), str(k), str(starts))
        seconds, fit = timed(lambda: GaussianMixture(k, n_init=starts, random_state=0, tol=1e-6, max_iter=1000).fit(x))
        d = x.shape[1]
        parameters = k * d * (d + 1) // 2 + k * d + k - 1
        bics = 2 * own["objective"] + parameters * np.log(len(x)), fit.bic(x)
        name = f"gaussian_mixture 10000 x 9, k = {k}, {starts} starts"
        compare(name, own, seconds, -fit.score(x) * len(x), fit.predict(x), x, bics)

    run = {
        "date": datetime.date.today().isoformat(), "machine": platform.machine(), "cores": os.cpu_count(),
        "load_before": load, "load_after": os.getloadavg()[0], "cases": cases,
    }
    show(cases)
    text = json.dumps(run, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
