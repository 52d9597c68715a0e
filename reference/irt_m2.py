"""M2, C2 and M2* of items with several categories (Maydeu-Olivares & Joe 2006; Cai & Monroe 2014; Cai & Hansen 2013).

Figures of crates/irt/tests/golden/category_margins.rs, at the parameters of crates/irt/tests/golden/data/items_*.json.
Needs NumPy 2.4 and SciPy 1.17 from PyPI:
    python3 -m venv env && env/bin/pip install numpy scipy
    env/bin/python reference/irt_m2.py
Written from the published formulas, by another way than the program: derivatives of the moments by central
differences of whole expectations, the orthogonal complement of their matrix by singular values, 241 points on
[-8, 8]. The first line checks the script: M2 of right and wrong answers against data/margins.json, which mirt 1.45.1
confirms.
"""

import gzip
import json
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.linalg import null_space
from scipy.stats import chi2

DATA = Path(__file__).parent.parent / "crates/irt/tests/golden/data"
Z = np.linspace(-8, 8, 241)
WEIGHTS = np.exp(-0.5 * Z * Z)
WEIGHTS /= WEIGHTS.sum()


def logistic(x):
    return 1 / (1 + np.exp(-x))


def curves(model, p, theta):
    """Probabilities, a row a category. `p` has the free parameters of the item."""
    if model in ("2PL", "GRM"):
        above = np.vstack([np.ones_like(theta)] + [logistic(p[0] * theta + d) for d in p[1:]] + [0 * theta])
        return above[:-1] - above[1:]
    if model == "NRM":
        m = len(p) // 2
        logits = [0 * theta] + [p[k] * theta + p[m + k] for k in range(m)]
    else:
        a, d = (1.0, p) if model == "PCM" else (p[0], p[1:])
        logits = [0 * theta] + [(k + 1) * a * theta + x for k, x in enumerate(d)]
    e = np.exp(np.array(logits) - np.max(logits, axis=0))
    return e / e.sum(0)


def flat(item):
    listed = lambda x: [x] if isinstance(x, float) else x
    if item["type"] == "NRM":
        return item["a"][1:] + item["d"][1:]
    return ([] if item["type"] == "PCM" else [item["a"]]) + listed(item["d"])


def functions(model, n, number):
    """What answers are counted as: a row a function, a column a category."""
    if number and model != "NRM":
        return [np.arange(n, dtype=float)]
    return list(np.eye(n)[1:])


class Case:
    def __init__(self, models, params, sd, sd_free, rows, kind):
        self.models, self.rows = models, rows
        self.sizes = [len(p) for p in params]
        self.point = np.concatenate([*map(np.array, params), [sd]]) if sd_free else np.concatenate([*map(np.array, params)])
        self.sd, self.sd_free = sd, sd_free
        n = [len(curves(m, p, Z)) for m, p in zip(models, params)]
        one = [functions(m, k, kind == "M2*") for m, k in zip(models, n)]
        two = [functions(m, k, kind != "M2") for m, k in zip(models, n)]
        self.moments = [[(i, f)] for i in range(len(models)) for f in one[i]]
        for i, j in combinations(range(len(models)), 2):
            self.moments += [[(i, f), (j, g)] for f in two[i] for g in two[j]]
        self.pairs = [m for m in self.moments if len(m) == 2]

    def probabilities(self, point):
        sd = point[-1] if self.sd_free else self.sd
        parts, at = [], 0
        for model, size in zip(self.models, self.sizes):
            parts.append(curves(model, point[at : at + size], sd * Z))
            at += size
        return parts

    def means(self, p, moments):
        return np.array([WEIGHTS @ np.prod([f @ p[i] for i, f in m], axis=0) for m in moments])

    def statistic(self):
        p = self.probabilities(self.point)
        rows = self.rows
        seen = np.array([np.prod([f[rows[:, i]] for i, f in m], axis=0).mean() for m in self.moments])
        expected = self.means(p, self.moments)
        columns = []
        for at in range(len(self.point)):
            h = 1e-5
            up, down = self.point.copy(), self.point.copy()
            up[at] += h
            down[at] -= h
            columns.append((self.means(self.probabilities(up), self.moments)
                            - self.means(self.probabilities(down), self.moments)) / (2 * h))
        value, df = quadratic(seen - expected, self.covariance(p, expected), np.array(columns).T, len(rows))
        return value, df, self.srmsr(p)

    def covariance(self, p, expected):
        by_theta = [dict(m) for m in [[(i, f) for i, f in m] for m in self.moments]]
        n = len(by_theta)
        own = [[f @ p[i] for i, f in m.items()] for m in by_theta]
        rows = np.array([np.prod(o, axis=0) for o in own])
        matrix = (rows * WEIGHTS) @ rows.T
        for x in range(n):
            for y in range(x + 1):
                common = by_theta[x].keys() & by_theta[y].keys()
                if not common:
                    continue
                product = WEIGHTS.copy()
                for i in by_theta[x].keys() | by_theta[y].keys():
                    f, g = by_theta[x].get(i), by_theta[y].get(i)
                    value = f if g is None else g if f is None else f * g
                    product = product * (value @ p[i])
                matrix[x, y] = matrix[y, x] = product.sum()
        return matrix - np.outer(expected, expected)

    def srmsr(self, p):
        total = 0.0
        for (i, f), (j, g) in self.pairs:
            x, y = f[self.rows[:, i]], g[self.rows[:, j]]
            of_x, of_y = f @ p[i], g @ p[j]
            mean = lambda v: WEIGHTS @ v
            var = lambda h, of, item: mean((h * h) @ p[item]) - mean(of) ** 2
            model = (mean(of_x * of_y) - mean(of_x) * mean(of_y)) / np.sqrt(var(f, of_x, i) * var(g, of_y, j))
            total += (np.corrcoef(x, y)[0, 1] - model) ** 2
        return np.sqrt(total / len(self.pairs))


def quadratic(residuals, covariance, jacobian, n):
    complement = null_space(jacobian.T, rcond=1e-9)
    inner = complement.T @ covariance @ complement
    projected = complement.T @ residuals
    return n * projected @ np.linalg.solve(inner, projected), complement.shape[1]


def read(name):
    text = gzip.open(DATA / f"{name}.txt.gz", "rt").read().split()
    return np.array([[int(c) for c in line] for line in text])


def show(name, kind, case):
    value, df, srmsr = case.statistic()
    rmsea = np.sqrt(max(value - df, 0) / (df * (len(case.rows) - 1)))
    figures = ", ".join(repr(float(x)) for x in (chi2.sf(value, df), rmsea, srmsr))
    print(f'("{name}", "{kind}", {float(value)!r}, {df}, {figures}),')


if __name__ == "__main__":
    margins = json.loads((DATA / "margins.json").read_text())
    two_pl = margins["two_pl"]
    answers = gzip.open(DATA / "margins_2k.txt.gz", "rt").read().split()
    rows = np.array([[int(c) for c in line] for line in answers])
    params = [[a, -a * b] for a, b in zip(two_pl["a"], two_pl["b"])]
    value, df, srmsr = Case(["2PL"] * len(params), params, 1.0, False, rows, "C2").statistic()
    print("check", value - margins["margins"]["M2"], df - margins["margins"]["df"], srmsr - margins["margins"]["SRMSR"])
    for name in ("grm", "gpcm", "pcm", "nrm", "mixed"):
        figures = json.loads((DATA / f"items_{name}.json").read_text())
        items = figures["items"]
        models, params = [i["type"] for i in items], [flat(i) for i in items]
        kinds = ["C2", "M2*"] if name in ("grm", "gpcm", "pcm") else ["C2"]
        for kind in kinds:
            case = Case(models, params, figures["sd"], name == "pcm", read(f"items_{name}"), kind)
            show(name, kind, case)
        if name == "grm":
            # Every pair of categories, of six items: with twelve there are 1 104 moments.
            show(name, "M2", Case(models[:6], params[:6], 1.0, False, read("items_grm")[:, :6], "M2"))
