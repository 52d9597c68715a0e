"""How often the most frequent item is given when one of the best six is drawn: the situation of
exposure_parameters_keep_items_below_the_target in crates/irt/tests/behaviour/cat.rs, in 25 other banks of its kind.

numpy 2:
    python3 reference/cat_randomesque.py
Prints mean, standard deviation, least and largest over the banks: 0.658 0.018 0.623 0.692.
"""

import numpy as np

STUDENTS, ITEMS, LENGTH, BEST = 600, 120, 12, 6
GRID = np.linspace(-4.5, 4.5, 61)


def largest_share(seed):
    draw = np.random.default_rng(seed)
    b, a = np.array([(5 * draw.random() - 2.5, 0.8 + 1.2 * draw.random()) for _ in range(ITEMS)]).T
    right = 1 / (1 + np.exp(-a[:, None] * (GRID - b[:, None])))
    ability = draw.normal(size=STUDENTS)
    posterior = np.tile(-0.5 * GRID**2, (STUDENTS, 1))
    given = np.zeros((STUDENTS, ITEMS), bool)
    everybody = np.arange(STUDENTS)
    for _ in range(LENGTH):
        weight = np.exp(posterior - posterior.max(1, keepdims=True))
        estimate = weight @ GRID / weight.sum(1)
        p = 1 / (1 + np.exp(-a * (estimate[:, None] - b)))
        information = np.where(given, -1, a**2 * p * (1 - p))
        best = np.argsort(-information, axis=1)[:, :BEST]
        item = best[everybody, draw.integers(0, BEST, STUDENTS)]
        given[everybody, item] = True
        answer = draw.random(STUDENTS) < 1 / (1 + np.exp(-a[item] * (ability - b[item])))
        posterior += np.log(np.where(answer[:, None], right[item], 1 - right[item]))
    return given.mean(0).max()


shares = [largest_share(seed) for seed in range(25)]
print(*(f"{of(shares):.3f}" for of in (np.mean, np.std, min, max)))
