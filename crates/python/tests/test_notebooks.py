"""Data frames as notebooks have them, and fits that go through processes, copies and interruptions."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import seedtest

pa = pytest.importorskip("pyarrow")
pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")


def parameters(fit) -> list[tuple]:
    return [(of["item_id"], of["params"]) for of in fit.result["item_params"]]


@pytest.fixture
def rows(answers):
    return pandas.DataFrame(dict(answers))


@pytest.fixture
def told(rows):
    return parameters(seedtest.IRT().fit(rows))


# What is the same answers in another form.
OF_PANDAS = {
    "categories": lambda df: df.astype({"student_id": "category", "item_id": "category", "correct": "category"}),
    "nullable": lambda df: df.convert_dtypes(),
    "arrow": lambda df: df.convert_dtypes(dtype_backend="pyarrow"),
    "truth": lambda df: df.assign(correct=df.correct.astype(bool)),
    "words": lambda df: df.assign(correct=df.correct.map({1: "O", 0: "X"})),
    "index": lambda df: df.set_index("student_id"),
    "levels": lambda df: df.set_index(["student_id", "item_id"]),
    "unused categories": lambda df: df.assign(
        item_id=pandas.Categorical(df.item_id, ["never", *sorted(set(df.item_id))])
    ),
}
OF_POLARS = {
    "categories": lambda df: df.cast({"student_id": polars.Categorical, "item_id": polars.Categorical}),
    "enum": lambda df: df.cast({"item_id": polars.Enum(sorted(set(df["item_id"])))}),
    "decimals": lambda df: df.cast({"correct": polars.Decimal(10, 2)}),
    "nothing known": lambda df: df.with_columns(note=polars.lit(None)),
    "lists beside": lambda df: df.with_columns(tags=polars.lit([1, 2])),
    "chunks": lambda df: polars.concat([df[:7], df[7:700], df[700:]], rechunk=False),
}


@pytest.mark.parametrize("form", OF_PANDAS)
def test_forms_of_pandas(form, rows, told):
    assert parameters(seedtest.IRT().fit(OF_PANDAS[form](rows))) == told


@pytest.mark.parametrize("form", OF_POLARS)
def test_forms_of_polars(form, rows, told):
    assert parameters(seedtest.IRT().fit(OF_POLARS[form](polars.from_pandas(rows)))) == told


def test_slices_with_an_offset(rows):
    part = rows.iloc[1000:2000]
    told = parameters(seedtest.IRT(priors="weak").fit(part.reset_index(drop=True)))
    for sliced in (part, polars.from_pandas(rows)[1000:2000], pa.Table.from_pandas(rows).slice(1000, 1000)):
        assert parameters(seedtest.IRT(priors="weak").fit(sliced)) == told


def test_ids_that_are_hashes(rows, told):
    hashed = rows.assign(student_id=pandas.util.hash_array(rows.student_id.to_numpy()))
    assert hashed.student_id.max() > 2**63
    fit = seedtest.IRT().fit(hashed)
    assert parameters(fit) == told
    assert {row["user_id"] for row in fit.result["abilities"]} == {str(id) for id in hashed.student_id}


def test_ids_with_a_gap(rows):
    # pandas makes floats of whole numbers beside NaN.
    numbered = rows.assign(student_id=rows.student_id.str[1:].astype(float))
    numbered.loc[5, "student_id"] = float("nan")
    with pytest.warns(seedtest.DataWarning, match="row 6: missing_student"):
        fit = seedtest.IRT().fit(numbered)
    assert fit.rows["rejected"] == {"missing_student": 1}
    assert fit.result["abilities"][1]["user_id"] == "1"


@pytest.mark.parametrize(
    ("broken", "match"),
    [
        (lambda df: pandas.concat([df, df[["correct"]]], axis=1), "two columns are called correct"),
        (lambda df: df.assign(correct=pandas.arrays.SparseArray(df.correct)), "Sparse.*dense"),
        (lambda df: df.assign(student_id=[7, *df.student_id[1:]]), "student_id.*one type"),
        (lambda df: df.correct, "a column alone"),
        (lambda df: polars.from_pandas(df)["correct"], "a column alone"),
        (lambda df: polars.from_pandas(df).lazy(), "collect"),
        (lambda df: polars.from_pandas(df).cast({"correct": polars.Int128}), "cast the column"),
        (lambda df: df.iloc[:0], "no observations"),
        (lambda df: pandas.DataFrame(), "no student column"),
        (lambda df: polars.DataFrame(), "no student column"),
    ],
    ids=["twice", "sparse", "mixed", "series", "series of polars", "lazy", "128 bits", "no rows", "empty", "no columns"],
)
def test_what_cannot_be_read_is_told(rows, broken, match):
    with pytest.raises(seedtest.SeedtestError, match=f"(?s){match}"):
        seedtest.IRT().fit(broken(rows))


def test_an_index_names_students(features, patients):
    frame = pandas.DataFrame(dict(features)).rename(columns={"user_id": "pupil"})
    found = seedtest.cluster(frame.set_index("pupil"))
    assert found.result["clusters"] == seedtest.cluster(frame, id="pupil").result["clusters"]
    assert found.predict(frame.set_index("pupil"))["user_id"].tolist() == list(frame.pupil)
    # Numbers that name students are no feature of theirs.
    numbered = frame.assign(pupil=range(100, 250)).set_index("pupil")
    assert seedtest.cluster(numbered).result["feature_names"] == ["accuracy", "hours"]
    rows = pandas.DataFrame(dict(patients))[["student_id", "time", "event", "age"]]
    cox = seedtest.CoxPH().fit(rows.set_index("student_id"), "time", "event")
    assert list(cox.params) == ["age"]
    assert cox.predict(rows.set_index("student_id"))["user_id"].tolist() == list(rows.student_id)


def test_days_of_a_zone(series, weekly):
    """Midnights of Seoul are days of Seoul, not the evening before in Greenwich."""
    told = seedtest.Prophet().fit(pa.table(dict(series))).to_json()
    seoul = [datetime(d.year, d.month, d.day, tzinfo=ZoneInfo("Asia/Seoul")) for d in series["ds"]]
    in_polars = polars.DataFrame({"ds": [t.replace(tzinfo=None) for t in seoul], "y": series["y"]})
    in_polars = in_polars.with_columns(polars.col("ds").dt.replace_time_zone("Asia/Seoul"))
    frames = {
        "pyarrow": pa.table({"ds": pa.array(seoul, pa.timestamp("us", "Asia/Seoul")), "y": series["y"]}),
        "pandas": pandas.DataFrame({"ds": pandas.DatetimeIndex(seoul), "y": series["y"]}),
        "polars": in_polars,
        "index": pandas.DataFrame({"y": series["y"]}, index=pandas.DatetimeIndex(seoul, name="ds")),
        "periods": pandas.DataFrame({"ds": pandas.PeriodIndex(series["ds"], freq="W"), "y": series["y"]}),
    }
    for name, frame in frames.items():
        assert seedtest.Prophet().fit(frame).to_json() == told, name
    # Times of day stay the instants that they are.
    hours = [t + timedelta(hours=10) for t in seoul]
    found = seedtest.Prophet().fit(pa.table({"ds": pa.array(hours, pa.timestamp("us", "Asia/Seoul")), "y": series["y"]}))
    assert found.result["date_range"]["start"] == "2024-01-01T01:00:00"


def test_a_column_that_is_missed_is_explained(patients):
    rows = pandas.DataFrame(dict(patients))
    rows["time"] = pandas.to_timedelta(rows.time, unit="D")
    with pytest.raises(seedtest.DataError, match=r"time: holds Duration\(.*\) and is left out"):
        seedtest.CoxPH().fit(rows, formula="Surv(time, event) ~ age")


def test_words_are_those_of_arguments(weekly, rows):
    frame = pandas.DataFrame(dict(weekly))
    with pytest.warns(seedtest.ConvergenceWarning, match=r"double warmup= and samples=$"):
        fit = seedtest.growth(frame, chains=2, warmup=20, samples=20)
    assert str(fit.summary()).startswith("NOT CONVERGED") and "--" not in str(fit.problem)
    with pytest.raises(seedtest.SettingError, match=r"^student: a text is expected, not `0`\nhint: help\(\)"):
        seedtest.IRT().fit(rows, student=0)
    with pytest.raises(seedtest.SettingError) as caught:
        seedtest.Prophet().fit(frame[["score"]])
    assert caught.value.hint is not None and "--help" not in caught.value.hint
    features = frame[["score"]].assign(more=frame.week)
    assert seedtest.cluster(features, features="score").result["feature_names"] == ["score"]


def test_a_fit_can_be_kept_and_copied(rows, patients):
    frame = pandas.DataFrame(dict(patients))
    fits = [seedtest.IRT().fit(rows), seedtest.CoxPH().fit(frame, "time", "event", formula="age")]
    for fit in fits:
        for again in (pickle.loads(pickle.dumps(fit)), copy.deepcopy(fit)):
            assert again.to_json() == fit.to_json()
            assert (again.converged, again.problem) == (fit.converged, fit.problem)
    assert type(pickle.loads(pickle.dumps(fits[0])).items) is pandas.DataFrame


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_process_that_is_forked_off_can_fit(tmp_path, answers):
    """The threads of the first fit are not there in the other process."""
    code = """if True:
        import multiprocessing, sys, pyarrow, seedtest
        table = pyarrow.table({"student": ["a", "b", "c", "d"] * 9, "item": [f"q{k}" for k in range(9)] * 4,
                               "correct": [k * k % 7 % 2 for k in range(36)]})
        def fit(_):
            return seedtest.IRT(priors="weak", max_iter=3).fit(table).run_id
        if __name__ == "__main__":
            own = fit(0)
            with multiprocessing.get_context("fork").Pool(2) as pool:
                assert pool.map(fit, range(4)) == [own] * 4
    """
    file = tmp_path / "forks.py"
    file.write_text(code)
    ran = subprocess.run([sys.executable, "-W", "ignore", str(file)], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr


def many_answers():
    n = 400_000
    numbers = polars.DataFrame({"row": range(n)})
    return numbers.select(
        student=polars.col("row") // 40, item=polars.col("row") % 40, correct=polars.col("row").hash(3) % 2
    )


def test_ctrl_c_reaches_a_calibration():
    frame = many_answers()
    threading.Timer(0.8, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        seedtest.IRT("3pl", max_iter=100_000, threads=1).fit(frame)
        # A signal that came too late is not that of another test.
        time.sleep(2)
    assert time.monotonic() - began < 10


def test_fits_of_several_threads_are_the_same(rows, told):
    found: list[list] = []
    threads = [threading.Thread(target=lambda: found.append(parameters(seedtest.IRT().fit(rows)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [told] * 4
