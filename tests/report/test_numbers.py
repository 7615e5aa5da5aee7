"""Numbers as people read them."""

import pytest

from nnrun.report.numbers import count, number


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.123456, "0.1235"), (123456.0, "1.235e+05"), (7, "7")]
)
def test_numbers_have_the_length_that_people_read(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("many", "noun", "text"),
    [(1, "class", "1 class"), (3, "class", "3 classes"), (1200, "row", "1,200 rows")],
)
def test_a_noun_follows_its_number(many, noun, text):
    assert count(many, noun) == text
