#!/usr/bin/env python3
"""Cox regression against R survival, lifelines and scikit-survival on the same data in one run.

    python3 bench/survival.py [--quick] [--case NAME] [--out FILE]

Needs R with `survival` and the Python packages `lifelines` and `scikit-survival`; what is not there is
left out and named. Only the fit is timed: reading the file is not. The best of several runs counts on
both sides; our side reports its own seconds (crates/survival/examples/time_cox.rs).
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def ours(binary: Path, *arguments: str) -> dict[str, float]:
    """Seconds without and with concordance, and the peak memory of a process that fits only once."""
    run = subprocess.run([binary, *arguments], check=True, capture_output=True, text=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    once = subprocess.run([binary, *arguments, "once"], check=True, capture_output=True, text=True)
    return {
        "fit": lines[0]["seconds"],
        "fit_and_concordance": lines[-1]["seconds"],
        "peak_mb": json.loads(once.stdout)["peak_kib"] / 1024,
        "peak_mb_of_ten_fits": lines[-1]["peak_kib"] / 1024,
        "loglik": lines[0]["loglik"],
    }


def best(work, times: int) -> float:
    """Seconds of the fastest of several runs."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def r_survival(csv: Path, covariates: int, times: int) -> float | None:
    """Seconds of coxph, which always computes the concordance."""
    if shutil.which("Rscript") is None:
        return None
    terms = " + ".join(f"x{j}" for j in range(covariates))
    code = f"""
    suppressMessages(library(survival))
    d <- read.csv("{csv}")
    s <- sapply(1:{times}, function(i)
      system.time(coxph(Surv(time, event) ~ {terms}, data = d, ties = "efron"))["elapsed"])
    cat(min(s))
    """
    run = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True)
    return float(run.stdout) if run.returncode == 0 else None


def lifelines(csv: Path, times: int) -> float | None:
    try:
        import pandas
        from lifelines import CoxPHFitter
    except ImportError:
        return None
    frame = pandas.read_csv(csv)
    return best(lambda: CoxPHFitter().fit(frame, "time", "event"), times)


def scikit_survival(csv: Path) -> float | None:
    try:
        import pandas
        from sksurv.linear_model import CoxPHSurvivalAnalysis
        from sksurv.util import Surv
    except ImportError:
        return None
    frame = pandas.read_csv(csv)
    outcome = Surv.from_arrays(frame["event"] == 1, frame["time"])
    values = frame.drop(columns=["time", "event"]).to_numpy()
    return best(lambda: CoxPHSurvivalAnalysis(ties="efron").fit(values, outcome), 1)


def case(binary: Path, name: str, rows: int, covariates: int, kind: str, peers: list[str]) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / "data.csv"
        arguments = [str(rows), str(covariates), kind]
        result = {"case": name, "rows": rows, "covariates": covariates, "times": kind}
        result["ours"] = ours(binary, *arguments, *(["csv", str(csv)] if peers else []))
        # Peak of the whole process over the times, events and covariates alone.
        result["data_mb"] = rows * (covariates * 8 + 9) / 2**20
        result["memory_ratio"] = result["ours"]["peak_mb"] / result["data_mb"]
        if kind == "days":
            clustered = ours(binary, *arguments, "cluster")
            plain = ours(binary, *arguments)
            result["cluster_ratio"] = clustered["fit"] / plain["fit"]
        seconds = {
            "R survival": lambda: r_survival(csv, covariates, 2),
            "lifelines": lambda: lifelines(csv, 2),
            "scikit-survival": lambda: scikit_survival(csv),
        }
        for peer in peers:
            found = seconds[peer]()
            # coxph always computes the concordance; the others only when it is asked for.
            key = "fit_and_concordance" if peer == "R survival" else "fit"
            ratio = found / result["ours"][key] if found else None
            result[peer] = {"seconds": found, "ratio": ratio, "against": key}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--case", help="only this one, by its name")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-q", "-p", "seedtest-survival", "--example", "time_cox"]
    subprocess.run(build, cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = target / "release/examples/time_cox"
    scale = 10 if options.quick else 1
    everyone = ["R survival", "lifelines", "scikit-survival"]
    load = os.getloadavg()[0]
    cases = [
        ("distinct times", 100_000, 10, "distinct", everyone),
        ("whole days", 1_000_000, 7, "days", everyone[:2]),
        ("memory, whole days", 1_000_000, 10, "days", []),
        ("memory, distinct times", 1_000_000, 10, "distinct", []),
    ]
    cases = [
        case(binary, name, rows // scale, covariates, kind, peers)
        for name, rows, covariates, kind, peers in cases
        if options.case in (None, name)
    ]
    run = {
        "date": datetime.date.today().isoformat(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": load,
        "load_after": os.getloadavg()[0],
        "cases": cases,
    }
    text = json.dumps(run, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
