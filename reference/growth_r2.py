"""Bayesian R² of growth_100.csv by another sampler, for a test of crates/growth.

python reference/growth_r2.py    prints R² with and without the students' own lines: mean, sd, 2.5 % and 97.5 %
Needs numpy; half a minute. Random-walk Metropolis over the marginal posterior with the priors of
crates/growth/tests/golden/brms/growth_100.json, whose means and standard deviations it agrees with; students' lines
are drawn given each draw.
"""

import csv

import numpy as np

rows = list(csv.DictReader(open("crates/growth/tests/golden/data/growth_100.csv")))
week = np.array([float(row["week"]) for row in rows])
score = np.array([float(row["score"]) for row in rows])
students, code = np.unique([int(row["student"]) for row in rows], return_inverse=True)
n_students, mean_week = len(students), week.mean()


def by_student(values):
    return np.bincount(code, values, n_students)


gram = np.zeros((n_students, 2, 2))
gram[:, 0, 0] = by_student(np.ones(len(rows)))
gram[:, 0, 1] = gram[:, 1, 0] = by_student(week)
gram[:, 1, 1] = by_student(week * week)
cross = np.stack([by_student(score), by_student(score * week)], 1)
squares = by_student(score * score)


def population(x):
    alpha, slope, log_level, log_slope, z, log_sigma = x
    level, sd_slope, rho = np.exp(log_level), np.exp(log_slope), np.tanh(z)
    between = level * sd_slope * rho
    covariance = np.array([[level**2, between], [between, sd_slope**2]])
    return np.array([alpha - slope * mean_week, slope]), covariance, np.exp(log_sigma)


def log_posterior(x):
    beta, covariance, sigma = population(x)
    left = (cross - gram @ beta) / sigma**2
    inner = np.linalg.inv(covariance)[None] + gram / sigma**2
    solved = np.linalg.solve(inner, left[..., None])[..., 0]
    form = squares - 2 * cross @ beta + np.einsum("i,sij,j->s", beta, gram, beta)
    determinant = np.log(np.linalg.det(inner)) + np.log(np.linalg.det(covariance))
    rows_part = gram[:, 0, 0] * np.log(2 * np.pi * sigma**2) + form / sigma**2
    likelihood = -0.5 * (rows_part - np.sum(left * solved, 1) + determinant).sum()
    alpha, slope, log_level, log_slope, z, log_sigma = x
    prior = -0.5 * alpha**2 - 0.5 * (slope / 0.5) ** 2
    prior -= np.log1p(np.exp(2 * log_level)) + np.log1p(np.exp(2 * log_slope))
    prior -= 2 * np.log1p((sigma / 2.5) ** 2 / 3)
    return likelihood + prior + log_level + log_slope + log_sigma + np.log(1 - np.tanh(z) ** 2)


random = np.random.default_rng(5)
x = np.array([0.27, 0.054, np.log(0.54), np.log(0.041), np.arctanh(-0.32), np.log(0.28)])
factor = np.diag([0.045, 0.005, 0.08, 0.11, 0.13, 0.027]) * 2.38 / np.sqrt(6)
current, seen, draws = log_posterior(x), [], []
for step in range(60_000):
    proposal = x + factor @ random.standard_normal(6)
    value = log_posterior(proposal)
    if np.log(random.random()) < value - current:
        x, current = proposal, value
    seen.append(x)
    if step == 4_000:
        factor = np.linalg.cholesky(np.cov(np.array(seen[1_000:]).T)) * 2.38 / np.sqrt(6)
    if step >= 6_000 and step % 10 == 0:
        draws.append(x)


def share(fitted):
    return fitted.var(ddof=1) / (fitted.var(ddof=1) + (score - fitted).var(ddof=1))


own, alone = [], []
for x in draws:
    beta, covariance, sigma = population(x)
    spread = np.linalg.inv(np.linalg.inv(covariance)[None] + gram / sigma**2)
    mean = (spread @ ((cross - gram @ beta) / sigma**2)[..., None])[..., 0]
    normal = random.standard_normal((n_students, 2))
    effects = mean + np.einsum("sij,sj->si", np.linalg.cholesky(spread), normal)
    line = beta[0] + beta[1] * week
    alone.append(share(line))
    own.append(share(line + effects[code, 0] + effects[code, 1] * week))
for name, values in (("conditional", own), ("marginal", alone)):
    print(name, np.mean(values), np.std(values), np.quantile(values, [0.025, 0.975]))
