#!/usr/bin/env python3
"""Mixed models against lme4 and the Python package `mixedlm` on the same data in one run.

    python3 bench/mixed.py [--case NAME] [--runs N] [--out FILE]

Needs R with `lme4` for the data and the first peer; `mixedlm` is left out and named where it is not
installed. Only the fit is timed, not reading the file; ours reports its own seconds
(crates/mixed/examples/time_fit.rs). Rounds are interleaved and medians compared.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The shapes of the cases, simulated with a fixed seed; VerbAgg comes with lme4.
DATA = """
suppressMessages(library(lme4)); set.seed(1)
out <- function(d, name) write.csv(d, file.path("{folder}", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
g <- expand.grid(week = 0:11, topic = 1:20, student = 1:1000); g <- g[runif(nrow(g)) < 0.3, ]
u <- rnorm(1000, 0, 0.5); v <- -0.3 * 0.04 / 0.5 * u + rnorm(1000, 0, 0.04 * sqrt(0.91)); t <- rnorm(20, 0, 0.3)
g$score <- round(0.1 + u[g$student] + (0.05 + v[g$student]) * g$week + t[g$topic] + rnorm(nrow(g), 0, 0.3), 4)
g$student <- paste0("u", g$student); g$topic <- paste0("t", g$topic); out(g, "progress")
n <- 73000; s <- sample.int(2972, n, TRUE); d <- sample.int(1128, n, TRUE); service <- rbinom(n, 1, 0.4)
y <- round(3.3 + rnorm(2972, 0, 0.33)[s] + rnorm(1128, 0, 0.52)[d] - 0.08 * service + rnorm(n, 0, 1.18), 3)
out(data.frame(y, service, s = paste0("s", s), d = paste0("d", d)), "crossed")
m <- 1e5; st <- rep(seq_len(m), each = 10); w <- rep(0:9, m)
y <- round(0.1 + rnorm(m, 0, 0.5)[st] + (0.05 + rnorm(m, 0, 0.04)[st]) * w + rnorm(length(st), 0, 0.3), 4)
out(data.frame(score = y, week = w, student = paste0("u", st)), "slopes")
a <- VerbAgg; a$correct <- as.integer(a$r2 == "Y")
out(a[, c("correct", "Anger", "Gender", "btype", "situ", "id", "item")], "verbagg")
"""


@dataclass(frozen=True)
class Case:
    """A data set with its model. `peers` is off where a peer would take minutes."""

    name: str
    formula: str
    model: str
    peers: bool = True


CASES = [
    Case("progress", "score ~ week + (week | student) + (1 | topic)", "lmm"),
    Case("crossed", "y ~ 1 + service + (1 | s) + (1 | d)", "lmm"),
    Case("slopes", "score ~ week + (week | student)", "lmm", peers=False),
    Case("verbagg", "correct ~ Anger + Gender + btype + situ + (1 | id) + (1 | item)", "glmm"),
]


def ours(binary: Path, csv: Path, case: Case) -> dict:
    """One fit in a process of its own, with its peak memory."""
    command = ["/usr/bin/time", "-f", "%M"] if Path("/usr/bin/time").exists() else []
    run = subprocess.run(
        [*command, binary, csv, case.formula, case.model, "1"], check=True, capture_output=True, text=True
    )
    result = json.loads(run.stdout)
    result["seconds"] = result["seconds"][0]
    if command:
        result["peak_mb"] = int(run.stderr.split()[-1]) / 1024
    return result


def lme4(csv: Path, case: Case) -> dict:
    """Seconds of lmer or glmer with their defaults."""
    call = f"lmer({case.formula}, d)" if case.model == "lmm" else f"glmer({case.formula}, d, family = binomial)"
    code = f"""
    suppressMessages(library(lme4)); d <- read.csv("{csv}", stringsAsFactors = TRUE)
    s <- system.time(m <- suppressWarnings({call}))["elapsed"]
    cat(sprintf('{{"seconds": %.4f, "criterion": %.9f}}', s, -2 * as.numeric(logLik(m))))
    """
    run = subprocess.run(["Rscript", "-e", code], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def mixedlm(csv: Path, case: Case) -> dict | None:
    """Seconds of the Python package, `None` where it is not installed."""
    try:
        import mixedlm as package
        import pandas
    except ImportError:
        return None
    data = pandas.read_csv(csv)
    start = time.perf_counter()
    if case.model == "lmm":
        package.lmer(case.formula, data)
    else:
        package.glmer(case.formula, data, family=package.families.Binomial())
    return {"seconds": time.perf_counter() - start}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--case")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--binary", type=Path)
    options = parser.parse_args()
    binary = options.binary
    if binary is None:
        build = ["cargo", "build", "--release", "-p", "seedtest-mixed", "--example", "time_fit"]
        subprocess.run(build, cwd=ROOT, check=True)
        binary = ROOT / "target" / "release" / "examples" / "time_fit"
    has_r = shutil.which("Rscript") is not None
    results = []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["Rscript", "-e", DATA.replace("{folder}", folder)], check=True)
        for case in CASES:
            if options.case not in (None, case.name):
                continue
            csv = Path(folder) / f"{case.name}.csv"
            rounds: dict[str, list[dict]] = {"ours": [], "lme4": [], "mixedlm": []}
            for _ in range(options.runs):
                rounds["ours"].append(ours(binary, csv, case))
                if case.peers and has_r:
                    rounds["lme4"].append(lme4(csv, case))
                if case.peers:
                    try:
                        found = mixedlm(csv, case)
                    except Exception as error:  # a peer that fails is named, not hidden
                        found = None
                        print(f"mixedlm failed on {case.name}: {error}")
                    rounds["mixedlm"] += [found] if found else []
            medians = {
                name: statistics.median(run["seconds"] for run in runs)
                for name, runs in rounds.items()
                if runs
            }
            ratios = {name: round(s / medians["ours"], 2) for name, s in medians.items() if name != "ours"}
            line = {"case": case.name, "formula": case.formula, "median_seconds": medians, "ratios": ratios}
            print(json.dumps(line), flush=True)
            results.append({**line, "runs": rounds})
    if options.out:
        host = {"cores": os.cpu_count(), "machine": platform.machine(), "load": os.getloadavg()}
        stamp = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        options.out.write_text(json.dumps({"at": stamp, "host": host, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
