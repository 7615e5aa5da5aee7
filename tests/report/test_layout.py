"""Text and tables fit the columns of a terminal, and nothing breaks within a word."""

import pytest

from nnrun.report.layout import as_many_as_fit, folded, lines_within, pieces

ROWS = [
    ["r2", "0.9895 ± 0.0013", "-0.0007", "0.7638"],
    ["position_error_mm", "3.961", "153.9", "1"],
]
HEADINGS = ["on the test rows", "nnrun", "constant", "nearest neighbours"]


@pytest.mark.parametrize("width", [10, 40, 80])
def test_a_text_is_broken_between_words_and_goes_on_indented(width):
    text = "12/12 lr=0.01,widths=32x32,seed=1  val r2 0.5297  best epoch 14 of 200"

    first, *others = lines_within(text, width, indent=4)

    assert " ".join([first, *others]).split() == text.split()
    assert all(line.startswith("    ") for line in others)
    assert all(len(line) <= width or " " not in line.strip() for line in [first, *others])


def test_what_fits_beside_a_bar_is_kept_from_the_front():
    assert as_many_as_fit(["train 0.5", "val 0.25", "lr 0.1"], 20) == "train 0.5  val 0.25"


def test_headings_are_folded_only_where_the_table_is_too_wide():
    assert folded(HEADINGS, ROWS, 100) == HEADINGS
    assert folded(HEADINGS, ROWS, 60) == [*HEADINGS[:3], "nearest\nneighbours"]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (100, [[0, 1, 2, 3]]),
        (60, [[0, 1, 2], [0, 3]]),
        (10, [[0, 1], [0, 2], [0, 3]]),
    ],
)
def test_a_table_that_is_too_wide_comes_in_pieces_which_begin_alike(width, expected):
    assert pieces(HEADINGS, ROWS, width) == expected


def test_each_piece_of_a_table_begins_with_all_columns_that_name_its_rows():
    assert pieces(HEADINGS, ROWS, 50, naming=2) == [[0, 1, 2], [0, 1, 3]]
