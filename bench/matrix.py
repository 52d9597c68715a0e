#!/usr/bin/env python3
"""The table of peers: every block of measurements once, merged into one file, from which docs/benchmarks.md is written.

    python3 bench/matrix.py --list
    python3 bench/matrix.py --only irt mixed [--target DIR]     # each block is less than three minutes
    python3 bench/matrix.py                                     # all blocks
    python3 bench/matrix.py --page                              # only writes docs/benchmarks.md again

DIR is cargo's target folder with `release/seedtest` and `release/examples` (`cargo build --release`, `cargo build --release
--examples` of the crates of models). Run it with a Python that has the packages to compare with; what is missing is left out
and named. A block replaces only itself in bench/runs/matrix.json. Python 3.11 or newer. `--prepare` does beforehand what is
not measured and takes long (models compiled by Stan, programs of others in Rust).
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import benchmarks_page
import blocks
import timing
from run import HERE, checkout

RECORD = HERE / "runs" / "matrix.json"
R_PACKAGES = ("lme4", "survival", "brms", "rmarkdown", "plumber")
PYTHON_PACKAGES = (
    "mirt", "girth", "lifelines", "scikit-survival", "mixedlm", "scikit-learn", "prophet", "pymc", "nutpie", "pandas",
    "catsim", "numpy",
)


def machine() -> dict:
    """The kind of machine, never its name."""
    told = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":")[1].strip() for line in told.splitlines() if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cores": os.cpu_count(), "processor": model, "memory_gib": round(memory), "system": f"{platform.system()} {platform.machine()}"}


def versions() -> dict[str, str]:
    """Of all that is compared with and installed here."""
    crates = tomllib.loads((HERE / "rust_peers" / "Cargo.toml").read_text())["dependencies"]
    found = {"Python": platform.python_version()}
    for name in ("linfa-clustering", "augurs-prophet"):
        found[name] = crates[name] if isinstance(crates[name], str) else crates[name]["version"]
    for name in PYTHON_PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    code = 'cat("R", paste(R.version$major, R.version$minor, sep="."), "\\n");' + "".join(
        f'if (requireNamespace("{name}", quietly=TRUE)) cat("{name}", as.character(packageVersion("{name}")), "\\n");'
        for name in R_PACKAGES
    )
    try:
        told = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        return found
    return found | dict(line.split() for line in told.splitlines())


def built(binary: str) -> dict:
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    day = datetime.fromtimestamp(Path(binary).stat().st_mtime, UTC)
    return {"version": told, "built_at": day.isoformat(timespec="minutes")}


def processors() -> tuple[float, float]:
    """Seconds that all programs of the machine had of its processors so far, and those of ours and the peers among them."""
    try:
        told = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except FileNotFoundError:
        return math.nan, 0.0
    # user, nice, system, idle, iowait, irq, softirq, steal
    busy = sum(map(int, told[:3] + told[5:8])) / os.sysconf("SC_CLK_TCK")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return busy, sum(one.ru_utime + one.ru_stime for one in used)


def run_block(block: timing.Block, tools: timing.Tools) -> dict:
    before, start, (busy, own) = os.getloadavg()[0], time.monotonic(), processors()
    lines, left_out = [], []
    try:
        with tempfile.TemporaryDirectory(prefix="seedtest-bench-") as place:
            lines, left_out = block.run(tools.at(Path(place)))
    except timing.LeftOut as reason:
        left_out = [str(reason)]
    (busy_then, own_then), seconds = processors(), time.monotonic() - start
    others = (busy_then - busy - (own_then - own)) / seconds
    return {
        "title": block.title,
        "about": block.about,
        "date": datetime.now(UTC).date().isoformat(),
        "seconds_of_the_block": round(seconds),
        "processors_of_others": None if math.isnan(others) else round(max(0.0, others), 2),
        "load_before": round(before, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "binary": built(tools.binary),
        "checkout": checkout(),
        "versions": versions(),
        "lines": lines,
        "left_out": left_out,
    }


def stored() -> dict:
    return json.loads(RECORD.read_text()) if RECORD.exists() else {"blocks": {}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(blocks.BLOCKS))
    parser.add_argument("--list", action="store_true", help="the names of the blocks")
    parser.add_argument("--page", action="store_true", help="only write the page again")
    parser.add_argument("--prepare", action="store_true", help="only what is done before measuring")
    parser.add_argument("--target", type=Path, default=Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target")))
    parser.add_argument("--rust-peers", type=Path, default=HERE / "rust_peers" / "target" / "release")
    parser.add_argument("--kept", type=Path, default=HERE / "runs" / "kept", help="where compiled models are kept")
    options = parser.parse_args()
    if options.list:
        for name, block in blocks.BLOCKS.items():
            print(f"{name:12} {block.title}")
        return
    if options.page:
        benchmarks_page.write(stored())
        return
    tools = timing.Tools(options.target / "release", options.rust_peers, options.kept)
    if options.prepare:
        tools.prepare()
        return
    if not Path(tools.binary).is_file():
        parser.error(f"no binary at {tools.binary}: run cargo build --release first, or give --target")
    for name in options.only or blocks.BLOCKS:
        print(f"{name}: {blocks.BLOCKS[name].title}", file=sys.stderr, flush=True)
        result = run_block(blocks.BLOCKS[name], tools)
        record = stored()
        record["machine"] = machine()
        record["blocks"][name] = result
        RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
        print("\n".join(benchmarks_page.block(result)), flush=True)
    benchmarks_page.write(stored())


if __name__ == "__main__":
    main()
