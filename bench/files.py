#!/usr/bin/env python3
"""From a user's file to the answer, as whole processes: tables, answers, scores, workbooks.

    python3 bench/files.py [--binary target/release/seedtest] [--before OTHER] [--python PYTHON] [--repeat 5]
                           [--only CASE ...] [--quick] [--out FILE]

Files are made from a seed. Programs take turns (A B C, A B C, …) and medians count. PYTHON is one with pandas,
lifelines, openpyxl and mirt; what it lacks is left out and named. `--before` is an older binary, to be compared with.
`read` is what a process takes beside its fit: starting, reading the file, writing the answer.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import datasets
import measure

HERE = Path(__file__).resolve().parent
LIFELINES = """
import sys, pandas
from lifelines import CoxPHFitter
frame = pandas.read_csv(sys.argv[1])
print(CoxPHFitter().fit(frame, "time", "event").summary)
"""
PANDAS_CSV = "import sys, pandas; print(len(pandas.read_csv(sys.argv[1])))"
PANDAS_XLSX = "import sys, pandas; print(len(pandas.read_excel(sys.argv[1])))"
SHEET = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"""
BOOK = {
    "[Content_Types].xml": """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>""",
    "_rels/.rels": """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>
</Relationships>""",
    "xl/workbook.xml": """<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>
<sheet name="answers" sheetId="1" r:id="r1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
</Relationships>""",
}


def survival_table(path: Path, rows: int) -> None:
    """Days to an end, whether it came, and seven covariates: nine numbers a row."""
    draw = random.Random(1)
    with path.open("w") as file:
        file.write("time,event," + ",".join(f"x{j}" for j in range(7)) + "\n")
        for _ in range(rows):
            x = [round(draw.gauss(0, 1), 1) for _ in range(4)] + [draw.randrange(10) for _ in range(3)]
            time = min(365, 1 + int(draw.expovariate(1) * 200 / (1 + abs(x[0]))))
            file.write(f"{time},{int(time < 365)}," + ",".join(map(str, x)) + "\n")


def scores(path: Path, students: int) -> None:
    """Weekly scores of students who improve at a pace of their own."""
    draw = random.Random(2)
    with path.open("w") as file:
        file.write("student_id,week,score\n")
        for student in range(students):
            level, pace = draw.gauss(0.5, 0.1), draw.gauss(0.01, 0.005)
            for week in range(draw.randint(6, 12)):
                file.write(f"s{student:05},{week},{level + pace * week + draw.gauss(0, 0.05):.4f}\n")


def workbook(path: Path, rows: int) -> None:
    """A sheet of answers with texts in the cells, as programs write them."""
    draw = random.Random(3)
    names = ("student", "item", "correct", "answered at")
    text = lambda cell: f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in BOOK.items():
            book.writestr(name, content)
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write((SHEET + "<row>" + "".join(map(text, names)) + "</row>").encode())
            for row in range(rows):
                at = datetime.fromtimestamp(1_740_000_000 + 7 * row, UTC).strftime("%Y-%m-%d %H:%M:%S")
                cells = [text(f"s{row // 40:05}"), text(f"q{row % 40:02}"), f"<c><v>{draw.randrange(2)}</v></c>", text(at)]
                sheet.write(("<row>" + "".join(cells) + "</row>").encode())
            sheet.write(b"</sheetData></worksheet>")


def fitted(command: list[str]) -> dict[str, float]:
    """A fit that prints JSON: its own seconds, and those of the rest of the process."""
    process = measure.run(command, limit_seconds=600)
    meta = json.loads(process.stdout).get("fit_meta", {})
    fit = meta.get("timings", {}).get("fit_seconds")
    figures = {"seconds": process.seconds, "cpu": process.cpu_seconds, "peak_mb": process.peak_mb}
    return figures | ({"fit": fit, "read": process.seconds - fit} if fit is not None else {})


def whole(command: list[str]) -> dict[str, float]:
    process = measure.run(command, limit_seconds=600)
    return {"seconds": process.seconds, "cpu": process.cpu_seconds, "peak_mb": process.peak_mb}


def imported(binary: str, path: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        return whole([binary, "-q", "import", str(path), "--data-dir", place])


def cases(options: argparse.Namespace, place: Path) -> dict[str, tuple[Callable[[], Path], dict]]:
    """Of each case how its file is made, and who is timed on it: programs by name."""
    scale = 10 if options.quick else 1
    table, answers, weekly, book, log = (
        place / name for name in ("table.csv", "answers.csv", "scores.csv", "answers.xlsx", "log.csv")
    )
    binaries = {"seedtest": options.binary} | ({"before": options.before} if options.before else {})
    ours = lambda run: {name: (lambda binary=binary: run(binary)) for name, binary in binaries.items()}
    python = lambda *words: lambda: whole([options.python, *map(str, words)])
    # Quality on left-out rows is what the peer does not compute.
    survival = lambda binary: whole(
        [binary, "-q", "fit", "survival", "--data", str(table), "--no-quality", "--formula",
         "Surv(time, event) ~ x0 + x1 + x2 + x3 + x4 + x5 + x6"])
    irt = lambda binary: fitted(
        [binary, "-q", "fit", "irt", "--model", "2pl", "--se", "none", "--data", str(answers), "--json", "-"])
    growth = lambda binary: fitted([binary, "-q", "fit", "growth", "--data", str(weekly), "--json", "-"])
    peers = str(HERE / "peers.py")
    mirt = json.dumps({"compute_standard_errors": False})
    return {
        "survival": (
            lambda: survival_table(table, 1_000_000 // scale),
            ours(survival) | {"pandas.read_csv": python("-c", PANDAS_CSV, table),
                              "lifelines": python("-c", LIFELINES, table)},
        ),
        "irt": (
            lambda: datasets.two_pl(answers, students=100_000 // scale, items=40, answers_each=40, seed=4),
            ours(irt) | {"mirt": python(peers, "mirt", answers, mirt)},
        ),
        "growth": (lambda: scores(weekly, 10_000 // scale), ours(growth)),
        "xlsx": (
            lambda: workbook(book, 100_000 // scale),
            ours(lambda binary: imported(binary, book)) | {"pandas.read_excel": python("-c", PANDAS_XLSX, book)},
        ),
        "import": (
            lambda: datasets.answer_log(log, students=20_000 // scale, answers=2_000_000 // scale, seed=1),
            ours(lambda binary: imported(binary, log)) | {
                "csv + sqlite3": lambda: whole([sys.executable, str(HERE / "sqlite_import.py"), str(log),
                                                str(fresh(place / "plain.db"))])},
        ),
    }


def fresh(database: Path) -> Path:
    for path in database.parent.glob(database.name + "*"):
        path.unlink()
    return database


def run_case(name: str, programs: dict, repeat: int) -> dict[str, dict[str, float]]:
    figures: dict[str, list[dict[str, float]]] = {program: [] for program in programs}
    for _ in range(repeat):
        for program, work in list(programs.items()):
            try:
                figures[program].append(work())
            except measure.Failed as failed:
                print(f"{name}: {program} is left out: {failed}", file=sys.stderr)
                del programs[program]
    middle = lambda runs: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return {program: middle(runs) for program, runs in figures.items() if runs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(HERE.parent / "target/release/seedtest"))
    parser.add_argument("--before")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    today = datetime.now(UTC).date().isoformat()
    found = {"date": today, "cores": os.cpu_count(), "load": os.getloadavg()[0], "cases": {}}
    print(f"load at the start: {found['load']:.1f} on {found['cores']} cores")
    place = Path(tempfile.mkdtemp())
    for name, (make, programs) in cases(options, place).items():
        if options.only and name not in options.only:
            continue
        make()
        result = found["cases"][name] = run_case(name, programs, options.repeat)
        for program, figures in result.items():
            ratio = figures["seconds"] / result["seedtest"]["seconds"] if "seedtest" in result else float("nan")
            told = ", ".join(f"{key} {value:.2f}" for key, value in figures.items())
            print(f"{name}: {program}: {told} ({ratio:.2f}x)", flush=True)
    shutil.rmtree(place)
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
