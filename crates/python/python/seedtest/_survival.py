"""Time to an event: Cox regression and its relatives, survival curves."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _frames, _native
from ._fit import Parameters, Result, options, table_lines
from ._progress import ProgressChoice, told
from ._text import number
from .errors import SettingError

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["CoxPH", "Survival", "SurvivalCurves", "survival_curves"]


def _quoted(name: str) -> str:
    """A column in a formula."""
    plain = name.replace(".", "_").isidentifier() and not keyword.iskeyword(name)
    return name if plain else f"`{name}`"


class Survival(Parameters, Result):
    """A survival model.

    Parameters
    ----------
    family
        ``cox``, ``exponential``, ``weibull``, ``lognormal``, ``loglogistic``, ``discrete_logit`` or
        ``discrete_cloglog``.
    ties
        ``efron``, ``breslow`` or ``exact``.
    ridge
        Ridge penalty on standardised covariates.
    alpha, lambda_
        A path of penalties with cross-validation: 1 is the lasso, 0 ridge; ``lambda_`` is ``min``, ``1se`` or a number.
    period_days
        Length of a period of the discrete families, in the unit of the times.
    horizon_days
        Time by which the risk is predicted.
    seed
        Seed of the folds.
    quality
        Whether to measure the quality on rows that were left out.
    residuals
        Whether the answer has the residuals of every row.
    """

    def __init__(
        self,
        family: str = "cox",
        *,
        ties: str | None = None,
        ridge: float | None = None,
        alpha: float | None = None,
        lambda_: str | float | None = None,
        period_days: float | None = None,
        horizon_days: float | None = None,
        seed: int | None = None,
        quality: bool = True,
        residuals: bool = False,
        max_seconds: float | None = None,
        threads: int | None = None,
    ) -> None:
        self.family = family
        self.ties = ties
        self.ridge = ridge
        self.alpha = alpha
        self.lambda_ = lambda_
        self.period_days = period_days
        self.horizon_days = horizon_days
        self.seed = seed
        self.quality = quality
        self.residuals = residuals
        self.max_seconds = max_seconds
        self.threads = threads

    def fit(
        self,
        data: Any,
        duration_col: str | None = None,
        event_col: str | None = None,
        *,
        entry_col: str | None = None,
        strata: str | Sequence[str] | None = None,
        cluster_col: str | None = None,
        weights_col: str | None = None,
        offset_col: str | None = None,
        id_col: str | None = None,
        formula: str | None = None,
        progress: ProgressChoice = None,
    ) -> Self:
        """Fits the model to a data frame.

        ``formula`` is ``Surv(time, event) ~ a + b``, or its right side alone with ``duration_col`` and ``event_col``.
        Without one every other column is a covariate, but no index; without the columns either they are found by their names.
        ``strata``: columns whose values have a baseline each. ``cluster_col``: rows with the same value may depend on
        each other. ``id_col``: the column of the student.
        """
        frame = _frames.arrow(data)
        several: list[str] = []
        if strata is not None and not isinstance(strata, str):
            several = list(strata)
            strata = None
        named = [duration_col, event_col, entry_col, strata, cluster_col, weights_col, offset_col, id_col, *several]
        index = _frames.index_names(data)
        text = _formula(frame, duration_col, event_col, entry_col, several, [*named, *index], formula)
        penalty = {"ridge": self.ridge, "alpha": self.alpha, "lambda": self.lambda_}
        penalty = {name: value for name, value in penalty.items() if value is not None}
        asked = options(
            family=self.family,
            formula=text,
            strata=strata,
            cluster=cluster_col,
            weights=weights_col,
            offset=offset_col,
            ties=self.ties,
            regularization=penalty or None,
            period_days=self.period_days,
            horizon_days=self.horizon_days,
            seed=self.seed,
            quality=self.quality,
            residuals=self.residuals,
            max_seconds=self.max_seconds,
        )
        self._take(_native.fit_survival(frame, asked, id_col, told(progress), self.threads), data)
        return self

    @property
    def coefficients(self) -> Any:
        """A row a covariate: ``name``, ``coefficient``, ``se``, ``z``, ``p``, ``ratio`` with its 95 % interval."""
        names = ["name", "coefficient", "se", "z", "p", "ratio", "ratio_lower", "ratio_upper", "reason"]
        return self._records(self.result["summary"]["coefficients"], names)

    @property
    def params(self) -> dict[str, float | None]:
        """Coefficients by covariate."""
        return dict(self.result["coefficients"])

    @property
    def hazard_ratios(self) -> dict[str, float | None]:
        """Ratios by covariate."""
        return dict(self.result["hazard_ratios"])

    @property
    def loglik(self) -> float:
        """Log-likelihood at the solution; of a Cox model the partial one."""
        return float(self.result["model_meta"]["loglik"])

    @property
    def concordance(self) -> float | None:
        """Share of the pairs whose order is predicted."""
        found = self.result["model_meta"].get("concordance")
        return None if found is None else float(found)

    @property
    def proportional_hazards(self) -> Any:
        """The tests of proportional hazards, a row a term and the global one; ``None`` where there are none."""
        tests = self.result.get("proportional_hazards")
        if tests is None:
            return None
        rows = [*(tests.get("terms") or tests.get("covariates") or []), tests["global"]]
        return self._records(rows, ["name", "statistic", "df", "p"])

    def _predicted(self, data: Any, times: Sequence[float] | None, horizon: float | None) -> dict[str, Any]:
        found = Result()
        asked = options(time_points=None if times is None else list(times), horizon_days=horizon)
        answer = _native.predict_survival(self.to_json(), _frames.arrow(data), asked, self.threads)
        found._take(answer, data)
        return found.result

    def predict(self, data: Any, *, horizon: float | None = None) -> Any:
        """Risks of the rows of a data frame by ``horizon``: ``user_id``, ``risk_score``, ``hazard_ratio``,
        ``rank_percentile``, and why one is not known."""
        names = ["user_id", "risk_score", "hazard_ratio", "rank_percentile", "gap_days", "reason"]
        return self._like(data, self._predicted(data, None, horizon)["predictions"], names)

    def predict_hazard_ratio(self, data: Any) -> list[float | None]:
        """The hazard of every row against that of the mean row of the fit."""
        return [row.get("hazard_ratio") for row in self._predicted(data, None, None)["predictions"]]

    def predict_survival_function(self, data: Any, times: Sequence[float]) -> Any:
        """The probability of no event until each of ``times``: a row a row of the data, ``user_id`` and a column a
        time."""
        result = self._predicted(data, times, None)
        rows = []
        for at, row in enumerate(result["predictions"]):
            curve = result["curves"][at] if result.get("curves") else result["survival_curves"][row["user_id"]]
            rows.append({"user_id": row["user_id"], **curve})
        names = dict.fromkeys(name for row in rows for name in row)
        return self._like(data, rows, list(names))

    def _like(self, data: Any, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Any:
        return _frames.records(rows, names, _frames.library_of(data))

    def plot(self, kind: str = "coefficients", ax: Any = None) -> Any:
        """Draws with matplotlib: the ``coefficients`` with their 95 % intervals, or the ``survival`` of the mean row."""
        from . import _plot

        return _plot.survival(self.result, kind, ax)

    def _body(self) -> list[str]:
        meta = self.result["model_meta"]
        concordance = meta.get("concordance")
        told_of = "" if concordance is None else f"   concordance {number(concordance)}"
        lines = [
            f"{meta['family']}: {meta['formula']}",
            f"{meta['n']} rows, {meta['n_events']} events",
            f"log-likelihood {number(meta['loglik'])}{told_of}",
            "",
        ]
        names = ["name", "coefficient", "se", "z", "p", "ratio"]
        return lines + table_lines(self.result["summary"]["coefficients"], names)


class CoxPH(Survival):
    """Cox regression; arguments as those of :class:`Survival` without the family."""

    def __init__(
        self,
        *,
        ties: str | None = None,
        ridge: float | None = None,
        alpha: float | None = None,
        lambda_: str | float | None = None,
        horizon_days: float | None = None,
        seed: int | None = None,
        quality: bool = True,
        residuals: bool = False,
        max_seconds: float | None = None,
        threads: int | None = None,
    ) -> None:
        super().__init__(
            "cox",
            ties=ties,
            ridge=ridge,
            alpha=alpha,
            lambda_=lambda_,
            horizon_days=horizon_days,
            seed=seed,
            quality=quality,
            residuals=residuals,
            max_seconds=max_seconds,
            threads=threads,
        )


def _formula(
    frame: Any,
    duration: str | None,
    event: str | None,
    entry: str | None,
    strata: Sequence[str],
    named: Sequence[str | None],
    formula: str | None,
) -> str | None:
    """The whole formula; ``None`` where the names of the columns say all."""
    if formula is not None and "~" in formula and not formula.lstrip().startswith("~"):
        if duration is not None or event is not None:
            raise SettingError("the formula names time and event, and so do the columns", "give one of them")
        return formula + "".join(f" + strata({_quoted(name)})" for name in strata)
    if duration is None or event is None:
        if formula is None and duration is event is None and not strata:
            return None
        raise SettingError("duration_col and event_col are missing", "name both, or give Surv(time, event) ~ a + b")
    times = ", ".join(_quoted(name) for name in (entry, duration, event) if name is not None)
    if formula is None:
        columns = frame.column_names if hasattr(frame, "column_names") else frame.columns
        terms = [_quoted(name) for name in columns if name not in named]
    else:
        terms = [formula.lstrip().removeprefix("~").strip()]
    terms += [f"strata({_quoted(name)})" for name in strata]
    return f"Surv({times}) ~ {' + '.join(terms) or '1'}"


class SurvivalCurves(Result):
    """Survival curves of groups, and whether they differ."""

    _by: str | None = None

    @property
    def curves(self) -> Any:
        """A row a group and time."""
        rows = [{"group": of.get("group"), **point} for of in self.result["groups"] for point in of["curve"]]
        return self._records(rows, list(rows[0]) if rows else ["group"])

    @property
    def medians(self) -> Any:
        """A row a group: rows, events, median time and restricted mean with their bounds."""
        names = [
            "group",
            "n",
            "n_events",
            "median",
            "median_lower",
            "median_upper",
            "restricted_mean",
            "restricted_mean_se",
        ]
        return self._records(self.result["groups"], names)

    def plot(self, ax: Any = None) -> Any:
        """Draws the curves."""
        from . import _plot

        return _plot.curves(self.result["groups"], ax)

    def _body(self) -> list[str]:
        by = f" by {self._by}" if self._by else ""
        head = f"{self.result['model']}{by}: {self.result['n_obs']} rows, {self.result['n_events']} events"
        return [head, "", *table_lines(self.result["groups"], ["group", "n", "n_events", "median"])]


def survival_curves(
    data: Any,
    formula: str | None = None,
    *,
    group: str | None = None,
    cause: str | None = None,
    weights: str | None = None,
    tau: float | None = None,
    confidence: float | None = None,
    bounds: str | None = None,
    threads: int | None = None,
) -> SurvivalCurves:
    """Kaplan–Meier curves by group, or with ``cause`` the incidence of competing ends."""
    asked = options(
        formula=formula, group=group, cause=cause, weights=weights, tau=tau, confidence=confidence, bounds=bounds
    )
    found = SurvivalCurves()
    of_formula = (formula or "").partition("~")[2].strip()
    found._by = group or (of_formula if of_formula != "1" else None)
    found._take(_native.survival_curves(_frames.arrow(data), asked, threads), data)
    return found
