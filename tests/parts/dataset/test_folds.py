"""Folds are scikit-learn's; each row tests once a repeat, and nothing of its like teaches beside it."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit

from nnrun.errors import Mistake
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.split import Split, split, too_rare

NONE = dict.fromkeys(("column", "by", "group", "fold", "bags"))
PLAIN = Split("rest", 0.2, 0.2, 0, **NONE, folds=5, repeats=1)
BAGS = replace(PLAIN, folds=None, bags=4)


def numbers(rows, **changes):
    inputs, targets = np.zeros((rows, 1)), np.zeros((rows, 1))
    return Data("numbers", (Column("x"),), inputs, ("y",), targets, **changes)


def classes(*counts):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    names, inputs = tuple("abcdefgh"[: len(counts)]), np.zeros((len(labels), 1))
    return Data("classes", (Column("x"),), inputs, ("y",), labels, names, task="classification")


def table(rows, **columns):
    cells = {name: [str(cell) for cell in texts] for name, texts in columns.items()}
    return numbers(rows, apart=Sheet("t.csv", cells, range(2, rows + 2)))


def parts(data, shares):
    return [split(data, one) for one in shares.each_fold]


def problem(data, shares):
    with pytest.raises(Mistake) as refused:
        parts(data, shares)
    return str(refused.value.problems[0])


@pytest.mark.parametrize("seed", [0, 7])
def test_rows_are_dealt_as_scikit_learn_deals_them(seed):
    few, mixed = numbers(103), classes(40, 33, 30)
    shares = replace(PLAIN, seed=seed)
    dealt = KFold(5, shuffle=True, random_state=seed).split(few.inputs)
    by_class = StratifiedKFold(5, shuffle=True, random_state=seed).split(few.inputs, mixed.targets)

    found, of_classes = parts(few, shares), parts(mixed, shares)

    for own, (_, test) in zip(found + of_classes, [*dealt, *by_class], strict=True):
        assert np.array_equal(own.test, test)
    for own in found + of_classes:
        assert np.array_equal(np.sort(np.concatenate([own.train, own.new])), np.arange(103))
        assert len(own.val) == round((103 - len(own.test)) * 0.2)


def test_repeats_are_dealt_anew_and_the_first_is_that_without_any():
    data, twice = numbers(40), replace(PLAIN, repeats=2)

    once, both = parts(data, PLAIN), parts(data, twice)

    assert all(np.array_equal(a.train, b.train) for a, b in zip(once, both, strict=False))
    assert np.array_equal(np.sort(np.concatenate([own.test for own in both[5:]])), np.arange(40))
    assert not np.array_equal(both[0].test, both[5].test)


def test_groups_stay_together_in_folds_and_beside_them():
    shops = np.random.default_rng(1).integers(0, 17, 120)
    data = table(120, shop=shops)

    found = parts(data, replace(PLAIN, group="shop", repeats=2))

    for own in found:
        sides = [set(shops[rows]) for rows in (own.train, own.val, own.test)]
        assert all(sides)
        assert not sides[0] & sides[1]
        assert not (sides[0] | sides[1]) & sides[2]
        assert 15 <= len(own.test) <= 33
    for first in (0, 5):
        tested = np.concatenate([own.test for own in found[first : first + 5]])
        assert np.array_equal(np.sort(tested), np.arange(120))


def test_what_is_in_time_is_tested_by_what_comes_later():
    days = np.random.default_rng(2).permutation(62)
    data = table(62, day=[date(2026, 1, 1) + timedelta(int(day)) for day in days])
    in_order = np.argsort(days)

    found = parts(data, replace(PLAIN, by="day", folds=4))

    for own, (before, after) in zip(found, TimeSeriesSplit(4).split(days), strict=True):
        assert set(own.test) == set(in_order[after])
        assert set(own.train) | set(own.val) == set(in_order[before])
        assert days[own.train].max() < days[own.val].min() < days[own.test].min()


def test_rows_of_one_time_are_on_one_side():
    data = table(60, day=np.repeat(np.arange(12), 5))

    for own in parts(data, replace(PLAIN, by="day", folds=3)):
        sides = [set(rows // 5) for rows in (own.train, own.val, own.test)]
        assert not sides[0] & sides[1]
        assert not sides[1] & sides[2]


@pytest.mark.parametrize(
    ("data", "shares", "told"),
    [
        (
            numbers(9),
            {},
            "folds=5: 9 rows leave a fold of 1 row; use dataset.split.folds=4 at most",
        ),
        (classes(5, 5, 5, 5), {}, "val=0.2: 3 rows would validate each of 5 networks"),
        (classes(40, 4), {"val": 0.3}, "class 'b' has 4 rows, where each fold needs one"),
        (classes(40, 4), {"val": 0.3}, "use dataset.split.folds=4 at most"),
        (classes(40, 2), {"folds": 2, "val": 0.3}, "leave the class out"),
        (table(40, g=[1, 2, 3, 4] * 10), {"group": "g"}, "has 4 different values, too few"),
        (table(40, t=[1] * 38 + [2, 3]), {"by": "t"}, "leaves a stretch of 0 rows"),
    ],
)
def test_folds_that_cannot_be_are_refused(data, shares, told):
    assert told in problem(data, replace(PLAIN, **shares))


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ({"column": "part"}, "folds=5: dataset.split.column=part says which rows test"),
        ({"by": "day", "repeats": 2}, "repeats=2: dataset.split.by=day leaves one order"),
        ({"fold": 6}, "fold=6: there are 5 folds; give 1 to 5"),
        (
            {"folds": None, "fold": 1},
            "of which there are none; set dataset.split.folds=5, or dataset.split.fold=null",
        ),
        ({"folds": None, "repeats": 3}, "set dataset.split.folds=5, or dataset.split.repeats=1"),
    ],
)
def test_settings_that_do_not_go_with_folds_are_told(shares, told):
    assert told in str(replace(PLAIN, **shares).problems()[0])


# Bags


def held_once(found, rows):
    """Tell whether each row either always tests, or validates once and trains beside that."""
    tested = found[0].test
    validated = np.concatenate([own.val for own in found])
    alike = all(np.array_equal(own.test, tested) for own in found)
    whole = all(len(own.train) + len(own.val) + len(own.test) == rows for own in found)
    apart = np.array_equal(np.sort([*validated, *tested]), np.arange(rows))
    return alike and whole and apart and not any({*own.train} & {*own.new} for own in found)


@pytest.mark.parametrize("test", [0.0, 0.2])
def test_every_row_that_does_not_test_validates_in_one_bag_and_trains_in_the_others(test):
    shares = replace(BAGS, test=test)
    town = [f"town {i % 13}" for i in range(103)]
    grouped = table(103, town=town)

    found = parts(numbers(103), shares)
    of_classes = parts(classes(40, 33, 30), shares)
    of_towns = parts(grouped, replace(shares, group="town"))

    for each in (found, of_classes, of_towns):
        assert len(each) == 4
        assert held_once(each, 103)
    for each in (found, of_classes):
        assert np.ptp([len(own.val) for own in each]) <= 1
        assert len(each[0].test) == round(103 * test)
    (note,) = of_towns[0].notes
    tested = len({town[row] for row in of_towns[0].test})
    told = f", {tested} test" if tested else ""
    assert note == f"split by town: {13 - tested} in 4 bags{told}; none on two sides"
    for own in of_towns:
        for one, other in ((own.train, own.val), (own.train, own.test), (own.val, own.test)):
            assert not {town[row] for row in one} & {town[row] for row in other}


def test_a_class_of_few_rows_is_learnt_in_every_bag():
    data = classes(40, 3)

    found = parts(data, replace(BAGS, test=0.2))

    assert all(np.sum(data.targets[own.val] == 1) < 2 for own in found)
    assert all(np.any(data.targets[own.train] == 1) for own in found)


def test_two_rows_of_a_class_are_needed_beside_those_that_test():
    data = classes(40, 3)

    told = problem(data, replace(BAGS, bags=2, test=0.6))

    assert "too few rows of 'b' (3), where two beside the test rows are needed" in told
    assert too_rare(data.targets, data.classes, replace(BAGS, test=0.6)) == {1}
    assert too_rare(data.targets, data.classes, replace(BAGS, test=0.2)) == set()


@pytest.mark.parametrize(
    ("rows", "changes", "told"),
    [
        (9, {}, "dataset.split.bags=4: 7 rows leave a bag of 1 row; use dataset.split.bags=3 at"),
        (4, {"bags": 4}, "dataset.split.bags=4: 3 rows leave a bag of 0 rows; leave it out"),
    ],
)
def test_bags_need_rows(rows, changes, told):
    assert problem(numbers(rows), replace(BAGS, **changes)).startswith(told)


def test_bags_by_group_need_groups():
    towns = table(12, town=["a", "b", "c"] * 4)

    told = problem(towns, replace(BAGS, group="town"))

    assert told.startswith("dataset.split.bags=4: column 'town' has 3 different values, too few")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"folds": 3}, "bags=4: does not go with dataset.split.folds=3"),
        ({"column": "part"}, "bags=4: does not go with dataset.split.column=part"),
        ({"by": "day"}, "bags=4: does not go with dataset.split.by=day"),
        ({"repeats": 2}, "bags=4: does not go with dataset.split.repeats=2"),
        ({"fold": 5}, "fold=5: there are 4 bags; give 1 to 4"),
    ],
)
def test_what_bags_do_not_go_with(changes, told):
    (found,) = replace(BAGS, **changes).problems()

    assert str(found).startswith(told)
