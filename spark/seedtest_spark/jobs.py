"""What `spark-submit` runs: `seedtest-spark JOB`, or the scripts of `spark/jobs`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from seedtest.errors import SeedtestError

from .calibration import calibrate
from .faults import on_driver
from .models import Fit, churn, growth, segments
from .scoring import score
from .students import TIMED, features, kpis

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_COLUMNS = ("student", "item", "correct", "at")
_DAY = "YYYY-MM-DD"


def main(arguments: Sequence[str] | None = None, session: Callable[[], SparkSession] | None = None) -> int:
    """Runs a job. Returns 0, 1 for an error, 2 for a call that was wrong as typed, 3 for a fit that did not converge."""
    args = _parser().parse_args(arguments)
    spark = (session or _session)()
    try:
        ended: int = args.run(spark, args)
        return ended
    # A path that is not there is of the last two.
    except (SeedtestError, OSError, PySparkException) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _session() -> SparkSession:
    from pyspark.sql import SparkSession

    return SparkSession.builder.appName("seedtest").getOrCreate()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="seedtest-spark", description=__doc__)
    jobs = parser.add_subparsers(required=True, metavar="JOB")

    def job(name: str, help: str, run: Callable[..., int], columns: Sequence[str]) -> argparse.ArgumentParser:
        found = jobs.add_parser(name, help=help)
        found.set_defaults(run=run)
        found.add_argument("--answers", required=True, help="table of answers: a path, or NAME with --format table")
        found.add_argument("--format", default="parquet", help="of the answers: parquet, delta, iceberg, table")
        found.add_argument("--output", required=True, help="folder that the tables are written below")
        found.add_argument("--output-format", default="parquet", help="parquet or delta")
        for column in columns:
            found.add_argument(f"--{column.replace('_', '-')}", metavar="COLUMN")
        return found

    fit = job("mirt-calibrate", "Item parameters and abilities", _calibrate, (*_COLUMNS, "group"))
    fit.add_argument("--staging", required=True, help="path for packed answers and sums")
    fit.add_argument("--resume", action="store_true", help="go on from a run that died a moment ago")
    fit.add_argument("--model", default="2pl")
    fit.add_argument("--duplicates", default="first", choices=["first", "last", "all"])
    fit.add_argument("--partitions", type=int)
    fit.add_argument("--options", type=_object, default="{}", help="other fields of POST /irt/calibrate, as JSON")

    of_params = job("update-theta", "Abilities from known parameters", _score, _COLUMNS)
    of_params.add_argument("--params", required=True, help="file with the JSON of a calibration")
    of_params.add_argument("--method", default="eap")

    def timed(name: str, help: str, run: Callable[..., int]) -> argparse.ArgumentParser:
        found = job(name, help, run, TIMED)
        found.add_argument("--timezone", default="UTC")
        return found

    row = timed("compute-daily-kpis", "KPI rows of recently active students", _kpis)
    row.add_argument("--as-of", required=True, metavar=_DAY)
    row.add_argument("--target", type=float, default=0.0)

    days = timed("aggregate-features-daily", "Students by topic and day", _features)
    days.add_argument("--first", required=True, metavar=_DAY)
    days.add_argument("--last", required=True, metavar=_DAY)

    weeks = timed("fit-bayesian-growth", "Growth of every student over weeks", _growth)
    weeks.add_argument("--first", metavar=_DAY, help="a day of the first week that counts")
    weeks.add_argument("--last", metavar=_DAY, help="a day of the last one")
    weeks.add_argument("--settings", type=_object, default="{}", help="other arguments of seedtest.growth, as JSON")

    risk = timed("fit-survival-churn", "Risk of every student to fall silent", _churn)
    risk.add_argument("--as-of", required=True, metavar=_DAY)
    risk.add_argument("--lookback-days", type=int)
    risk.add_argument("--event-threshold-days", type=int)

    kinds = timed("cluster-segments", "Kinds of learners", _segments)
    kinds.add_argument("--as-of", required=True, metavar=_DAY)
    kinds.add_argument("--lookback-weeks", type=int, default=12)
    kinds.add_argument("--settings", type=_object, default="{}", help="other arguments of seedtest.cluster, as JSON")
    return parser


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is no object, as {{\"seed\": 1}} is")
    return found


def _answers(spark: SparkSession, args: argparse.Namespace) -> DataFrame:
    if args.format == "table":
        return spark.table(args.answers)
    return spark.read.format(args.format).load(args.answers)


def _named(args: argparse.Namespace, columns: Sequence[str]) -> dict[str, Any]:
    given = {column: getattr(args, column) for column in columns}
    return {column: name for column, name in given.items() if name is not None}


def _write(found: DataFrame, args: argparse.Namespace, table: str) -> None:
    path = f"{args.output.rstrip('/')}/{table}"
    on_driver(lambda: found.write.format(args.output_format).mode("overwrite").save(path))


def _calibrate(spark: SparkSession, args: argparse.Namespace) -> int:
    def progress(iteration: int, most: int, objective: float, gradient: float | None) -> None:
        left = "" if gradient is None else f", largest gradient {gradient:.1e}"
        print(f"iteration {iteration}: log-posterior {objective:.4f}{left}", file=sys.stderr)

    fit = calibrate(
        _answers(spark, args),
        staging=args.staging,
        model=args.model,
        duplicates=args.duplicates,
        partitions=args.partitions,
        resume=args.resume,
        progress=progress,
        **_named(args, (*_COLUMNS, "group")),
        **args.options,
    )
    fit.write(args.output, args.output_format)
    verdict = fit.verdict
    print(json.dumps({"run_id": fit.run_id, "verdict": verdict}))
    return 0 if fit.converged else 3


def _score(spark: SparkSession, args: argparse.Namespace) -> int:
    with open(args.params, encoding="utf-8") as file:
        params = file.read()
    found = score(_answers(spark, args), params, method=args.method, **_named(args, _COLUMNS))
    _write(found, args, "scores")
    return 0


def _kpis(spark: SparkSession, args: argparse.Namespace) -> int:
    given = {"time_zone": args.timezone, **_named(args, TIMED)}
    _write(kpis(_answers(spark, args), as_of=args.as_of, target=args.target, **given), args, "weekly_kpi")
    return 0


def _features(spark: SparkSession, args: argparse.Namespace) -> int:
    given = {"time_zone": args.timezone, **_named(args, TIMED)}
    found = features(_answers(spark, args), first=args.first, last=args.last, **given)
    _write(found, args, "features_topic_daily")
    return 0


def _growth(spark: SparkSession, args: argparse.Namespace) -> int:
    given = {"time_zone": args.timezone, "columns": _named(args, TIMED), **args.settings}
    return _written(growth(_answers(spark, args), first=args.first, last=args.last, **given), args)


def _churn(spark: SparkSession, args: argparse.Namespace) -> int:
    given = {"time_zone": args.timezone, **_named(args, TIMED)}
    given |= {"lookback_days": args.lookback_days, "threshold_days": args.event_threshold_days}
    return _written(churn(_answers(spark, args), as_of=args.as_of, **given), args)


def _segments(spark: SparkSession, args: argparse.Namespace) -> int:
    given = {"time_zone": args.timezone, "columns": _named(args, TIMED), **args.settings}
    return _written(segments(_answers(spark, args), as_of=args.as_of, weeks=args.lookback_weeks, **given), args)


def _written(found: Fit, args: argparse.Namespace) -> int:
    found.write(args.output, args.output_format)
    print(json.dumps({"run_id": found.response["run_id"], "problem": found.problem}))
    return 0 if found.converged else 3


if __name__ == "__main__":
    sys.exit(main())
