"""Numbers of a table keep the digits that tell them apart, and no more."""

import numpy as np
import pytest

from nnrun.runs.predictions import Predictions, id_heading
from nnrun.runs.tables import exact, lines


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3.0, "3"),
        (0.1, "0.1"),
        (1e9 + 5, "1000000005"),
        (12345678.91, "12345678.91"),
        (1 / 3, "0.3333333333333333"),
        (-1e-30, "-1e-30"),
        (float("nan"), "nan"),
    ],
)
def test_what_is_true_is_read_back_as_it_is(number, text):
    assert exact(number) == text
    np.testing.assert_equal(float(text), number)


@pytest.mark.parametrize(
    ("numbers", "texts"),
    [
        ([1 / 3, 2 / 3], ["0.333333333", "0.666666667"]),
        ([100.123456789, 105.123456789], ["100.123457", "105.123457"]),
        ([1e9 + 5.25, 1e9 - 60.125], ["1000000005.25", "999999939.875"]),
        ([1e9 + 1 / 3] * 2, ["1000000000.33333"] * 2),
        ([0.0, 0.0], ["0", "0"]),
        ([np.inf, 1 / 3], ["inf", "0.333333333"]),
        ([np.nan, 1 / 3], ["nan", "0.333333333"]),
        ([], []),
    ],
)
def test_numbers_that_are_nearly_alike_keep_more_digits(numbers, texts):
    assert list(lines([np.array(numbers, dtype=float)])) == texts


def test_rows_are_the_same_whichever_version_wrote_what_is_true():
    before = Predictions(("y",), ("1", "2"), (("0.333333333", "a"),), (("0", "0"),))
    now = before._replace(true=(("0.3333333333333333", "a"),))

    assert now.judged_on == before.judged_on
    assert now._replace(true=(("0.3334", "a"),)).judged_on != before.judged_on


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("who", "who"),
        ("row", "id_row"),
        ("fold", "id_fold"),
        ("predicted", "id_predicted"),
        ("true_x", "id_true_x"),
    ],
)
def test_what_rows_are_called_has_a_name_apart_from_other_columns(name, heading):
    assert id_heading(name, {"row", "fold", "true_y", "predicted_y"}) == heading
