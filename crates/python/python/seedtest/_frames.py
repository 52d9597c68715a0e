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


def arrow(data: Any, *, index: bool = True) -> Any:
    """``data`` as something that gives its columns through the Arrow PyCapsule interface, without a copy where it
    has them in that form. ``index``: whether the named levels of an index of pandas are columns too."""
    library, kind = library_of(data), type(data).__name__
    if library == "polars" and kind == "LazyFrame":
        raise SettingError("data is a LazyFrame, whose rows are not there yet", "call collect() on it")
    if library in ("pandas", "polars") and kind == "Series":
        raise SettingError("data is a Series, a column alone", "give the data frame that it is of")
    if library == "pandas":
        return _of_pandas(data, index_names(data) if index else [])
    if library == "polars":
        return _of_polars(data)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return data
    raise SettingError(
        f"data is a {kind}, which is no data frame",
        "give a data frame of polars, pandas or pyarrow, or anything with __arrow_c_stream__; "
        "a matrix of answers goes to IRT().from_matrix",
    )


def index_names(data: Any) -> list[str]:
    """Names of the levels of an index of pandas that no column has, as ``groupby`` leaves them."""
    if library_of(data) != "pandas":
        return []
    return [str(name) for name in data.index.names if name is not None and name not in data.columns]


def _of_polars(data: Any) -> Any:
    """A column without any value has no type, which not everybody reads as polars gives it."""
    untyped = [name for name, kind in data.schema.items() if str(kind) == "Null"]
    if not untyped:
        return data
    polars = importlib.import_module("polars")
    return data.with_columns(polars.col(untyped).cast(polars.Boolean))


def _of_pandas(data: Any, index: Sequence[str]) -> Any:
    try:
        pyarrow = importlib.import_module("pyarrow")
    except ImportError as error:
        raise SettingError(
            "a pandas data frame is read through pyarrow, which is not installed",
            "pip install pyarrow, or give a data frame of polars",
        ) from error
    twice = data.columns[data.columns.duplicated()]
    if len(twice) > 0:
        raise DataError(f"two columns are called {twice[0]}", "rename one of them, or leave it out")
    try:
        found = pyarrow.Table.from_pandas(_with_times(data), preserve_index=False)
        for at, level in enumerate(data.index.names):
            if str(level) in index:
                values = _as_time(data.index.get_level_values(at))
                found = found.append_column(str(level), pyarrow.array(values, from_pandas=True))
        return found
    # Arrow has no type for a column: its errors are of these.
    except (TypeError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"the data frame of pandas cannot be read: {error}",
            "give every column values of one type, as by astype(str), and make sparse ones dense",
        ) from error


def _with_times(data: Any) -> Any:
    """Periods as the times at which they begin: a month is its first day."""
    periods = [name for name, kind in data.dtypes.items() if str(kind).startswith("period[")]
    return data.assign(**{name: data[name].dt.to_timestamp() for name in periods}) if periods else data


def _as_time(index: Any) -> Any:
    return index.to_timestamp() if str(index.dtype).startswith("period[") else index


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
