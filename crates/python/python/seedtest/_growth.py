"""Growth over weeks, and the probability to reach a goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _frames, _native
from ._fit import Result, options, table_lines
from ._progress import ProgressChoice, told

__all__ = ["GrowthModel", "growth", "probability_of_goal"]

_STUDENT = [
    "user_id",
    "probability",
    "uncertainty",
    "lower",
    "upper",
    "mean_score",
    "sd_score",
    "reliable",
    "reason",
]


class GrowthModel(Result):
    """A sampled model of growth."""

    @property
    def parameters(self) -> Any:
        """A row a parameter: ``parameter``, ``estimate``, ``se``, its credible interval, ``rhat`` and sample sizes."""
        names = ["parameter", "estimate", "se", "lower", "upper", "rhat", "ess_bulk", "ess_tail"]
        return self._records(self.result["parameters"], names)

    @property
    def students(self) -> Any:
        """A row a student: the probability of the goal with its interval, and the score expected then."""
        return self._records(_rows(self.result["predictions"]), _STUDENT)

    @property
    def diagnostics(self) -> dict[str, Any]:
        """How well the chains agree, and how well the model fits."""
        return dict(self.result["diagnostics"])

    def predict(
        self,
        data: Any,
        *,
        target_score: float | None = None,
        horizon_weeks: float | None = None,
        credible_interval: float | None = None,
        threads: int | None = None,
    ) -> Any:
        """The same for the students in a data frame; the fit has to be one with ``keep_model=True``."""
        asked = options(target_score=target_score, horizon_weeks=horizon_weeks, credible_interval=credible_interval)
        found = Result()
        found._take(_native.predict_growth(asked, self.to_json(), _frames.arrow(data), threads), data)
        rows = _rows(found.result.get("predictions") or {})
        return _frames.records(rows, _STUDENT, _frames.library_of(data))

    def plot(self, ax: Any = None) -> Any:
        """Draws the probabilities of the goal with their intervals, smallest first."""
        from . import _plot

        return _plot.goals(_rows(self.result["predictions"]), ax)

    def _body(self) -> list[str]:
        told_of = self.result
        names = ["parameter", "estimate", "se", "lower", "upper", "rhat", "ess_bulk"]
        return [
            f"{told_of['formula']} ({told_of['family']}): {told_of['n_obs']} scores of {told_of['n_students']} students",
            f"{told_of['n_chains']} chains of {told_of['n_samples']} draws, "
            f"{told_of['diagnostics']['divergences']} divergent",
            "",
            *table_lines(told_of["parameters"], names),
        ]


def _rows(predictions: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"user_id": user, **of} for user, of in predictions.items()]


def growth(
    data: Any,
    *,
    formula: str | None = None,
    family: str | None = None,
    priors: Mapping[str, Any] | None = None,
    chains: int | None = None,
    warmup: int | None = None,
    samples: int | None = None,
    target_accept: float | None = None,
    seed: int | None = None,
    target_score: float | None = None,
    horizon_weeks: float | None = None,
    credible_interval: float | None = None,
    keep_model: bool = False,
    strict: bool = False,
    max_seconds: float | None = None,
    progress: ProgressChoice = None,
    threads: int | None = None,
) -> GrowthModel:
    """Samples ``score ~ week + (week | student)`` for a data frame with a row a student and week.

    ``family``: ``gaussian``, ``student``, ``binomial`` or ``bernoulli``. ``target_score``: the score to reach,
    ``horizon_weeks`` weeks after the last one. ``samples``: kept draws a chain. ``keep_model``: keep draws for
    :meth:`GrowthModel.predict`. The same seed gives the same draws on any number of threads.
    """
    asked = options(
        formula=formula,
        family=family,
        priors=priors,
        n_chains=chains,
        n_warmup=warmup,
        n_samples=samples,
        target_accept=target_accept,
        seed=seed,
        target_score=target_score,
        horizon_weeks=horizon_weeks,
        credible_interval=credible_interval,
        keep_model=keep_model,
        strict=strict,
        max_seconds=max_seconds,
    )
    found = GrowthModel()
    found._take(_native.fit_growth(_frames.arrow(data), asked, told(progress), threads), data)
    return found


def probability_of_goal(target_score: float, *, mean: float, sd: float) -> float | None:
    """The probability that a score of this mean and standard deviation reaches a target."""
    found = Result()
    found._take(_native.predict_growth(options(target_score=target_score, mean=mean, sd=sd)))
    probability = found.result.get("probability")
    return None if probability is None else float(probability)
