"""Axes: numbers that would look alike are counted from a round one."""

import pytest

from nnrun.report.pages.svg import Axis


@pytest.mark.parametrize(
    ("low", "high", "name", "texts"),
    [
        (0.0, 1.0, "y", ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (2010.0, 2020.0, "y", ["2010", "2012", "2014", "2016", "2018", "2020"]),
        (1e9 - 60, 1e9 + 60, "y − 1,000,000,000", ["-50", "-25", "0", "25", "50"]),
        (-1e9 - 60, -1e9 + 60, "y + 1,000,000,000", ["-50", "-25", "0", "25", "50"]),
        (12345.0, 12345.5, "y − 12,345", ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]),
        (3.0, 3.0, "y", ["3"]),
    ],
)
def test_the_numbers_of_an_axis_are_told_apart(low, high, name, texts):
    axis = Axis(low, high, 0, 300, named=True)

    assert [number for _, number in axis.numbers] == texts
    assert axis.called("y") == name


def test_numbers_get_more_digits_where_no_name_tells_from_which_they_count():
    axis = Axis(0.99912, 0.99914, 0, 300)

    texts = [number for _, number in axis.numbers]

    assert texts == ["0.99912", "0.999125", "0.99913", "0.999135", "0.99914"]
    assert axis.called("accuracy") == "accuracy"
