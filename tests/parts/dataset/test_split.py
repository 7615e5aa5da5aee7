"""A split is scikit-learn's train_test_split applied twice; every row is in one part, every class in each."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from nnrun.errors import Mistake
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.split import Split, SplitRows, split

SHARES = [
    (0.7, 0.15, 0.15),
    (0.6, 0.2, 0.2),
    (0.5, 0.3, 0.2),
    (0.34, 0.33, 0.33),
    (0.1, 0.45, 0.45),
]


def shares_of(train, val, test, seed, **columns):
    none = dict.fromkeys(("column", "by", "group", "folds", "fold", "bags"))
    return Split(train, val, test, seed, **{**none, "repeats": 1, **columns})


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
    data, own = numbers(rows), shares_of(*shares, seed)

    found = split(data, own)

    assert equal(found, twice(data, round(rows * own.val), round(rows * own.test), seed))


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("counts", [(30, 30), (80, 15, 5), (200, 90, 40, 11)])
@pytest.mark.parametrize("shares", SHARES[:3])
def test_a_split_of_classes_equals_train_test_split_applied_twice(shares, counts, seed):
    data, own = classes(*counts), shares_of(*shares, seed)

    found = split(data, own)

    assert equal(found, twice(data, round(data.rows * own.val), round(data.rows * own.test), seed))


@pytest.mark.parametrize("data", [numbers(97), classes(50, 30, 17)], ids=["numbers", "classes"])
def test_every_row_is_in_one_part(data):
    found = split(data, shares_of(0.6, 0.25, 0.15, 3))

    together = np.concatenate([rows for _, rows in found.items()])
    assert sorted(together) == list(range(data.rows))


@pytest.mark.parametrize("counts", [(60, 40), (300, 100, 50), (20, 20, 20, 20)])
def test_classes_keep_their_shares_in_each_part(counts):
    data = classes(*counts)

    found = split(data, shares_of(0.6, 0.2, 0.2, 0))

    for _, rows in found.items():
        seen = np.bincount(data.targets[rows], minlength=len(counts))
        expected = np.array(counts) * len(rows) / data.rows
        assert np.abs(seen - expected).max() <= 1


def test_the_same_seed_gives_the_same_split_and_another_gives_another():
    first, again, other = (
        split(numbers(100), shares_of(0.7, 0.15, 0.15, seed)) for seed in (1, 1, 2)
    )

    assert equal(first, [rows for _, rows in again.items()])
    assert not equal(first, [rows for _, rows in other.items()])


def test_a_data_sets_own_split_goes_before_the_shares():
    own = (np.array([4, 5]), np.array([0]), np.array([1, 2]))

    found = split(numbers(6, given_split=own), shares_of(0.7, 0.15, 0.15, 0))

    assert equal(found, own)


# How many rows


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [(100, (70, 15, 15)), (10, (6, 2, 2)), (101, (71, 15, 15)), (7, (5, 1, 1)), (99, (69, 15, 15))],
)
def test_sizes_are_rounded_and_training_takes_the_rest(rows, sizes):
    assert shares_of(0.7, 0.15, 0.15, 0).sizes(rows) == sizes


@pytest.mark.parametrize("shares", SHARES)
@pytest.mark.parametrize("rows", [20, 53, 400])
def test_the_sizes_told_are_the_sizes_got(shares, rows):
    own = shares_of(*shares, 0)

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

    (problem,) = shares_of(0.7, 0.2, 0.2, 0).problems()
    assert str(problem.under("dataset.split")) == told
    assert shares_of(0.7, 0.1, 0.2, 0).problems() == []
    assert shares_of(1 / 3, 1 / 3, 1 / 3, 0).problems() == []


def test_too_few_rows_are_told_with_the_number_needed():
    assert refused(numbers(9), shares_of(0.7, 0.15, 0.15, 0)) == (
        "dataset.split: 9 rows cut 0.7/0.15/0.15 leave a part of 1 row; give at least 10 rows"
    )


def test_where_other_shares_would_do_they_are_told():
    shares = shares_of("rest", 0.2, 0.2, 0)

    told = refused(classes(3, 3, 3, 3), shares)

    assert told.endswith("rows, or set dataset.split.val=0.34 dataset.split.test=0.34")
    assert "or set" not in refused(classes(2, 1, 1, 1), shares)


def test_too_few_rows_for_the_classes_are_told():
    assert refused(classes(5, 5, 5, 5), shares_of(0.7, 0.15, 0.15, 0)) == (
        "dataset.split: 20 rows cut 0.7/0.15/0.15 leave a part of 3 rows, fewer than the 4 classes; give at least 24 rows"
    )


@pytest.mark.parametrize("shares", SHARES)
def test_the_number_of_rows_asked_for_is_enough(shares):
    own = shares_of(*shares, 0)
    told = refused(numbers(3), own)

    asked = int(told.removesuffix(" rows").rpartition(" ")[2])

    assert isinstance(split(numbers(asked), own), SplitRows)


def test_the_number_of_rows_asked_for_is_enough_where_training_has_the_smallest_share():
    own = shares_of(0.08, 0.7, 0.22, 0)

    told = refused(numbers(14), own)

    assert isinstance(
        split(numbers(int(told.removesuffix(" rows").rpartition(" ")[2])), own), SplitRows
    )


def test_rare_classes_are_told_with_their_rows():
    assert refused(classes(40, 2, 1), shares_of(0.6, 0.2, 0.2, 0)) == (
        "dataset.target: fewer than 3 rows of 'b' (2), 'c' (1), where each part needs one;"
        " give more, or leave them out"
    )


def test_of_many_rare_classes_three_are_told():
    told = refused(classes(100, 2, 2, 1, 1), shares_of(0.6, 0.2, 0.2, 0))

    assert told.startswith("dataset.target: fewer than 3 rows of 'b' (2), 'c' (2), 'd' (1), where")


@pytest.mark.parametrize("shares", SHARES[:4])
@pytest.mark.parametrize("seed", range(5))
def test_classes_of_three_rows_can_be_split(shares, seed):
    data = classes(60, 3, 3)

    found = split(data, shares_of(*shares, seed))

    assert sum(len(rows) for _, rows in found.items()) == 66


# By a column of the table


def by(texts, **setting):
    """Split rows, of which a column holds these texts, as a setting says."""
    (name,) = setting.values()
    sheet = Sheet("rows.csv", {name: list(map(str, texts))}, range(2, len(texts) + 2))
    return numbers(len(texts), apart=sheet), shares_of(0.6, 0.2, 0.2, 0, **setting)


def test_a_column_names_the_part_of_each_row():
    texts = ["train", "Test", "val", "training", "validation", "test", "train"]

    found = split(*by(texts, column="part"))

    assert [rows.tolist() for _, rows in found.items()] == [[0, 3, 6], [2, 4], [1, 5]]


def test_other_names_are_told_with_their_line():
    assert refused(*by(["train", "spare", "val", "spare", "test"], column="part")) == (
        "rows.csv:3: column 'part': 'spare' is none of train, val, test (2 rows);"
        " dataset.split.column names the part of each row"
    )


def test_the_earliest_rows_train_and_the_latest_are_the_test_rows():
    days = np.random.default_rng(0).permutation(100)
    texts = [f"{date(2026, 1, 1) + timedelta(int(day))}" for day in days]

    found = split(*by(texts, by="day"))

    assert [days[rows].tolist() for _, rows in found.items()] == [
        list(range(60)),
        list(range(60, 80)),
        list(range(80, 100)),
    ]
    ends = "train up to 2026-03-01, val up to 2026-03-21, test up to 2026-04-10"
    assert found.notes == (f"split by day: {ends}",)


@pytest.mark.parametrize("seed", range(20))
def test_rows_of_one_time_are_on_one_side(seed):
    days = np.random.default_rng(seed).integers(0, 12, 100)

    found = split(*by(days, by="day"))

    edges = [(days[rows].min(), days[rows].max()) for _, rows in found.items()]
    assert edges[0][1] < edges[1][0] <= edges[1][1] < edges[2][0]
    assert abs(len(found.test) - 20) <= np.bincount(days).max() / 2


@pytest.mark.parametrize(
    "written",
    [
        "{0:%Y-%m-%d}",
        "{0:%Y-%m-%dT%H:%M:%S}",
        "{0:%Y-%m-%d %H:%M}+02:00",
        "{0:%Y/%m/%d}",
        "{0:%d.%m.%Y}",
        "{0:%d/%m/%Y}",
        "{0:%m/%d/%Y %H:%M:%S}",
        "{0.year}-{0.month}-{0.day}",
        "{0:%d.%m.%y}",
        "{0:%Y-%m-%d 12:00:00.5+00}",
        "{0.year}.{0.yday:03}",
    ],
)
def test_times_are_read_as_people_write_them(written):
    class Day(datetime):
        @property
        def yday(self):
            return self.timetuple().tm_yday

    days = [Day(2026, 1, 1) + timedelta(i) for i in range(60)]
    order = np.random.default_rng(1).permutation(60)

    found = split(*by([written.format(days[i]) for i in order], by="day"))

    assert order[np.concatenate([rows for _, rows in found.items()])].tolist() == list(range(60))


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["2026-01-01", "soon", "2026-02-30"], "rows.csv:3: column 'day': 'soon' is no date (10"),
        (["2026-01-01", "2026-02-30"], "rows.csv:3: column 'day': '2026-02-30' is no date (5"),
        (["1", "soon"], "rows.csv:3: column 'day': 'soon' is neither a number nor a date; write"),
        (["01/02/2026", "04/03/2026"], "rows.csv: column 'day': dates such as '01/02/2026' may"),
    ],
)
def test_what_is_no_time_is_told_with_its_line(texts, told):
    assert refused(*by(texts * 5, by="day")).startswith(told)


@pytest.mark.parametrize("seed", range(10))
def test_no_group_is_on_two_sides_and_parts_are_as_large_as_groups_allow(seed):
    groups = np.random.default_rng(seed).geometric(0.1, 300)
    data, shares = by(groups, group="customer")
    shares = replace(shares, seed=seed)

    found = split(data, shares)

    sides = [set(groups[rows]) for _, rows in found.items()]
    assert sum(map(len, sides)) == len(set(groups))
    assert sorted(np.concatenate([rows for _, rows in found.items()])) == list(range(300))
    sizes = [len(rows) for _, rows in found.items()]
    assert np.abs(np.subtract(sizes, [180, 60, 60])).max() <= 3
    assert found.notes == (
        f"split by customer: {len(sides[0])} train, {len(sides[1])} val, {len(sides[2])} test;"
        " none on two sides",
    )


def test_another_seed_deals_groups_out_otherwise():
    groups = np.repeat(np.arange(30), 5)
    data, shares = by(groups, group="customer")

    first, again, other = (split(data, replace(shares, seed=seed)) for seed in (1, 1, 2))

    assert equal(first, [rows for _, rows in again.items()])
    assert set(groups[first.test]) != set(groups[other.test])


@pytest.mark.parametrize("groups", [3, 4, 5])
def test_each_part_gets_a_group_if_there_are_as_many(groups):
    found = split(*by(np.repeat(np.arange(groups), 20), group="customer"))

    assert all(len(rows) >= 20 for _, rows in found.items())


def test_fewer_groups_than_parts_are_told():
    assert refused(*by(np.repeat([1, 2], 20), group="customer")) == (
        "dataset.split.group=customer: has 2 different values, which cannot be on 3 sides;"
        " choose another column, or leave it out"
    )


def test_parts_that_a_column_leaves_too_small_are_told():
    assert refused(*by(["train"] * 9 + ["val", "test", "test"], column="part")) == (
        "dataset.split.column=part: leaves 1 val row, where 2 are needed;"
        " choose another column, or leave it out"
    )


def test_training_rows_of_one_class_are_told():
    data = classes(30, 10)
    order = data.targets.argsort()
    days = np.empty(40, int)
    days[order] = range(40)
    sheet = Sheet("rows.csv", {"day": [str(day) for day in days]}, range(2, 42))

    assert refused(replace(data, apart=sheet), shares_of(0.6, 0.2, 0.2, 0, by="day")) == (
        "dataset.split.by=day: leaves training rows of one class alone, 'a';"
        " choose another column, or leave it out"
    )


# Parts without rows


@pytest.mark.parametrize("given", [numbers(100), classes(60, 40)], ids=["numbers", "classes"])
@pytest.mark.parametrize(
    ("val", "test", "parts"),
    [
        (0.2, 0.0, {"train": 80, "val": 20}),
        (0.0, 0.3, {"train": 70, "test": 30}),
        (0.0, 0.0, {"train": 100}),
    ],
)
def test_a_share_of_0_leaves_a_part_without_rows_and_the_rest_trains(val, test, parts, given):
    found = split(given, shares_of("rest", val, test, 0))

    assert {name: len(rows) for name, rows in found.items()} == parts
    assert sorted(np.concatenate([rows for _, rows in found.items()])) == list(range(100))
    assert found.judged_by == [*parts][-1]


def test_rows_that_are_drawn_for_one_part_are_scikit_learns():
    rest, tested = train_test_split(np.arange(50), test_size=10, random_state=3)

    found = split(numbers(50), shares_of("rest", 0.0, 0.2, 3))

    assert found.test.tolist() == tested.tolist()
    assert found.train.tolist() == rest.tolist()


def test_shares_that_leave_nothing_to_train_are_told():
    (problem,) = shares_of("rest", 0.6, 0.4, 0).problems()

    assert str(problem.under("dataset.split")) == (
        "dataset.split: val 0.6 + test 0.4 leave no rows to train; lower one of them"
    )


def test_a_column_without_validation_rows_lets_some_of_the_training_rows_validate():
    data, shares = by(["train"] * 40 + ["test"] * 20, column="part")

    found, last = split(data, shares), split(data, replace(shares, val=0.0, train="rest"))

    assert {name: len(rows) for name, rows in found.items()} == {"train": 32, "val": 8, "test": 20}
    assert found.notes == ("part names no val rows, so 8 of its train rows validate",)
    assert {name: len(rows) for name, rows in last.items()} == {"train": 40, "test": 20}


@pytest.mark.parametrize("setting", ["by", "group"])
def test_a_column_splits_in_two_where_two_parts_are_asked_for(setting):
    data, shares = by(np.arange(40) // 2, **{setting: "day"})

    found = split(data, replace(shares, train="rest", test=0.0))

    assert {name: len(rows) for name, rows in found.items()} == {"train": 32, "val": 8}


def test_columns_are_told_that_split_the_rows_already():
    wishes = shares_of(0.6, 0.2, 0.2, 0, by="day", group="customer", column="part")

    (problem,) = wishes.problems()

    assert "dataset.split.column=part and dataset.split.by=day split the rows" in str(problem)


def test_two_columns_are_one_too_many():
    (problem,) = shares_of(0.6, 0.2, 0.2, 0, by="day", group="customer").problems()

    assert str(problem.under("dataset.split")) == (
        "dataset.split.group=customer: dataset.split.by=day splits the rows already; set only one"
    )
