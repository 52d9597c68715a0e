"""Laplace's approximation of a negative binomial model with one random intercept, for a test of crates/mixed.

python reference/mixed_negative_binomial.py    prints log-likelihood, coefficients, θ and size
Needs numpy and scipy; reads the rows of crates/mixed/tests/golden/mixed.json. The weights are the expected ones, as
lme4 has them.
"""

import json

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

rows = json.load(open("crates/mixed/tests/golden/mixed.json"))["data"]["counts"]
y, x = np.array(rows["nb"], float), np.array(rows["x"], float)
levels, group = np.unique(rows["g"], return_inverse=True)


def by_level(values):
    return np.bincount(group, values, len(levels))


def negative_log_likelihood(parameters):
    intercept, slope, log_sd, log_size = parameters
    sd, size = np.exp(log_sd), np.exp(log_size)
    modes = np.zeros(len(levels))
    for _ in range(200):
        mean = np.exp(intercept + slope * x + sd * modes[group])
        gradient = by_level((y - (y + size) * mean / (size + mean)) * sd) - modes
        curvature = by_level((y + size) * size * mean / (size + mean) ** 2 * sd * sd) + 1
        step = gradient / curvature
        modes = modes + step
        if abs(step).max() < 1e-14:
            break
    mean = np.exp(intercept + slope * x + sd * modes[group])
    of_rows = gammaln(y + size) - gammaln(size) - gammaln(y + 1)
    of_rows += size * np.log(size / (size + mean)) + y * np.log(mean / (size + mean))
    expected = by_level(mean * size / (size + mean) * sd * sd) + 1
    return -(of_rows.sum() - 0.5 * (modes * modes).sum() - 0.5 * np.log(expected).sum())


start = [0.16, 0.25, np.log(0.29), np.log(1.1)]
for tolerance in (1e-10, 1e-11):
    options = {"xatol": tolerance, "fatol": 1e-13, "maxiter": 20000, "maxfev": 40000}
    found = minimize(negative_log_likelihood, start, method="Nelder-Mead", options=options)
    start = found.x
print(f"{-found.fun:.10f}", found.x[:2], np.exp(found.x[2:]))
