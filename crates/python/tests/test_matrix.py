"""A matrix of persons × items."""

from __future__ import annotations

import pytest
import seedtest

numpy = pytest.importorskip("numpy")


@pytest.fixture
def matrix(answers):
    students, items = sorted(set(answers["student_id"])), sorted(set(answers["item_id"]))
    found = numpy.full((len(students), len(items)), numpy.nan)
    for s, i, c in zip(answers["student_id"], answers["item_id"], answers["correct"]):
        found[students.index(s), items.index(i)] = c
    return found, students, items


def difficulties(fit) -> list[float]:
    """In the order of the columns: numbers that stand for names are sorted as texts in a result."""
    items = sorted(fit.result["item_params"], key=lambda of: (len(of["item_id"]), of["item_id"]))
    return [of["params"]["b"] for of in items]


def test_it_is_the_same_as_long_rows(matrix, answers):
    pyarrow = pytest.importorskip("pyarrow")
    cells, students, items = matrix
    told = seedtest.IRT().fit(pyarrow.table(dict(answers)))
    fit = seedtest.IRT().from_matrix(cells, students=students, items=items)
    assert fit.run_id == told.run_id
    assert fit.result["item_params"] == told.result["item_params"]
    assert fit.result["abilities"] == told.result["abilities"]


def test_every_form_of_the_same_answers(matrix):
    cells, students, items = matrix
    told = difficulties(seedtest.IRT().from_matrix(cells))
    lists = [[None if x != x else int(x) for x in row] for row in cells]
    assert difficulties(seedtest.IRT().from_matrix(lists)) == told
    assert difficulties(seedtest.IRT().from_matrix(cells.T, orient="items_x_persons")) == told
    pandas = pytest.importorskip("pandas")
    framed = seedtest.IRT().from_matrix(pandas.DataFrame(cells, index=students, columns=items))
    # Students in another order are added up in another one.
    assert difficulties(framed) == pytest.approx(told, rel=1e-12)
    assert framed.result["item_params"][0]["item_id"] == "q00"


def test_sides_that_cannot_be_told_apart_are_asked_for(matrix):
    cells, *_ = matrix
    for doubtful in (cells.T, cells[:12]):
        with pytest.raises(seedtest.SettingError, match="persons_x_items"):
            seedtest.IRT().from_matrix(doubtful)
    seedtest.IRT("rasch").from_matrix(cells[:12], orient="persons_x_items")


def test_a_wrong_cell_is_named():
    cells = numpy.array([[1, 0], [0, 1], [1, 2.5]])
    with pytest.raises(seedtest.DataError, match=r"row 3, column 2 is 2\.5"):
        seedtest.IRT().from_matrix(cells)
    with pytest.raises(seedtest.SettingError, match="2 students for 3"):
        seedtest.IRT().from_matrix(cells, students=["a", "b"])


def test_scores_in_a_matrix():
    draw = numpy.random.default_rng(1)
    theta = draw.normal(size=400)
    cells = numpy.stack(
        [(theta + draw.normal(size=400) > -0.5).astype(int) + (theta + draw.normal(size=400) > 0.7) for _ in range(6)],
        axis=1,
    )
    fit = seedtest.IRT("grm").from_matrix(cells)
    assert fit.converged and len(fit.result["item_params"][0]["params"]["b"]) == 2
