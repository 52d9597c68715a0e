"""Maximum of the marginal likelihood of the linking data with fixed anchors, on a grid that the population fits in.

Figures of `link_fixed` in crates/irt/tests/golden/data/reference.json. The first reference (mirt 1.45.1 and an
independent L-BFGS) had 61 nodes on [-6, 6], which end 4.7 standard deviations above the mean of this population;
the calibration goes on to six. This program finds that maximum again on those nodes, says how far it is from it,
and then that on 121 nodes on [-12, 12]. Needs NumPy 2.4 and SciPy 1.17 from PyPI:

    python reference/irt_wide_grid.py            prints the differences
    python reference/irt_wide_grid.py --write    writes the figures of the wide grid into reference.json
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_expit, logsumexp

DATA = Path(__file__).resolve().parent.parent / "crates/irt/tests/golden/data"
REFERENCE = DATA / "reference.json"

lines = gzip.open(DATA / "link_3k.txt.gz", "rt").read().split()
right = np.array([[c == "1" for c in line] for line in lines], float)
wrong = np.array([[c == "0" for c in line] for line in lines], float)
reference = json.loads(REFERENCE.read_text())
anchors = reference["link_anchors"]
first = reference["link_fixed"]["optimum"]
n_items, fixed = right.shape[1], len(anchors)


def unpack(x):
    """Slopes and intercepts of all items, mean and standard deviation of the abilities."""
    free = n_items - fixed
    a = np.concatenate([[p["a"] for p in anchors], x[:free]])
    d = np.concatenate([[-p["a"] * p["b"] for p in anchors], x[free:2 * free]])
    return a, d, x[-2], np.exp(x[-1])


def objective(x, nodes):
    """Minus the log-likelihood and its gradient."""
    a, d, mean, sd = unpack(x)
    eta = np.outer(nodes, a) + d
    z = (nodes - mean) / sd
    log_prior = -0.5 * z * z
    log_prior -= logsumexp(log_prior)
    joint = right @ log_expit(eta).T + wrong @ log_expit(-eta).T + log_prior
    marginal = logsumexp(joint, axis=1)
    posterior = np.exp(joint - marginal[:, None])
    p = 1.0 / (1.0 + np.exp(-eta))
    at_node = posterior.T @ right * (1 - p) - posterior.T @ wrong * p
    gradient_d, gradient_a = at_node.sum(0), nodes @ at_node
    # The weights of the nodes add up to one, whatever mean and sd are.
    students, weights = posterior.sum(0), np.exp(log_prior)
    surplus = students - len(right) * weights
    gradient = np.concatenate([
        gradient_a[fixed:], gradient_d[fixed:], [surplus @ z / sd], [surplus @ (z * z)],
    ])
    return -marginal.sum(), -gradient


def optimum(points, end):
    nodes = np.linspace(-end, end, points)
    x = np.concatenate([first["a"][fixed:], -np.multiply(first["a"], first["b"])[fixed:],
                        [first["mean"], np.log(first["sd"])]])
    for _ in range(3):
        found = minimize(objective, x, (nodes,), "L-BFGS-B", True,
                         options={"ftol": 1e-16, "gtol": 1e-7, "maxcor": 40, "maxiter": 2000})
        x = found.x
    a, d, mean, sd = unpack(x)
    print(f"{points} nodes to {end}: largest derivative {np.abs(found.jac).max():.1e}")
    return {"a": a.tolist(), "b": (-d / a).tolist(), "mean": float(mean), "sd": float(sd),
            "log_likelihood": float(-found.fun), "log_posterior": float(-found.fun)}


def differences(found):
    return {key: float(np.abs(np.subtract(found[key], first[key])).max()) for key in found}


narrow = optimum(61, 6.0)
print("from the first reference:", differences(narrow))
wide = optimum(121, 12.0)
print("the wide grid from it:", differences(wide), "mean", wide["mean"], "sd", wide["sd"])
if "--write" in sys.argv:
    optimum_of = reference["link_fixed"]["optimum"]
    optimum_of.update(wide)
    reference["origin"]["link_fixed"] = "optimum: reference/irt_wide_grid.py, 121 nodes on [-12, 12]"
    REFERENCE.write_text(json.dumps(reference, indent=0))
