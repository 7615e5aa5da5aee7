"""Counts, cells and names are written as a person would."""

from nnrun.parts.dataset.wording import as_list, counted, if_several, shorten


def test_things_are_counted_in_their_number():
    assert [counted(n, "row") for n in (0, 1, 12)] == ["0 rows", "1 row", "12 rows"]
    assert [if_several(n) for n in (1, 2)] == ["", " (2 rows)"]


def test_a_long_text_is_cut():
    assert shorten("a" * 40) == "a" * 40
    assert shorten("a" * 41) == "a" * 37 + "..."


def test_names_stand_in_a_list_as_they_would_be_typed():
    assert as_list("age", "first name", "é_1") == "[age, 'first name', 'é_1']"
