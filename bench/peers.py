"""One fit by a Python package, in a process of its own: `python3 peers.py NAME FILE OPTIONS`.

Reads the file, fits, and prints one JSON object: `fit_seconds` that the package's own fitting call took, data in memory,
and what it found, to be compared with ours. OPTIONS is JSON.
"""

from __future__ import annotations

import csv
import json
import logging
import sys
import time
from collections.abc import Callable


def timed(work: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


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


def by_item(seconds: float, items, a, b) -> dict:
    number = lambda values: {item: float(value) for item, value in zip(items, values)}
    return {"fit_seconds": seconds, "a": number(a), "b": number(b)}


def girth(path: str, options: dict) -> dict:
    import girth

    matrix, items = read_matrix(path, girth.INVALID_RESPONSE)
    dataset = girth.tag_missing_data(matrix.T, [0, 1])
    seconds, fit = timed(lambda: girth.twopl_mml(dataset, options))
    return by_item(seconds, items, fit["Discrimination"], fit["Difficulty"])


def girth_grm(path: str, options: dict) -> dict:
    """A wide table of scores that count from 0; girth counts from 1."""
    import girth
    import numpy as np

    data = np.loadtxt(path, delimiter=",", dtype=int, skiprows=1, usecols=range(1, options["items"] + 1)).T + 1
    seconds, fit = timed(lambda: girth.grm_mml(data))
    return {"fit_seconds": seconds, "a": fit["Discrimination"].tolist(), "b": np.asarray(fit["Difficulty"]).tolist()}


def mirt(path: str, options: dict) -> dict:
    import mirt

    matrix, items = read_matrix(path, -1)
    seconds, fit = timed(lambda: mirt.fit_mirt(matrix, model="2PL", **options))
    parameters = fit.model.parameters
    return by_item(seconds, items, parameters["discrimination"], parameters["difficulty"])


def lifelines(path: str, options: dict) -> dict:
    import pandas
    from lifelines import CoxPHFitter

    frame = pandas.read_csv(path)
    seconds, fit = timed(lambda: CoxPHFitter().fit(frame, "time", "event"))
    return {"fit_seconds": seconds, "criterion": float(fit.log_likelihood_)}


def scikit_survival(path: str, options: dict) -> dict:
    import pandas
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.util import Surv

    frame = pandas.read_csv(path)
    outcome = Surv.from_arrays(frame["event"] == 1, frame["time"])
    values = frame.drop(columns=["time", "event"]).to_numpy()
    seconds, fit = timed(lambda: CoxPHSurvivalAnalysis(ties="efron").fit(values, outcome))
    return {"fit_seconds": seconds, "coefficients": fit.coef_.tolist()}


def mixedlm(path: str, options: dict) -> dict:
    import mixedlm
    import pandas

    data = pandas.read_csv(path)
    if options["model"] == "lmm":
        seconds, fit = timed(lambda: mixedlm.lmer(options["formula"], data))
    else:
        binomial = mixedlm.families.Binomial()
        seconds, fit = timed(lambda: mixedlm.glmer(options["formula"], data, family=binomial))
    return {"fit_seconds": seconds, "criterion": criterion(fit)}


def criterion(fit) -> float | None:
    """Minus twice the log-likelihood, where the package tells it."""
    told = getattr(fit, "logLik", None)
    value = told() if callable(told) else told
    value = getattr(value, "value", value)
    return -2 * float(value) if value is not None else None


def prophet(path: str, options: dict) -> dict:
    """Fit and forecast of the series of a file `ds,y`."""
    import pandas
    from prophet import Prophet

    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    frame = pandas.read_csv(path, parse_dates=["ds"])

    def work():
        model = Prophet().fit(frame)
        return model.predict(model.make_future_dataframe(options["ahead"], freq=options["freq"]))

    seconds, _ = timed(work)
    return {"fit_seconds": seconds}


def catsim(path: str, options: dict) -> dict:
    """Adaptive tests from a bank `[{"item_id", "a", "b"}]` by greatest information, as long as asked for."""
    import numpy as np
    from catsim.estimation import NumericalSearchEstimator
    from catsim.initialization import FixedPointInitializer
    from catsim.selection import MaxInfoSelector
    from catsim.simulation import Simulator
    from catsim.stopping import TestLengthStopper

    with open(path) as file:
        bank = np.array([[item["a"], item["b"], 0.0, 1.0] for item in json.load(file)])
    abilities = np.random.default_rng(1).normal(size=options["students"])
    simulator = Simulator(bank, abilities, FixedPointInitializer(0), MaxInfoSelector(), NumericalSearchEstimator(),
                          TestLengthStopper(max_items=options["length"]))
    seconds, _ = timed(simulator.simulate)
    return {"fit_seconds": seconds, "rmse": float(simulator.rmse)}


FITS = {
    "girth": girth, "girth-grm": girth_grm, "mirt": mirt, "lifelines": lifelines, "scikit-survival": scikit_survival,
    "mixedlm": mixedlm, "prophet": prophet, "catsim": catsim,
}


def main() -> None:
    name, path, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    json.dump(FITS[name](path, options), sys.stdout)


if __name__ == "__main__":
    main()
