"""How much rows count is read from a column, which is never learnt from."""

import numpy as np
import pytest

from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.split import SplitRows
from nnrun.parts.dataset.weights import read_weights, weightless


def sheet(*cells):
    return Sheet("a.csv", {"w": list(cells)}, range(2, 2 + len(cells)))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            ("1", "", ""),
            "a.csv:3: weight 'w' is empty (2 rows); fill it, or leave such rows out by",
        ),
        (("1", "-2"), "a.csv:3: weight 'w': -2 is below 0; a row counts at least 0 times"),
        (("0", "0"), "a.csv: weight 'w' is 0 in every row; give those that count more"),
        (("1", "2", "x"), "a.csv:4: weight 'w': 'x' is not a number (1 of 3 rows); fix it, or set"),
        (("1", "inf"), "a.csv:3: weight 'w': inf is infinite; fix it"),
    ],
)
def test_what_is_no_weight_is_told_with_its_line(cells, told):
    _, (problem,) = read_weights(sheet(*cells), "w")

    assert str(problem).startswith(told)


def test_weights_are_one_on_average_over_the_rows_that_are_asked_for():
    weights, problems = read_weights(sheet("0", "1.5", "3", "0.5"), "w")
    data = Data("a", (Column("x"),), np.zeros((4, 1)), ("y",), np.zeros((4, 1)), weights=weights)

    assert problems == []
    np.testing.assert_allclose(data.weights_of(np.array([1, 3])), [1.5, 0.5])
    np.testing.assert_allclose(data.weigh(np.array([1, 3]), np.array([1.0, 2.0])), [1.5, 1.0])
    assert read_weights(sheet("1"), "") == (None, [])


def test_parts_in_which_no_row_counts_are_told():
    rows = SplitRows(np.array([0, 1]), np.array([2]), np.array([3]))

    (problem,) = weightless(np.array([0.0, 1, 0, 2]), rows.items())

    assert str(problem) == (
        "dataset.weight: is 0 in every val row; split the rows otherwise, or choose another column"
    )
    assert weightless(None, rows.items()) == []
