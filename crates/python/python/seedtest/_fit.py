"""What every fit answers to, and what every model is asked with."""

from __future__ import annotations

import inspect
import json
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from . import _frames, _native
from ._text import Summary, lines_of
from .errors import (
    ConvergenceWarning,
    DataWarning,
    NotFittedError,
    SettingError,
    TooLittleDataError,
    in_arguments,
)

P = TypeVar("P", bound="Parameters")

# A data frame has rows where a file has lines.
_LINE = re.compile(r"^(\s*)line(?= \d)")


def options(**given: Any) -> str:
    """Options as JSON; what is ``None`` is left to the kernels, which have the defaults."""
    return json.dumps({name: value for name, value in given.items() if value is not None}, default=_plain)


def _plain(value: Any) -> Any:
    """A number of numpy as one of Python."""
    if hasattr(value, "item"):
        return value.item()
    raise SettingError(f"{value!r} is no value of an option", "give numbers, texts, lists and dictionaries")


class Parameters:
    """Arguments of a constructor, as scikit-learn asks for them."""

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments that the model was made with."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self: P, **params: Any) -> P:
        """Sets arguments anew; a fit that is there stays as it is."""
        known = self._names()
        for name, value in params.items():
            if name not in known:
                raise SettingError(f"{name} is no parameter of {type(self).__name__}", ", ".join(known))
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        given = (f"{k}={v!r}" for k, v in self.get_params().items() if v != defaults[k].default)
        return f"{type(self).__name__}({', '.join(given)})"


class Result:
    """The answer of a call: the JSON of the command line, and what it says."""

    _answer: _native.Answer | None = None
    _library: str | None = None
    _read: dict[str, Any] | None = None

    def _take(self, answer: _native.Answer, data: Any = None) -> None:
        """Keeps an answer; what did not converge, and rows that were not read, are said at once."""
        for note in answer.notes:
            warnings.warn(in_arguments(_LINE.sub(r"\1row", note)), DataWarning, stacklevel=4)
        if not answer.is_fit:
            reason = in_arguments(answer.problem or "too little")
            error = TooLittleDataError(f"nothing was fitted: {reason}", "give more rows")
            error.json = answer.json
            raise error
        self._answer, self._read = answer, None
        self._library = _frames.library_of(data)
        if self.problem is not None:
            warnings.warn(f"not converged: {self.problem}", ConvergenceWarning, stacklevel=4)

    def to_json(self) -> str:
        """What ``seedtest … --json`` writes for the same rows, byte for byte."""
        return self._known().json

    def _known(self) -> _native.Answer:
        if self._answer is None:
            raise NotFittedError(f"{type(self).__name__} is not fitted", "call fit first")
        return self._answer

    @property
    def result(self) -> dict[str, Any]:
        """All of the answer, as read from its JSON."""
        if self._read is None:
            self._read = json.loads(self._known().json)
        return self._read

    @property
    def verdict(self) -> dict[str, Any]:
        """What the fit thinks of itself: ``status`` with its numbers, and ``next_action``."""
        result = self.result
        for place in (result, result.get("fit_meta", {}), result.get("model_meta", {})):
            found = place.get("verdict")
            if found is not None:
                return dict(found)
        return {"status": "converged"}

    @property
    def converged(self) -> bool:
        """Whether the numbers are those of an identified optimum."""
        return self._known().problem is None

    @property
    def problem(self) -> str | None:
        """What is wrong with the fit, and what to do; ``None`` where nothing is."""
        problem = self._known().problem
        return None if problem is None else in_arguments(problem)

    @property
    def warnings(self) -> list[str]:
        """What is doubtful about the answer."""
        return list(self.result.get("warnings", []))

    @property
    def rows(self) -> dict[str, Any]:
        """What became of the rows: read, used, and left out by reason."""
        return dict(self.result.get("rows") or {})

    @property
    def run_id(self) -> str | None:
        """Name of the fit: equal rows and settings, equal name."""
        result = self.result
        meta = result.get("fit_meta", {})
        found = result.get("run_id") or meta.get("run_id")
        return None if found is None else str(found)

    def summary(self) -> Summary:
        """A few lines about the answer; what did not converge comes first."""
        head = []
        if self.problem is not None:
            head.append(f"NOT CONVERGED: {self.problem}")
        lines = [*head, *self._body()]
        rows = self.rows
        if rows and rows.get("read", 0) > rows.get("used", 0):
            reasons = ", ".join(f"{n} {reason}" for reason, n in rows.get("rejected", {}).items())
            lines.append(f"rows: {rows['read']} read, {rows['used']} used, {reasons}")
        lines.extend(f"warning: {text}" for text in self.warnings)
        return Summary(lines)

    def _body(self) -> list[str]:
        raise NotImplementedError

    def _records(self, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Any:
        return _frames.records(rows, names, self._library)


def table_lines(rows: Sequence[Mapping[str, Any]], names: Sequence[str], shown: int = 20) -> list[str]:
    """Rows as lines of text under the names of their fields."""
    return lines_of(names, [[row.get(name) for name in names] for row in rows], shown)
