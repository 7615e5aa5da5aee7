"""How a table is written is found where nobody says."""

import pytest

from nnrun.parts.dataset.detect import likely_decimal, likely_delimiter, likely_encoding


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b;c\n1,5;2;3\n", ";"),
        ("a\tb\n1 x\t2,0\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a\n1\n2\n", ","),
        ('name;note\n"x; y";"1,2"\n', ";"),
        ("a;b,c\n1;2\n3;4\n", ";"),
    ],
)
def test_the_sign_that_parts_the_first_lines_alike_is_found(text, sign):
    assert likely_delimiter(text) == sign


@pytest.mark.parametrize(
    ("columns", "sign"),
    [
        ([["1,5", "2,25", "3"], ["x", "y", "z"]], ","),
        ([["1.5", "2.25", "3"]], "."),
        ([["1,234", "12,345", "7"]], ""),
        ([["0,234", "12,345", "7"]], ","),
        ([["1,5", "2,5"], ["1.5", "2.5"]], ""),
        ([["1,5", "n/a", "2,5"]], ","),
        ([["1", "2"]], ""),
    ],
)
def test_the_sign_of_decimals_is_found_where_columns_show_one_alone(columns, sign):
    assert likely_decimal(columns) == sign


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_letters_are_read_as_they_were_written(encoding):
    raw = "größe,y\n1,2\n".encode(encoding)

    assert likely_encoding(raw) == encoding
