"""Figures of ArviZ for the tests of crates/numerics: power-scaling sensitivity and E-BFMI.

python reference/power_scaling.py    writes crates/numerics/tests/golden/power_scaling.json
Needs arviz-stats; reads the draws of crates/numerics/tests/golden/diagnostics.json.
"""

import json

import arviz_stats
import numpy as np
from arviz_stats.base import array_stats

GOLDEN = "crates/numerics/tests/golden"


def sensitivity(draws, log_component):
    weights = []
    for alpha in (0.99, 1.01):
        weight = np.exp(array_stats.power_scale_lw(log_component, alpha=alpha, axis=(0, 1)))
        weights.append(weight / weight.sum())
    return float(array_stats.power_scale_sense(draws, *weights, 0.99, 1.01))


def main():
    with open(f"{GOLDEN}/diagnostics.json") as file:
        cases = json.load(file)["cases"]
    out = {"versions": {"arviz-stats": arviz_stats.__version__, "numpy": np.__version__}, "cases": []}
    # A normal posterior with precision 1, to which a normal prior gave this share of the precision.
    for name in ("independent", "autocorrelated", "antithetic"):
        draws = np.array(cases[name]["draws"])
        for mean, precision in ((0.0, 0.1), (0.0, 0.9), (3.0, 0.5)):
            log_prior = -0.5 * precision * (draws - mean) ** 2
            out["cases"].append({
                "case": name, "mean": mean, "precision": precision,
                "sensitivity": sensitivity(draws, log_prior),
                "squared": sensitivity(draws**2, log_prior),
            })
    out["bfmi"] = {
        name: [float(array_stats.bfmi(np.array([chain]))[0]) for chain in cases[name]["draws"]]
        for name in ("independent", "autocorrelated", "hardly_moving")
    }
    with open(f"{GOLDEN}/power_scaling.json", "w") as file:
        json.dump(out, file, indent=1)


main()
