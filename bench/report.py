#!/usr/bin/env python3
"""One student's report: ours beside R Markdown with the same number of charts and tables.

    cargo build --release -p seedtest-report --example sample_report
    cargo build --release -p seedtest-pdf --example speed
    apt-get install r-cran-rmarkdown r-cran-ggplot2 r-cran-jsonlite pandoc
    python3 bench/report.py [FOLDER]     # of the examples; default target/release/examples

Prints milliseconds inside the rendering call of either (R started, packages loaded, one report made
before), and the ratio. The sample is that of the tests.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
R = """
library(rmarkdown); library(jsonlite)
student <- fromJSON("student.json", simplifyVector = FALSE)
blocks <- c(student$blocks, student$fold)
figures <- Filter(function(f) length(f$table$rows) > 0, do.call(c, lapply(blocks, function(b) b$figures)))
once <- function() {
  render("report.Rmd", quiet = TRUE, envir = list2env(list(student = student, figures = figures), parent = globalenv()))
}
once()
times <- sapply(1:5, function(i) system.time(once())[["elapsed"]])
cat("figures", length(figures), "\\nmilliseconds", 1000 * median(times), "\\n")
"""


def built(name):
    path = (Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "target/release/examples") / name
    if not path.exists():
        sys.exit(f"{path} is missing; see the head of this file")
    return str(path)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        subprocess.run([built("sample_report"), str(folder)], check=True)
        sheet = next(p for p in sorted(folder.glob("ko/student-*.json")) if json.loads(p.read_text())["blocks"][0]["figures"])
        (folder / "student.json").write_text(sheet.read_text())
        (folder / "report.Rmd").write_text((ROOT / "bench/report.Rmd").read_text())
        ours = subprocess.run([built("speed"), "400"], check=True, capture_output=True, text=True).stdout
        print(ours, end="")
        html, pdf = map(float, re.search(r"HTML ([\d.]+) ms, PDF ([\d.]+) ms", ours).groups())
        theirs = subprocess.run(["Rscript", "-e", R], cwd=folder, check=True, capture_output=True, text=True).stdout
        print(theirs, end="")
        milliseconds = float(re.search(r"milliseconds ([\d.]+)", theirs).group(1))
        print(f"R Markdown HTML over ours: {milliseconds / html:.0f}; over HTML and PDF together: {milliseconds / (html + pdf):.0f}")


if __name__ == "__main__":
    main()
