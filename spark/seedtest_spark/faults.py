"""What goes wrong on an executor, told on the driver as the exception that says it best."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

from seedtest import errors
from seedtest.errors import SeedtestError, exception_of

T = TypeVar("T")

MARK = "seedtest-fault "
"""Stands before the JSON of a fault in the message of an exception of an executor."""

_NO_MODULE = re.compile(r"No module named '(seedtest[a-z_.]*)'")


def refuse(message: str, hint: str, kind: str = "data") -> NoReturn:
    """Raises what is wrong with what was given."""
    raise exception_of(message, hint, kind)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """On an executor: gives exceptions of the kernels a form that the driver understands."""
    try:
        yield
    except SeedtestError as error:
        fault = {"class": type(error).__name__, "message": error.message, "hint": error.hint}
        # Of the chain only the message reaches the driver.
        raise RuntimeError(MARK + json.dumps(fault) + "\n") from None


def on_driver(action: Callable[[], T]) -> T:
    """Runs an action of Spark, and raises what an executor said in its own words."""
    try:
        return action()
    except SeedtestError:
        raise
    except Exception as error:
        text = str(error)
        fault = _fault_in(text)
        if fault is not None:
            raise fault from error
        missing = _NO_MODULE.search(text)
        if missing is not None:
            package = missing.group(1).split(".")[0].replace("_", "-")
            message = f"the executors have no package {package}"
            hint = (
                "install the wheels seedtest and seedtest-spark on every node, or ship an environment "
                "with them (spark.archives)"
            )
            raise exception_of(message, hint, "setting") from error
        raise


def _fault_in(text: str) -> SeedtestError | None:
    at = text.find(MARK)
    if at < 0:
        return None
    try:
        fault, _ = json.JSONDecoder().raw_decode(text, at + len(MARK))
    except ValueError:
        return None
    found = getattr(errors, str(fault["class"]), SeedtestError)
    make = found if isinstance(found, type) and issubclass(found, SeedtestError) else SeedtestError
    return make(fault["message"], fault["hint"])
