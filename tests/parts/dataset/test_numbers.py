"""What people write as numbers is read as numbers, and nothing else."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from nnrun.parts.dataset.numbers import in_order, number_names, numbers, positions

NAN = np.nan


@pytest.mark.parametrize(
    ("cells", "decimal", "values", "others"),
    [
        (["1", "2", "", "-3e2", ".5", "7."], ".", [1, 2, NAN, -300, 0.5, 7], []),
        (["1", "nan", "1_000", "x", ""], ".", [1, NAN, NAN, NAN, NAN], [1, 2, 3]),
        (["inf", "-Infinity", "1e400"], ".", [np.inf, -np.inf, np.inf], []),
        (["1,5", "1.5", "2"], ",", [1.5, NAN, 2], [1]),
    ],
)
def test_cells_are_numbers_gaps_or_told(cells, decimal, values, others):
    found, told = numbers(cells, decimal)

    assert_array_equal(found, values)
    assert told == others


def test_names_are_sorted_as_numbers_where_all_are():
    assert in_order(["10", "9", "00501"]) == ("9", "10", "00501")
    assert in_order(["10", "9", "a"]) == ("10", "9", "a")


def test_different_numbers_are_named_once():
    assert number_names(np.array([3.0, 2.5, 3.0, -1.0])) == ("-1", "2.5", "3")


def test_a_cell_is_found_by_its_text_first_and_then_by_its_number():
    found, told = positions(["7", "7.0", "07", "", "x"], ["07", "7"])

    assert_array_equal(found, [1, 1, 0, NAN, NAN])
    assert told == [4]
