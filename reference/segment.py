#!/usr/bin/env python3
"""Figures of scikit-learn that crates/segment is measured against.

    python3 reference/segment.py DATA > crates/segment/tests/golden/sklearn.json

DATA is a folder with iris.csv (Fisher 1936) and faithful.csv (Azzalini & Bowman 1990). Written with
scikit-learn 1.9.1, numpy 2.4.6, scipy 1.17.1. Features are standardised with divisor n (StandardScaler).
`best` inertias are the least of 100 starts.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import scipy.cluster.hierarchy
import sklearn
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture

SHAPES = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}


def read(path: Path) -> np.ndarray:
    rows = list(csv.reader(path.open()))
    numeric = [j for j, v in enumerate(rows[1]) if v.replace(".", "").replace("-", "").isdigit()]
    return np.array([[float(row[j]) for j in numeric] for row in rows[1:]])


def case(x: np.ndarray) -> dict:
    z = (x - x.mean(0)) / x.std(0)
    kmeans, mixtures = {}, {}
    for k in range(2, 9):
        fit = KMeans(k, n_init=100, random_state=0, tol=0, max_iter=1000).fit(z)
        kmeans[k] = {"best": fit.inertia_, "silhouette": silhouette_score(z, fit.labels_)}
    for name, shape in SHAPES.items():
        for k in range(1, 5):
            fit = GaussianMixture(
                k, covariance_type=shape, n_init=10, tol=1e-9, max_iter=5000, reg_covar=1e-6, random_state=0
            ).fit(z)
            mixtures[f"{name}_{k}"] = {
                "loglik": fit.score(z) * len(z),
                "bic": fit.bic(z),
                "converged": bool(fit.converged_),
            }
    hierarchy = {
        method: scipy.cluster.hierarchy.linkage(z, method)[:, 2].tolist()[-20:]
        for method in ("ward", "complete", "average", "single")
    }
    return {
        "columns": x.T.tolist(),
        "kmeans": kmeans,
        "mixtures": mixtures,
        "heights": hierarchy,
        "dbscan": DBSCAN(eps=0.5, min_samples=5).fit_predict(z).tolist(),
        "hdbscan": HDBSCAN(min_cluster_size=8, min_samples=5, copy=True).fit_predict(z).tolist(),
    }


def main() -> None:
    folder = Path(sys.argv[1])
    cases = {name: case(read(folder / f"{name}.csv")) for name in ("iris", "faithful")}
    # Three clouds of different density and rows between them: no two distances are equal.
    rng = np.random.default_rng(5)
    clouds = [rng.normal(m, s, (60, 3)) for m, s in ((0, 1), (6, 0.5), ((0, 7, 0), 0.8))]
    cases["clouds"] = case(np.round(np.vstack([*clouds, rng.uniform(-4, 10, (20, 3))]), 6))
    json.dump({"scikit-learn": sklearn.__version__, "cases": cases}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
