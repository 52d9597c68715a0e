#!/usr/bin/env python3
"""Calibration of the churn job on simulated schools with a known hazard, end to end.

    python3 bench/churn.py [--students N] [--weeks N] [--seeds 1,2,3] [--url postgresql://…] [--out FILE]

Every school goes through files, `import`, and `job run fit-survival-churn`; what the job prints about
left-out students is collected. The risk of leaving is set in crates/pipeline/src/school/habits.rs.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUALITY = re.compile(
    r"AUC=(?P<auc>[\d.]+), Brier=(?P<brier>[\d.]+) \(same risk for all: (?P<brier_null>[\d.]+)\), "
    r"calibration slope=(?P<slope>[\d.]+), observed/expected=(?P<ratio>[\d.]+)"
)
FITTED = re.compile(r"Survival model fitted: n=(\d+)")
# The first school week of the demo, a Monday.
FIRST_DAY = datetime.date(2025, 3, 3)


def school(binary: Path, students: int, weeks: int, seed: int, url: str | None) -> dict:
    """What the job says about one school."""
    last_day = FIRST_DAY + datetime.timedelta(weeks=weeks, days=-1)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SEEDTEST_NOW": f"{last_day}T23:00:00Z"}
        if url:
            environment["DATABASE_URL"] = url

        def run(*arguments: str) -> str:
            done = subprocess.run(
                [binary, *arguments], cwd=folder, env=environment, capture_output=True, text=True
            )
            if done.returncode != 0:
                raise SystemExit(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
            return done.stdout

        size = ["--students", str(students), "--weeks", str(weeks), "--seed", str(seed)]
        run("demo", *size, "--dir", "school")
        run("migrate")
        run("import", "school/responses.csv", "school/exams.jsonl")
        start = time.perf_counter()
        text = run("job", "run", "fit-survival-churn")
        seconds = time.perf_counter() - start
    quality = {name: float(value) for name, value in QUALITY.search(text).groupdict().items()}
    return {"seed": seed, "landmarks": int(FITTED.search(text)[1]), "job_seconds": seconds, **quality}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=3000)
    parser.add_argument("--weeks", type=int, default=24)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--url", help="an empty PostgreSQL database; default: a fresh SQLite file")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = target / "release/seedtest"
    seeds = [int(seed) for seed in options.seeds.split(",")]
    if options.url and len(seeds) > 1:
        raise SystemExit("one seed for one database")
    runs = [school(binary, options.students, options.weeks, s, options.url) for s in seeds]
    text = json.dumps(
        {
            "date": datetime.date.today().isoformat(),
            "cores": os.cpu_count(),
            "students": options.students,
            "weeks": options.weeks,
            "runs": runs,
        },
        indent=1,
    )
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
