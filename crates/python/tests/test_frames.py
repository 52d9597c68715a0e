"""Columns of every type that holds single values, wherever they come from."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest
import seedtest

pa = pytest.importorskip("pyarrow")


def params(fit) -> list[dict]:
    return [{**of, "se": None} for of in fit.result["item_params"]]


@pytest.fixture
def table(answers):
    return pa.table(dict(answers))


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=str,
)
def test_ids_of_every_type_of_text(kind, table):
    told = seedtest.IRT().fit(table)
    cast = table.set_column(0, "student_id", table["student_id"].cast(pa.string()).cast(kind))
    assert params(seedtest.IRT().fit(cast)) == params(told)


@pytest.mark.parametrize("kind", [pa.bool_(), pa.int8(), pa.uint64(), pa.float32(), pa.float64()], ids=str)
def test_answers_of_every_type_of_number(kind, table):
    told = seedtest.IRT().fit(table)
    cast = table.set_column(2, "correct", table["correct"].cast(kind))
    assert params(seedtest.IRT().fit(cast)) == params(told)


def test_chunks_and_slices_are_one_table(table):
    parts = [table.slice(0, 1), table.slice(1, 0), table.slice(1, 1500), table.slice(1501)]
    assert params(seedtest.IRT().fit(pa.concat_tables(parts))) == params(seedtest.IRT().fit(table))
    assert seedtest.IRT().fit(table.slice(100, 2000)).rows["read"] == 2000


def test_ids_that_are_numbers(table, answers):
    numbered = table.set_column(0, "student_id", pa.array([int(s[1:]) for s in answers["student_id"]], pa.int32()))
    fit = seedtest.IRT().fit(numbered)
    assert fit.result["abilities"][0]["user_id"] == "0"
    assert [of["params"] for of in fit.result["item_params"]] == [
        of["params"] for of in seedtest.IRT().fit(table).result["item_params"]
    ]


@pytest.mark.parametrize(
    "make",
    [lambda d: d, lambda d: datetime(d.year, d.month, d.day), lambda d: d.isoformat()],
    ids=["day", "time", "text"],
)
def test_days_in_every_form_are_the_same_series(make, series):
    told = seedtest.Prophet().fit(pa.table(dict(series)))
    fit = seedtest.Prophet().fit(pa.table({"ds": [make(day) for day in series["ds"]], "y": series["y"]}))
    assert fit.to_json() == told.to_json()


def test_instants_keep_their_order(table):
    # The last answer to an item counts, wherever it stands in the table.
    first = datetime(2026, 3, 2, tzinfo=timezone.utc)
    rows = {
        "student": ["a", "a", "b"],
        "item": ["q", "q", "q"],
        "correct": [1, 0, 1],
        "timestamp": [first.replace(hour=9), first.replace(hour=8), first.replace(hour=8)],
    }
    scores = [
        seedtest.score({"q": {"a": 1, "b": 0}}, pa.table(rows), duplicates=rule).result["scores"]
        for rule in ("first", "last")
    ]
    assert scores[0][0]["theta"] < 0 < scores[1][0]["theta"]


def test_a_column_of_lists_is_named(table):
    lists = table.set_column(2, "correct", pa.array([[1]] * table.num_rows))
    with pytest.raises(seedtest.DataError, match="correct"):
        seedtest.IRT().fit(lists, correct="correct")
    beside = pa.table(
        {
            "student": ["a", "b"] * 20,
            "week": list(range(40)),
            "score": [0.1 * (i % 7) for i in range(40)],
            "tags": [[1]] * 40,
        }
    )
    with pytest.warns(seedtest.DataWarning, match="tags"):
        seedtest.lmer("score ~ week + (1 | student)", beside)


def test_text_and_arrays_are_refused():
    for data in ("answers.csv", [[1, 0]], {"student": ["a"]}):
        with pytest.raises(seedtest.SettingError, match="no data frame"):
            seedtest.IRT().fit(data)


def test_columns_are_not_copied(table):
    large = pa.concat_tables([table] * 40).combine_chunks()
    before = pa.total_allocated_bytes()
    seedtest.IRT(max_iter=2, standard_errors="none", duplicates="first")
    with pytest.warns(seedtest.ConvergenceWarning):
        seedtest.IRT(max_iter=1, standard_errors="none").fit(large)
    assert pa.total_allocated_bytes() - before < 0.01 * large.nbytes


def test_results_are_frames_of_the_same_library(answers, frame, library):
    fit = seedtest.IRT().fit(frame(answers))
    assert type(fit.items).__module__.startswith(library)
    names = fit.items.column_names if library == "pyarrow" else list(fit.items.columns)
    assert names[:3] == ["item", "a", "b"]
    assert len(fit.abilities) == 300


def test_a_pandas_index_is_no_column(answers):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(dict(answers))
    told = params(seedtest.IRT().fit(frame))
    assert params(seedtest.IRT().fit(frame.set_index(frame["student_id"].rename("key")))) == told


def test_a_day_of_polars_is_a_day(series):
    polars = pytest.importorskip("polars")
    fit = seedtest.Prophet().fit(polars.DataFrame(dict(series)))
    assert fit.result["date_range"]["start"] == date(2024, 1, 1).isoformat()
