#!/usr/bin/env python3
"""How fast the pages of a large school are: `python3 bench/dashboard.py target/release/seedtest`.

Fills a database from a seed with a school of 50 000 students and 52 weeks: the tables that `refresh-dashboard` writes and
those that pages read beside them. The documents are those the job wrote for a demo school, with other ids, names, weeks and
figures. Starts the service over it, signs in as every role, and prints for every page how long an answer takes (median and
99th percentile of requests one after the other, each about another class, student or week), the processor time it costs, how
large it is, plain and packed, and with Chromium how long a page takes until it is painted on a processor slowed down four times.

`--postgres` does the same on a PostgreSQL server of its own. `--students`, `--weeks` for a smaller school, `--keep DIR` keeps
the filled SQLite database and uses it again. Nothing beyond the standard library; Chromium where it is there (`CHROMIUM`).
A page slower than 100 ms at the 99th percentile, or painted later than a second, is said in a line that begins with `MISSED`;
the exit code is 1 then.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import gzip
import http.client
import itertools
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import postgres  # noqa: E402
from chromium import Chromium, program  # noqa: E402

ANSWER_MS, PAINT_MS = 100, 1000
PASSWORD = "a password of this benchmark"
CLASS_SIZE = 30
MONDAY = datetime.date(2025, 6, 2)
FAMILY = "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Jeon Hong".split()
GIVEN = "Minjun Seoyeon Jiho Hayun Doyun Jiwoo Siwoo Sua Juwon Haeun Yejun Minseo Hajun Yuna Jihun Chaewon".split()
SCHOOL = "school-1"


def student_id(number: int) -> str:
    return f"u{number:06}"


def class_id(number: int) -> str:
    return f"c{number:05}"


def name_of(number: int) -> str:
    return f"{FAMILY[number % len(FAMILY)]} {GIVEN[number // len(FAMILY) % len(GIVEN)]} {number}"


class Size:
    """How large the school is."""

    def __init__(self, students: int, weeks: int) -> None:
        self.students, self.weeks = students, weeks
        self.classes = -(-students // CLASS_SIZE)

    def mondays(self) -> list[datetime.date]:
        """Newest first."""
        return [MONDAY - datetime.timedelta(weeks=back) for back in range(self.weeks)]


class Renamed:
    """A document of the demo, to be written again about somebody else."""

    def __init__(self, text: str, olds: Iterable[str | None]) -> None:
        found = sorted({old for old in olds if old}, key=len, reverse=True)
        pattern = "|".join(re.escape(json.dumps(old, ensure_ascii=False)) for old in found)
        self.parts = re.split(f"({pattern})", text) if found else [text]
        self.olds = {json.dumps(old, ensure_ascii=False) for old in found}

    def of(self, news: dict[str, str]) -> str:
        return "".join(news.get(part, part) if part in self.olds else part for part in self.parts)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class Templates:
    """What the job wrote for a demo school."""

    def __init__(self, database: sqlite3.Connection) -> None:
        rows = database.execute("SELECT user_id, week_start, summary, report, urgency, urgency_without_risk "
                                "FROM dashboard_student ORDER BY user_id, week_start").fetchall()
        self.summaries, self.reports = [], []
        for user, week, summary, report, urgency, without in rows:
            old = json.loads(summary)
            keys = (user, old.get("display_name"), str(week)[:10])
            self.summaries.append((keys, Renamed(summary, keys), urgency, without))
            if report is not None:
                document = json.loads(report)
                of_class = document.get("class") or {}
                ids = (user, document.get("display_name"), of_class.get("id"), of_class.get("name"))
                self.reports.append((ids, Renamed(report, ids)))
        read = "SELECT subject, document FROM dashboard_overview WHERE kind = ? ORDER BY subject, week_start"
        self.classes = []
        for subject, document in database.execute(read, ("class",)).fetchall():
            of = json.loads(document).get("class") or {}
            if subject and of:
                ids = (of["id"], of["name"])
                self.classes.append((ids, Renamed(document, ids)))
        schools = database.execute(read, ("school",)).fetchall()
        self.school = json.loads(schools[-1][1])
        self.models = json.loads(database.execute(read, ("models",)).fetchall()[-1][1])
        self.figures = [figures for _, document in schools for figures in json.loads(document)["classes"]]


def students(size: Size, of: Templates, seed: int) -> Iterator[tuple]:
    """Rows of `dashboard_student` in the newest week."""
    draw = random.Random(seed)
    monday = MONDAY.isoformat()
    for number in range(size.students):
        user, name = student_id(number), name_of(number)
        ids, report = of.reports[draw.randrange(len(of.reports))]
        news = (user, name, class_id(number // CLASS_SIZE), f"Class {number // CLASS_SIZE + 1}")
        written = report.of({quoted(old): quoted(new) for old, new in zip(ids, news) if old})
        ids, summary, urgency, without = of.summaries[draw.randrange(len(of.summaries))]
        news = {quoted(old): quoted(new) for old, new in zip(ids, (user, name, monday)) if old}
        # No two are as urgent as each other, but for those there is no reason to talk to.
        less = 1 - draw.random() / 1000
        yield (user, monday, summary.of(news), written, urgency * less, without * less, f"{MONDAY + datetime.timedelta(days=7)}T05:45:00.000000Z")


def weeks_before(size: Size, date: str) -> list[str]:
    """Statements that repeat the newest week of every student in the weeks before, where no report is kept. `date` is what
    turns a text into a date.
    """
    if size.weeks < 2:
        return []
    mondays = ", ".join(f"({date} '{monday}')" for monday in size.mondays()[1:])
    same = "urgency, urgency_without_risk, computed_at"
    return [
        f"CREATE TEMPORARY TABLE newest AS SELECT user_id, summary, {same} FROM dashboard_student ORDER BY user_id",
        f"INSERT INTO dashboard_student (user_id, week_start, summary, {same}) SELECT user_id, monday, summary, {same} "
        f"FROM newest CROSS JOIN (WITH w (monday) AS (VALUES {mondays}) SELECT monday FROM w) w",
    ]


def overviews(size: Size, of: Templates, seed: int) -> Iterator[tuple]:
    """Rows of `dashboard_overview`."""
    draw = random.Random(seed + 1)
    for monday in size.mondays():
        at = f"{monday + datetime.timedelta(days=7)}T05:45:00.000000Z"
        figures = []
        for number in range(size.classes):
            ids, document = of.classes[draw.randrange(len(of.classes))]
            own, name = class_id(number), f"Class {number + 1}"
            news = {quoted(old): quoted(new) for old, new in zip(ids, (own, name))}
            yield ("class", own, monday.isoformat(), document.of(news), at)
            one = dict(of.figures[draw.randrange(len(of.figures))])
            one["class"] = {"id": own, "name": name, "school": "The school"}
            figures.append(one)
        school = {**of.school, "name": "The school", "classes": figures}
        text = json.dumps(school, ensure_ascii=False)
        yield ("school", "", monday.isoformat(), text, at)
        yield ("school", SCHOOL, monday.isoformat(), text, at)
        yield ("models", "", monday.isoformat(), json.dumps(of.models, ensure_ascii=False), at)


def runs(size: Size, seed: int) -> Iterator[tuple]:
    """A ledger: forty jobs a night, and an import a day."""
    draw = random.Random(seed + 2)
    names = [f"job-{number}" for number in range(38)] + ["refresh-dashboard", "import"]
    last = datetime.datetime.combine(MONDAY + datetime.timedelta(days=7), datetime.time(5))
    for day in range(size.weeks * 7):
        for number, name in enumerate(names):
            begun = last - datetime.timedelta(days=day, seconds=60 * number)
            spec = {"files": ["answers.csv"]} if name == "import" else {"settings": {"dry-run": False}}
            verdict = {"rows": draw.randrange(1000), "answers_new": draw.randrange(1000)}
            yield (f"run-{day:04}-{number:02}", "job", name, "scheduler", draw.choices(["done", "noop", "failed"], [90, 8, 2])[0],
                   "1", json.dumps(spec), json.dumps(verdict), 10, 1.5, f"{begun.isoformat()}.000000Z", f"{begun.isoformat()}.000000Z")


def notes(size: Size, seed: int) -> Iterator[tuple]:
    """Two notes a student, over the year."""
    draw = random.Random(seed + 3)
    for number in range(size.students):
        for _ in range(2):
            day = MONDAY + datetime.timedelta(days=7 - draw.randrange(size.weeks * 7))
            yield (student_id(number), f"{day}T10:{draw.randrange(60):02}:{draw.randrange(60):02}.{draw.randrange(10**6):06}Z",
                   "account teacher", "intervention", "called the parents; there will be a talk next week")


def goals(size: Size, topics: list[str], seed: int) -> Iterator[tuple]:
    draw = random.Random(seed + 4)
    for number in range(size.students):
        for topic in draw.sample(topics, min(2, len(topics))):
            yield (student_id(number), topic, 80.0, "2025-12-19")


def visits(size: Size) -> Iterator[tuple]:
    """A session a week of every student."""
    for number in range(size.students):
        for back, monday in enumerate(size.mondays()):
            at = f"{monday}T09:00:00.000000Z"
            yield (f"s{number:06}-{back:02}", student_id(number), at, at, "completed")


def exams(size: Size) -> Iterator[tuple]:
    """Two exams of every student, each with the document of its answers."""
    answers = [{"question_id": f"q{item}", "correct": item % 3 > 0, "answer": "3"} for item in range(20)]
    document = json.dumps({"questions": answers})
    for number in range(size.students):
        for sitting in range(2):
            yield (f"00000000-0000-4000-8000-{number * 2 + sitting:012}", f"x{number:06}-{sitting}", student_id(number),
                   "ready", document)


def tables(size: Size, of: Templates, topics: list[str], seed: int) -> list[tuple[str, str, Iterator[tuple]]]:
    """Name, columns and rows of everything that is filled."""
    every, classes = range(size.students), range(size.classes)
    return [
        ("roster_school", "school_id, name", iter([(SCHOOL, "The school")])),
        ("roster_class", "class_id, school_id, name", ((class_id(n), SCHOOL, f"Class {n + 1}") for n in classes)),
        ("roster_student", "user_id, name", ((student_id(n), name_of(n)) for n in every)),
        ("roster_enrolment", "user_id, class_id", ((student_id(n), class_id(n // CLASS_SIZE)) for n in every)),
        ("interest_goal", "user_id, topic_id, target_score, target_date", goals(size, topics, seed)),
        ("dashboard_note", "user_id, noted_at, actor, kind, note", notes(size, seed)),
        ("seedtest_runs", "run_id, kind, name, actor, status, program_version, spec, verdict, rows_written, seconds, started_at, finished_at",
         runs(size, seed)),
        ("session", "id, user_id, started_at, ended_at, status", visits(size)),
        ("exam_results", "id, session_id, user_id, status, result_json", exams(size)),
        ("dashboard_overview", "kind, subject, week_start, document, computed_at", overviews(size, of, seed)),
        ("dashboard_student", "user_id, week_start, summary, report, urgency, urgency_without_risk, computed_at", students(size, of, seed)),
    ]


def batches(rows: Iterator[tuple]) -> Iterator[list[tuple]]:
    while batch := list(itertools.islice(rows, 5000)):
        yield batch


def in_sqlite(path: Path, size: Size, filled: list[tuple[str, str, Iterator[tuple]]]) -> None:
    """Fills a database that `seedtest` made. Times are stored as it stores them: microseconds since 1970."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;")
    for table, columns, rows in filled:
        begun = time.perf_counter()
        database.execute(f"DELETE FROM {table}")
        width = columns.count(",") + 1
        statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * width)})"
        database.execute("BEGIN")
        for batch in batches(rows):
            database.executemany(statement, batch)
        database.execute("COMMIT")
        print(f"filled {table}: {time.perf_counter() - begun:.0f} s", flush=True)
    for statement in weeks_before(size, ""):
        database.execute(statement)
    database.execute("ANALYZE")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def copied(value: object) -> str:
    """A value as COPY reads it."""
    if value is None:
        return "\\N"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def in_postgres(url: str, size: Size, filled: list[tuple[str, str, Iterator[tuple]]]) -> None:
    """The same over COPY."""
    for table, columns, rows in filled:
        begun = time.perf_counter()
        copy = f"COPY {table} ({columns}) FROM STDIN"
        command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", f"TRUNCATE {table} CASCADE", "-c", copy]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as writing:
            for batch in batches(rows):
                writing.stdin.write("".join("\t".join(map(copied, row)) + "\n" for row in batch))
            writing.stdin.close()
        if writing.returncode != 0:
            sys.exit(f"{table} could not be filled")
        print(f"filled {table}: {time.perf_counter() - begun:.0f} s", flush=True)
    statements = "; ".join([*weeks_before(size, "DATE"), "ANALYZE"])
    subprocess.run(["psql", "-q", "-d", url, "-c", statements], check=True)


def environment() -> dict[str, str]:
    """A Wednesday after the newest week, whatever day it is."""
    now = f"{MONDAY + datetime.timedelta(days=9)}T08:00:00Z"
    return {**os.environ, "SEEDTEST_NOW": now, "INTERNAL_TOKEN": PASSWORD}


class Service:
    """The program over the filled database; ends with the block."""

    def __init__(self, binary: str, target: list[str], folder: Path) -> None:
        self.binary, self.target = binary, target
        self.environment = environment()
        (folder / "password").write_text(PASSWORD)
        for login, more in ACCOUNTS.items():
            self.seedtest("account", "add", login, *more, "--password-file", str(folder / "password"))
        command = [binary, "--quiet", *target, "serve", "--bind", "127.0.0.1:0", "--rate-limit", "100000"]
        self.child = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE,
                                      stderr=(folder / "serve.log").open("w"), text=True)
        self.address = self.child.stdout.readline().strip().removeprefix("listening on ")
        if not self.address.startswith("http://"):
            sys.exit(f"the service does not start: see {folder / 'serve.log'}")

    def seedtest(self, *arguments: str) -> None:
        command = [self.binary, *self.target, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0 and "is taken" not in done.stderr:
            sys.exit(f"{' '.join(command)}: {done.stderr}")

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.terminate()
        self.child.wait()


ACCOUNTS = {
    "operator": ["--role", "operator"],
    "head": ["--role", "school", "--school", SCHOOL],
    "teacher": ["--role", "teacher", "--class", ",".join(class_id(n) for n in range(6))],
    "student": ["--role", "student", "--student", student_id(7)],
    "guardian": ["--role", "guardian", "--student", f"{student_id(7)},{student_id(40)}"],
}


class Visitor:
    """Somebody who is signed in, on one connection."""

    def __init__(self, service: Service, login: str) -> None:
        self.host = service.address.removeprefix("http://")
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        self.cookies: dict[str, str] = {}
        page = self.ask("GET", "/sign-in")[1].decode()
        token = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        form = urllib.parse.urlencode({"csrf": token, "login": login, "password": PASSWORD})
        status, _, _ = self.ask("POST", "/sign-in", form)
        if status != 303:
            sys.exit(f"{login} is not let in: {status}")

    def ask(self, method: str, path: str, form: str | None = None) -> tuple[int, bytes, float]:
        """Status, body as it came, and milliseconds."""
        headers = {"accept-encoding": "gzip", "cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        self.connection.request(method, path, form, headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begun) * 1000
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                pair = value.split(";")[0].split("=", 1)
                self.cookies[pair[0]] = pair[1]
        packed = answer.getheader("content-encoding") == "gzip"
        self.packed = len(body) if packed else None
        return answer.status, gzip.decompress(body) if packed else body, took


def pages(size: Size, items: list[str]) -> dict[str, list[tuple[str, Callable[[random.Random], str]]]]:
    """The pages of every role, each with a path drawn at random."""
    week = [monday.isoformat() for monday in size.mondays()]
    fixed = lambda path: lambda draw: path  # noqa: E731
    any_class = lambda draw: f"/classes/{class_id(draw.randrange(size.classes))}"  # noqa: E731
    any_student = lambda draw: f"/students/{student_id(draw.randrange(size.students))}"  # noqa: E731
    of_school = lambda draw: f"/schools/{SCHOOL}?week={draw.choice(week)}"  # noqa: E731
    own_class = lambda draw: f"/classes/{class_id(draw.randrange(6))}?week={draw.choice(week)}"  # noqa: E731
    own_student = lambda draw: f"/students/{student_id(draw.randrange(6 * CLASS_SIZE))}"  # noqa: E731
    return {
        "operator": [
            ("/school", lambda draw: f"/school?week={draw.choice(week)}&sort={draw.choice(['urgent', 'name', 'share'])}&page={draw.randrange(1, 9)}"),
            ("/classes", lambda draw: f"/classes?week={draw.choice(week)}"),
            ("/classes/ID", any_class),
            ("/students/ID", any_student),
            ("/everyone", fixed("/everyone")),
            ("/items", lambda draw: f"/items?sort={draw.choice(['name', 'difficulty', 'answers'])}"),
            ("/items/of/ID", lambda draw: f"/items/of/{draw.choice(items)}"),
            ("/models", fixed("/models")),
            ("/operations", fixed("/operations")),
            ("/operations/runs/ID", lambda draw: f"/operations/runs/run-{draw.randrange(size.weeks * 7):04}-{draw.randrange(40):02}"),
            ("/imports", fixed("/imports")),
            ("/accounts", fixed("/accounts")),
            ("/classes/ID/export/csv", lambda draw: f"{any_class(draw)}/export/csv"),
            ("/export/classes/xlsx", fixed("/export/classes/xlsx")),
        ],
        "head": [("/schools/ID", of_school), ("/classes", fixed("/classes")), ("/classes/ID", any_class), ("/students/ID", any_student)],
        "teacher": [("/classes", fixed("/classes")), ("/classes/ID", own_class), ("/students/ID", own_student)],
        "student": [("/students/ID", fixed(f"/students/{student_id(7)}"))],
        "guardian": [("/students/ID", lambda draw: f"/students/{student_id(draw.choice([7, 40]))}")],
    }


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def processor_ms(pid: int) -> float:
    """Processor time of a process up to now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


class Told:
    """What was measured, and what of it is over its bound."""

    def __init__(self) -> None:
        self.lines: list[dict] = []
        self.missed: list[str] = []

    def page(self, role: str, name: str, took: list[float], cpu: float, size: int,
             packed: int | None, paint: float | None) -> None:
        median, high = percentile(took, 0.5), percentile(took, 0.99)
        kib = f"{size / 1024:.0f} kB" + (f", {packed / 1024:.0f} packed" if packed else "")
        painted = "" if paint is None else f"; painted after {paint:.0f} ms"
        print(f"{role:9} {name:24} median {median:6.1f} ms, p99 {high:6.1f} ms, processor {cpu:5.1f} ms; {kib}{painted}", flush=True)
        self.lines.append({"role": role, "page": name, "median_ms": median, "p99_ms": high, "cpu_ms": cpu, "bytes": size,
                           "packed": packed, "paint_ms": paint})
        is_file = "export" in name
        if high > ANSWER_MS and not is_file:
            self.missed.append(f"{role} {name}: {high:.0f} ms at the 99th percentile (must {ANSWER_MS})")
        if paint is not None and paint > PAINT_MS:
            self.missed.append(f"{role} {name}: painted after {paint:.0f} ms (must {PAINT_MS})")


def measure(service: Service, size: Size, items: list[str], repeats: int, seed: int, told: Told, paints: bool) -> None:
    browser = Chromium() if paints and program() else None
    with browser or contextlib.nullcontext():
        for role, those in pages(size, items).items():
            visitor = Visitor(service, role)
            draw = random.Random(seed)
            for name, path in those:
                took, largest, packed = [], 0, None
                before = processor_ms(service.child.pid)
                for _ in range(repeats):
                    status, body, milliseconds = visitor.ask("GET", at := path(draw))
                    if status != 200:
                        told.missed.append(f"{role} {at}: {status}")
                        break
                    took.append(milliseconds)
                    if len(body) > largest:
                        largest, packed = len(body), visitor.packed
                cpu = (processor_ms(service.child.pid) - before) / max(len(took), 1)
                paint = None
                if browser and took and "export" not in name:
                    paint = max(browser.paint(service.address, path(draw), visitor.cookies, slower=4) for _ in range(3))
                if took:
                    told.page(role, name, took, cpu, largest, packed, paint)


def demo(binary: str, folder: Path, students_of: int, weeks: int) -> Path:
    """A demo school, whose documents are written again."""
    subprocess.run([binary, "demo", "--students", str(students_of), "--weeks", str(weeks), "--dir", str(folder / "demo")], env=environment(),
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "demo" / "seedtest.db"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", help="the program, built for release")
    parser.add_argument("--students", type=int, default=50_000)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--repeats", type=int, default=200, help="requests of a page")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own")
    parser.add_argument("--keep", type=Path, help="keeps the filled SQLite database here, and uses it where it is")
    parser.add_argument("--no-paint", action="store_true", help="without Chromium")
    parser.add_argument("--json", type=Path, help="writes the figures here")
    arguments = parser.parse_args()
    size, told = Size(arguments.students, arguments.weeks), Told()
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        path, data = folder / "demo" / "seedtest.db", folder / "data"
        if not path.exists():
            demo(arguments.binary, folder, 240, 12)
        source = sqlite3.connect(path)
        of = Templates(source)
        topics = [topic for (topic,) in source.execute("SELECT DISTINCT topic_id FROM question WHERE topic_id IS NOT NULL")]
        topics = topics or [topic["topic"] for topic in of.school["topics"]]
        items = [item["item"] for item in of.models["items"]]
        source.close()
        filled = tables(size, of, topics, arguments.seed)
        if arguments.postgres:
            url = stack.enter_context(postgres.server())
            target = ["--database-url", url]
            subprocess.run([arguments.binary, *target, "migrate"], check=True, stdout=subprocess.DEVNULL)
            in_postgres(url, size, filled)
        else:
            target = ["--data-dir", str(data)]
            if not (data / "seedtest.db").exists():
                data.mkdir(exist_ok=True)
                shutil.copy(path, data / "seedtest.db")
                in_sqlite(data / "seedtest.db", size, filled)
            print(f"database of {(data / 'seedtest.db').stat().st_size / 2**30:.1f} GiB", flush=True)
        with Service(arguments.binary, target, folder) as service:
            measure(service, size, items, arguments.repeats, arguments.seed, told, not arguments.no_paint)
    if arguments.json:
        arguments.json.write_text(json.dumps({"students": size.students, "weeks": size.weeks, "postgres": arguments.postgres,
                                              "pages": told.lines}, indent=1) + "\n")
    for line in told.missed:
        print(f"MISSED {line}")
    sys.exit(1 if told.missed else 0)


if __name__ == "__main__":
    main()
