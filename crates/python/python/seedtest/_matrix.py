"""A matrix of answers as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from . import _frames
from .errors import DataError, SettingError

#: A cell of an item that was not seen.
_NOT_SEEN = 255
_PERSONS, _ITEMS = "persons_x_items", "items_x_persons"


class Matrix(NamedTuple):
    """Answers, a row a student."""

    cells: bytes
    students: list[str]
    items: list[str]


def read(matrix: Any, students: Sequence[Any] | None, items: Sequence[Any] | None, orient: str | None) -> Matrix:
    """The matrix with students as rows; which side they are on is asked for where it cannot be told."""
    import numpy

    named_students, named_items = _names(matrix)
    values = numpy.asarray(_values(matrix))
    if values.ndim != 2:
        raise SettingError(f"the matrix has {values.ndim} dimensions", "give persons as rows and items as columns")
    if orient not in (None, _PERSONS, _ITEMS):
        raise SettingError(f"orient is {orient!r}", f"give {_PERSONS} or {_ITEMS}")
    if orient == _ITEMS:
        values = values.T
        named_students, named_items = named_items, named_students
    n_students, n_items = values.shape
    students = named_students if students is None else students
    items = named_items if items is None else items
    for what, names, n in (("students", students, n_students), ("items", items, n_items)):
        if names is not None and len(names) != n:
            raise SettingError(f"{len(names)} {what} for {n} of the matrix", f"orient={_ITEMS!r} turns it around")
    sides_are_named = students is not None and items is not None and n_students != n_items
    if orient is None and n_students <= n_items and not sides_are_named:
        raise SettingError(
            f"a matrix of {n_students} × {n_items} may have its persons in rows or in columns",
            f"say orient={_PERSONS!r} or orient={_ITEMS!r}",
        )
    return Matrix(_cells(numpy, values), _texts(students, n_students), _texts(items, n_items))


def _texts(names: Sequence[Any] | None, n: int) -> list[str]:
    return [str(i + 1) for i in range(n)] if names is None else [str(name) for name in names]


def _names(matrix: Any) -> tuple[list[Any] | None, list[Any] | None]:
    """Names of rows and of columns that a data frame brings along; numbers from 0 are none."""
    library = _frames.library_of(matrix)
    if library is None:
        return None, None
    columns = list(matrix.column_names if library == "pyarrow" else matrix.columns)
    columns = [] if columns == list(range(len(columns))) else columns
    rows = list(matrix.index) if library == "pandas" else []
    rows = [] if rows == list(range(len(rows))) else rows
    return rows or None, columns or None


def _values(matrix: Any) -> Any:
    if _frames.library_of(matrix) == "pyarrow":
        return list(zip(*(column.to_pylist() for column in matrix.columns)))
    return matrix.to_numpy() if hasattr(matrix, "to_numpy") else matrix


def _cells(numpy: Any, values: Any) -> bytes:
    """A byte a cell. What is no whole number from 0 to 254 is refused with its place."""
    if values.dtype.kind in "bui":
        wrong = (values < 0) | (values >= _NOT_SEEN)
        coded = values
    else:
        try:
            numbers = values.astype(float)
        except (TypeError, ValueError) as error:
            raise DataError(f"the matrix holds what is no number: {error}", "give 1, 0, and NaN or None") from error
        missing = numpy.isnan(numbers)
        wrong = ~missing & ((numbers < 0) | (numbers >= _NOT_SEEN) | (numbers % 1 != 0))
        coded = numpy.where(missing, _NOT_SEEN, numbers)
    if wrong.any():
        row, column = (int(at) for at in numpy.argwhere(wrong)[0])
        raise DataError(
            f"row {row + 1}, column {column + 1} is {values[row, column]}, which is no answer",
            "answers are 1 and 0, scores whole numbers from 0 to 254, and NaN or None what was not seen",
        )
    cells: bytes = numpy.ascontiguousarray(coded, dtype=numpy.uint8).tobytes()
    return cells
