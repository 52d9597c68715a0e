#!/usr/bin/env python3
"""One student's report: ours beside R Markdown with the same number of charts and tables.

    cargo build --release -p seedtest-report --example sample_report
    cargo build --release -p seedtest-pdf --example speed
    apt-get install r-cran-rmarkdown r-cran-ggplot2 r-cran-jsonlite pandoc
    python3 bench/report.py [FOLDER] [--binary target/release/seedtest] [--students 1000] [--school DIR]

FOLDER is that of the examples, target/release/examples where nothing is said. Prints milliseconds inside the rendering
call of either (R started, packages loaded, one report made before), and the ratio; the sample is that of the tests. With
--binary (built with PDF) also the seconds of the reports of a school in both formats. Every figure that has a bound is
told with it in a line that begins with `must`; the exit code is 1 where one is missed.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
R_READ = """
library(rmarkdown); library(jsonlite)
student <- fromJSON("student.json", simplifyVector = FALSE)
blocks <- c(student$blocks, student$fold)
figures <- Filter(function(f) length(f$table$rows) > 0, do.call(c, lapply(blocks, function(b) b$figures)))
once <- function() {
  render("report.Rmd", quiet = TRUE, envir = list2env(list(student = student, figures = figures), parent = globalenv()))
}
once()
"""
R = R_READ + """
times <- sapply(1:5, function(i) system.time(once())[["elapsed"]])
cat("figures", length(figures), "\\nmilliseconds", 1000 * median(times), "\\n")
"""


# Bounds: milliseconds of one student in both formats, times of R Markdown, seconds of a thousand students.
ONE_MS, TIMES, THOUSAND_S = 60, 50, 30
missed = []


def must(what, figure, bound, holds):
    """Tells a figure beside its bound."""
    if not holds:
        missed.append(what)
    print(f"must  {what}: {figure} (must {bound}){'' if holds else '  MISSED'}", flush=True)


def sample(examples, folder):
    """What R Markdown makes its report of: a sheet of ours, and the template."""
    subprocess.run([examples / "sample_report", folder], check=True)
    sheet = next(p for p in sorted(folder.glob("ko/student-*.json")) if json.loads(p.read_text())["blocks"][0]["figures"])
    (folder / "student.json").write_text(sheet.read_text())
    (folder / "report.Rmd").write_text((ROOT / "bench/report.Rmd").read_text())


def milliseconds(examples):
    """Of one student: ours as HTML and as PDF, and that of R Markdown, `None` with the reason where it could not be made."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        sample(examples, folder)
        ours = subprocess.run([examples / "speed", "400"], check=True, capture_output=True, text=True).stdout
        print(ours, end="")
        html, pdf = map(float, re.search(r"HTML ([\d.]+) ms, PDF ([\d.]+) ms", ours).groups())
        found = {"html": html, "pdf": pdf, "r": None, "why": None}
        try:
            theirs = subprocess.run(["Rscript", "-e", R], cwd=folder, check=True, capture_output=True, text=True, timeout=300)
        except (FileNotFoundError, subprocess.SubprocessError) as error:
            return found | {"why": str(getattr(error, "stderr", None) or error)}
        print(theirs.stdout, end="")
        return found | {"r": float(re.search(r"milliseconds ([\d.]+)", theirs.stdout).group(1))}


def one(examples):
    """One student, ours and that of R Markdown, beside the bounds."""
    found = milliseconds(examples)
    html, both = found["html"], found["html"] + found["pdf"]
    must("one student, HTML and PDF", f"{both:.1f} ms", f"≤ {ONE_MS} ms", both <= ONE_MS)
    if found["r"] is None:
        print(f"R Markdown left out: {found['why']}")
        return
    print(f"R Markdown HTML over HTML and PDF together: {found['r'] / both:.0f}")
    must("R Markdown HTML over ours", f"{found['r'] / html:.0f} times", f"≥ {TIMES}", found["r"] / html >= TIMES)


def processor():
    """Seconds that the programs run so far had of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def founded(binary, students, place):
    """The data of a school, simulated and calibrated where that was not done before; not measured."""
    if not place.exists():
        words = ["demo", "--students", str(students), "--weeks", "8", "--lang", "ko", "--dir", place]
        subprocess.run([binary, "-q", *words], check=True, capture_output=True, timeout=900)
    return place


def school(binary, students, kept):
    """The reports of a school in both formats."""
    with tempfile.TemporaryDirectory() as folder:
        place = founded(binary, students, kept or Path(folder, "school"))
        began, worked = time.monotonic(), processor()
        words = ["--data-dir", place, "report", "--all", "--lang", "ko", "--format", "html,pdf", "--out", "out"]
        subprocess.run([binary, *words], cwd=folder, check=True, capture_output=True, timeout=900)
        seconds, most = time.monotonic() - began, THOUSAND_S * students / 1000
        pages = sorted(Path(folder, "out").glob("student-*.pdf"))
        largest = max(page.stat().st_size for page in pages) / 1000
        must(f"{len(pages)} students, both formats", f"{seconds:.1f} s ({processor() - worked:.1f} s of processors)", f"≤ {most:.1f} s", seconds <= most)
        must("the largest PDF", f"{largest:.0f} kB", "< 500 kB", largest < 500)


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("examples", nargs="?", type=Path, default=ROOT / "target/release/examples")
    asked.add_argument("--binary", type=lambda text: str(Path(text).resolve()))
    asked.add_argument("--students", type=int, default=1000)
    asked.add_argument("--school", type=lambda text: Path(text).resolve(), help="where the school's data are kept, made where they are not there")
    asked = asked.parse_args()
    lacking = [name for name in ("sample_report", "speed") if not (asked.examples / name).exists()]
    if lacking and not asked.binary:
        sys.exit(f"{asked.examples} has no {', no '.join(lacking)}; see the head of this file")
    if lacking:
        print(f"one student left out: {asked.examples} has no {', no '.join(lacking)}")
    else:
        one(asked.examples)
    if asked.binary:
        school(asked.binary, asked.students, asked.school)
    print(f"missed: {', '.join(missed)}" if missed else "all hold")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
