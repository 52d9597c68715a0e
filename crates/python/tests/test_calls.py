"""Progress, stopping, threads, errors, parameters, summaries."""

from __future__ import annotations

import _thread
import subprocess
import sys
import threading
import time

import pytest
import seedtest

pa = pytest.importorskip("pyarrow")


@pytest.fixture
def table(answers):
    return pa.table(dict(answers))


@pytest.fixture
def scores(weekly):
    return pa.table(dict(weekly))


def test_progress_is_told_and_false_stops(table, scores):
    seen: list[seedtest.Progress] = []
    fit = seedtest.IRT().fit(table, progress=seen.append)
    assert [step.iteration for step in seen] == list(range(1, len(seen) + 1))
    # The iteration that finds the end is followed by no other, and not told.
    assert 0 <= fit.verdict["iterations"] - seen[-1].iteration <= 1
    with pytest.warns(seedtest.ConvergenceWarning, match="not converged"):
        # Long enough that it cannot have ended before it hears of it.
        stopped = seedtest.growth(
            scores, chains=2, warmup=50, samples=100_000, progress=lambda step: step.iteration < 2000
        )
    assert not stopped.converged
    assert stopped.verdict["status"] == "truncated"
    assert str(stopped.summary()).startswith("NOT CONVERGED")


def test_an_exception_of_the_callback_is_raised(table):
    def fails(step):
        raise LookupError(f"at {step.iteration}")

    with pytest.raises(LookupError, match="at 1"):
        seedtest.IRT().fit(table, progress=fails)


def test_ctrl_c_stops_a_long_fit(scores):
    long = {"chains": 4, "warmup": 100_000, "samples": 100_000}
    threading.Timer(0.5, _thread.interrupt_main).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        seedtest.growth(scores, **long)
    assert time.monotonic() - began < 10


def test_other_threads_go_on_during_a_fit(scores):
    counted, done = 0, threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    other = threading.Thread(target=count)
    other.start()
    try:
        seedtest.growth(scores, chains=2, warmup=300, samples=300)
    finally:
        done.set()
        other.join()
    assert counted > 20


def test_any_number_of_threads_gives_the_same(scores, features):
    of = [seedtest.growth(scores, chains=2, warmup=100, samples=100, threads=n).to_json() for n in (1, 2, None)]
    assert of[0] == of[1] == of[2]
    rows = pa.table(dict(features))
    assert seedtest.cluster(rows, threads=1).to_json() == seedtest.cluster(rows, threads=3).to_json()
    with pytest.raises(seedtest.SettingError, match="threads is 0"):
        seedtest.cluster(rows, threads=0)


def test_time_that_is_up_ends_a_fit(scores):
    with pytest.warns(seedtest.ConvergenceWarning):
        fit = seedtest.growth(scores, chains=4, warmup=50, samples=100_000, max_seconds=2)
    assert fit.verdict["status"] == "truncated"


def test_errors_say_what_to_do_with_arguments(table, scores, series):
    with pytest.raises(seedtest.SettingError) as caught:
        seedtest.IRT("4pl").fit(table)
    assert "4pl" in str(caught.value)
    with pytest.raises(seedtest.SettingError, match="no column"):
        seedtest.IRT().fit(table, student="pupil")
    with pytest.raises(seedtest.SeedtestError, match="hint"):
        seedtest.lmer("score ~ weeek + (1 | student)", scores)
    with pytest.raises(seedtest.SettingError, match="formula"):
        seedtest.lmer("score ~ week + (1 |", scores)
    with pytest.raises(seedtest.SettingError, match="no column is called pupil"):
        seedtest.cluster(scores, id="pupil")
    with pytest.raises(seedtest.SettingError, match="blank"):
        seedtest.IRT().fit(table, blank="perhaps")
    with pytest.raises(seedtest.SettingError, match="nonsense"):
        seedtest.Prophet(options={"nonsense": 1}).fit(pa.table(dict(series)))


def test_words_name_arguments_instead_of_flags():
    told = seedtest.errors.exception_of(
        "row 3 is bad (--na says otherwise)", "use `seedtest fit --json F`, or --right-at", "data"
    )
    assert told.message == "row 3 is bad (na= says otherwise)"
    assert told.hint == "use `seedtest fit --json F`, or right_at="
    assert isinstance(told, ValueError)
    told = seedtest.errors.exception_of("data: the file has no row", "write --map student=COLUMN", "data")
    assert (told.message, told.hint) == ("data: the table has no row", "write student=COLUMN")


def test_too_little_is_an_error_with_the_answer():
    rows = pa.table({"ds": ["2026-01-05"], "y": [1.0]})
    with pytest.raises(seedtest.TooLittleDataError) as caught:
        seedtest.Prophet().fit(rows)
    assert caught.value.json is not None and '"reason"' in caught.value.json


def test_strict_refuses_what_cannot_be_read(table):
    broken = table.set_column(0, "student_id", pa.array([None, *table["student_id"].to_pylist()[1:]]))
    with pytest.raises(seedtest.DataError, match="1 of"):
        seedtest.IRT().fit(broken, strict=True)


def test_no_rows_at_all(table, scores):
    for call in (
        seedtest.IRT().fit,
        seedtest.IRT("grm").fit,
        lambda rows: seedtest.score({"q": {"a": 1, "b": 0}}, rows),
    ):
        with pytest.raises(seedtest.SeedtestError):
            call(table.slice(0, 0))
    with pytest.raises(seedtest.SeedtestError, match="no row"):
        seedtest.growth(scores.slice(0, 0))


def test_a_result_that_is_not_there(table):
    with pytest.raises(seedtest.NotFittedError):
        seedtest.IRT().to_json()
    with pytest.raises(AttributeError):
        _ = seedtest.CoxPH().coefficients


def test_parameters_as_scikit_learn_has_them():
    model = seedtest.IRT("grm", priors="weak", threads=2)
    assert model.get_params()["priors"] == "weak"
    assert repr(model) == "IRT(model='grm', priors='weak', threads=2)"
    assert model.set_params(threads=1) is model and model.threads == 1
    with pytest.raises(ValueError, match="shoe_size"):
        model.set_params(shoe_size=43)
    base = pytest.importorskip("sklearn.base")
    for one in (model, seedtest.CoxPH(ties="breslow"), seedtest.Survival("weibull"), seedtest.Prophet(horizon=3)):
        assert base.clone(one).get_params() == one.get_params()


def test_summaries_say_the_main_thing(table, scores, patients, series, features):
    told = {
        "2PL": seedtest.IRT().fit(table),
        "eap": seedtest.score({"q00": {"a": 1, "b": 0}}, table),
        "common items": seedtest.link(seedtest.IRT().fit(table), seedtest.IRT().fit(table)),
        "boys": seedtest.dif(table, group="gender"),
        "cox": seedtest.CoxPH().fit(pa.table(dict(patients)), "time", "event", formula="age + arm"),
        "REML": seedtest.lmer("score ~ week + (1 | student)", scores),
        "draws": seedtest.growth(scores, chains=2, warmup=200, samples=200),
        "104 points": seedtest.Prophet().fit(pa.table(dict(series))),
        "150 rows": seedtest.cluster(pa.table(dict(features))),
        "school": seedtest.survival_curves(pa.table(dict(patients)), "Surv(time, event) ~ school"),
    }
    for word, fit in told.items():
        assert word.lower() in str(fit.summary()).lower(), (word, fit.summary())


def test_tables_and_predictions(table, scores, patients, series, features):
    rows = pa.table(dict(patients))
    cox = seedtest.CoxPH().fit(rows, "time", "event", formula="age + arm")
    assert cox.coefficients["name"].to_pylist() == ["age", "arm"]
    assert cox.params["arm"] < 0 < cox.params["age"]
    risks = cox.predict(rows.slice(0, 5))
    assert len(risks) == 5 and all(0 < risk < 1 for risk in risks["risk_score"].to_pylist())
    survival = cox.predict_survival_function(rows.slice(0, 5), [7, 30])
    late, early = survival["30"].to_pylist(), survival["7"].to_pylist()
    assert all(a < b for a, b in zip(late, early))
    assert len(cox.predict_hazard_ratio(rows.slice(0, 3))) == 3
    mixed = seedtest.lmer("score ~ week + (1 + week | student)", scores)
    assert set(mixed.fixef) == {"(Intercept)", "week"}
    assert len(mixed.ranef) == 80 and len(mixed.variance_components) == 3
    assert len(mixed.predict(scores.slice(0, 7))) == 7
    grown = seedtest.growth(scores, chains=2, warmup=200, samples=200, target_score=1.0, keep_model=True)
    assert len(grown.students) == 40 and len(grown.predict(scores)) == 40
    prophet = seedtest.Prophet().fit(pa.table(dict(series)))
    assert len(prophet.forecast) == 4 and len(prophet.predict(9)) == 9
    found = seedtest.cluster(pa.table(dict(features)), features=["hours", "accuracy"])
    assert found.k == 3 and len(found.centers) == 3
    assert found.predict(pa.table(dict(features)))["cluster"].to_pylist() == found.assignments["cluster"].to_pylist()
    assert len(seedtest.IRT().fit(table).predict(table)) == 300
    assert abs(seedtest.probability_of_goal(0.0, mean=0.0, sd=1.0) - 0.5) < 1e-12


def test_pictures(table, scores, patients, series, features):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    fit = seedtest.IRT(fit_statistics=True).fit(table)
    cox = seedtest.CoxPH().fit(pa.table(dict(patients)), "time", "event", formula="age + arm")
    axes = [
        *(fit.plot(kind) for kind in ("curves", "wright", "information")),
        seedtest.score(fit, table).plot(),
        seedtest.dif(table, group="gender").plot(),
        *(cox.plot(kind) for kind in ("coefficients", "survival")),
        seedtest.survival_curves(pa.table(dict(patients)), "Surv(time, event) ~ school").plot(),
        seedtest.lmer("score ~ week + (1 | student)", scores).plot(),
        seedtest.growth(scores, chains=2, warmup=200, samples=200, target_score=1.0).plot(),
        seedtest.Prophet().fit(pa.table(dict(series))).plot(),
        seedtest.cluster(pa.table(dict(features))).plot(),
    ]
    assert all(ax.has_data() for ax in axes)
    with pytest.raises(seedtest.SettingError, match="wright"):
        fit.plot("pie")


def test_the_import_brings_no_library_along():
    code = "import sys, seedtest; print([m for m in ('numpy', 'pandas', 'polars', 'pyarrow', 'matplotlib') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_stubs_are_those_of_the_module():
    pytest.importorskip("mypy")
    ran = subprocess.run([sys.executable, "-m", "mypy.stubtest", "seedtest._native"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    code = (
        "import seedtest\n"
        "fit = seedtest.IRT('2pl').fit(None, student='s')\n"
        "reveal_type(fit)\n"
        "reveal_type(fit.to_json())\n"
        "seedtest.IRT(shoe_size=1)\n"
    )
    ran = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--config-file=", "-c", code], capture_output=True, text=True)
    assert 'Revealed type is "seedtest._irt.IRT"' in ran.stdout, ran.stdout
    assert 'Revealed type is "builtins.str"' in ran.stdout or 'Revealed type is "str"' in ran.stdout, ran.stdout
    assert "shoe_size" in ran.stdout
