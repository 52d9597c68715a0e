"""The blocks of bench/matrix.py: each measures one kind of work, ours beside programs of others, in less than three minutes.

A block returns lines (see timing.py) and what is left out with the reason.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import datasets
import files
import measure
from run import HERE
from timing import (
    Block, LeftOut, Outcome, Tools, line, lines_of, process, python_peer, r_peer, reason, rounds, same_criterion, together,
    with_inside,
)

# Item response theory.


def two_pl(tools: Tools, data: datasets.Dataset, case: str, peers: dict[str, dict], repeat: int = 3,
           errors: bool = True) -> tuple[list[dict], list[str]]:
    """2PL with the same answers for all; `peers` by what they are called, each with package, options, and whether it has
    standard errors too."""
    ours = lambda se: lambda: process([tools.binary, "-q", "fit", "irt", "--model", "2pl", "--data", data.path, "--se", se,
                                       "--json", "-"])
    programs: dict[str, Callable[[], dict]] = {"none": ours("none")} | ({"observed": ours("observed")} if errors else {})
    for name, peer in peers.items():
        programs[name] = python_peer(peer["package"], data.path, **peer["options"])
    outcomes = rounds(programs, repeat)

    def error(found: dict) -> str:
        items = found.get("items")
        a = {item["item_id"]: item["a"] for item in items} if items else found["a"]
        b = {item["item_id"]: item["b"] for item in items} if items else found["b"]
        return f"{datasets.rmse(a, data.true_a):.4f}, {datasets.rmse(b, data.true_b):.4f}"

    answers = lambda mine, other: f"RMSE of a, b: {error(mine)}; peer {error(other)}"
    parts = []
    for se, told in (("observed", "with errors"), ("none", "without errors")):
        having = {name: outcomes[name] for name, peer in peers.items() if peer["errors"] == (se == "observed")}
        if se in outcomes:
            parts.append(lines_of(f"{case}, {told}", {se: outcomes[se]} | having, se, answers))
    return together(*parts)


MIRT = {"package": "mirt", "options": {}, "errors": True}
MIRT_61 = {"package": "mirt", "options": {"n_quadpts": 61}, "errors": True}
MIRT_PLAIN = {"package": "mirt", "options": {"compute_standard_errors": False}, "errors": False}
GIRTH = {"package": "girth", "options": {}, "errors": False}


def irt(tools: Tools):
    data = datasets.two_pl(tools.place / "data.csv", students=5_000, items=40, answers_each=40, seed=2)
    peers = {"mirt (Python)": MIRT, "mirt (Python), 61 points": MIRT_61, "mirt (Python), no errors": MIRT_PLAIN, "girth (Python)": GIRTH}
    return two_pl(tools, data, "2PL 5 000 × 40", peers)


def irt_large(tools: Tools):
    data = datasets.two_pl(tools.place / "data.csv", students=100_000, items=40, answers_each=40, seed=4)
    return two_pl(tools, data, "2PL 100 000 × 40", {"mirt (Python), no errors": MIRT_PLAIN}, 2)


def irt_sparse(tools: Tools):
    data = datasets.two_pl(tools.place / "data.csv", students=20_000, items=500, answers_each=50, seed=3)
    peers = {"mirt (Python)": MIRT, "mirt (Python), no errors": MIRT_PLAIN, "girth (Python)": GIRTH}
    return two_pl(tools, data, "2PL 20 000 × 500, 50 answers each", peers)


def irt_huge(tools: Tools):
    data = datasets.two_pl(tools.place / "data.csv", students=200_000, items=500, answers_each=50, seed=5)
    return two_pl(tools, data, "2PL 200 000 × 500, ten million answers", {})


def irt_categories(tools: Tools):
    import irt_polytomous as bench

    students, items = 5_000, 40
    rows, truth = bench.graded(students, items, 5, 1.0, 1)
    path = tools.place / "grm.csv"
    bench.write_wide(path, rows)
    ours = lambda se: lambda: process([tools.binary, "-q", "fit", "irt", "--model", "grm", "--data", path, "--se", se, "--json", "-"])
    programs = {"errors": ours("observed"), "seedtest": ours("none"), "girth (Python)": python_peer("girth-grm", path, items=items)}
    outcomes = rounds(programs)
    alone = line("graded response model 5 000 × 40, five categories, with errors", outcomes.pop("errors"))

    def answers(mine: dict, other: dict) -> str:
        a, b = bench.errors(mine, truth)
        pairs_a = [(x, true[0]) for x, true in zip(other["a"], truth)]
        pairs_b = [pair for steps, true in zip(other["b"], truth) for pair in zip(steps, true[1])]
        return f"RMSE of a, b: {a:.4f}, {b:.4f}; peer {bench.rmse(pairs_a):.4f}, {bench.rmse(pairs_b):.4f}"

    case = "graded response model 5 000 × 40, five categories, without errors"
    return together(([alone], []), lines_of(case, outcomes, answers=answers))


def adaptive(tools: Tools):
    """A hundred tests of twenty items by greatest information from a bank of five hundred."""
    import random

    draw = random.Random(9)
    bank = [{"item_id": f"q{j}", "a": round(math.exp(draw.gauss(0.1, 0.25)), 4), "b": round(draw.gauss(0, 1), 4)} for j in range(500)]
    path = tools.place / "bank.json"
    path.write_text(json.dumps(bank))
    ours = lambda: process([tools.binary, "-q", "cat", "simulate", "--bank", path, "--n", 100, "--max-items", 20, "--se", 0,
                            "--method", "eap", "--json", tools.place / "cat.json"])
    outcomes = rounds({"seedtest": ours, "catsim (Python)": python_peer("catsim", path, students=100, length=20)})
    told = json.loads((tools.place / "cat.json").read_text())
    answers = lambda _, other: f"RMSE of θ: {told['all']['rmse']:.3f}; peer {other['rmse']:.3f}"
    return lines_of("100 adaptive tests of 20 from 500 items", outcomes, answers=answers,
                    note="ours estimates by EAP, catsim by its numerical search")


# Mixed models, survival, growth.


def mixed(tools: Tools):
    import mixed as bench

    code = bench.DATA.replace("{folder}", str(tools.place))
    try:
        subprocess.run(["Rscript", "-e", code], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise LeftOut(f"R with lme4 makes the data: {error}") from error
    titles = {
        "progress": "72 000 rows, 1 000 students × 20 topics × 12 weeks, random slopes",
        "crossed": "73 000 rows, 2 972 × 1 128 crossed levels",
        "slopes": "a million rows, 100 000 students, random slopes",
        "verbagg": "binomial, 7 584 rows, 316 × 24 crossed levels (VerbAgg)",
    }
    parts = []
    for case in bench.CASES:
        path = tools.place / f"{case.name}.csv"
        whole = lambda: process([tools.binary, "-q", "fit", case.model, "--data", path, "--formula", case.formula,
                                 "--json", tools.place / "out.json"])
        inside = lambda: process([tools.example("time_fit"), path, case.formula, case.model, 1])
        programs = {"seedtest": with_inside(whole, inside)}
        if case.peers:
            programs["lme4 (R)"] = r_peer({"lmm": "lmer", "glmm": "glmer"}[case.model], path, case.formula)
            programs["mixedlm (Python, Rust inside)"] = python_peer("mixedlm", path, formula=case.formula, model=case.model)
        parts.append(lines_of(titles[case.name], rounds(programs, 3 if case.peers else 2), answers=same_criterion("−2 log L")))
    return together(*parts)


def survival(tools: Tools):
    return together(
        cox(tools, "Cox, 100 000 rows, 10 covariates, distinct times", 100_000, 10, "distinct", True),
        cox(tools, "Cox, a million rows, 7 covariates, whole days", 1_000_000, 7, "days", False),
    )


def cox(tools: Tools, case: str, rows: int, covariates: int, kind: str, all_peers: bool):
    path, example = tools.place / f"{kind}.csv", tools.example("time_cox")
    subprocess.run([example, str(rows), str(covariates), kind, "once", "csv", path], check=True, capture_output=True)
    terms = " + ".join(f"x{j}" for j in range(covariates))
    formula = f"Surv(time, event) ~ {terms}"
    ours = lambda *more: process([tools.binary, "-q", "fit", "survival", "--data", path, "--no-quality", "--formula", formula, *more])
    inside = lambda: process([example, rows, covariates, kind, "once"])
    programs = {"seedtest": with_inside(ours, inside), "survival (R)": r_peer("coxph", path, formula),
                "lifelines (Python)": python_peer("lifelines", path)}
    if all_peers:
        programs["scikit-survival (Python)"] = python_peer("scikit-survival", path)
    note = "the coefficients; ours and R with the concordance, the other two without it"
    compared = lines_of(case, rounds(programs, 2), answers=same_criterion("log L"), note=note)
    # What no peer writes.
    risks = rounds({"json": lambda: ours("--json", tools.place / "out.json")}, 2)["json"]
    return together(compared, ([line(f"{case}, the risk of every row as JSON", risks, only=("process", "peak_mb"))], []))


def growth_of(students: int, repeat: int, brms_chains: int):
    def run(tools: Tools):
        import growth as bench

        bench.OURS = tools.example("time_growth")
        prepared = tools.kept / "growth_brms.rds"
        found = bench.compare(students, repeat, str(prepared) if prepared.exists() else None, brms_chains)
        case = f"growth of {students:,} students, 4 × 1 000 draws".replace(",", " ")
        ours = Outcome([{"fit": run["fit_seconds"]} for run in found["ours_runs"]])
        lines, left_out = [], []
        for key, name in (("nutpie", "PyMC with nutpie (Python)"), ("brms", "brms (R)")):
            if key not in found:
                left_out.append(f"{case}: {name} is not installed or was not run")
                continue
            theirs = Outcome([{"fit": run["fit_seconds"]} for run in found.get(f"{key}_runs", [found[key]])])
            rate = found[f"{key}_ratio"]["ess_rate"]
            told = f"smallest bulk ESS {found['ours']['ess_bulk_min']:.0f}; peer {found[key]['ess_bulk_min']:.0f}"
            note = "compilation not counted" + ("; seconds of four chains reckoned from its chains" if found[key].get("extrapolated") else "")
            lines.append(line(case, ours, name, theirs, f"{told}; effective draws a second {rate:.0f} times", note))
        return lines or [line(case, ours)], left_out

    return run


def growth_large(tools: Tools):
    example = tools.example("time_growth")

    def inside() -> dict:
        run = process([example, "SIMULATE:100000"])
        return run | {"fit": run["found"]["fit_seconds"] + run["found"]["students_seconds"]}

    weekly = tools.place / "scores.csv"
    files.scores(weekly, 10_000)
    whole = lambda: process([tools.binary, "-q", "fit", "growth", "--data", weekly, "--json", tools.place / "out.json"])
    alone = rounds({"large": inside, "file": whole})
    return [
        line("growth of 100 000 students with the probability of each", alone["large"], only=("fit", "peak_mb")),
        line("growth of 10 000 students from a file, 4 × 2 000 draws", alone["file"], only=("process", "peak_mb")),
    ], []


# Forecasts and segments.


def forecast(tools: Tools):
    import forecast as bench

    parts = []
    for case, count, points, step, ahead in (
        ("104 weeks, fit, curve and intervals", 50, 104, 7, 12), ("730 days, fit", 20, 730, 1, 0),
    ):
        made = bench.series(count + 1, points, step, 1)
        path = tools.place / "series.csv"
        path.write_text("".join(f"{s},{day},{y!r}\n" for s, rows in enumerate(made) for day, y in rows))
        programs = {
            "seedtest": lambda: {"fit": bench.ours(Path(tools.example("time_forecast")), made, ahead)[1]},
            "prophet (Python)": lambda: {"fit": bench.theirs(made, ahead, step)},
            "augurs-prophet (Rust)": lambda: {"fit": process([tools.rust / "prophet", path, ahead, stan_program()])["fit"]},
        }
        note = "one thread, median of a series; augurs starts the optimiser of Python's prophet as a process a fit"
        parts.append(lines_of(case, rounds(by_import(programs, "prophet"), 2), note=note))
    parts.append(one_series(tools))
    return together(*parts)


def by_import(programs: dict[str, Callable], package: str) -> dict[str, Callable]:
    """A peer of this process is left out where its package is missing."""

    def guarded(work: Callable) -> Callable:
        def run() -> dict:
            try:
                return work()
            except ImportError as error:
                raise measure.Failed(str(error)) from error

        return run

    return {name: guarded(work) if name.startswith(package) else work for name, work in programs.items()}


def stan_program() -> Path:
    """The optimiser that Python's prophet brings along."""
    import prophet

    return Path(prophet.__file__).parent / "stan_model" / "prophet_model.bin"


def one_series(tools: Tools):
    import datetime

    import forecast as bench

    path = tools.place / "one.csv"
    rows = bench.series(1, 104, 7, 3)[0]
    first = datetime.date(1970, 1, 1)
    path.write_text("ds,y\n" + "".join(f"{first + datetime.timedelta(days=day)},{y!r}\n" for day, y in rows))
    whole = lambda: process([tools.binary, "-q", "fit", "prophet", "--data", path, "--horizon", 12, "--model", "prophet",
                             "--json", tools.place / "out.json"])
    outcomes = rounds({"seedtest": whole, "prophet (Python)": python_peer("prophet", path, ahead=12, freq="7D")})
    for outcome in outcomes.values():
        for run in outcome.runs:
            run.pop("fit", None)
    return lines_of("one series of 104 weeks from a file", outcomes, note="ours also measures the model on left-out weeks")


def segments(tools: Tools):
    try:
        import segments as bench
        from sklearn.cluster import KMeans
        from sklearn.mixture import GaussianMixture
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise LeftOut(reason(str(error))) from error
    example, parts = Path(tools.example("time_segment")), []

    def kmeans(case: str, x, k: int, starts: int, threads: int, repeat: int, linfa: bool, **options):
        def theirs() -> dict:
            with threadpool_limits(threads):
                seconds, fit = bench.timed(lambda: KMeans(k, n_init=starts, random_state=0, **options).fit(x))
            return {"fit": seconds, "found": {"objective": float(fit.inertia_)}}

        def ours() -> dict:
            found = bench.ours(example, x, threads, "kmeans", str(k), str(k), str(starts))
            return {"fit": found["seconds"], "found": {"objective": found["objective"]}}

        programs = {"seedtest": ours, "scikit-learn (Python)": theirs}
        if linfa:
            rows = tools.place / "rows.bin"
            x.astype("<f8").tofile(rows)
            programs["linfa-clustering (Rust)"] = lambda: {
                key: value for key, value in process([tools.rust / "kmeans", rows, x.shape[1], k, starts]).items()
                if key in ("fit", "found")
            }
        parts.append(lines_of(case, rounds(programs, repeat), answers=objectives))

    x = bench.rows(10_000, 9, 5, 1)
    x = (x - x.mean(0)) / x.std(0)
    cores = os.cpu_count() or 1
    for k in range(2, 9):
        kmeans(f"k-means 10 000 × 9, k = {k}, 25 starts, one thread", x, k, 25, 1, 3, True, tol=1e-6, max_iter=500)
    kmeans(f"k-means 10 000 × 9, k = 5, 25 starts, {cores} threads", x, 5, 25, cores, 3, False, tol=1e-6, max_iter=500)
    large = bench.rows(1_000_000, 16, 8, 2)
    kmeans("k-means 1 000 000 × 16, k = 8, one start, one thread", large, 8, 1, 1, 2, False)
    kmeans(f"k-means 1 000 000 × 16, k = 8, one start, {cores} threads", large, 8, 1, cores, 2, False)
    for k in (3, 5):
        def mixture() -> dict:
            model = GaussianMixture(k, n_init=5, random_state=0, tol=1e-6, max_iter=1000)
            seconds, fit = bench.timed(lambda: model.fit(x))
            return {"fit": seconds, "found": {"objective": float(-fit.score(x) * len(x))}}

        def own() -> dict:
            found = bench.ours(example, x, cores, "gaussian_mixture", str(k), str(k), "5")
            return {"fit": found["seconds"], "found": {"objective": found["objective"]}}

        case = f"Gaussian mixture 10 000 × 9, k = {k}, 5 starts, {cores} threads"
        parts.append(lines_of(case, rounds({"seedtest": own, "scikit-learn (Python)": mixture}, 2), answers=objectives))
    return together(*parts)


def objectives(mine: dict, other: dict) -> str:
    gap = (mine["objective"] - other["objective"]) / abs(other["objective"])
    return f"objective {gap:+.1e} of the peer's (lower is better)"


# Files, databases, reports, the service.


def imports(tools: Tools):
    log, book = tools.place / "log.csv", tools.place / "answers.xlsx"
    datasets.answer_log(log, students=20_000, answers=2_000_000, seed=1)
    files.workbook(book, 100_000)

    def ours(path: Path) -> Callable[[], dict]:
        def work() -> dict:
            folder = tools.place / "ours"
            shutil.rmtree(folder, ignore_errors=True)
            return process([tools.binary, "-q", "import", path, "--data-dir", folder])

        return work

    plain = lambda: process([sys.executable, HERE / "sqlite_import.py", log, files.fresh(tools.place / "plain.db")])
    return together(
        lines_of("two million answers (CSV) into SQLite", rounds({"seedtest": ours(log), "csv + sqlite3 (Python)": plain}),
                 note="the peer checks nothing and has no list of refused rows"),
        lines_of("a workbook of 100 000 answers into SQLite",
                 rounds({"seedtest": ours(book), "pandas.read_excel (Python)": lambda: process([sys.executable, "-c", files.PANDAS_XLSX, book])}),
                 note="the peer only reads the sheet"),
    )


def postgres_import(tools: Tools):
    import import_postgres as bench

    rows, path = 500_000, tools.place / "responses.csv"
    bench.write(path, rows)
    path.chmod(0o644)
    tools.place.chmod(0o755)
    try:
        runs = [bench.measured(tools.binary, path, rows, str(tools.place)) for _ in range(3)]
    except FileNotFoundError as error:
        raise LeftOut(str(error)) from error
    seconds = lambda name: Outcome([{"process": rows / run[name]} for run in runs])
    peer = r"psql \copy and one INSERT … ON CONFLICT"
    return [
        line("500 000 answers into PostgreSQL", seconds("ours"), peer, seconds("peer"),
             note="the peer checks nothing and has no list of refused rows"),
        line("the same file again", seconds("ours again")),
    ], []


def kpi(tools: Tools):
    try:
        import kpi as bench
    except ImportError as error:
        raise LeftOut(reason(str(error))) from error
    import postgres

    bench.TARGET = tools.release
    one = lambda figures: {"process": figures["seconds"]}
    with postgres.server() as server:
        url = bench.database(server, "loop")
        bench.fill(url, 1_000, 100, bench.WEEK_SPAN, seed=3)
        bench.execute(url, "CREATE INDEX loop_only ON attempt_log (user_id, completed_at)")
        log = rounds({"seedtest": lambda: one(bench.only_kpis(url)), "loop": lambda: one(bench.sql_loop(url, "log"))})
        bench.execute(url, "DROP INDEX loop_only")
        bench.fill_documents(url)
        documents = rounds({"seedtest": lambda: one(bench.only_kpis(url)),
                            "loop": lambda: one(bench.sql_loop(url, "documents", 10))}, 2)
    named = lambda outcomes, name: {"seedtest": outcomes["seedtest"], name: outcomes["loop"]}
    return together(
        lines_of("KPIs of a week of 1 000 students, an imported log", named(log, "ten statements a student, with an index made for them")),
        lines_of("KPIs of a week of 1 000 students, exam documents", named(documents, "ten statements a student over the view"),
                 note="the seconds of the loop are reckoned from those of ten students"),
    )


def report(tools: Tools):
    return together(one_report(tools), reports_as_processes(tools))


def one_report(tools: Tools):
    """Inside the rendering calls, where the examples that time them are built."""
    import report as bench

    try:
        for name in ("sample_report", "speed"):
            tools.example(name)
    except LeftOut as lacking:
        return [], [f"a student's report inside the rendering call: {lacking}"]
    found = bench.milliseconds(tools.release / "examples")
    both = Outcome([{"fit": (found["html"] + found["pdf"]) / 1e3}])
    html = Outcome([{"fit": found["html"] / 1e3}])
    r = Outcome([{"fit": found["r"] / 1e3}] if found["r"] else [], found.get("why"))
    return together(
        lines_of("a student's report as HTML", {"seedtest": html, "R Markdown": r},
                 note="the same number of charts and tables; R started, packages loaded, one report made before"),
        ([line("a student's report as HTML and PDF", both)], []),
    )


def reports_as_processes(tools: Tools):
    """From the database to the files, beside R Markdown from a sheet that holds all figures already."""
    import report as bench

    kept = tools.kept.resolve()
    kept.mkdir(parents=True, exist_ok=True)
    students = 1_000
    data = bench.founded(tools.binary, students, kept / f"school-{students}")
    ours = lambda *words: process([tools.binary, "-q", "--data-dir", data, "report", "--lang", "ko", "--out", tools.place / "out", *words],
                                  limit=120)
    ours("--all")
    student = min((tools.place / "out").glob("student-*.html")).stem.removeprefix("student-")
    programs = {"seedtest": lambda: ours("--student", student, "--format", "html")}
    left_out = []
    try:
        tools.example("sample_report")
        bench.sample(tools.release / "examples", tools.place)
        code = f"setwd('{tools.place}');" + bench.R_READ
        programs["R Markdown"] = lambda: {key: value for key, value in process(["Rscript", "-e", code]).items() if key != "fit"}
    except LeftOut as lacking:
        left_out.append(f"R Markdown as a process: {lacking}")
    one = lines_of("a student's report as HTML, a process", rounds(programs),
                   note="ours begins with the database, R Markdown with a file of what the report says")
    school = rounds({"html": lambda: ours("--all", "--format", "html"), "both": lambda: ours("--all", "--format", "html,pdf")}, 2)
    told = f"{students:,} students of a school".replace(",", " ")
    return together(one, ([line(f"{told}, HTML", school["html"]), line(f"{told}, HTML and PDF", school["both"])], left_out))


def service(tools: Tools):
    sys.path.append(str(HERE / "service"))
    import bodies
    import load
    import processes

    lines, left_out = [], []
    kept = (tools.kept / "models").resolve()
    kept.mkdir(parents=True, exist_ok=True)
    text = json.dumps(bodies.survival())
    with processes.ours(tools.binary, fresh(tools.place, "one"), 8790) as we:
        mine = load.Client(we.port)
        ask = lambda side, path: {"request": side.seconds(path, text)}
        try:
            with processes.theirs("survival", 8791, str(kept)) as they:
                other = load.Client(they.port)
                sides = {"seedtest": lambda: ask(mine, "/survival/fit"), "full": lambda: ask(other, "/survival/fit"),
                         "short": lambda: ask(other, "/survival/fit/short")}
                rounds(sides, 5)
                outcomes = rounds(sides, 30)
        except (RuntimeError, FileNotFoundError) as error:
            left_out.append(f"plumber with survival (R): {error}")
            outcomes = {"seedtest": rounds({"seedtest": lambda: ask(mine, "/survival/fit")}, 30)["seedtest"]}
        named = {"full": "plumber with coxph (R), the same answer", "short": "plumber with coxph (R), a shorter answer"}
        lines += lines_of("service: Cox of 1 000 rows", {named.get(name, name): x for name, x in outcomes.items()})[0]
    with processes.ours(tools.binary, fresh(tools.place, "two"), 8790, cpu=0) as we:
        try:
            load.wrk(we.port, "/irt/score", bodies.score(), 16, 2, cpu=1)
            told_as = {1: "one connection", 16: "16 connections", 64: "64 connections"}
            for connections in told_as:
                told = load.wrk(we.port, "/irt/score", bodies.score(), connections, 8, cpu=1)
                note = f"{told['per_second']:.0f} answers a second, 99 % of them within {told['p99_ms']:.1f} ms, refused {told['not_2xx']}"
                lines.append(line(f"service: θ of 40 answers, {told_as[connections]} without pauses, one core",
                                  Outcome([{"request": told["p50_ms"] / 1e3}]), note=note))
        except FileNotFoundError:
            left_out.append("wrk is not installed: no load of scores")
    starts = Outcome([])
    for number in range(3):
        with processes.ours(tools.binary, fresh(tools.place, f"start{number}"), 8790) as we:
            starts.runs.append({"start": we.start_ms / 1e3, "peak_mb": we.resident_mb()})
    lines.append(line("service: from starting the process to its first answer", starts))
    return lines, left_out


def fresh(place: Path, name: str) -> str:
    folder = place / name
    folder.mkdir()
    return str(folder)


BLOCKS = {
    "irt": Block("Item response theory, complete sheets", "Python's mirt and girth as they come; ours with 61 quadrature points.", irt),
    "irt-large": Block("Item response theory, four million answers", "", irt_large),
    "irt-sparse": Block("Item response theory, a tenth of the answers", "Neither peer has a sparse form. What takes longer than 60 s is stopped.", irt_sparse),
    "irt-huge": Block("Item response theory, ten million answers", "No peer holds the matrix at this size.", irt_huge),
    "categories": Block("Items with several categories", "", irt_categories),
    "adaptive": Block("Adaptive tests", "", adaptive),
    "mixed": Block("Mixed models", "REML or Laplace as each program has it by default.", mixed),
    "survival": Block("Cox regression", "Efron's ties.", survival),
    "growth": Block("Growth, 100 students", "The same priors and draws; seconds of sampling.", growth_of(100, 3, 4)),
    "growth-1000": Block("Growth, 1 000 students", "The same priors and draws; seconds of sampling.", growth_of(1_000, 2, 0)),
    "growth-large": Block("Growth, 100 000 students", "No peer samples this many in the limit.", growth_large),
    "forecast": Block("Forecasts", "", forecast),
    "segments": Block("Segments", "Rows in memory; the same number of starts and rules of stopping as near as each has them.", segments),
    "import": Block("Files into SQLite", "", imports),
    "postgres": Block("A log into PostgreSQL", "", postgres_import),
    "kpi": Block("KPIs out of PostgreSQL", "", kpi),
    "report": Block("Reports", "", report),
    "service": Block("The service", "", service),
}
