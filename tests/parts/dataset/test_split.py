"""A split is scikit-learn's train_test_split applied twice; every row is in one part, every class in each."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from nnrun.errors import Mistake
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.split import Split, SplitRows, split

SHARES = [
    (0.7, 0.15, 0.15),
    (0.6, 0.2, 0.2),
    (0.5, 0.3, 0.2),
    (0.34, 0.33, 0.33),
    (0.1, 0.45, 0.45),
]


def numbers(rows, **changes):
    inputs, targets = np.zeros((rows, 1)), np.zeros((rows, 1))
    return Data("numbers", (Column("x"),), inputs, ("y",), targets, **changes)


def classes(*counts, seed=0):
    """As many rows of each class as counted, mixed."""
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    names = tuple("abcdefgh"[: len(counts)])
    inputs = np.zeros((len(labels), 1))
    return Data("classes", (Column("x"),), inputs, ("y",), labels, names, task="classification")


def twice(data, val, test, seed):
    """The split as one writes it with scikit-learn."""
    rows, labels = np.arange(data.rows), data.targets if data.classes else None
    rest, tested = train_test_split(rows, test_size=test, random_state=seed, stratify=labels)
    left = None if labels is None else labels[rest]
    trained, validated = train_test_split(rest, test_size=val, random_state=seed, stratify=left)
    return trained, validated, tested


def equal(parts, expected):
    return all(
        np.array_equal(found, wanted)
        for (_, found), wanted in zip(parts.items(), expected, strict=True)
    )


# Which rows


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
@pytest.mark.parametrize("rows", [40, 101, 1000])
@pytest.mark.parametrize("shares", SHARES)
def test_a_split_equals_train_test_split_applied_twice(shares, rows, seed):
    data, own = numbers(rows), Split(*shares, seed)

    found = split(data, own)

    assert equal(found, twice(data, round(rows * own.val), round(rows * own.test), seed))


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("counts", [(30, 30), (80, 15, 5), (200, 90, 40, 11)])
@pytest.mark.parametrize("shares", SHARES[:3])
def test_a_split_of_classes_equals_train_test_split_applied_twice(shares, counts, seed):
    data, own = classes(*counts), Split(*shares, seed)

    found = split(data, own)

    assert equal(found, twice(data, round(data.rows * own.val), round(data.rows * own.test), seed))


@pytest.mark.parametrize("data", [numbers(97), classes(50, 30, 17)], ids=["numbers", "classes"])
def test_every_row_is_in_one_part(data):
    found = split(data, Split(0.6, 0.25, 0.15, 3))

    together = np.concatenate([rows for _, rows in found.items()])
    assert sorted(together) == list(range(data.rows))


@pytest.mark.parametrize("counts", [(60, 40), (300, 100, 50), (20, 20, 20, 20)])
def test_classes_keep_their_shares_in_each_part(counts):
    data = classes(*counts)

    found = split(data, Split(0.6, 0.2, 0.2, 0))

    for _, rows in found.items():
        seen = np.bincount(data.targets[rows], minlength=len(counts))
        expected = np.array(counts) * len(rows) / data.rows
        assert np.abs(seen - expected).max() <= 1


def test_the_same_seed_gives_the_same_split_and_another_gives_another():
    first, again, other = (split(numbers(100), Split(0.7, 0.15, 0.15, seed)) for seed in (1, 1, 2))

    assert equal(first, [rows for _, rows in again.items()])
    assert not equal(first, [rows for _, rows in other.items()])


def test_a_data_sets_own_split_goes_before_the_shares():
    own = (np.array([4, 5]), np.array([0]), np.array([1, 2]))

    found = split(numbers(6, given_split=own), Split(0.7, 0.15, 0.15, 0))

    assert equal(found, own)


# How many rows


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [(100, (70, 15, 15)), (10, (6, 2, 2)), (101, (71, 15, 15)), (7, (5, 1, 1)), (99, (69, 15, 15))],
)
def test_sizes_are_rounded_and_training_takes_the_rest(rows, sizes):
    assert Split(0.7, 0.15, 0.15, 0).sizes(rows) == sizes


@pytest.mark.parametrize("shares", SHARES)
@pytest.mark.parametrize("rows", [20, 53, 400])
def test_the_sizes_told_are_the_sizes_got(shares, rows):
    own = Split(*shares, 0)

    found = split(numbers(rows), own)

    assert tuple(len(part) for _, part in found.items()) == own.sizes(rows)
    assert [name for name, _ in found.items()] == ["train", "val", "test"]


# What is refused


def refused(data, own):
    with pytest.raises(Mistake) as caught:
        split(data, own)
    return str(caught.value)


def test_shares_that_do_not_add_up_are_told():
    told = "dataset.split: train 0.7 + val 0.2 + test 0.2 = 1.1; the shares must add up to 1"

    (problem,) = Split(0.7, 0.2, 0.2, 0).problems()
    assert str(problem.under("dataset.split")) == told
    assert Split(0.7, 0.1, 0.2, 0).problems() == []
    assert Split(1 / 3, 1 / 3, 1 / 3, 0).problems() == []


def test_too_few_rows_are_told_with_the_number_needed():
    assert refused(numbers(9), Split(0.7, 0.15, 0.15, 0)) == (
        "dataset.split: 9 rows cut 0.7/0.15/0.15 leave a part of 1 row; give at least 10 rows"
    )


def test_too_few_rows_for_the_classes_are_told():
    assert refused(classes(5, 5, 5, 5), Split(0.7, 0.15, 0.15, 0)) == (
        "dataset.split: 20 rows cut 0.7/0.15/0.15 leave a part of 3 rows, fewer than the 4 classes; give at least 24 rows"
    )


@pytest.mark.parametrize("shares", SHARES)
def test_the_number_of_rows_asked_for_is_enough(shares):
    own = Split(*shares, 0)
    told = refused(numbers(3), own)

    asked = int(told.removesuffix(" rows").rpartition(" ")[2])

    assert isinstance(split(numbers(asked), own), SplitRows)


def test_the_number_of_rows_asked_for_is_enough_where_training_has_the_smallest_share():
    own = Split(0.08, 0.7, 0.22, 0)

    told = refused(numbers(14), own)

    assert isinstance(
        split(numbers(int(told.removesuffix(" rows").rpartition(" ")[2])), own), SplitRows
    )


def test_rare_classes_are_told_with_their_rows():
    assert refused(classes(40, 2, 1), Split(0.6, 0.2, 0.2, 0)) == (
        "dataset.target: fewer than 3 rows of 'b' (2), 'c' (1), where each part needs one;"
        " give more, or leave them out"
    )


def test_of_many_rare_classes_three_are_told():
    told = refused(classes(100, 2, 2, 1, 1), Split(0.6, 0.2, 0.2, 0))

    assert told.startswith("dataset.target: fewer than 3 rows of 'b' (2), 'c' (2), 'd' (1), where")


@pytest.mark.parametrize("shares", SHARES[:4])
@pytest.mark.parametrize("seed", range(5))
def test_classes_of_three_rows_can_be_split(shares, seed):
    data = classes(60, 3, 3)

    found = split(data, Split(*shares, seed))

    assert sum(len(rows) for _, rows in found.items()) == 66
