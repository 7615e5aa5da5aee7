"""Numbers as people read them."""

import pytest

from nnrun.report.numbers import amount, count, number, setting, share, side_by_side, within


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.123456, "0.1235"),
        (0.95, "0.9500"),
        (0.999961, "1.000"),
        (-0.0007326, "-0.0007"),
        (-0.00001, "0"),
        (0.0, "0"),
        (0.0007326, "0.000733"),
        (0.0123456, "0.0123"),
        (12.3456, "12.35"),
        (33174.2, "33,170"),
        (1234567.8, "1,235,000"),
        (7, "7"),
        (12345, "12,345"),
        (1.234e-9, "1.23e-9"),
        (-3.317e12, "-3.32e12"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_have_one_form_and_the_length_that_people_read(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(-2.58e-9, "-2.58e-9"), (-0.0007326, "-0.0007"), (0.0, "0"), (2.5, "2.500"), (None, "–")],
)
def test_an_amount_close_below_zero_is_told(value, text):
    assert amount(value) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.95321, 0.01214, "0.9532 ± 0.0121"),
        (33174.2, 1234.5, "33,170 ± 1,234"),
        (-0.0007, 0.03, "-0.0007 ± 0.0300"),
        (0.5, float("inf"), "0.5000 ± inf"),
        (0.5, None, "0.5000"),
        (None, 0.1, "–"),
    ],
)
def test_an_uncertainty_ends_where_its_number_does(value, error, text):
    assert within(value, error) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.3, "0.3"), (1e-5, "1e-5"), (100.0, "100"), (1e6, "1000000")]
)
def test_a_setting_is_as_short_as_it_was_typed(value, text):
    assert setting(value) == text


@pytest.mark.parametrize(("part", "text"), [(0.354, "35%"), (0.0271, "2.7%"), (0, "0%")])
def test_a_share_is_told_in_per_cent(part, text):
    assert share(part) == text


@pytest.mark.parametrize(
    ("many", "noun", "text"),
    [(1, "class", "1 class"), (3, "class", "3 classes"), (1200, "row", "1,200 rows")],
)
def test_a_noun_follows_its_number(many, noun, text):
    assert count(many, noun) == text


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.5, 0.25], ["0.5000", "0.2500"]),
        ([3.0, 3.0], ["3.000", "3.000"]),
        ([1e9 + 5, 1e9 - 15.62], ["1,000,000,005.00", "999,999,984.38"]),
        ([12.3456, 12.34561], ["12.34560000", "12.34561000"]),
        ([float("nan"), 1.0], ["nan", "1.000"]),
    ],
)
def test_numbers_side_by_side_are_told_apart(values, texts):
    assert side_by_side(values) == texts
