"""Item response theory: calibrations, abilities, linking, items that differ between groups."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from . import _frames, _matrix, _native
from ._fit import Parameters, Result, options, table_lines
from ._progress import ProgressChoice, told
from ._text import number

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["IRT", "Dif", "Linking", "Scores", "dif", "link", "score"]

#: Item parameters: a fit, its JSON, a dictionary by item, or the JSON of one.
ItemParameters = Union["IRT", str, Mapping[str, Any]]


def _json_of(fit: ItemParameters) -> str:
    if isinstance(fit, Result):
        return fit.to_json()
    return fit if isinstance(fit, str) else json.dumps(fit)


def _reading(**columns: Any) -> str:
    """Which columns hold what. A list may be given as one text."""
    for name in ("items", "not_items", "ignore"):
        value = columns.get(name)
        columns[name] = [value] if isinstance(value, str) else value
    return options(**columns)


class _Calibration(Result):
    """A calibration, whatever it was made for."""

    @property
    def items(self) -> Any:
        """A row an item: ``item``, its parameters (``b1``, ``b2``, … of several categories), their standard errors,
        answers ``n``."""
        rows = [_item_row(item) for item in self.result["item_params"]]
        names = dict.fromkeys(name for row in rows for name in row)
        values, tail = [name for name in names if name not in _TAIL], [name for name in _TAIL if name in names]
        return self._records(rows, values + tail)

    @property
    def abilities(self) -> Any:
        """A row a student: ``user_id``, ``theta``, ``se``, answers ``n``, and ``group`` where there are groups."""
        rows = self.result["abilities"]
        names = ["user_id", "theta", "se", "n"]
        return self._records(rows, names + ["group"] if self.result.get("groups") else names)

    @property
    def groups(self) -> Any:
        """A row a group: ``group``, ``reference``, students ``n``, ``mean`` and ``sd`` with their errors."""
        names = ["group", "reference", "n", "mean", "sd", "mean_se", "sd_se"]
        return self._records(self.result.get("groups", []), names)

    @property
    def loglik(self) -> float:
        """Log-likelihood at the solution."""
        return float(self.result["fit_meta"]["metrics"]["loglik"])

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return float(self.result["fit_meta"]["metrics"]["aic"])

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(self.result["fit_meta"]["metrics"]["bic"])

    def plot(self, kind: str = "curves", items: Sequence[str] | None = None, ax: Any = None) -> Any:
        """Draws with matplotlib: ``curves`` of right and wrong answers, a ``wright`` map, or ``information`` (of a fit
        with ``fit_statistics=True``). Returns the axes."""
        from . import _plot

        return _plot.irt(self.result, kind, items, ax)

    def _body(self) -> list[str]:
        meta, metrics = self.result["fit_meta"], self.result["fit_meta"]["metrics"]
        model = meta.get("model") or meta["model_spec"]["model"]
        lines = [
            f"{model}: {metrics['n']} answers of {meta['n_users']} students to {meta['n_items']} items",
            f"log-likelihood {number(metrics['loglik'])}   AIC {number(metrics['aic'], 2)}   "
            f"BIC {number(metrics['bic'], 2)}   "
            f"ability N({metrics['latent_mean']:.3f}, {metrics['latent_sd']:.3f}²)",
            "",
        ]
        rows = [_item_row(item) for item in self.result["item_params"]]
        names = dict.fromkeys(name for row in rows for name in row)
        return lines + table_lines(rows, list(names))


_TAIL = ("n", "p_value", "anchor")


def _item_row(item: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"item": item["item_id"]}
    for suffix, values in (("", item["params"]), ("_se", item.get("se") or {})):
        for name in ("a", "b", "c", "d"):
            value = values.get(name)
            if isinstance(value, list):
                single = len(value) == 1
                row.update({f"{name}{'' if single else i + 1}{suffix}": x for i, x in enumerate(value)})
            elif value is not None:
                row[name + suffix] = value
    row.update({name: item[name] for name in _TAIL if name in item})
    return row


class IRT(Parameters, _Calibration):
    """A calibration by marginal maximum likelihood.

    Parameters
    ----------
    model
        ``rasch``, ``1pl``, ``2pl`` or ``3pl``; of scored answers ``grm``, ``gpcm``, ``pcm``, ``rsm``, ``nrm`` or
        ``auto-per-item`` (2PL with two categories, GRM with more).
    model_by_item
        Models of single items with several categories: ``{"q1": "gpcm"}``.
    anchors
        Items with known parameters: ``[{"item_id": "7", "params": {"a": 1.1, "b": 0.2}, "fixed": True}]``.
    linking_method
        ``auto``, ``fixed``, ``stocking_lord``, ``haebara``, ``mean_sigma``, ``mean_mean`` or ``none``.
    drift
        ``test`` or ``none``: whether anchors that drift are left out.
    reference_group
        The group with mean 0 and standard deviation 1.
    priors
        ``weak``, ``none``, or priors of ``a``, ``b``, ``d``, ``c`` or ``logit_c``.
    guessing, guessing_by_item
        Guessing probabilities that are held fixed.
    max_scores
        Highest scores by item, for models with several categories.
    duplicates
        Which of several answers of a student to an item counts: ``first``, ``last`` or ``all``.
    standard_errors
        ``observed``, ``sandwich`` or ``none``.
    quality, fit_statistics, covariance
        Whether the answer says how well items fit, the whole model fits, and the covariance of the estimates.
    max_seconds
        Seconds after which the best fit so far is wanted.
    threads
        Threads; ``None``: one a processor. The result is the same on any number.
    """

    def __init__(
        self,
        model: str = "2pl",
        *,
        model_by_item: Mapping[str, str] | None = None,
        anchors: Sequence[Mapping[str, Any]] | None = None,
        linking_method: str | None = None,
        drift: str | None = None,
        reference_group: str | None = None,
        priors: str | Mapping[str, Any] | None = None,
        guessing: float | None = None,
        guessing_by_item: Mapping[str, float] | None = None,
        max_scores: Mapping[str, int] | None = None,
        min_answers: int | None = None,
        max_iter: int | None = None,
        duplicates: str | None = None,
        standard_errors: str | None = None,
        quality: bool = False,
        fit_statistics: bool = False,
        covariance: bool = False,
        max_seconds: float | None = None,
        threads: int | None = None,
    ) -> None:
        self.model = model
        self.model_by_item = model_by_item
        self.anchors = anchors
        self.linking_method = linking_method
        self.drift = drift
        self.reference_group = reference_group
        self.priors = priors
        self.guessing = guessing
        self.guessing_by_item = guessing_by_item
        self.max_scores = max_scores
        self.min_answers = min_answers
        self.max_iter = max_iter
        self.duplicates = duplicates
        self.standard_errors = standard_errors
        self.quality = quality
        self.fit_statistics = fit_statistics
        self.covariance = covariance
        self.max_seconds = max_seconds
        self.threads = threads

    def _options(self, **more: Any) -> str:
        given = self.get_params()
        given.pop("threads")
        return options(**given, **more)

    def fit(
        self,
        data: Any,
        *,
        student: str | None = None,
        item: str | None = None,
        correct: str | None = None,
        score: str | None = None,
        group: str | None = None,
        max_score: str | None = None,
        items: Sequence[str] | str | None = None,
        not_items: Sequence[str] | str | None = None,
        blank: str | None = None,
        ignore: Sequence[str] | str | None = None,
        na: str | None = None,
        right_at: float | None = None,
        strict: bool = False,
        progress: ProgressChoice = None,
    ) -> Self:
        """Calibrates the answers in a data frame: one a row, or one student a row and a column an item.

        Columns that are not named are found by their names, as those of a file. ``group`` is the column of the
        student's group; ``items`` and ``not_items`` name columns of a table with one student a row (``q*``), and
        ``blank`` what an empty cell of it means: ``missing``, ``wrong`` or ``not_reached``. ``na``: what else stands
        for no value, as ``"9,-99"``. ``right_at``: share of the full points from which an answer is right.
        ``strict``: refuse data of which a row cannot be read.
        """
        return self._fit(
            data,
            False,
            progress,
            student=student,
            item=item,
            correct=correct,
            score=score,
            group=group,
            max_score=max_score,
            items=items,
            not_items=not_items,
            blank=blank,
            ignore=ignore,
            na=na,
            right_at=right_at,
            strict=strict,
        )

    def _fit(self, data: Any, compares: bool, progress: ProgressChoice, **columns: Any) -> Self:
        frame = _frames.arrow(data)
        answer = _native.fit_irt(frame, _reading(**columns), self._options(dif=compares), told(progress), self.threads)
        self._take(answer, data)
        return self

    def from_matrix(
        self,
        matrix: Any,
        *,
        students: Sequence[Any] | None = None,
        items: Sequence[Any] | None = None,
        orient: str | None = None,
        progress: ProgressChoice = None,
    ) -> Self:
        """Calibrates a matrix of persons × items: an array, nested lists or a data frame of answers alone.

        Entries are 1, 0 and, for an item that was not seen, NaN or ``None``; of models with several categories
        scores. A matrix with no more rows than columns may be one of items × persons, and is refused unless
        ``orient`` says ``persons_x_items`` or ``items_x_persons``, or ``students`` and ``items`` tell the sides apart.
        """
        found = _matrix.read(matrix, students, items, orient)
        answer = _native.fit_irt_matrix(
            found.cells, found.students, found.items, self._options(), told(progress), self.threads
        )
        self._take(answer, matrix)
        return self

    def predict(self, data: Any, **columns: Any) -> Any:
        """Abilities of the students in a data frame, as :func:`score` with these parameters."""
        return score(self, data, **columns).scores


class Scores(Result):
    """Abilities from known item parameters."""

    @property
    def scores(self) -> Any:
        """A row a student: ``user_id``, ``theta``, ``se``, answers ``n``, and why there is no ability."""
        return self._records(self.result["scores"], ["user_id", "theta", "se", "n", "reason"])

    @property
    def plausible_values(self) -> Any:
        """A row a student: ``user_id`` and ``pv1``, ``pv2``, …"""
        drawn = self.result.get("plausible_values", [])
        rows = [{"user_id": row["user_id"], **{f"pv{i + 1}": x for i, x in enumerate(row["values"])}} for row in drawn]
        return self._records(rows, list(rows[0]) if rows else ["user_id"])

    def plot(self, ax: Any = None) -> Any:
        """Draws the abilities with their 95 % intervals, smallest first."""
        from . import _plot

        return _plot.scores(self.result["scores"], ax)

    def _body(self) -> list[str]:
        found = self.result["scores"]
        head = f"{self.result['method']} abilities of {len(found)} students"
        return [head, "", *table_lines(found, ["user_id", "theta", "se", "n"])]


def score(
    params: ItemParameters,
    data: Any,
    *,
    method: str = "eap",
    student: str | None = None,
    item: str | None = None,
    correct: str | None = None,
    score: str | None = None,
    group: str | None = None,
    na: str | None = None,
    right_at: float | None = None,
    strict: bool = False,
    prior_mean: float | None = None,
    prior_sd: float | None = None,
    duplicates: str | None = None,
    plausible_values: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
) -> Scores:
    """Abilities of the students in a data frame from known item parameters.

    ``params``: a fit, its JSON, or ``{"q1": {"a": 1.0, "b": 0.0}}``. ``method``: ``eap``, ``map``, ``ml`` or ``wle``.
    The prior is that of the calibration, of the student's group where it has groups, unless it is given.
    """
    reading = _reading(
        student=student, item=item, correct=correct, score=score, group=group, na=na, right_at=right_at, strict=strict
    )
    asked = options(
        method=method,
        prior_mean=prior_mean,
        prior_sd=prior_sd,
        duplicates=duplicates,
        plausible_values=plausible_values,
        seed=seed,
    )
    found = Scores()
    found._take(_native.score_irt(_json_of(params), _frames.arrow(data), reading, asked, threads), data)
    return found


class Linking(Result):
    """One calibration on the scale of another: θ* = A θ + B."""

    @property
    def constants(self) -> dict[str, Any]:
        """``A`` and ``B`` with their errors, the method, and the items that were left out."""
        return dict(self.result["linking_constants"])

    @property
    def A(self) -> float:
        """Slope of the map."""
        return float(self.constants["slope"])

    @property
    def B(self) -> float:
        """Intercept of the map."""
        return float(self.constants["intercept"])

    @property
    def anchors(self) -> Any:
        """A row a common item, with how far it drifts."""
        rows = self.result["anchors"]
        return self._records(rows, list(rows[0]) if rows else ["item_id"])

    @property
    def items(self) -> Any:
        """The items of the new calibration on the old scale."""
        rows = [_item_row(item) for item in self.result.get("items") or self.result["item_params"]]
        names = dict.fromkeys(name for row in rows for name in row)
        return self._records(rows, list(names))

    @property
    def abilities(self) -> Any:
        """The abilities of the new calibration on the old scale."""
        return self._records(self.result["abilities"], ["user_id", "theta", "se"])

    def _body(self) -> list[str]:
        known = self.constants
        rows = [
            {"constant": "A", "estimate": known["slope"], "se": known.get("slope_se")},
            {"constant": "B", "estimate": known["intercept"], "se": known.get("intercept_se")},
        ]
        head = f"{known['method']} on {known['n_anchors']} common items"
        lines = [head, "", *table_lines(rows, ["constant", "estimate", "se"])]
        dropped = known.get("dropped_anchors", [])
        return [*lines, f"left out, as they drift: {', '.join(dropped)}"] if dropped else lines


def link(new: IRT | str, old: IRT | str, *, method: str = "stocking_lord", drift: bool = True) -> Linking:
    """Puts the calibration ``new`` on the scale of ``old`` by their common items.

    ``method``: ``stocking_lord``, ``haebara``, ``mean_sigma`` or ``mean_mean``. ``drift``: whether items that drift
    are left out; the test needs standard errors, best with ``covariance=True``.
    """
    found = Linking()
    found._take(_native.link_irt(_json_of(new), _json_of(old), method, drift))
    found._library = new._library if isinstance(new, Result) else None
    return found


class Dif(_Calibration):
    """Items compared between groups of students, and the calibration of all groups."""

    @property
    def table(self) -> Any:
        """A row an item and pair of groups: effects, tests, and whether a difference was found."""
        rows = [_dif_row(item, pair) for pair in self.result.get("dif") or [] for item in pair.get("items", [])]
        return self._records(rows, list(rows[0]) if rows else ["item"])

    def plot(self, kind: str = "dif", items: Sequence[str] | None = None, ax: Any = None) -> Any:
        """Draws the effects by item, those found in another colour; any other ``kind`` as :meth:`IRT.plot`."""
        from . import _plot

        if kind != "dif":
            return _plot.irt(self.result, kind, items, ax)
        pairs = self.result.get("dif") or []
        return _plot.dif([_dif_row(item, pair) for pair in pairs for item in pair.get("items", [])], ax)

    def _body(self) -> list[str]:
        lines: list[str] = []
        for pair in self.result.get("dif") or []:
            rows = [_dif_row(item, pair) for item in pair.get("items", [])]
            lines += [f"{pair['focal']} against {pair['reference']}", ""]
            lines += table_lines(rows, ["item", "mh_delta", "mh_class", "lr_p", "p_adjusted", "found"])
        return lines


def _dif_row(item: Mapping[str, Any], pair: Mapping[str, Any]) -> dict[str, Any]:
    def at(*names: str) -> Any:
        value: Any = item
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    return {
        "item": item["item_id"],
        "reference": pair.get("reference"),
        "focal": pair.get("focal"),
        "mh_delta": at("mantel_haenszel", "odds", "delta"),
        "mh_p": at("mantel_haenszel", "p"),
        "mh_class": at("mantel_haenszel", "class"),
        "logistic_p": at("logistic", "total", "p"),
        "lr_p": at("model", "total", "p"),
        "wald_p": at("model", "wald", "p"),
        "area": at("model", "area", "signed"),
        "p_adjusted": at("p_adjusted"),
        "found": at("found"),
        "is_anchor": at("is_anchor"),
    }


def dif(
    data: Any,
    *,
    group: str,
    student: str | None = None,
    item: str | None = None,
    correct: str | None = None,
    score: str | None = None,
    model: str = "2pl",
    na: str | None = None,
    strict: bool = False,
    progress: ProgressChoice = None,
    **settings: Any,
) -> Dif:
    """Compares every item between the groups in a column: Mantel–Haenszel, logistic regression, likelihood ratio and
    Wald test with purified anchors, areas. ``settings``: those of :class:`IRT`."""
    calibration = IRT(model, **settings)
    calibration._fit(
        data,
        True,
        progress,
        student=student,
        item=item,
        correct=correct,
        score=score,
        group=group,
        na=na,
        strict=strict,
    )
    found = Dif()
    found._answer, found._library = calibration._answer, calibration._library
    return found
