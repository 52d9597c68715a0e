#!/usr/bin/env python3
"""KPIs and features from PostgreSQL: against only reading the rows, a year against a week, and
against a loop that asks the database about every student.

python3 bench/kpi.py [--quick] [--students N] [--answers-each N] [--repeat N] [--only PART …]
                     [--lock FILE]

Starts a PostgreSQL server of its own, fills it from a seed and removes it again. Needs psycopg,
`cargo build --release` and `cargo build --release -p seedtest-store --example read_log`. Prints
medians and ratios and writes bench/runs/DATE-kpi-HOST.json. With --lock, FILE is locked while
something is measured (and not while databases are filled), for machines that others use too.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import measure
import postgres
import psycopg
from run import checkout, host

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target")) / "release"
LAST_DAY = date(2025, 6, 29)  # a Sunday
SESSION = 10
MONDAY = LAST_DAY - timedelta(days=6)
# The windows of one week reach 86 days back.
WEEK_SPAN, YEAR_SPAN = 86, 52 * 7 + 56
PARTS = ("loop", "week", "year")
# Students the loop over the view is run for; the time of all is this many times as long.
SAMPLE = 20
LIMIT_SECONDS = 3600
COLUMNS = "id, user_id, item_id, topic_id, session_id, completed_at, correct, response_time_ms, used_hints"


def fill(url: str, students: int, answers_each: int, span_days: int, seed: int) -> int:
    """Answers in sittings of ten on random days of the span, by COPY. Returns their number."""
    draw = random.Random(seed)
    first = datetime.combine(LAST_DAY, datetime.min.time(), UTC) - timedelta(days=span_days - 1)
    days = [(first + timedelta(days=day)).strftime("%Y-%m-%d") for day in range(span_days)]
    rows = 0
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
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


def fill_documents(url: str) -> None:
    """The answers of the log as exam documents, one per sitting, instead."""
    execute(
        url,
        """INSERT INTO exam_results (session_id, user_id, result_json, created_at, updated_at)
           SELECT session_id, min(user_id), jsonb_build_object('questions', jsonb_agg(
             jsonb_build_object('question_id', substr(item_id, 2), 'topic', topic_id,
               'is_correct', correct, 'time_spent_sec', response_time_ms / 1000.0,
               'used_hints', used_hints) ORDER BY id)), min(completed_at), min(completed_at)
           FROM attempt_log GROUP BY session_id""",
    )
    execute(url, "TRUNCATE attempt_log")
    execute(url, "VACUUM ANALYZE exam_results")


def clear(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE weekly_kpi, features_topic_daily")
        connection.execute("CHECKPOINT")


def count(url: str, table: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def command(url: str, *arguments: str) -> measure.Process:
    now = f"SEEDTEST_NOW={LAST_DAY.isoformat()}T23:59:59Z"
    line = ["env", now, str(TARGET / "seedtest"), "--database-url", url, *arguments]
    return measure.run(line, limit_seconds=LIMIT_SECONDS)


def read_only(url: str) -> dict[str, float]:
    process = measure.run([str(TARGET / "examples" / "read_log"), url], limit_seconds=LIMIT_SECONDS)
    inside = json.loads(process.stdout)
    return {"seconds": process.seconds, "peak_mb": process.peak_mb, "rows": inside["rows"],
            "rows_per_second": inside["rows"] / inside["seconds"]}


def history(url: str, first: date) -> dict[str, float]:
    """KPIs and features from `first` to the last day into empty tables, by one command."""
    clear(url)
    span = ["--from", first.isoformat(), "--to", LAST_DAY.isoformat()]
    process = command(url, "pipeline", "history", *span)
    return {
        "seconds": process.seconds,
        "cpu_seconds": process.cpu_seconds,
        "peak_mb": process.peak_mb,
        "kpi_rows": count(url, "weekly_kpi"),
        "feature_rows": count(url, "features_topic_daily"),
        "index_merge_seconds": merge_index(url),
    }


def merge_index(url: str) -> float:
    """Seconds of the work on the index over the KPIs that is left to the server's autovacuum: new
    rows wait in a list that it sorts into the index."""
    start = time.perf_counter()
    execute(url, "SELECT gin_clean_pending_list('ix_weekly_kpi_kpis')")
    return time.perf_counter() - start


def two_jobs(url: str) -> dict[str, float]:
    """The week by the two jobs, each in a process of its own that reads the answers itself."""
    clear(url)
    day = LAST_DAY.isoformat()
    jobs = ("compute-daily-kpis", "aggregate-features-daily")
    runs = [command(url, "job", "run", name, "--date", day) for name in jobs]
    return {
        "seconds": sum(run.seconds for run in runs),
        "kpi_seconds": runs[0].seconds,
        "feature_seconds": runs[1].seconds,
        "peak_mb": max(run.peak_mb for run in runs),
    }


def only_kpis(url: str) -> dict[str, float]:
    clear(url)
    process = command(url, "job", "run", "compute-daily-kpis", "--date", LAST_DAY.isoformat())
    return {"seconds": process.seconds, "peak_mb": process.peak_mb, "kpi_rows": count(url, "weekly_kpi")}


def sql_loop(url: str, source: str, students: int | None = None) -> dict[str, float]:
    """The loop; where it runs for a sample of the students, the seconds all of them would take."""
    clear(url)
    script = [sys.executable, str(HERE / "kpi_sql_loop.py"), url, LAST_DAY.isoformat(), source]
    process = measure.run(script + ([str(students)] if students else []), limit_seconds=LIMIT_SECONDS)
    inside = json.loads(process.stdout)
    share = inside["students"] / inside["students_of_all"]
    return {"seconds": inside["seconds"] / share, "seconds_run": inside["seconds"],
            "students_run": inside["students"], "students_of_all": inside["students_of_all"],
            "statements_a_student": inside["statements"] / inside["students"]}


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


@contextlib.contextmanager
def undisturbed(lock: Path | None) -> Iterator[None]:
    if lock is None:
        yield
        return
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def against_the_loop(server: str, arguments: argparse.Namespace) -> list[dict]:
    """1 000 students with 100 answers each."""
    url, repeat = database(server, "loop"), arguments.repeat
    fill(url, 1_000, 100, WEEK_SPAN, seed=3)
    with undisturbed(arguments.lock):
        cases = [
            repeated("1 000 students, log", lambda: only_kpis(url), repeat),
            repeated("1 000 students, log, SQL loop", lambda: sql_loop(url, "log"), 1),
        ]
        execute(url, "CREATE INDEX loop_only ON attempt_log (user_id, completed_at)")
        name = "1 000 students, log, SQL loop with an index made for it"
        cases.append(repeated(name, lambda: sql_loop(url, "log"), repeat))
        execute(url, "DROP INDEX loop_only")
        fill_documents(url)
        cases.append(repeated("1 000 students, exam documents", lambda: only_kpis(url), repeat))
        name = "1 000 students, exam documents, SQL loop"
        cases.append(repeated(name, lambda: sql_loop(url, "documents", SAMPLE), 1))
    return cases


def weeks(server: str, arguments: argparse.Namespace) -> list[dict]:
    """Reading, one week and, unless it is left out, 52 of them."""
    size = arguments.students, arguments.answers_each
    week = database(server, "week")
    fill(week, *size, WEEK_SPAN, seed=1)
    year = database(server, "year") if "year" in arguments.only else None
    if year:
        fill(year, *size, YEAR_SPAN, seed=2)
    return measured_weeks(week, year, arguments)


def measured_weeks(week: str, year: str | None, arguments: argparse.Namespace) -> list[dict]:
    """The cases of `weeks` in databases that are filled."""
    cases, repeat = [], arguments.repeat
    with undisturbed(arguments.lock):
        cases.append(repeated("only reading", lambda: read_only(week), repeat))
        cases.append(repeated("one week", lambda: history(week, MONDAY), repeat))
        cases.append(repeated("one week, two jobs", lambda: two_jobs(week), repeat))
        if year:
            first = LAST_DAY - timedelta(days=52 * 7 - 1)
            cases.append(repeated("52 weeks", lambda: history(year, first), arguments.repeat_year))
    return cases


def database(server: str, name: str) -> str:
    """The URL of a new database with the schema."""
    execute(server, f"CREATE DATABASE {name}")
    url = server.rsplit("/", 1)[0] + "/" + name
    migrate = [str(TARGET / "seedtest"), "--database-url", url, "migrate"]
    subprocess.run(migrate, check=True, stdout=subprocess.DEVNULL)
    return url


RATIOS = [
    ("one week over reading", "one week", "only reading"),
    ("one week by two jobs over reading", "one week, two jobs", "only reading"),
    ("52 weeks over one week", "52 weeks", "one week"),
    ("52 weeks over one week by two jobs", "52 weeks", "one week, two jobs"),
    ("52 weeks over reading", "52 weeks", "only reading"),
    ("exam documents: SQL loop over ours", "1 000 students, exam documents, SQL loop",
     "1 000 students, exam documents"),
    ("log: SQL loop over ours", "1 000 students, log, SQL loop", "1 000 students, log"),
    ("log: SQL loop with an index over ours",
     "1 000 students, log, SQL loop with an index made for it", "1 000 students, log"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--answers-each", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--repeat-year", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="the year needs the week")
    parser.add_argument("--lock", type=Path, help="a file to lock while measuring")
    parser.add_argument("--quick", action="store_true", help="a tenth of the students, one repetition")
    parser.add_argument("--out", type=Path, default=HERE / "runs")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.students, arguments.repeat = arguments.students // 10, 1
    load = round(os.getloadavg()[0], 2)
    cases = []
    with postgres.server() as server:
        if "loop" in arguments.only:
            cases += against_the_loop(server, arguments)
        if "week" in arguments.only or "year" in arguments.only:
            cases += weeks(server, arguments)
    write(cases, load, arguments)


def write(cases: list[dict], load: float, arguments: argparse.Namespace) -> None:
    """Prints the ratios and keeps everything in a file."""
    built = datetime.fromtimestamp((TARGET / "seedtest").stat().st_mtime, UTC)
    seconds = {case["case"]: case["medians"]["seconds"] for case in cases}
    ratios = {
        name: seconds[above] / seconds[below]
        for name, above, below in RATIOS
        if above in seconds and below in seconds
    }
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "host": host(),
        "checkout": checkout(),
        "binary_built_at": built.isoformat(timespec="seconds"),
        "load_average_at_start": load,
        "postgres_settings": postgres.SETTINGS,
        "students": arguments.students,
        "answers": arguments.students * (arguments.answers_each // SESSION) * SESSION,
        "cases": cases,
        "ratios": ratios,
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = measure.free_name(arguments.out, f"{result['date']}-kpi-{result['host']}")
    path.write_text(json.dumps(result, indent=1) + "\n")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
    print(path)


if __name__ == "__main__":
    main()
