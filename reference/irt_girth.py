"""Maximum likelihood abilities and KR-20 of LSAT section 7 by other programs.

Prints the figures in crates/irt/tests/golden (ML_TWOPL in lsat7_data.rs, KR20 in quality.rs).
Needs girth 0.8.0, NumPy 2.4 and SciPy 1.17 from PyPI:

    python3 -m venv env && env/bin/pip install girth==0.8.0 numpy scipy
    env/bin/python reference/irt_girth.py

The calibrations, standard errors, EAP and MAP abilities, S-X2 and linking constants in the same
tests come from R 4.2.2 with mirt 1.45.1 by the calls named beside them; mirt is not packaged by
Debian, so its figures are carried as facts. "Optimum" figures are the maxima an independent L-BFGS
(NumPy/SciPy) found on the same criterion.
"""

import itertools
import statistics

import girth
import numpy as np

# Students per pattern 00000, 00001, ..., 11111 (Bock & Lieberman 1970).
FREQUENCIES = [12, 19, 1, 7, 3, 19, 3, 17, 10, 5, 3, 7, 7, 23, 8, 28,
               7, 39, 11, 34, 14, 51, 15, 90, 6, 25, 7, 35, 18, 136, 32, 308]
# The 2PL optimum.
A = np.array([0.9875459320201163, 1.0808371489187574, 1.7074775383025997,
              0.7649898908549368, 0.7356727350572871])
B = np.array([-1.8792600917037963, -0.7475405408493503, -1.0572356513522512,
              -0.6353022745948762, -2.5207643377344686])

patterns = list(itertools.product([0, 1], repeat=5))
for pattern, theta in zip(patterns, girth.ability_mle(np.array(patterns).T, B, A)):
    print("".join(map(str, pattern)), repr(float(theta)))

students = [p for p, n in zip(patterns, FREQUENCIES) for _ in range(n)]
of_items = sum(statistics.variance([s[j] for s in students]) for j in range(5))
of_scores = statistics.variance([sum(s) for s in students])
print("KR-20", repr(5 / 4 * (1 - of_items / of_scores)))
