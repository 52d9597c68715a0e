"""Abilities from known item parameters, chunk by chunk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seedtest import _native

from . import executors
from .attempts import attempts
from .calibration import Calibration
from .staging import by_chunk, grouped, require_versions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def score(
    df: DataFrame,
    params: Calibration | str | Mapping[str, Any],
    *,
    method: str = "eap",
    prior_mean: float | None = None,
    prior_sd: float | None = None,
    student: str | None = None,
    item: str | None = None,
    correct: str | None = None,
    at: str | None = None,
) -> DataFrame:
    """A row a student: `theta` and `se`, or the reason why there is none, as `seedtest score` gives them.

    `params` are a calibration, its JSON, or parameters by item. The first answer of a student to an item counts: where
    an item was answered twice, a column has to say when.
    """
    require_versions(df.sparkSession)
    wanted = ("student", "item", "correct", "at")
    found = attempts(df, wanted, {"student": student, "item": item, "correct": correct, "at": at})
    options: dict[str, Any] = {"method": method, "prior_mean": prior_mean, "prior_sd": prior_sd}
    n_chunks = _native.chunk_count(found.n_students)
    function = executors.Score(_json_of(params), options)
    return grouped(by_chunk(found.rows, n_chunks), function, executors.SCORES)


def _json_of(params: Calibration | str | Mapping[str, Any]) -> str:
    if isinstance(params, Calibration):
        return params.json
    return params if isinstance(params, str) else json.dumps(params)
