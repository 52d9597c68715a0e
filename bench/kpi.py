#!/usr/bin/env python3
"""KPIs and features from PostgreSQL: against only reading the rows, a year against a week, and
against a loop that asks the database about every student.

python3 bench/kpi.py [--quick] [--students N] [--answers-each N] [--repeat N] [--skip-year]

Starts a PostgreSQL server of its own, fills it from a seed and removes it again. Needs psycopg,
`cargo build --release` and `cargo build --release -p seedtest-store --example read_log`. Prints
medians and ratios and writes bench/runs/DATE-kpi-HOST.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import measure
import postgres
import psycopg
from run import checkout, free_name, host

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target")) / "release"
LAST_DAY = date(2025, 6, 29)  # a Sunday
SESSION = 10
# The windows of one week reach 86 days back.
WEEK_SPAN, YEAR_SPAN = 86, 52 * 7 + 56
LIMIT_SECONDS = 3600
COLUMNS = "id, user_id, item_id, topic_id, session_id, completed_at, correct, response_time_ms, used_hints"


def fill(url: str, students: int, answers_each: int, span_days: int, seed: int) -> int:
    """Answers in sittings of ten on random days of the span, by COPY. Returns their number."""
    draw = random.Random(seed)
    first = datetime.combine(LAST_DAY, datetime.min.time(), UTC) - timedelta(days=span_days - 1)
    days = [(first + timedelta(days=day)).strftime("%Y-%m-%d") for day in range(span_days)]
    rows = 0
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE attempt_log, weekly_kpi, features_topic_daily")
        with cursor.copy(f"COPY attempt_log ({COLUMNS}) FROM STDIN") as copy:
            for student in range(students):
                lines = []
                skill = draw.random()
                for sitting in range(answers_each // SESSION):
                    day, hour = draw.choice(days), 8 + draw.randrange(12)
                    bits = draw.getrandbits(63)
                    for position in range(SESSION):
                        rows += 1
                        item = (bits >> position) % 5000
                        right = "t" if draw.random() < skill else "f"
                        lines.append(
                            f"{rows}\ts{student:06d}\tq{item}\tt{item % 20}\tv{student}-{sitting}\t"
                            f"{day} {hour}:{position:02d}:{bits % 60:02d}+00\t{right}\t"
                            f"{5000 + (bits >> (position + 5)) % 60000}\t{(bits >> position) & 1}\n"
                        )
                copy.write("".join(lines))
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE attempt_log")
    return rows


def clear(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE weekly_kpi, features_topic_daily")
        connection.execute("CHECKPOINT")


def count(url: str, table: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def job(url: str, *arguments: str) -> measure.Process:
    now = f"SEEDTEST_NOW={LAST_DAY.isoformat()}T23:59:59Z"
    command = ["env", now, str(TARGET / "seedtest"), "--database-url", url, "job", "run", *arguments]
    return measure.run(command, limit_seconds=LIMIT_SECONDS)


def read_only(url: str) -> dict[str, float]:
    process = measure.run([str(TARGET / "examples" / "read_log"), url], limit_seconds=LIMIT_SECONDS)
    inside = json.loads(process.stdout)
    return {"seconds": process.seconds, "peak_mb": process.peak_mb, "rows": inside["rows"],
            "rows_per_second": inside["rows"] / inside["seconds"]}


def both_jobs(url: str, kpis: list[str], features: list[str]) -> dict[str, float]:
    """KPIs and features into empty tables, then the KPIs alone without writing."""
    clear(url)
    runs = [job(url, *kpis), job(url, *features)]
    dry = job(url, *kpis, "--dry-run")
    return {
        "seconds": sum(run.seconds for run in runs),
        "kpi_seconds": runs[0].seconds,
        "feature_seconds": runs[1].seconds,
        "kpi_seconds_without_writing": dry.seconds,
        "cpu_seconds": sum(run.cpu_seconds for run in runs),
        "peak_mb": max(run.peak_mb for run in runs),
        "kpi_rows": count(url, "weekly_kpi"),
        "feature_rows": count(url, "features_topic_daily"),
    }


def one_week(url: str) -> dict[str, float]:
    day = LAST_DAY.isoformat()
    return both_jobs(
        url, ["compute-daily-kpis", "--date", day], ["aggregate-features-daily", "--date", day]
    )


def one_year(url: str) -> dict[str, float]:
    first = (LAST_DAY - timedelta(days=52 * 7 - 1)).isoformat()
    span = ["--from", first, "--to", LAST_DAY.isoformat()]
    return both_jobs(url, ["compute-daily-kpis", *span], ["features-backfill", *span])


def only_kpis(url: str) -> dict[str, float]:
    clear(url)
    process = job(url, "compute-daily-kpis", "--date", LAST_DAY.isoformat())
    return {"seconds": process.seconds, "peak_mb": process.peak_mb, "kpi_rows": count(url, "weekly_kpi")}


def sql_loop(url: str) -> dict[str, float]:
    clear(url)
    command = [sys.executable, str(HERE / "kpi_sql_loop.py"), url, LAST_DAY.isoformat()]
    process = measure.run(command, limit_seconds=LIMIT_SECONDS)
    return {"seconds": json.loads(process.stdout)["seconds"], "peak_mb": process.peak_mb,
            "kpi_rows": count(url, "weekly_kpi")}


def execute(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql)


def repeated(name: str, work, repeat: int) -> dict:
    runs = []
    for number in range(repeat):
        print(f"{name}, run {number + 1} of {repeat}", file=sys.stderr, flush=True)
        runs.append(work())
    medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    print(f"{name}: " + ", ".join(f"{key} {value:,.2f}" for key, value in medians.items()), flush=True)
    return {"case": name, "runs": runs, "medians": medians}


def against_the_loop(url: str, repeat: int) -> list[dict]:
    """1 000 students with 100 answers each; the loop without and with an index made for it."""
    fill(url, 1_000, 100, WEEK_SPAN, seed=3)
    cases = [repeated("1 000 students, KPIs of one week", lambda: only_kpis(url), repeat)]
    cases.append(repeated("1 000 students, SQL loop", lambda: sql_loop(url), 1))
    execute(url, "CREATE INDEX loop_only ON attempt_log (user_id, completed_at)")
    cases.append(repeated("1 000 students, SQL loop with an index", lambda: sql_loop(url), repeat))
    execute(url, "DROP INDEX loop_only")
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--answers-each", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--skip-year", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a tenth of the students, one repetition")
    parser.add_argument("--out", type=Path, default=HERE / "runs")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.students, arguments.repeat = arguments.students // 10, 1
    size = arguments.students, arguments.answers_each
    cases = []
    load, commit = round(os.getloadavg()[0], 2), checkout()
    built = datetime.fromtimestamp((TARGET / "seedtest").stat().st_mtime, UTC)
    with postgres.server() as url:
        migrate = [str(TARGET / "seedtest"), "--database-url", url, "migrate"]
        subprocess.run(migrate, check=True, stdout=subprocess.DEVNULL)
        cases += against_the_loop(url, arguments.repeat)
        rows = fill(url, *size, WEEK_SPAN, seed=1)
        cases.append(repeated("only reading", lambda: read_only(url), arguments.repeat))
        cases.append(repeated("one week", lambda: one_week(url), arguments.repeat))
        if not arguments.skip_year:
            fill(url, *size, YEAR_SPAN, seed=2)
            cases.append(repeated("only reading, answers of a year", lambda: read_only(url), arguments.repeat))
            cases.append(repeated("52 weeks", lambda: one_year(url), 1))
    seconds = {case["case"]: case["medians"]["seconds"] for case in cases}
    ours = seconds["1 000 students, KPIs of one week"]
    ratios = {
        "one week over reading": seconds["one week"] / seconds["only reading"],
        "SQL loop over ours": seconds["1 000 students, SQL loop"] / ours,
        "SQL loop with an index over ours": seconds["1 000 students, SQL loop with an index"] / ours,
    }
    if "52 weeks" in seconds:
        ratios["52 weeks over one week"] = seconds["52 weeks"] / seconds["one week"]
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "host": host(),
        "checkout": commit,
        "binary_built_at": built.isoformat(timespec="seconds"),
        "load_average_at_start": load,
        "postgres_settings": postgres.SETTINGS,
        "students": arguments.students,
        "answers": rows,
        "cases": cases,
        "ratios": ratios,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = free_name(arguments.out, f"{result['date']}-kpi-{result['host']}")
    path.write_text(json.dumps(result, indent=1) + "\n")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    print(path)


if __name__ == "__main__":
    main()
