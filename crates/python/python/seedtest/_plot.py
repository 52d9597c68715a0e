"""Pictures with matplotlib, where it is installed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import SettingError

_WIDTH = 1.959964
_FOUND, _PLAIN = "firebrick", "0.4"


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise SettingError("pictures need matplotlib, which is not installed", "pip install matplotlib") from error
    return pyplot.subplots()[1]


def _absent(what: str, hint: str) -> SettingError:
    return SettingError(f"there is no picture: {what}", hint)


def irt(result: Mapping[str, Any], kind: str, items: Sequence[str] | None, ax: Any) -> Any:
    """Curves of right and wrong answers, a Wright map, or the information of the test."""
    draw = {"curves": _curves_of_items, "wright": _wright, "information": _information}.get(kind)
    if draw is None:
        raise SettingError(f"kind is {kind!r}", "give curves, wright or information")
    chosen = [of for of in result["item_params"] if items is None or of["item_id"] in items]
    return draw(result, chosen, ax)


def _curves_of_items(_: Mapping[str, Any], items: Sequence[Mapping[str, Any]], ax: Any) -> Any:
    plain = [of for of in items if isinstance(of["params"].get("b"), (int, float))]
    if not plain:
        raise _absent("curves are of right and wrong answers", "draw kind='wright'")
    ax = _axes(ax)
    grid = [k / 20 for k in range(-80, 81)]
    for of in plain:
        a, b, c = (of["params"].get(name) for name in "abc")
        a, c = 1.0 if a is None else a, 0.0 if c is None else c
        ax.plot(grid, [c + (1 - c) / (1 + math.exp(-a * (theta - b))) for theta in grid], label=of["item_id"])
    ax.set(xlabel="Ability", ylabel="P(right)", ylim=(0, 1))
    if len(plain) <= 10:
        ax.legend()
    return ax


def _wright(result: Mapping[str, Any], items: Sequence[Mapping[str, Any]], ax: Any) -> Any:
    ax = _axes(ax)
    ax.hist([of["theta"] for of in result["abilities"]], bins="fd", color="0.85", edgecolor="white")
    places: list[float] = []
    for of in items:
        b = of["params"].get("b")
        places += b if isinstance(b, list) else [b] if b is not None else []
    for place in places:
        ax.axvline(place, ymin=0.94, color=_FOUND, linewidth=1)
    ax.set(xlabel="Ability and difficulty", ylabel="Students (bars), items (marks)")
    return ax


def _information(result: Mapping[str, Any], _: Sequence[Mapping[str, Any]], ax: Any) -> Any:
    curve = (result.get("fit_statistics") or {}).get("information")
    if not curve:
        raise _absent("the answer has no information of the test", "fit again with fit_statistics=True")
    ax = _axes(ax)
    ax.plot([of["theta"] for of in curve], [of["information"] for of in curve])
    ax.set(xlabel="Ability", ylabel="Information of the test")
    return ax


def _intervals(rows: Sequence[tuple[float, float, float]], xlabel: str, ax: Any) -> Any:
    """Points with their intervals, smallest first."""
    ax = _axes(ax)
    ordered = sorted(rows)
    for at, (value, low, high) in enumerate(ordered):
        ax.plot([low, high], [at, at], color="0.6", linewidth=1)
        ax.plot(value, at, "o", color="0.2", markersize=3)
    ax.set(xlabel=xlabel, yticks=[])
    return ax


def scores(rows: Sequence[Mapping[str, Any]], ax: Any) -> Any:
    """Abilities with their intervals."""
    known = [of for of in rows if of["theta"] is not None]
    half = [_WIDTH * (of["se"] or 0.0) for of in known]
    return _intervals([(of["theta"], of["theta"] - h, of["theta"] + h) for of, h in zip(known, half)], "Ability", ax)


def dif(rows: Sequence[Mapping[str, Any]], ax: Any) -> Any:
    """Effects by item."""
    name = "mh_delta" if any(of["mh_delta"] is not None for of in rows) else "area"
    known = [of for of in rows if of[name] is not None]
    if not known:
        raise _absent("no item was compared", "give a column of groups with enough answers each")
    ax = _axes(ax)
    for at, of in enumerate(known):
        found = of["p_adjusted"] is not None and of["p_adjusted"] < 0.05
        ax.plot(of[name], at, "o", color=_FOUND if found else _PLAIN)
    ax.axvline(0, linestyle=":", color="0.5")
    ax.set_yticks(range(len(known)), [of["item"] for of in known])
    ax.set_xlabel("Mantel–Haenszel delta" if name == "mh_delta" else "Signed area between the curves")
    return ax


def survival(result: Mapping[str, Any], kind: str, ax: Any) -> Any:
    """Coefficients with their intervals, or survival at the means."""
    if kind == "coefficients":
        rows = [of for of in result["summary"]["coefficients"] if of.get("coefficient") is not None]
        ax = _axes(ax)
        for at, of in enumerate(rows):
            half = _WIDTH * (of.get("se") or 0.0)
            ax.plot([of["coefficient"] - half, of["coefficient"] + half], [at, at], color="0.6")
            ax.plot(of["coefficient"], at, "o", color="0.2")
        ax.axvline(0, linestyle=":", color="0.5")
        ax.set_yticks(range(len(rows)), [of["name"] for of in rows])
        ax.set_xlabel("Coefficient")
        return ax
    if kind != "survival":
        raise SettingError(f"kind is {kind!r}", "give coefficients or survival")
    curve = result.get("survival_curve")
    if not curve:
        raise _absent("the answer has no survival curve", "draw kind='coefficients'")
    ax = _axes(ax)
    times = [of["t"] for of in curve]
    ax.step(times, [of["S"] for of in curve], where="post")
    for bound in ("S_lower", "S_upper"):
        if all(of.get(bound) is not None for of in curve):
            ax.step(times, [of[bound] for of in curve], where="post", linestyle=":", color="0.5")
    ax.set(xlabel="Time", ylabel="Survival at the means", ylim=(0, 1))
    return ax


def curves(groups: Sequence[Mapping[str, Any]], ax: Any) -> Any:
    """Survival curves by group."""
    ax = _axes(ax)
    for of in groups:
        points = of["curve"]
        times = [point["t"] for point in points]
        ax.step([0, *times], [1, *(point["S"] for point in points)], where="post", label=of.get("group"))
    ax.set(xlabel="Time", ylabel="Survival", ylim=(0, 1))
    if len(groups) > 1:
        ax.legend()
    return ax


def modes(result: Mapping[str, Any], group: str | None, term: str | None, ax: Any) -> Any:
    """Conditional modes of a group."""
    effects = result["random_effects"]
    group = next(iter(effects)) if group is None else group
    if group not in effects:
        raise SettingError(f"group is {group!r}", f"give one of {', '.join(effects)}")
    errors = result["random_effects_se"].get(group, {})
    rows = []
    for level, terms in effects[group].items():
        name = next(iter(terms)) if term is None else term
        half = _WIDTH * (errors.get(level, {}).get(name) or 0.0)
        rows.append((terms[name], terms[name] - half, terms[name] + half))
    ax = _intervals(rows, f"{term or 'first term'} of {group}", ax)
    ax.axvline(0, linestyle=":", color="0.5")
    return ax


def goals(rows: Sequence[Mapping[str, Any]], ax: Any) -> Any:
    """Probabilities of a goal."""
    known = [(of["probability"], of["lower"], of["upper"]) for of in rows if of["probability"] is not None]
    if not known:
        raise _absent("there is no goal, so no probability to reach it", "fit again with target_score=")
    return _intervals(known, "Probability to reach the goal", ax)


def forecast(result: Mapping[str, Any], ax: Any) -> Any:
    """A series, what was expected of it, and what is to come."""
    from datetime import datetime

    ax = _axes(ax)
    points = [*result["insample"], *result["forecast"]]
    known = [of for of in points if of["yhat"] is not None]

    def when(ds: str) -> datetime:
        return datetime.fromisoformat(ds.removesuffix("Z"))

    times = [when(of["ds"]) for of in known]
    bounded = all(of.get("yhat_lower") is not None for of in known)
    if bounded:
        low, high = ([of[name] for of in known] for name in ("yhat_lower", "yhat_upper"))
        ax.fill_between(times, low, high, color="0.9")
    ax.plot(times, [of["yhat"] for of in known], color="0.2", linewidth=1)
    seen = [of for of in points if of.get("y") is not None]
    ax.plot([when(of["ds"]) for of in seen], [of["y"] for of in seen], "o", color="0.4", markersize=3)
    odd = [of for of in result["anomalies"] if of.get("y") is not None]
    ax.plot([when(of["ds"]) for of in odd], [of["y"] for of in odd], "o", color=_FOUND, fillstyle="none")
    return ax


def clusters(result: Mapping[str, Any], ax: Any) -> Any:
    """Centres of clusters, in standard deviations from the mean of all."""
    names = result["feature_names"]
    if not result["centers"]:
        raise _absent("there are no centres", "`result` has all of the answer")
    ax = _axes(ax)
    sizes = result["sizes"]
    for at, center in enumerate(result["centers"]):
        place = [_scaled(center[name], result["scaling"].get(name)) for name in names]
        ax.plot(place, range(len(names)), "o-", label=f"{at + 1} (n = {sizes[at]})")
    ax.axvline(0, linestyle=":", color="0.5")
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel("Mean of the cluster, in standard deviations from that of all")
    ax.legend()
    return ax


def _scaled(value: float, scale: Mapping[str, Any] | None) -> float:
    if not scale or not scale.get("sd"):
        return value
    return (value - float(scale["mean"])) / float(scale["sd"])
