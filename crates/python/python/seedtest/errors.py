"""What goes wrong, as exceptions that say what to do, and as warnings."""

from __future__ import annotations

import re

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "DataWarning",
    "DeadlineError",
    "NotFittedError",
    "SeedtestError",
    "SettingError",
    "TooLittleDataError",
]


class SeedtestError(Exception):
    """Something went wrong. ``hint`` says what to do about it, where there is something to say."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"


class SettingError(SeedtestError, ValueError):
    """An argument does not say what it must."""


class DataError(SeedtestError, ValueError):
    """The data cannot be used."""


class TooLittleDataError(DataError):
    """There is too little to fit. ``json`` is what the command line writes in its place."""

    json: str | None = None


class NotFittedError(SeedtestError, ValueError, AttributeError):
    """A result was asked for before there is one."""


class DeadlineError(SeedtestError, TimeoutError):
    """The time was up before there was a result."""


class ConvergenceWarning(UserWarning):
    """A fit ended without converging; its numbers are the best there are."""


class DataWarning(UserWarning):
    """Rows or cells could not be read as they are."""


_CLASSES: dict[str, type[SeedtestError]] = {
    "malformed": SettingError,
    "setting": SettingError,
    "no_observations": TooLittleDataError,
    "data": DataError,
    "too_large": DataError,
    "no_model": NotFittedError,
    "deadline": DeadlineError,
}

_FLAG = re.compile(r"--([a-z][a-z-]*[a-z]|[a-z])")
_MAP = re.compile(r"--map (?='?\w+=)")
# Fields of the service that a text names behind flags, and where in the options something stands.
_OF_THE_SERVICE = re.compile(r" \([a-z]+_[a-z_]+(?:, [a-z]+_[a-z_]+)*\)")
_UNREADABLE = re.compile(r"^the body cannot be read: (.*?)(?: \(line \d+ column \d+\))?$", re.DOTALL)

_FLAG_HELP = "`seedtest COMMAND --help` has the flag"

# Flags of the command line whose argument has another name, or that have none here.
_ARGUMENTS = {
    "map": "student=, item= and correct=",
    "agq": "quadrature=",
    "se": "standard_errors=",
    "no-quality": "quality=False",
    "not": "not_items=",
    "period": "period_days=",
    "horizon": "horizon_days=",
    "n-chains": "chains=",
    "n-warmup": "warmup=",
    "n-samples": "samples=",
    "horizon-weeks": "horizon_weeks=",
    "max-fit-mib": "more memory",
}


def exception_of(message: str, hint: str | None, kind: str) -> SeedtestError:
    """The exception of an error of the kernels; their words name flags, which are arguments here."""
    make = _CLASSES.get(kind, SeedtestError)
    if hint is not None and "GET /docs" in hint:
        hint = "help() of the call says what each argument accepts"
    return make(in_arguments(message), None if hint is None else in_arguments(hint))


def in_arguments(text: str) -> str:
    """The words of the kernels, which name flags and files, as those of calls with data frames."""
    text = _UNREADABLE.sub(r"\1", text).replace(_FLAG_HELP, "help() of the call has the argument")
    if text.startswith("data: "):
        text = text.replace("the file", "the table")
    if _FLAG.search(text):
        text = _OF_THE_SERVICE.sub("", text)
    parts = text.split("`")
    # What stands between backticks is a command as it is typed.
    parts[::2] = [_FLAG.sub(_argument, _MAP.sub("", part)) for part in parts[::2]]
    return "`".join(parts)


def _argument(flag: re.Match[str]) -> str:
    name = flag.group(1)
    return _ARGUMENTS.get(name, name.replace("-", "_") + "=")
