"""Summaries as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Summary:
    """A few lines about a fit; what did not converge comes first."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = tuple(lines)

    def __str__(self) -> str:
        return "\n".join(self._lines)

    __repr__ = __str__


def number(value: Any, digits: int = 4) -> str:
    """A number in a table; ``-`` where it is not known."""
    if value is None:
        return "-"
    if isinstance(value, (bool, int, str)):
        return str(value)
    if value == 0:
        return "0"
    return f"{value:.{digits}g}" if abs(value) < 1e-3 or abs(value) >= 1e6 else f"{value:.{digits}f}"


def lines_of(header: Sequence[str], rows: Sequence[Sequence[Any]], shown: int = 20) -> list[str]:
    """A table; only the first rows of a long one."""
    cells = [[number(cell) for cell in row] for row in rows[:shown]]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    text = [_line(list(header), widths), *(_line(row, widths) for row in cells)]
    if len(rows) > shown:
        text.append(f"… {len(rows) - shown} more")
    return text


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = cells[0].ljust(widths[0])
    rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))
    return "  ".join([first, *rest]).rstrip()
