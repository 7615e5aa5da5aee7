"""Rows that stand twice are found as one by one; columns that give the target are told."""

import numpy as np
import pandas as pd
import pytest

from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.repeats import repeated_rows, repeats_note, telling_note
from nnrun.parts.dataset.split import SplitRows


def data(inputs, targets, classes=()):
    columns = tuple(Column(f"x{place}") for place in range(inputs.shape[1]))
    task = "classification" if classes else "regression"
    return Data("rows", columns, inputs, ("y",), targets, classes, task=task)


@pytest.mark.parametrize("kind", ["numbers", "classes", "images"])
def test_rows_that_stand_twice_are_found_as_one_by_one(kind):
    draw = np.random.default_rng(0)
    inputs, targets = draw.integers(0, 3, (200, 4)).astype(float), draw.integers(0, 2, 200)
    if kind == "images":
        inputs = np.tile(inputs.astype(np.uint8), (1, 5))
    else:
        inputs[draw.random((200, 4)) < 0.1] = np.nan
    given = targets[:, None] / 3 if kind == "numbers" else targets
    rows = SplitRows(*np.split(draw.permutation(200), [60, 130]))

    found = repeated_rows([(data(inputs, given, () if kind == "numbers" else ("a", "b")), rows)])

    table = pd.DataFrame(inputs).assign(y=targets).fillna(-1)
    learnt = set(table.iloc[rows.train].itertuples(index=False, name=None))
    for name, own in (("val", rows.val), ("test", rows.test)):
        there = [row in learnt for row in table.iloc[own].itertuples(index=False, name=None)]
        assert found[name] == sum(there) > 0


def test_a_zero_is_a_zero_and_a_row_that_trains_and_judges_by_itself_is_no_repeat():
    numbers = data(np.array([[0.0], [-0.0], [1.0]]), np.zeros((3, 1)))
    alone = np.array([2])

    assert repeated_rows([(numbers, SplitRows(np.array([0]), alone, np.array([1])))]) == {"test": 1}
    assert repeated_rows([(numbers, SplitRows(alone, alone, alone))]) == {}


def test_repeated_rows_are_told_with_their_share():
    rows = SplitRows(np.arange(60), np.arange(60, 80), np.arange(80, 100))

    assert repeats_note({"val": 3, "test": 12}, rows) == [
        "the train rows hold again, inputs and target alike, 3 of 20 val rows (15.0%) and"
        " 12 of 20 test rows (60.0%)"
    ]
    assert repeats_note({}, rows) == []


def told(column, targets, classes=()):
    """What is said of a column beside one of noise."""
    noise = np.random.default_rng(1).normal(size=len(targets))
    both = data(np.column_stack([noise, column]), targets, classes)
    return "".join(telling_note(both, np.arange(len(targets))))


def test_a_column_that_gives_the_target_is_told():
    draw = np.random.default_rng(2)
    labels, numbers = draw.integers(0, 2, 90), draw.normal(size=90)
    towns = draw.integers(0, 9, 90)
    says = "column 'x1' alone tells the target of every train row; leave it out if it is not known"

    assert told(7 - 2.0 * labels, labels, ("a", "b")).startswith(says)
    assert told(2.54 * numbers + 1, numbers[:, None]).startswith(says)
    assert told((180 * numbers + 32).round(1), 100 * numbers[:, None].round(3)).startswith(says)
    assert told(towns, np.sin(towns)[:, None]).startswith(says)
    assert telling_note(data(numbers[:, None], 2 * numbers[:, None]), np.arange(90)) == []


def test_a_column_that_nearly_gives_the_target_is_told():
    draw = np.random.default_rng(4)
    labels, numbers = draw.integers(0, 3, 400), draw.normal(size=400)
    towns, spoilt = draw.integers(0, 9, 400), labels.copy()
    spoilt[:4] = 2 - spoilt[:4]
    gaps = np.where(np.arange(400) % 9, numbers, np.nan)
    says = "column 'x1' alone nearly tells the target of the train rows; leave it out if it is not"
    noise = 1e-2 * draw.normal(size=400)

    assert told(numbers, (numbers + noise)[:, None]).startswith(says)
    assert told(gaps, 3 * numbers[:, None]).startswith(says)
    assert told(np.exp(numbers), -(numbers**3)[:, None]).startswith(says)
    assert told(towns, (np.sin(towns) + noise)[:, None]).startswith(says)
    assert told(spoilt, labels, ("a", "b", "c")).startswith(says)


def test_a_column_that_agrees_by_chance_or_somewhat_is_not():
    draw = np.random.default_rng(3)
    labels, numbers = (np.arange(90) == 40).astype(int), draw.normal(size=90)
    towns = np.minimum(np.arange(90) % 30 + 30 * (np.arange(90) == 40), 31)

    assert told(towns, labels, ("a", "b")) == ""  # one row of a class, in a town of its own
    assert told(np.arange(90.0), draw.integers(0, 2, 90), ("a", "b")) == ""
    assert told(numbers, (numbers + 1e-1 * draw.normal(size=90))[:, None]) == ""
    assert told(numbers, np.sin(numbers)[:, None]) == ""
