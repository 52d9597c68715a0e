#!/usr/bin/env python3
"""Sums of squares of statsmodels' exponential smoothing that crates/forecast is measured against.

    python3 reference/smoothing.py > crates/forecast/tests/golden/smoothing.json

Additive errors, estimated initial states, bounds 0.01 < alpha < 0.99, 0 < beta < alpha, 0.8 < phi < 0.98; the least
of six starts. Written with statsmodels 0.15.0.
"""

import json
import sys

import numpy as np
import statsmodels
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

rng = np.random.default_rng(11)
noise = lambda n, s: s * rng.normal(size=n)  # noqa: E731
series = {
    "level": 0.6 + noise(30, 0.05),
    "walk": np.cumsum(noise(60, 1.0)) + noise(60, 0.5),
    "trend": 0.3 * np.arange(50) + np.cumsum(np.cumsum(noise(50, 0.1))) + noise(50, 1.0),
    "bend": np.minimum(np.arange(40), 25) + noise(40, 0.7),
}
cases = []
for name, y in series.items():
    y = np.round(y, 6)
    case = {"name": name, "y": y.tolist()}
    for damped in (False, True):
        bounds = {"smoothing_level": (0.01, 0.99)}
        if damped:
            bounds |= {"damping_trend": (0.8, 0.98)}
        model = ETSModel(y, error="add", trend="add" if damped else None, damped_trend=damped, bounds=bounds)
        best = np.inf
        for level in (0.1, 0.4, 0.8):
            for slope in (0.2, 0.9):
                start = [level, slope * level, 0.9, y[0], 0.0] if damped else [level, y[0]]
                fit = model.fit(start, disp=False, maxiter=5000)
                best = min(best, float(np.sum(fit.resid**2)))
        case["damped" if damped else "level"] = best
    cases.append(case)
json.dump({"statsmodels": statsmodels.__version__, "cases": cases}, sys.stdout)
print()
