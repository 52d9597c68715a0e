"""Forecasts of a series, with anomalies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _frames, _native
from ._fit import Parameters, Result, options, table_lines
from ._progress import ProgressChoice, told

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Prophet"]

_POINT = ["ds", "type", "yhat", "yhat_lower", "yhat_upper", "y"]


class Prophet(Parameters, Result):
    """Prophet's model, or a simpler one that forecasts the series better.

    Parameters
    ----------
    horizon
        Points after the last one.
    freq
        Their distance: ``hour``, ``day``, ``week``, ``month`` or ``quarter``. ``None``: that of the rows.
    model
        The model to publish instead of the closest: ``prophet``, ``damped_trend``, ``naive`` or ``seasonal_naive``.
    anomaly_threshold
        |z| from which an observation is an anomaly.
    interval_width
        Probability inside the intervals.
    country_holidays, calendar
        Public holidays of a country, and the text of a school calendar.
    options
        Options by the names of Prophet, such as ``{"growth": "logistic", "cap": 1, "n_changepoints": 5}``.
    """

    def __init__(
        self,
        *,
        horizon: int | None = None,
        freq: str | None = None,
        model: str | None = None,
        anomaly_threshold: float | None = None,
        interval_width: float | None = None,
        country_holidays: str | None = None,
        calendar: str | None = None,
        options: Mapping[str, Any] | None = None,
        max_seconds: float | None = None,
        threads: int | None = None,
    ) -> None:
        self.horizon = horizon
        self.freq = freq
        self.model = model
        self.anomaly_threshold = anomaly_threshold
        self.interval_width = interval_width
        self.country_holidays = country_holidays
        self.calendar = calendar
        self.options = options
        self.max_seconds = max_seconds
        self.threads = threads

    def fit(
        self,
        data: Any,
        *,
        time: str | None = None,
        value: str | None = None,
        future: Any = None,
        progress: ProgressChoice = None,
    ) -> Self:
        """Forecasts the series in a data frame: ``ds``, a day or time, and ``y``, in any order; ``time`` and ``value``
        name other columns. ``future``: rows to come with their regressors, conditions and capacities."""
        given = {
            "model": self.model,
            "interval_width": self.interval_width,
            "country_holidays": self.country_holidays,
            "calendar": self.calendar,
        }
        own = {**(self.options or {}), **{name: of for name, of in given.items() if of is not None}}
        asked = options(
            horizon=self.horizon,
            freq=self.freq,
            anomaly_threshold=self.anomaly_threshold,
            options=own,
            max_seconds=self.max_seconds,
        )
        rows = None if future is None else _frames.arrow(future)
        answer = _native.fit_prophet(_frames.arrow(data), asked, time, value, rows, told(progress), self.threads)
        self._take(answer, data)
        return self

    def predict(self, periods: int | None = None, *, freq: str | None = None, future: Any = None) -> Any:
        """Points to come: ``ds``, ``yhat`` and its interval."""
        found = Result()
        rows = None if future is None else _frames.arrow(future)
        answer = _native.predict_prophet(self.to_json(), options(periods=periods, freq=freq), rows, self.threads)
        found._take(answer)
        return self._records(found.result["forecast"], _POINT)

    @property
    def forecast(self) -> Any:
        """The points to come: ``ds``, ``type``, ``yhat``, its interval, ``y``."""
        return self._records(self.result["forecast"], _POINT)

    @property
    def insample(self) -> Any:
        """The same of the points that were observed."""
        return self._records(self.result["insample"], _POINT)

    @property
    def anomalies(self) -> Any:
        """Observations far from what was to be expected."""
        rows = self.result["anomalies"]
        return self._records(rows, list(rows[0]) if rows else ["ds"])

    @property
    def comparison(self) -> Any:
        """How well each model forecast points that were held back."""
        rows = self.result["comparison"]
        return self._records(rows, list(rows[0]) if rows else ["model"])

    def plot(self, ax: Any = None) -> Any:
        """Draws the series, the forecast with its interval, and the anomalies."""
        from . import _plot

        return _plot.forecast(self.result, ax)

    def _body(self) -> list[str]:
        told_of = self.result
        dates = told_of["date_range"]
        return [
            told_of["headline"],
            f"{told_of['n_obs']} points from {dates['start']} to {dates['end']}; published: {told_of['model_used']}",
            "",
            *table_lines(told_of["forecast"], ["ds", "yhat", "yhat_lower", "yhat_upper"]),
        ]
