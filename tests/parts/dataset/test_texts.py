"""What is found of a column's texts is found once, and is what a count of the chosen rows finds."""

from collections import Counter

import numpy as np
import pytest

from nnrun.parts.dataset import texts
from nnrun.parts.dataset.cells import Cells
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.texts import Texts

COLUMN = ["b", "a", "", "b", "c", "", "a", "b"]


@pytest.mark.parametrize("rows", [None, [], [2, 5], [6, 0, 3, 2], list(range(8))])
def test_texts_of_some_rows_are_counted_as_they_come(rows):
    chosen = [text for text in (COLUMN if rows is None else [COLUMN[row] for row in rows]) if text]

    counted = Texts(COLUMN).counted(rows)

    assert counted == Counter(chosen)
    assert list(counted) == list(Counter(chosen))


def test_numbers_are_read_once_whoever_asks_and_by_each_decimal_sign(monkeypatch):
    asked, read = [], texts.numbers
    monkeypatch.setattr(texts, "numbers", lambda *given: asked.append(given[1]) or read(*given))
    sheet = Sheet("a.csv", {"x": ["1.5", "", "2", "x"], "y": ["1"] * 4}, range(2, 6))

    for some in (sheet, sheet.only(["x"])):
        for train in (None, [0, 1], [2, 3]):
            values, others = Cells(some, "x", "column 'x'", train=train).numbers()

            np.testing.assert_array_equal(values, [1.5, np.nan, 2, np.nan])
            assert others == [3]
    assert asked == ["."]
    assert Texts(["1,5"]).numbers(",")[0].tolist() == [1.5]


def test_nobody_writes_into_numbers_that_others_read():
    values, _ = Texts(["1", "2"]).numbers(".")

    with pytest.raises(ValueError, match="read-only"):
        values[0] = 3
