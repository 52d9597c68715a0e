"""Two-parameter models of several dimensions by other programs.

Writes crates/irt/tests/golden/data/dimensions_{2,3}.txt.gz (simulated answers, a line a student, "." for none) and
dimensions.json beside them. Needs NumPy 2.4, SciPy 1.17 and mirt 1.2.0 (the Python package) from PyPI, and R 4.2.2
with GPArotation 2022.10-2 for the rotations:

    python3 -m venv env && env/bin/pip install numpy scipy mirt==1.2.0
    env/bin/python reference/irt_dimensions.py

"optimum" is where L-BFGS-B of SciPy ends on the marginal likelihood over an equally spaced cubic grid (61 nodes a
dimension on [-6, 6] for two dimensions, 27 for three), with errors from differences of its exact gradient. "mirt" is
fit_mirt(x, spec=..., n_quadpts=41, tol=1e-8, max_iter=5000); its errors of several factors are those of complete data,
which are too small, and are left out. mirt keeps all slopes of a
model without pattern above 0.1, so that there is no figure of it for that model. Rotations are those of
GPArotation::quartimin and GPArotation::Varimax(eps = 1e-8, maxit = 10000) of the loadings a/1.702 of the optimum,
standardised.
"""

import gzip
import json
import subprocess
from itertools import product
from pathlib import Path

import mirt
import numpy as np
from scipy.optimize import minimize

DATA = Path(__file__).parent.parent / "crates/irt/tests/golden/data"


def simulate(seed, n, a, d, correlation, missing):
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal((n, len(correlation))) @ np.linalg.cholesky(correlation).T
    x = (rng.random((n, len(d))) < 1 / (1 + np.exp(-(theta @ a.T + d)))).astype(int)
    x[rng.random(x.shape) < missing] = -1
    return x


class Marginal:
    """Marginal likelihood over a cubic grid in independent abilities, of slopes where `pattern` is 1."""

    def __init__(self, x, pattern, correlated, points):
        self.x, self.pattern = x, pattern.astype(bool)
        k = pattern.shape[1]
        axis = np.linspace(-6, 6, points)
        self.z = np.array(list(product(axis, repeat=k)))
        weight = np.exp(-0.5 * (self.z**2).sum(1))
        keep = weight > 1e-12
        self.z, weight = self.z[keep], weight[keep]
        self.log_weight = np.log(weight / weight.sum())
        self.right, self.known = (x == 1).astype(float), (x >= 0).astype(float)
        self.pairs = [(i, j) for i in range(k) for j in range(i)] if correlated else []
        self.n_slopes = int(self.pattern.sum())

    def unpack(self, p):
        j, k = self.pattern.shape
        a = np.zeros((j, k))
        a[self.pattern] = p[: self.n_slopes]
        d = p[self.n_slopes : self.n_slopes + j]
        correlation = np.eye(k)
        for (r, c), v in zip(self.pairs, p[self.n_slopes + j :]):
            correlation[r, c] = correlation[c, r] = v
        return a, d, correlation

    def posterior(self, p):
        a, d, correlation = self.unpack(p)
        root = np.linalg.cholesky(correlation)
        logit = self.z @ (a @ root).T + d
        log_right, log_wrong = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
        log = self.log_weight + self.right @ log_right.T + (self.known - self.right) @ log_wrong.T
        top = log.max(1, keepdims=True)
        w = np.exp(log - top)
        total = w.sum(1, keepdims=True)
        return (top + np.log(total)).sum(), w / total, logit, root

    def value(self, p):
        """Minus the log-likelihood and its gradient."""
        a, d, correlation = self.unpack(p)
        if np.linalg.eigvalsh(correlation)[0] < 1e-3:
            return 1e9, np.zeros_like(p)
        log_likelihood, w, logit, root = self.posterior(p)
        residual = w.T @ self.right - (w.T @ self.known) / (1 + np.exp(-logit))
        theta = self.z @ root.T
        by_a, by_d = residual.T @ theta, residual.sum(0)
        # By correlations: the expected score of N(0, correlation).
        inverse = np.linalg.inv(correlation)
        n = w.sum(0)
        squares = inverse @ (theta.T * n) @ theta @ inverse - n.sum() * inverse
        by_c = [squares[r, c] for r, c in self.pairs]
        return -log_likelihood, -np.concatenate([by_a[self.pattern], by_d, by_c])

    def optimum(self, start):
        bounds = [(None, None)] * (len(start) - len(self.pairs)) + [(-0.99, 0.99)] * len(self.pairs)
        options = dict(maxiter=3000, maxfun=6000, ftol=1e-15, gtol=1e-6, maxcor=40)
        p = minimize(self.value, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        gradient = np.abs(self.value(p)[1]).max()
        print("gradient", gradient)
        return p

    def errors(self, p, step=1e-4):
        unit = np.eye(len(p)) * step
        hessian = np.array([(self.value(p + u)[1] - self.value(p - u)[1]) / (2 * step) for u in unit])
        return np.sqrt(np.diag(np.linalg.inv((hessian + hessian.T) / 2)))

    def abilities(self, p, students):
        _, w, _, root = self.posterior(p)
        theta = self.z @ root.T
        mean = w[:students] @ theta
        square = np.einsum("sq,qi,qj->sij", w[:students], theta, theta)
        return mean, square - np.einsum("si,sj->sij", mean, mean)


def figures(marginal, p, with_errors=True):
    a, d, correlation = marginal.unpack(p)
    found = dict(log_likelihood=-marginal.value(p)[0], slopes=a.tolist(), intercepts=d.tolist())
    found["correlations"] = correlation.tolist()
    if with_errors:
        e = marginal.errors(p)
        s, i, c = marginal.unpack(e)
        found["errors"] = dict(slopes=s.tolist(), intercepts=i.tolist(), correlations=(c - np.eye(len(c))).tolist())
    return found


def by_mirt(x, syntax):
    f = mirt.fit_mirt(
        x, spec=mirt.mirt_model(syntax), n_quadpts=41, tol=1e-8, max_iter=5000, compute_standard_errors=False
    )
    found = dict(log_likelihood=float(f.log_likelihood))
    found["slopes"] = np.asarray(f.model.parameters["slopes"]).tolist()
    found["intercepts"] = np.asarray(f.model.parameters["intercepts"]).tolist()
    found["correlations"] = np.asarray(f.factor_correlation).tolist()
    return found


def rotated(loadings):
    text = ",".join(repr(float(v)) for v in loadings.ravel())
    code = f"""suppressMessages(library(GPArotation)); set.seed(1)
        L <- matrix(c({text}), ncol = {loadings.shape[1]}, byrow = TRUE)
        best <- function(f, ...) {{ fits <- lapply(1:20, function(i) f(L, Tmat = Random.Start(ncol(L)), eps = 1e-8, maxit = 10000))
            fits[[which.min(sapply(fits, function(r) min(r$Table[, 2])))]] }}
        q <- best(quartimin); v <- best(Varimax)
        cat(format(c(t(unclass(q$loadings)), t(q$Phi), t(unclass(v$loadings))), digits = 15))"""
    out = np.array(subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout.split(), float)
    j, k = loadings.shape
    cut = [j * k, j * k + k * k]
    return dict(
        quartimin=out[: cut[0]].reshape(j, k).tolist(),
        quartimin_correlations=out[cut[0] : cut[1]].reshape(k, k).tolist(),
        varimax=out[cut[1] :].reshape(j, k).tolist(),
    )


def free(x, k, points):
    """Lower triangle of slopes, so that there is one optimum but for signs."""
    j = x.shape[1]
    pattern = np.ones((j, k))
    for item in range(k):
        pattern[item, item + 1 :] = 0
    marginal = Marginal(x, pattern, False, points)
    rng = np.random.default_rng(7)
    starts = [np.concatenate([rng.uniform(0.3, 1.3, marginal.n_slopes), np.zeros(j)]) for _ in range(3)]
    best = min((marginal.optimum(s) for s in starts), key=lambda p: marginal.value(p)[0])
    found = figures(marginal, best, with_errors=False)
    a = np.array(found["slopes"]) / 1.702
    found["rotated"] = rotated(a / np.sqrt(1 + (a**2).sum(1, keepdims=True)))
    return found


def write(name, x):
    text = "\n".join("".join("." if v < 0 else str(v) for v in row) for row in x) + "\n"
    (DATA / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


rng = np.random.default_rng(20251201)
a2 = np.zeros((20, 2))
a2[:11, 0], a2[9:, 1] = rng.uniform(0.7, 2, 11), rng.uniform(0.7, 2, 11)
x2 = simulate(1, 1500, a2, rng.normal(0, 1, 20), np.array([[1, 0.5], [0.5, 1]]), 0.1)
a3 = np.zeros((15, 3))
for dimension in range(3):
    a3[5 * dimension : 5 * dimension + 5, dimension] = rng.uniform(0.8, 1.8, 5)
a3[4, 1], a3[9, 2] = 0.8, -0.7
c3 = np.array([[1, 0.6, 0.3], [0.6, 1, -0.2], [0.3, -0.2, 1]])
x3 = simulate(2, 1000, a3, rng.normal(0, 1, 15), c3, 0.0)
write("dimensions_2.txt.gz", x2)
write("dimensions_3.txt.gz", x3)

result = {}
two = Marginal(x2, (a2 != 0).astype(float), True, 61)
best = two.optimum(np.concatenate([np.ones(two.n_slopes), np.zeros(20), [0.3]]))
result["pattern_2"] = dict(optimum=figures(two, best), mirt=by_mirt(x2, "F1 = 1-11\nF2 = 10-20\nCOV = F1*F2"))
mean, covariance = two.abilities(best, 12)
result["pattern_2"]["abilities"] = dict(theta=mean.tolist(), covariance=covariance.tolist())
result["free_2"] = free(x2, 2, 61)
three = Marginal(x3, (a3 != 0).astype(float), True, 27)
best = three.optimum(np.concatenate([np.ones(three.n_slopes), np.zeros(15), [0.1] * 3]))
result["pattern_3"] = dict(optimum=figures(three, best))
(DATA / "dimensions.json").write_text(json.dumps(result, indent=1) + "\n")
