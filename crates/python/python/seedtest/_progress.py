"""How a fit tells of its progress."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple, Union


class Progress(NamedTuple):
    """What an iterative fit reports after each iteration that another one may follow."""

    iteration: int
    """Iterations done, counted from 1."""
    max_iterations: int
    """Most iterations the fit will do."""
    objective: float
    """The criterion that the fit improves: a log-likelihood, a log-posterior, a deviance."""
    max_gradient: float | None
    """Largest absolute component of its gradient, where the method has one."""


#: ``True`` writes a line to standard error; a function is called with a :class:`Progress` after each iteration, and
#: stops the fit with the best result so far by returning ``False``.
ProgressChoice = Union[bool, Callable[[Progress], object], None]

_Told = Callable[[int, int, float, Union[float, None]], object]


def told(choice: ProgressChoice) -> _Told | None:
    """The function that the kernels call."""
    if choice is None or choice is False:
        return None
    call = _line if choice is True else choice
    return lambda *values: call(Progress(*values))


def _line(progress: Progress) -> None:
    end = "\n" if progress.iteration == progress.max_iterations else ""
    text = f"\riteration {progress.iteration}: {progress.objective:.6g}"
    sys.stderr.write(f"{text:<48}{end}")
    sys.stderr.flush()
