#!/usr/bin/env python3
"""Figures of Python's prophet that crates/forecast is measured against.

    python3 reference/forecast.py DATA > crates/forecast/tests/golden/prophet.json

DATA is a folder with wp_log_peyton_manning.csv and airpassengers.csv (both from Prophet's documentation)
and weekly_series_1000.csv (series, ds, y; the simulated series 1, 3 and 5 are used). The other series are
simulated here. Written with prophet 1.5.0, cmdstanpy 1.3.2, numpy 2.4.6.

`objective` is -ln of the posterior density without constants, computed here from the parameters that
Stan's optimiser returned: the model as stan_model/prophet.stan states it. `optimum` is where SciPy's L-BFGS-B
gets from there with the kink of the Laplace prior removed (delta = p - n): Stan's L-BFGS stops before.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import prophet
import scipy.optimize
from prophet import Prophet

logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
DAY = pd.Timedelta(days=1)
EPOCH = pd.Timestamp("1970-01-01")


class Posterior:
    """-ln of the posterior density of a fitted model without constants."""

    def __init__(self, model: Prophet):
        features, scales, components, _ = model.make_all_seasonality_features(model.history)
        x = features.to_numpy()
        self.multiplied = x * components["multiplicative_terms"].to_numpy()
        self.added = x * components["additive_terms"].to_numpy()
        self.scales = np.asarray(scales)
        self.t = model.history["t"].to_numpy()
        self.y = model.history["y_scaled"].to_numpy()
        self.hinges = np.maximum(self.t[:, None] - model.changepoints_t[None, :], 0)
        self.growth, self.tau, self.changes = model.growth, model.changepoint_prior_scale, model.changepoints_t
        self.cap = model.history["cap_scaled"].to_numpy() if self.growth == "logistic" else None
        p = {name: np.asarray(values).ravel() for name, values in model.params.items() if name != "trend"}
        self.stan = np.concatenate([p["k"], p["m"], p["delta"], p["beta"], np.log(p["sigma_obs"])])
        self.model = model

    def parts(self, v):
        s = len(self.changes)
        return v[0], v[1], v[2 : 2 + s], v[2 + s : -1], np.exp(v[-1])

    def trend(self, k, m, delta):
        if self.growth == "linear":
            return self.model.piecewise_linear(self.t, delta, k, m, self.changes)
        if self.growth == "logistic":
            return self.model.piecewise_logistic(self.t, self.cap, delta, k, m, self.changes)
        return np.full_like(self.t, m)

    def value(self, v):
        k, m, delta, beta, sigma = self.parts(v)
        r = self.y - self.trend(k, m, delta) * (1 + self.multiplied @ beta) - self.added @ beta
        value = len(r) * np.log(sigma) + (r @ r) / (2 * sigma**2) + 2 * sigma**2
        value += (k**2 + m**2) / 50 + np.abs(delta).sum() / self.tau
        return float(value + (beta**2 / (2 * self.scales**2)).sum())

    def split(self, w):
        """The same with delta = p - n, p and n >= 0: smooth, with its gradient. Not for logistic growth."""
        s = len(self.changes)
        v = np.concatenate([w[:2], w[2 : 2 + s] - w[2 + s : 2 + 2 * s], w[2 + 2 * s :]])
        k, m, delta, beta, sigma = self.parts(v)
        trend, multiplier = self.trend(k, m, delta), 1 + self.multiplied @ beta
        r = self.y - trend * multiplier - self.added @ beta
        q = r / sigma**2
        value = len(r) * np.log(sigma) + (r @ r) / (2 * sigma**2) + 2 * sigma**2
        value += (k**2 + m**2) / 50 + (w[2 : 2 + 2 * s]).sum() / self.tau + (beta**2 / (2 * self.scales**2)).sum()
        linear = float(self.growth == "linear")
        of_delta = -linear * (self.hinges.T @ (q * multiplier))
        gradient = np.concatenate([
            [k / 25 - linear * (q * multiplier) @ self.t, m / 25 - (q * multiplier).sum()],
            of_delta + 1 / self.tau,
            -of_delta + 1 / self.tau,
            -self.multiplied.T @ (q * trend) - self.added.T @ q + beta / self.scales**2,
            [len(r) + 4 * sigma**2 - (r @ r) / sigma**2],
        ])
        return value, gradient

    def optimum(self):
        """Least value that SciPy's L-BFGS-B finds from Stan's answer, and where."""
        s = len(self.changes)
        v = self.stan
        w = np.concatenate([v[:2], np.maximum(v[2 : 2 + s], 0), np.maximum(-v[2 : 2 + s], 0), v[2 + s :]])
        bounds = [(None, None)] * 2 + [(0, None)] * (2 * s) + [(None, None)] * (len(w) - 2 - 2 * s)
        for _ in range(20):
            found = scipy.optimize.minimize(
                self.split, w, jac=True, bounds=bounds, method="L-BFGS-B",
                options={"maxiter": 100_000, "maxfun": 200_000, "maxcor": 60, "ftol": 1e-15, "gtol": 1e-9},
            )
            w = found.x
        return found.fun, np.concatenate([w[:2], w[2 : 2 + s] - w[2 + s : 2 + 2 * s], w[2 + 2 * s :]])


def rounded(values, digits=9):
    return [float(f"{float(v):.{digits}g}") for v in values]


def case(name: str, frame: pd.DataFrame, options: dict, future: pd.DataFrame, build) -> dict:
    model = build(Prophet(**options))
    model.fit(frame)
    predicted = model.predict(future)
    posterior = Posterior(model)
    optimum = {}
    if model.growth != "logistic":
        least, v = posterior.optimum()
        k, m, delta, beta, sigma = posterior.parts(v)
        model.params.update(
            k=np.array([[k]]), m=np.array([[m]]), delta=delta[None, :], beta=beta[None, :], sigma_obs=np.array([[sigma]])
        )
        optimum = {"objective": least, "yhat": rounded(model.predict(future)["yhat"])}
    columns = [c for c in frame.columns if c not in ("ds", "y")]
    rows = lambda f: {  # noqa: E731
        "day": [int((d - EPOCH) / DAY) for d in f["ds"]],
        **{c: [float(v) for v in f[c]] for c in columns},
    }
    return {
        "name": name,
        "call": f"Prophet({', '.join(f'{k}={v!r}' for k, v in options.items() if k != 'holidays')})",
        "history": {**rows(frame), "y": [float(v) for v in frame["y"]]},
        "future": rows(future),
        "objective": posterior.value(posterior.stan),
        "optimum": optimum,
        "y_scale": float(model.y_scale),
        "sigma_obs": float(np.exp(posterior.stan[-1])),
        "changepoints": [int((d - EPOCH) / DAY) for d in model.changepoints],
        "seasonalities": list(model.seasonalities),
        "yhat": rounded(predicted["yhat"]),
        "trend": rounded(predicted["trend"]),
        "lower": rounded(predicted["yhat_lower"]),
        "upper": rounded(predicted["yhat_upper"]),
    }


def sampled(frame: pd.DataFrame, freq: str, periods: int, every: int) -> pd.DataFrame:
    """Every so many rows of the history, and rows after it."""
    last = frame["ds"].max()
    ahead = pd.date_range(last, periods=periods + 1, freq=freq)[1:]
    return pd.concat([frame[["ds"]].iloc[::every], pd.DataFrame({"ds": ahead})], ignore_index=True)


def simulated(days: int, step: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    ds = pd.date_range("2021-03-01", periods=days, freq=f"{step}D")
    t = np.arange(days) * step
    return pd.DataFrame({"ds": ds}), t, rng


def main() -> None:
    folder = Path(sys.argv[1])
    np.random.seed(7)
    same = lambda model: model  # noqa: E731
    cases = []

    peyton = pd.read_csv(folder / "wp_log_peyton_manning.csv", parse_dates=["ds"])
    peyton["y"] = peyton["y"].round(6)
    cases.append(case("peyton", peyton, {}, sampled(peyton, "D", 60, 60), same))
    air = pd.read_csv(folder / "airpassengers.csv", parse_dates=["ds"])
    cases.append(case("air_additive", air, {}, sampled(air, "MS", 24, 2), same))
    options = {"seasonality_mode": "multiplicative"}
    cases.append(case("air_multiplicative", air, options, sampled(air, "MS", 24, 2), same))
    weekly = pd.read_csv(folder / "weekly_series_1000.csv", parse_dates=["ds"])
    for series in (1, 3, 5):
        frame = weekly[weekly["series"] == series][["ds", "y"]].reset_index(drop=True)
        future = sampled(frame, "7D", 12, 2)
        cases.append(case(f"weekly_{series}", frame, {}, future, same))
        options = {"yearly_seasonality": True}
        cases.append(case(f"weekly_{series}_yearly", frame, options, future, same))

    frame, t, rng = simulated(200, 1, 1)
    frame["cap"], frame["floor"] = 12.0, 2.0
    curve = 2 + 10 / (1 + np.exp(-(t - 80) / 25))
    frame["y"] = np.clip(curve + 0.4 * np.sin(2 * np.pi * t / 7) + rng.normal(0, 0.25, 200), 2, 12).round(4)
    future = sampled(frame, "D", 30, 5).assign(cap=12.0, floor=2.0)
    cases.append(case("logistic", frame[["ds", "y", "cap", "floor"]], {"growth": "logistic"}, future, same))

    frame, t, rng = simulated(400, 1, 2)
    temperature = 15 + 10 * np.sin(2 * np.pi * t / 365.25) + rng.normal(0, 3, 400)
    promotion = (rng.random(400) < 0.1).astype(float)
    term = ((t // 7) % 10 < 7).astype(float)
    holiday = np.isin(t % 91, [40, 41, 42])
    y = 50 + 0.05 * t + 0.3 * temperature + 4 * promotion - 8 * holiday + term * 2 * np.sin(2 * np.pi * t / 7)
    frame["y"] = (y + rng.normal(0, 1, 400)).round(4)
    frame["temperature"], frame["promotion"], frame["term"] = temperature.round(3), promotion, term

    def rich(model: Prophet) -> Prophet:
        model.add_seasonality("in_term", 7, 3, condition_name="term", prior_scale=5)
        model.add_seasonality("quarterly", 91.3125, 4, mode="multiplicative")
        model.add_regressor("temperature")
        model.add_regressor("promotion", prior_scale=2, mode="multiplicative")
        return model

    days = [d for d, k in zip(frame["ds"], t) if k % 91 == 41]
    table = pd.DataFrame({"holiday": "exam", "ds": days, "lower_window": -1, "upper_window": 1, "prior_scale": 3.0})
    options = {"weekly_seasonality": False, "holidays": table, "changepoint_range": 0.9, "n_changepoints": 12}
    fitted = frame.assign(term=frame["term"].astype(bool))
    cases.append(case("rich", fitted, options, fitted.drop(columns="y").iloc[::4].reset_index(drop=True), rich))

    frame, t, rng = simulated(120, 1, 3)
    frame["y"] = (5 + np.cos(2 * np.pi * t / 7) + rng.normal(0, 0.3, 120)).round(4)
    cases.append(case("flat", frame, {"growth": "flat"}, sampled(frame, "D", 14, 5), same))
    frame, t, rng = simulated(120, 1, 4)
    frame["y"] = (900 + 0.2 * t + 3 * np.abs(t - 60) / 10 + rng.normal(0, 1, 120)).round(4)
    cases.append(case("minmax", frame, {"scaling": "minmax"}, sampled(frame, "D", 14, 5), same))
    options = {"changepoints": ["2021-04-15", "2021-05-10"], "changepoint_prior_scale": 0.5}
    cases.append(case("given_changes", frame, options, sampled(frame, "D", 14, 5), same))

    json.dump({"prophet": prophet.__version__, "cases": cases}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
