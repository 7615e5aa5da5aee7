"""Rows may be handed over in many forms; what is none of them is told."""

import numpy as np
import pandas as pd
import pytest
import torch

from nnrun.bundle.tables import as_frame, beside
from nnrun.errors import Mistake

NAMES = ["size", "town"]
FRAME = pd.DataFrame({"size": [100.0, 90.5], "town": ["Rome", "Bonn"]})


@pytest.mark.parametrize(
    "given",
    [
        FRAME,
        {"size": [100.0, 90.5], "town": ["Rome", "Bonn"]},
        [{"size": 100.0, "town": "Rome"}, {"size": 90.5, "town": "Bonn"}],
        [[100.0, "Rome"], (90.5, "Bonn")],
        (np.array([100.0, "Rome"], object), [90.5, "Bonn"]),
        np.array([[100.0, "Rome"], [90.5, "Bonn"]], object),
    ],
)
def test_rows_of_any_form_become_the_same_frame(given):
    pd.testing.assert_frame_equal(as_frame(given, NAMES), FRAME)


@pytest.mark.parametrize("kind", [np.asarray, torch.tensor])
def test_arrays_of_numbers_keep_them_exactly(kind):
    rows = [[0.1, 2.0], [1 / 3, -4.0]]

    assert as_frame(kind(np.array(rows)), NAMES).to_numpy().tolist() == rows


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            [100.0, 2.0],
            "table: is no list of rows, each with 2 columns (size, town);"
            " for one row, put it in brackets: [row]",
        ),
        (["Rome", "Bonn"], "is no list of rows"),
        (
            [[1, 2], [1, 2, 3]],
            "table: row 2 has 3 values, the model was trained with 2 columns (size, town)",
        ),
        (
            7,
            "table: is no table, but of type int;"
            " give a pandas.DataFrame, or rows as lists or an array",
        ),
        ("size,town", "is no table, but of type str"),
        (
            {"size": 100.0, "town": "Rome"},
            "table: its columns are no lists of one length;"
            " give each column a list of the same length",
        ),
    ],
)
def test_what_is_no_table_is_told(given, told):
    with pytest.raises(Mistake) as caught:
        as_frame(given, NAMES)

    assert told in str(caught.value)


def test_many_columns_stand_in_front_of_the_answers_and_of_none_of_them_a_name_twice():
    answers = pd.DataFrame({"price": [1.5, 2.5], "deviation_price": [0.1, 0.2]})
    kept = {"price": ["9", ""], **{f"c{place}": [place, place] for place in range(200)}}

    table = beside(kept, answers)

    assert list(table) == [*kept, "predicted_price", "deviation_price"]
    assert table["price"].tolist() == ["9", ""]
    assert table["predicted_price"].tolist() == [1.5, 2.5]
    assert beside({}, answers).equals(answers)


def test_a_name_that_two_columns_would_have_is_refused():
    answers = pd.DataFrame({"y": [1.5], "predicted_y": [0.1]})

    with pytest.raises(Mistake) as caught:
        beside({"y": ["9"]}, answers)

    assert str(caught.value) == (
        "predicted_y: is the name of two columns in what is predicted;"
        " keep other columns, or call it otherwise in the table"
    )
    with pytest.raises(Mistake, match="predicted_y: is the name of two columns"):
        beside({"y": ["9"], "predicted_y": ["8"]}, answers[["y"]])
