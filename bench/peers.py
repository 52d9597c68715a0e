"""One fit by a Python package, in a process of its own: `python3 peers.py NAME FILE OPTIONS`.

Reads the long table of `datasets.two_pl` and prints one JSON object: the seconds the package's
own fitting call took, and the a and b it found for every item.
"""

from __future__ import annotations

import csv
import json
import sys
import time


def read_matrix(path: str, missing: int):
    """Students x items, `missing` where there is no answer, and the item of every column."""
    import numpy as np

    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    students = {name: row for row, name in enumerate(dict.fromkeys(row[0] for row in rows))}
    items = {name: column for column, name in enumerate(sorted({row[1] for row in rows}))}
    matrix = np.full((len(students), len(items)), missing, dtype=int)
    for student, item, correct in rows:
        matrix[students[student], items[item]] = int(correct)
    return matrix, list(items)


def fit_girth(path: str, options: dict):
    import girth

    matrix, items = read_matrix(path, girth.INVALID_RESPONSE)
    dataset = girth.tag_missing_data(matrix.T, [0, 1])
    start = time.perf_counter()
    fit = girth.twopl_mml(dataset, options)
    seconds = time.perf_counter() - start
    return seconds, items, fit["Discrimination"], fit["Difficulty"]


def fit_mirt(path: str, options: dict):
    import mirt

    matrix, items = read_matrix(path, -1)
    start = time.perf_counter()
    fit = mirt.fit_mirt(matrix, model="2PL", **options)
    seconds = time.perf_counter() - start
    parameters = fit.model.parameters
    return seconds, items, parameters["discrimination"], parameters["difficulty"]


FITS = {"girth": fit_girth, "mirt": fit_mirt}


def main() -> None:
    package, path, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    seconds, items, a, b = FITS[package](path, options)
    json.dump(
        {
            "fit_seconds": seconds,
            "a": {item: float(value) for item, value in zip(items, a)},
            "b": {item: float(value) for item, value in zip(items, b)},
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
