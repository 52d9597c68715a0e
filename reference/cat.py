"""Kullback-Leibler information and expected posterior variance of every item of a bank, by a dense integral.

Figures of crates/irt/tests/golden/cat.rs. Nothing beyond Python's standard library (3.11):
    python3 reference/cat.py
The bank and the answers are those of crates/irt/tests/golden/cat_data.rs.
"""

import math
import re
from pathlib import Path

TEXT = (Path(__file__).parent.parent / "crates/irt/tests/golden/cat_data.rs").read_text()
NUMBER = r"(-?[\d.e-]+)"


def tuples(text, n):
    return [tuple(map(float, m)) for m in re.findall(r"\(" + ", ".join([NUMBER] * n) + r"\)", text)]


BANK = tuples(TEXT.split("const BANK")[1].split("];")[0].split("=", 1)[1], 2)
PATHS = tuples(TEXT.split("const EXAMINEES")[1].split("= [", 1)[1], 6)


def rules(examinee, n):
    path = PATHS[10 * examinee : 10 * examinee + n]
    nodes = [-8 + 16 * i / 4000 for i in range(4001)]
    weights = []
    for x in nodes:
        log = -0.5 * x * x
        for item, answer, *_ in path:
            a, b = BANK[int(item) - 1]
            log -= math.log1p(math.exp(-a * (x - b) if answer else a * (x - b)))
        weights.append(math.exp(log))
    total = sum(weights)
    weights = [w / total for w in weights]
    mean = sum(w * x for w, x in zip(weights, nodes))
    given = {int(item) for item, *_ in path}
    kl, variance = [], []
    for item, (a, b) in enumerate(BANK, 1):
        if item in given:
            continue
        at = 1 / (1 + math.exp(-a * (mean - b)))
        divergence, sums = 0.0, [[0.0] * 3, [0.0] * 3]
        for w, x in zip(weights, nodes):
            p = 1 / (1 + math.exp(-a * (x - b)))
            divergence += w * (at * math.log(at / p) + (1 - at) * math.log((1 - at) / (1 - p)))
            for k, q in enumerate((1 - p, p)):
                for power in range(3):
                    sums[k][power] += w * q * x**power
        kl.append((divergence, item))
        variance.append((sum(s[2] - s[1] ** 2 / s[0] for s in sums), item))
    return sorted(kl, reverse=True)[:2], sorted(variance)[:2]


if __name__ == "__main__":
    for examinee, n in ((0, 3), (1, 5), (2, 8)):
        print(examinee, n, *rules(examinee, n))
