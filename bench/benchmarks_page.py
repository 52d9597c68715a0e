"""docs/benchmarks.md, written from the record of bench/matrix.py."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
KINDS = {"fit": "inside the fit", "process": "process on a file", "request": "an answer of the service", "start": "start to first answer"}
# Processors of others above which a run is called disturbed.
DISTURBED = 0.4
PEERS = {
    "Python": "Python", "mirt": "mirt (Python)", "girth": "girth", "lifelines": "lifelines", "scikit-survival": "scikit-survival",
    "mixedlm": "mixedlm", "scikit-learn": "scikit-learn", "prophet": "prophet", "pymc": "PyMC", "nutpie": "nutpie",
    "pandas": "pandas", "catsim": "catsim", "numpy": "numpy", "R": "R", "lme4": "lme4", "survival": "survival (R)",
    "brms": "brms", "rmarkdown": "rmarkdown", "plumber": "plumber",
}
INTRODUCTION = """# Benchmarks

Measured by `bench/matrix.py` with programs of others beside ours, in turns, on the same data in the same run; medians.
*Inside the fit* is the time of the fitting call with the data in memory, *process on a file* that from starting a process
to its end: start-up, reading, fit, output. A ratio is the peer's time by ours: above 1 ours is faster, below 1 (bold) the peer
is. A ratio says something only beside equal answers, so the last column says how the answers compare. What has no peer
stands alone. Nothing is carried over from an older run: every block has its date and build. Compilers of the machine were
stopped while a block ran; below each stands how much of its processors other work had (the servers of databases among it).
"""
AGAIN = """## Measure it again

```
cargo build --release
cargo build --release --examples -p seedtest-mixed -p seedtest-survival -p seedtest-growth -p seedtest-forecast -p seedtest-segment
cargo build --release --features pdf --examples -p seedtest-report -p seedtest-pdf
python3 bench/matrix.py --prepare       # Stan models and the peers in Rust
python3 bench/matrix.py                 # or --only NAME …; --list names the blocks
```

Packages: `pip install mirt girth lifelines scikit-survival mixedlm scikit-learn prophet pandas openpyxl catsim psycopg`, in an
environment of their own `pymc nutpie arviz`; R with `lme4`, `survival`, `brms`, `rmarkdown`, `ggplot2`, `jsonlite`, `plumber`;
`wrk`; PostgreSQL. What is missing is left out and named. Cases and calls are in `bench/blocks.py`, `bench/peers.py` and
`bench/peers.R`; every single figure is in `bench/runs/matrix.json`. How a fixed matrix over dates is kept:
`bench/README.md`.
"""


def seconds(value: float) -> str:
    if value < 0.01:
        return f"{value * 1e3:.2g} ms" if value >= 1e-4 else f"{value * 1e6:.2g} µs"
    return f"{value:.3g} s" if value < 100 else f"{value:.0f} s"


def rows(line: dict) -> list[dict]:
    """The measured figures of a line, with their ratios."""
    made = []
    for kind in KINDS:
        ours, theirs = line["ours"].get(kind), line.get("theirs", {}).get(kind)
        stopped = line.get("failure") and "stopped after" in line["failure"] and kind == "process"
        if ours is None or (theirs is None and line.get("peer") and not stopped):
            continue
        limit = float(line["failure"].split()[2]) if stopped and theirs is None else None
        made.append({
            "case": line["case"], "peer": line.get("peer"), "kind": kind, "ours": ours, "theirs": theirs, "limit": limit,
            "ratio": theirs / ours if theirs else None, "line": line,
        })
    return made


def ratio(row: dict) -> str:
    if row["limit"]:
        return f"> {figure(row['limit'] / row['ours'])}"
    if row["ratio"] is None:
        return ""
    return figure(row["ratio"]) if row["ratio"] >= 1 else f"**{figure(row['ratio'])}**"


def figure(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}" if value < 1 else f"{value:.1f}"


def memory(row: dict) -> str:
    if row["kind"] not in ("process", "start") and row["peer"]:
        return ""
    told = [line.get("peak_mb") for line in (row["line"]["ours"], row["line"].get("theirs", {}))]
    return " / ".join(f"{value:.0f}" for value in told if value is not None)


def table(lines: list[dict]) -> list[str]:
    found = [row for line in lines for row in rows(line)]
    with_memory = any(memory(row) for row in found)
    head = ["case", "against", "measured", "seedtest", "peer", "ratio"] + (["MB, ours / peer"] if with_memory else []) + ["answers"]
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    before = None
    for row in found:
        line = row["line"]
        peer = f"> {row['limit']:.0f} s" if row["limit"] else seconds(row["theirs"]) if row["theirs"] else ""
        case = row["case"] if row["case"] != before else ""
        before = row["case"]
        cells = [case, row["peer"] or "nobody", KINDS[row["kind"]], seconds(row["ours"]), peer, ratio(row)]
        cells += ([memory(row)] if with_memory else []) + ["; ".join(x for x in (line["answers"], line["note"]) if x)]
        out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return out


def block(found: dict) -> list[str]:
    """A block as a section."""
    out = [f"## {found['title']}", ""]
    if found["about"]:
        out += [found["about"], ""]
    if found["lines"]:
        out += [*table(found["lines"]), ""]
    for reason in found["left_out"]:
        out += [f"Left out: {reason}.", ""]
    build = found["binary"]
    out += [f"{found['date']}, seedtest {build['version']} built {build['built_at'][:16].replace('T', ' ')}, {beside(found)}.", ""]
    return out


def beside(found: dict) -> str:
    """What else the machine did while a block ran."""
    others = found.get("processors_of_others")
    if others is None:
        return (f"load average {found['load_before']} before and {found['load_after']} after; how much of the processors other work "
                f"took was not recorded: seconds may be too long, ratios too small")
    told = f"other work took {others:.2f} of the processors meanwhile"
    return told if others <= DISTURBED else f"{told}, **a disturbed run**: seconds are too long, ratios of what uses both processors too small"


def losses(blocks: list[dict]) -> list[str]:
    """How many comparisons there are, and those that the peer wins, in time and in memory."""
    lines = [line for made in blocks for line in made["lines"]]
    found = [row for line in lines for row in rows(line) if row["ratio"]]
    slower = sorted((row for row in found if row["ratio"] < 1), key=lambda row: row["ratio"])
    out = ["## In short", ""]
    out += [f"Of {len(found)} comparisons of time ours is faster in {len(found) - len(slower)} and slower in {len(slower)}.", ""]
    if slower:
        out += ["Where the peer is faster:", "", "| case | against | measured | seedtest | peer | ratio |", "|---|---|---|---|---|---|"]
    for row in slower:
        times = f"{seconds(row['ours'])} | {seconds(row['theirs'])} | {ratio(row)}"
        out.append(f"| {row['case']} | {row['peer']} | {KINDS[row['kind']]} | {times} |")
    peaks = [(line, line["ours"].get("peak_mb"), line.get("theirs", {}).get("peak_mb")) for line in lines]
    both = [(line, ours, theirs) for line, ours, theirs in peaks if ours and theirs]
    larger = [(line, ours, theirs) for line, ours, theirs in both if ours > theirs]
    out += ["", f"Of {len(both)} comparisons of memory (largest resident set of the process) ours is smaller in {len(both) - len(larger)}."]
    if larger:
        out += ["Where the peer is smaller:", "", "| case | against | seedtest | peer |", "|---|---|---|---|"]
    out += [f"| {line['case']} | {line['peer']} | {ours:.0f} MB | {theirs:.0f} MB |" for line, ours, theirs in larger]
    return [*out, ""]


def write(record: dict) -> None:
    import blocks as order

    made = [record["blocks"][name] for name in order.BLOCKS if name in record["blocks"]]
    if not made:
        return
    machine = record["machine"]
    known: dict[str, str] = {}
    for found in made:
        known |= found["versions"]
    told = ", ".join(f"{PEERS.get(name, name)} {version}" for name, version in known.items())
    out = [INTRODUCTION, f"Machine: {machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}.",
           f"Peers: {told}.", "", *losses(made)]
    for found in made:
        out += block(found)
    lacking = [f"{block.title.lower()} (block {name})" for name, block in order.BLOCKS.items() if name not in record["blocks"]]
    if lacking:
        out += ["## Not measured in this record", "", f"No quiet machine was there for: {', '.join(lacking)}. Older figures are no substitute and are not told here."]
        out += [""]
    PAGE.write_text("\n".join([*out, AGAIN]))
