"""Data frames of any library in, and out again as the same."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import DataError, SettingError

# Libraries that a result can be a table of, in the order in which one is chosen where the data say nothing.
_LIBRARIES = ("pandas", "polars", "pyarrow")


def arrow(data: Any) -> Any:
    """``data`` as something that gives its columns through the Arrow PyCapsule interface, without a copy where it
    has them in that form."""
    if library_of(data) == "pandas":
        return _of_pandas(data)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return data
    if hasattr(data, "collect") and library_of(data) == "polars":
        raise SettingError("data is a LazyFrame, whose rows are not there yet", "call collect() on it")
    raise SettingError(
        f"data is a {type(data).__name__}, which is no data frame",
        "give a data frame of polars, pandas or pyarrow, or anything with __arrow_c_stream__; "
        "a matrix of answers goes to IRT().from_matrix",
    )


def _of_pandas(data: Any) -> Any:
    try:
        pyarrow = importlib.import_module("pyarrow")
    except ImportError as error:
        raise SettingError(
            "a pandas data frame is read through pyarrow, which is not installed",
            "pip install pyarrow, or give a data frame of polars",
        ) from error
    try:
        return pyarrow.Table.from_pandas(data, preserve_index=False)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
        raise DataError(
            f"a column has values of several types: {error}", "give the column one type, as by astype(str)"
        ) from error


def library_of(data: Any) -> str | None:
    """The library of a data frame: pandas, polars or pyarrow; ``None`` for another."""
    root = type(data).__module__.partition(".")[0]
    return root if root in _LIBRARIES else None


def table(columns: Mapping[str, Sequence[Any]], library: str | None) -> Any:
    """Columns as a data frame of a library; without one of the first that is there, and else as they are."""
    if library is None:
        library = next((name for name in _LIBRARIES if name in sys.modules), None)
    if library is None:
        library = next((name for name in _LIBRARIES if importlib.util.find_spec(name)), None)
    if library is None:
        return dict(columns)
    module = importlib.import_module(library)
    if library == "pyarrow":
        return module.table(dict(columns))
    if library == "polars":
        return module.DataFrame(dict(columns), strict=False)
    return module.DataFrame(dict(columns))


def records(rows: Sequence[Mapping[str, Any]], names: Sequence[str], library: str | None) -> Any:
    """The same of rows; what a row does not say is missing."""
    return table({name: [row.get(name) for row in rows] for name in names}, library)
