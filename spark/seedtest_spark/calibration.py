"""Calibrations in passes over answers that no machine holds at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from seedtest import _native

from . import executors
from .attempts import attempts
from .faults import on_driver, refuse
from .staging import Staging, mapped, require_versions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ITEMS = (
    "item_id string, model string, version string, run_id string, a double, b double, c double, a_se double, "
    "b_se double, c_se double, n long, p_value double, anchor boolean, item_rest double, check_key boolean"
)
_META = (
    "run_id string, model string, version string, converged boolean, fitted_at string, response string"
)

TABLES = ("mirt_fit_meta", "mirt_item_params", "mirt_ability")
"""The folders that `Calibration.write` makes, as `seedtest lake` reads them."""


@dataclass(frozen=True)
class Calibration:
    """A calibration: its response as the command `fit irt --json` writes it, and tables of items and students."""

    json: str
    """Without abilities, which are in `abilities`."""

    spark: SparkSession = field(repr=False)
    abilities: DataFrame = field(repr=False)
    """A row a student: `theta` and `se`, or the reason why there is none. Executors compute it when it is written."""

    fitted_at: str
    """When the staging path first held this fit, RFC 3339."""

    version: str

    staging: Staging = field(repr=False)

    @property
    def response(self) -> dict[str, Any]:
        """The response as a dictionary."""
        found: dict[str, Any] = json.loads(self.json)
        return found

    @property
    def verdict(self) -> dict[str, Any]:
        """Whether it converged, with numbers and the next action."""
        verdict: dict[str, Any] = self.response["fit_meta"]["verdict"]
        return verdict

    @property
    def converged(self) -> bool:
        """Whether the search ended where it should."""
        return bool(self.response["fit_meta"]["metrics"]["converged"])

    @property
    def run_id(self) -> str:
        """Identity of the fit."""
        return str(self.response["fit_meta"]["run_id"])

    @property
    def items(self) -> DataFrame:
        """A row an item."""
        return self.spark.createDataFrame([self._item(item) for item in self.response["item_params"]], _ITEMS)

    def _item(self, item: dict[str, Any]) -> tuple[Any, ...]:
        params, se = item["params"], item.get("se") or {}
        return (
            item["item_id"],
            item["model"],
            item["version"],
            self.run_id,
            float(params["a"]),
            float(params["b"]),
            float(params["c"]),
            *(None if se.get(name) is None else float(se[name]) for name in ("a", "b", "c")),
            item["n"],
            float(item["p_value"]),
            item["anchor"],
            item.get("item_rest"),
            bool(item.get("check_key", False)),
        )

    def write(self, path: str, format: str = "parquet") -> None:
        """Writes the folders of `TABLES` under `path`; what was there of them is replaced."""
        response = self.response
        model = response["fit_meta"]["model_spec"]["model"]
        meta = [(self.run_id, model, self.version, self.converged, self.fitted_at, self.json)]
        tables = (self.spark.createDataFrame(meta, _META).coalesce(1), self.items.coalesce(1), self.abilities)
        for name, table in zip(TABLES, tables):
            writer = table.write.format(format).mode("overwrite")
            on_driver(partial(writer.save, f"{path.rstrip('/')}/{name}"))

    def release(self) -> None:
        """Frees what executors hold of the packed answers."""
        self.staging.release()


def calibrate(
    df: DataFrame,
    *,
    staging: str,
    model: str = "2pl",
    student: str | None = None,
    item: str | None = None,
    correct: str | None = None,
    at: str | None = None,
    group: str | None = None,
    duplicates: str = "first",
    partitions: int | None = None,
    resume: bool = False,
    kept_mib: int = 512,
    run_id: str | None = None,
    progress: Callable[[int, int, float, float | None], object] | None = None,
    threads: int | None = None,
    **options: Any,
) -> Calibration:
    """Calibrates the items of a DataFrame with a row an answer: parameters, errors and abilities are those of
    `seedtest fit irt` over the same rows to the byte, whatever the partitions.

    `staging` is a path that driver and executors reach: packed answers and sums of passes are kept there. A run that
    died is gone on with by the same call, `resume=True` where it died less than two minutes ago. `partitions` divides
    the packed answers anew; without it they lie as they were written. A process of an executor keeps up to `kept_mib` of
    answers arranged between passes. `options` are fields of `POST /irt/calibrate`:
    `priors`, `standard_errors`, `min_answers`, `max_iter`, `tol`, `anchors`, `guessing`, `reference_group`,
    `version` and others. `progress` is called after each iteration, and stops the search with `False`.

    Raises `seedtest.errors.SeedtestError` for answers, settings and staging paths that cannot be used.
    """
    spark = df.sparkSession
    asked = json.dumps({"model": model, "duplicates": duplicates, **options})
    _native.chunk_check(asked)
    require_versions(spark)
    wanted = ("student", "item", "correct", "at", "group")
    names = {"student": student, "item": item, "correct": correct, "at": at, "group": group}
    found = attempts(df, wanted, names)
    stage = Staging(spark, staging)
    answers = {
        "columns": found.columns,
        "rows": found.fingerprint,
        "duplicates": duplicates,
        "version": executors.versions().split(",")[0],
    }
    settings = {"answers": answers, "asked": json.loads(asked)}
    stage.begin(settings, take_over=resume)
    try:
        fit = _in_passes(stage, found, (asked, duplicates, partitions, run_id, kept_mib), progress, threads)
        response = json.loads(fit.answer.json)
        fitted_at = stage.fitted_at(response["fit_meta"]["run_id"])
    finally:
        # What was found so far is for whoever goes on.
        stage.checkpoint()
        stage.end()
    version = str(options.get("version", "v1"))
    labels = (
        response["fit_meta"]["model_spec"]["model"],
        version,
        response["fit_meta"]["run_id"],
    )
    run = executors.Abilities(fit.plan, fit.abilities, labels)
    chunks = stage.chunks(found, duplicates, partitions)
    abilities = mapped(chunks, run, executors.ABILITIES)
    return Calibration(fit.answer.json, spark, abilities, fitted_at, version, stage)


def _in_passes(
    stage: Staging,
    found: Any,
    asked: tuple[str, str, int | None, str | None, int],
    progress: Callable[..., object] | None,
    threads: int | None,
) -> Any:
    options, duplicates, partitions, run_id, kept_mib = asked
    stage.chunks(found, duplicates, partitions)
    summary = _native.chunk_merge_summaries(stage.collected("summary", executors.Summarise()))
    stage.keep("summary", summary)
    described = json.loads(_native.chunk_describe(summary))
    if described["n_students"] != found.n_students:
        refuse(
            f"{described['n_students']} students are staged of {found.n_students}",
            "give another staging path: the DataFrame gave other rows when it was read again",
        )

    def run(plan: str, call: bytes, name: str) -> bytes:
        key = f"{name}:{plan}:{call.hex()}"
        sums = stage.collected(key, executors.RunPass(plan, call, kept_mib << 20))
        merged = sums[0] if len(sums) == 1 else _native.chunk_merge_sums(sums)
        stage.keep(key, merged)
        return merged

    return _native.chunk_calibrate(summary, options, run, run_id, progress, threads)
