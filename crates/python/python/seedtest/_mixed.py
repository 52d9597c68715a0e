"""Linear and generalised linear mixed models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import _frames, _native
from ._fit import Result, options, table_lines
from ._progress import ProgressChoice, told
from ._text import number

__all__ = ["MixedModel", "glmer", "lmer"]


class MixedModel(Result):
    """A fitted mixed model."""

    _threads: int | None = None

    @property
    def coefficients(self) -> Any:
        """A row a fixed effect: ``name``, ``estimate``, ``se``, ``statistic``, ``df``, ``p``, ``lower``, ``upper``."""
        names = ["name", "estimate", "se", "statistic", "df", "p", "lower", "upper", "reason"]
        return self._records(self.result["coefficients"], names)

    @property
    def fixef(self) -> dict[str, float | None]:
        """Fixed effects by name."""
        return dict(self.result["fixed_effects"])

    @property
    def ranef(self) -> Any:
        """Conditional modes, a row a level and term: ``group``, ``level``, ``term``, ``mode``, ``se``."""
        errors = self.result["random_effects_se"]
        rows = [
            {
                "group": group,
                "level": level,
                "term": term,
                "mode": mode,
                "se": errors.get(group, {}).get(level, {}).get(term),
            }
            for group, levels in self.result["random_effects"].items()
            for level, terms in levels.items()
            for term, mode in terms.items()
        ]
        return self._records(rows, ["group", "level", "term", "mode", "se"])

    @property
    def variance_components(self) -> Any:
        """Standard deviations and variances, a row a group and term."""
        return self._records(self._variances(), ["group", "term", "sd", "var", "lower", "upper"])

    def _variances(self) -> list[dict[str, Any]]:
        rows = []
        for group, terms in self.result["variance_components"].items():
            if group == "Residual":
                rows.append({"group": group, "term": None, **terms})
                continue
            rows += [
                {"group": group, "term": term, **of}
                for term, of in terms.items()
                if term not in ("cor", "cor_intervals")
            ]
        return rows

    @property
    def loglik(self) -> float:
        """Log-likelihood; of REML the restricted one."""
        return float(self.result["fit_metrics"]["loglik"])

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return float(self.result["fit_metrics"]["aic"])

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(self.result["fit_metrics"]["bic"])

    def predict(self, data: Any, *, with_random: bool = True, scale: str = "response") -> Any:
        """Predictions of the rows of a data frame: ``prediction`` and ``se``. ``with_random``: with the modes of known
        levels. ``scale``: ``response`` or ``link``."""
        found = Result()
        answer = _native.predict_mixed(self.to_json(), _frames.arrow(data), with_random, scale, self._threads)
        found._take(answer, data)
        result = found.result
        return _frames.table({"prediction": result["predictions"], "se": result["se"]}, _frames.library_of(data))

    def plot(self, group: str | None = None, term: str | None = None, ax: Any = None) -> Any:
        """Draws the modes of a group with their 95 % intervals, smallest first."""
        from . import _plot

        return _plot.modes(self.result, group, term, ax)

    def _body(self) -> list[str]:
        meta, metrics = self.result["fit_meta"], self.result["fit_metrics"]
        kind = (
            f"{meta['family']}, {meta['link']} link"
            if meta["family"] != "gaussian"
            else ("REML" if meta["reml"] else "maximum likelihood")
        )
        groups = ", ".join(f"{n} of {name}" for name, n in metrics["n_groups"].items())
        return [
            f"{meta['formula']} ({kind})",
            f"{metrics['n_obs']} rows, levels: {groups}",
            f"log-likelihood {number(metrics['loglik'])}   AIC {number(metrics['aic'], 2)}   "
            f"BIC {number(metrics['bic'], 2)}",
            "",
            *table_lines(self._variances(), ["group", "term", "sd", "var"]),
            "",
            *table_lines(self.result["coefficients"], ["name", "estimate", "se", "statistic", "df", "p"]),
        ]


def _fit(
    data: Any, is_linear: bool, newdata: Any, progress: ProgressChoice, threads: int | None, asked: str
) -> MixedModel:
    found = MixedModel()
    found._threads = threads
    rows = None if newdata is None else _frames.arrow(newdata)
    answer = _native.fit_mixed(_frames.arrow(data), asked, is_linear, rows, told(progress), threads)
    found._take(answer, data)
    return found


def lmer(
    formula: str | None,
    data: Any,
    *,
    reml: bool = True,
    weights: str | None = None,
    factors: Sequence[str] | None = None,
    intervals: str | None = None,
    confidence: float | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    against: str | None = None,
    newdata: Any = None,
    max_iter: int | None = None,
    by_level: bool = False,
    residuals: bool = False,
    strict: bool = False,
    max_seconds: float | None = None,
    progress: ProgressChoice = None,
    threads: int | None = None,
) -> MixedModel:
    """Fits a linear mixed model, ``score ~ week + (1 + week | student)`` as in R's lme4.

    ``factors``: columns of numbers that are categories. ``intervals``: ``wald``, ``profile``, ``bootstrap`` or
    ``none``. ``against``: another formula for the same rows, for a likelihood-ratio test. ``strict``: refuse rows with
    a missing value instead of leaving them out.
    """
    asked = options(
        formula=formula,
        reml=reml,
        weights=weights,
        factors=factors,
        intervals=intervals,
        confidence=confidence,
        replicates=replicates,
        seed=seed,
        against=against,
        max_iter=max_iter,
        by_level=by_level,
        residuals=residuals,
        strict=strict,
        max_seconds=max_seconds,
    )
    return _fit(data, True, newdata, progress, threads, asked)


def glmer(
    formula: str | None,
    data: Any,
    *,
    family: str = "binomial",
    link: str | None = None,
    quadrature: int | None = None,
    weights: str | None = None,
    factors: Sequence[str] | None = None,
    intervals: str | None = None,
    confidence: float | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    against: str | None = None,
    newdata: Any = None,
    max_iter: int | None = None,
    by_level: bool = False,
    residuals: bool = False,
    strict: bool = False,
    max_seconds: float | None = None,
    progress: ProgressChoice = None,
    threads: int | None = None,
) -> MixedModel:
    """Fits a generalised linear mixed model, ``correct ~ week + (1 | student) + (1 | item)``.

    ``family``: ``binomial``, ``poisson``, ``negative_binomial`` or ``gaussian``. ``quadrature``: points of adaptive
    Gauss–Hermite quadrature; 1 is the Laplace approximation. The others as those of :func:`lmer`.
    """
    asked = options(
        formula=formula,
        family=family,
        link=link,
        quadrature=quadrature,
        weights=weights,
        factors=factors,
        intervals=intervals,
        confidence=confidence,
        replicates=replicates,
        seed=seed,
        against=against,
        max_iter=max_iter,
        by_level=by_level,
        residuals=residuals,
        strict=strict,
        max_seconds=max_seconds,
    )
    return _fit(data, False, newdata, progress, threads, asked)
