"""Which rows train, which choose the best epoch, and which are kept for the end."""

from dataclasses import dataclass, replace
from itertools import count
from math import ceil
from types import MappingProxyType
from typing import Annotated, Literal, Self

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, listing, refuse
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.folds import (
    bag_by_group,
    beside_tests,
    dealt_to,
    fold_by_group,
    fold_by_time,
    held_out,
    lacking,
    rare_in_folds,
    too_many_bags,
    too_many_folds,
)
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.split_columns import (
    LEAST,
    PARTS,
    by_group,
    by_name,
    by_time,
    one_class,
    too_small,
)
from nnrun.parts.dataset.weights import weightless
from nnrun.parts.dataset.wording import EXAMPLES, counted, problem_at
from nnrun.parts.interface import Part, Reasons, part
from nnrun.parts.kinds import Bound, Count, Factor, Fraction, Names, Seed

READ = ("column", "by", "group")  # settings that name a column of the table


@part
class Split(Part):
    """Shares of the rows, drawn with a seed, or cut as a column of the table says."""

    train: Factor | Literal["rest"]
    val: Fraction
    test: Fraction
    seed: Seed
    column: str | None
    by: str | None
    group: str | None
    folds: Annotated[int, Bound(least=2, most=1000)] | None
    repeats: Annotated[int, Bound(least=1, most=1000)]
    fold: Count | None
    bags: Annotated[int, Bound(least=2, most=1000)] | None
    added = MappingProxyType({**dict.fromkeys((*READ, "folds", "fold", "bags")), "repeats": 1})

    @property
    def columns(self) -> dict[str, str]:
        """Name the columns that it reads, by the settings that name them."""
        named = {f"dataset.split.{setting}": vars(self)[setting] for setting in READ}
        return {key: name for key, name in named.items() if name is not None}

    def problems(self) -> Problems:
        if len(self.columns) > 1:
            *_, last = READ if self.group else READ[:2]
            others = [f"{key}={name}" for key, name in self.columns.items()][:-1]
            split = "splits" if len(others) == 1 else "split"
            wrong = f"{' and '.join(others)} {split} the rows already"
            return [self.problem(last, wrong, "set only one")]
        if found := self.problems_of_folds():
            return found
        train, val, test = self.shares
        if train <= 1e-6:
            wrong = f"val {val:g} + test {test:g} leave no rows to train"
            return [problem_at("", wrong, "lower one of them")]
        total = train + val + test
        if abs(total - 1) <= 1e-6:
            return []
        wrong = f"train {train:g} + val {val:g} + test {test:g} = {total:g}"
        return [problem_at("", wrong, "the shares must add up to 1")]

    def problems_of_folds(self) -> Problems:
        """Tell what of folds, or of bags, cannot be."""
        if self.bags:
            return self.problems_of_bags(self.bags)
        if self.folds is None:
            alone = {"repeats=1": self.repeats != 1, "fold=null": self.fold is not None}
            wrong, advice = "is about folds, of which there are none", "set dataset.split.folds=5"
            return [
                self.problem(usual.partition("=")[0], wrong, f"{advice}, or dataset.split.{usual}")
                for usual, differs in alone.items()
                if differs
            ]
        if self.column:
            wrong = f"dataset.split.column={self.column} says which rows test"
            return [self.problem("folds", wrong, "leave out one of them")]
        if self.by and self.repeats > 1:
            wrong = f"dataset.split.by={self.by} leaves one order of the rows, and nothing to draw"
            return [self.problem("repeats", wrong, "leave it out")]
        if self.fold is not None and self.fold > self.many_folds:
            wrong = f"there are {self.many_folds} folds"
            return [self.problem("fold", wrong, f"give 1 to {self.many_folds}")]
        return []

    def problems_of_bags(self, bags: int) -> Problems:
        """Tell beside what no bags can be."""
        others = [("folds", self.folds), ("column", self.column), ("by", self.by)]
        if self.repeats > 1:
            others.append(("repeats", self.repeats))
        found = [f"dataset.split.{name}={value}" for name, value in others if value]
        if found:
            wrong, advice = f"does not go with {found[0]}", "set it to null, or leave that out"
            return [self.problem("bags", wrong, advice)]
        if (self.fold or 1) > bags:
            return [self.problem("fold", f"there are {bags} bags", f"give 1 to {bags}")]
        return []

    def without_effect(self) -> Reasons:
        none: Reasons = {}
        if self.bags:
            told = f"dataset.split.bags={self.bags} says which rows these are", "leave it out"
            none |= {"dataset.split.train": told, "dataset.split.val": told}
        if self.folds:
            told = f"dataset.split.folds={self.folds} says which rows these are", "leave it out"
            none |= {"dataset.split.train": told, "dataset.split.test": told}
        if self.by:
            why = "dataset.split.by puts the rows in order"
            return none | {"dataset.split.seed": (why, "leave it out")}
        if self.column:
            told = "dataset.split.column says which rows these are", "leave it out"
            return {"dataset.split.train": told, "dataset.split.test": told}
        return none

    @property
    def many_folds(self) -> int:
        """Count the folds of all repeats, or the bags; none where rows are split once."""
        return self.bags or (self.folds or 0) * self.repeats

    @property
    def fold_word(self) -> str:
        """Say what its folds are called; the setting that counts them is called so, too."""
        return "bag" if self.bags else "fold"

    @property
    def bagged(self) -> bool:
        """Whether networks answer together of which each validated on other rows."""
        return bool(self.bags) and self.fold is None

    @property
    def held_out(self) -> tuple[int, int]:
        """Tell how many folds or bags there are, and which is held out: the first unless named."""
        return self.bags or self.folds or 1, self.fold or 1

    @property
    def first_fold(self) -> Self:
        """Give the split of the first fold, by whose rows a length is counted for all."""
        return replace(self, fold=1) if self.many_folds else self

    @property
    def each_fold(self) -> list[Self]:
        """Give the split of each fold by itself; this one where it is one already."""
        if not self.many_folds or self.fold:
            return [self]
        return [replace(self, fold=fold) for fold in range(1, self.many_folds + 1)]

    @property
    def shares(self) -> tuple[float, float, float]:
        """Give the shares of the rows that train, validate and test."""
        if self.bags:
            val = (1 - self.test) / self.bags
            return 1 - val - self.test, val, self.test
        if self.folds:
            test = 1 / self.folds
            val = self.val * (1 - test)
            return 1 - val - test, val, test
        train = 1 - self.val - self.test if self.train == "rest" else self.train
        return train, self.val, self.test

    def sizes(self, rows: int) -> tuple[int, int, int]:
        """Count how many rows train, validate and test; of folds, those of the first."""
        val, test = round(rows * self.val), round(rows * self.test)
        if self.bags:
            val = -(-(rows - test) // self.bags)
        if self.folds:
            test = -(-rows // self.folds)
            val = round((rows - test) * self.val)
        return rows - val - test, val, test


@dataclass(frozen=True)
class SplitRows:
    """Row numbers of each part."""

    train: ndarray
    val: ndarray
    test: ndarray
    notes: Names = ()  # what a person should hear of how they were parted

    def items(self) -> list[tuple[str, ndarray]]:
        """List the parts that have rows."""
        parts = [("train", self.train), ("val", self.val), ("test", self.test)]
        return [(name, rows) for name, rows in parts if len(rows)]

    @property
    def judged_by(self) -> str:
        """The part whose rows tell how good the network is: the last that there is."""
        return self.items()[-1][0]

    @property
    def judged(self) -> ndarray:
        return self.items()[-1][1]

    @property
    def new(self) -> ndarray:
        """The rows that no weight has seen: those that validate, then those that test."""
        return np.concatenate([self.val, self.test])


def split(data: Data, shares: Split) -> SplitRows:
    """Split the rows as the data set has it, as a column says, or by the seed."""
    rows = split_any(data, shares)
    refuse(weightless(data.weights, rows.items()))
    return rows


def split_any(data: Data, shares: Split) -> SplitRows:
    if data.given_split:
        return SplitRows(*data.given_split)
    if not data.apart:
        return SplitRows(*draw(data, np.arange(data.rows), shares))
    ((key, name),) = shares.columns.items()
    rows = split_by(data, data.apart, shares, name)
    wanted = [part for part, share in zip(PARTS, shares.shares, strict=True) if share]
    if shares.column:
        wanted = ["train", *(part for part, _ in rows.items() if part != "train")]
    sizes = {part: len(vars(rows)[part]) for part in wanted}
    refuse(too_small(sizes, key, name) or one_class(data, rows.train, key, name))
    return rows


def split_beside_test_rows(data: Data, shares: Split) -> SplitRows:
    """Split rows of which none tests, as a file of their own holds those that do."""
    rows = split(data, replace(shares, train="rest", test=0.0))
    if len(rows.test):
        wrong = "names test rows, which dataset.test_path gives already"
        refuse([Problem("dataset.split.column", shares.column, wrong, "leave out one of them")])
    return rows


def named_rows(sheet: Sheet, shares: Split, name: str) -> SplitRows:
    """Split the rows as a column says, whatever else stands in them."""
    if shares.by and shares.folds:
        return SplitRows(*fold_by_time(sheet, name, *shares.held_out, shares.val))
    if shares.group and shares.bags:
        return SplitRows(*bag_by_group(sheet, name, *shares.held_out, shares.test, shares.seed))
    if shares.group and shares.folds:
        return SplitRows(*fold_by_group(sheet, name, *shares.held_out, shares.val, shares.seed))
    if shares.by:
        return SplitRows(*by_time(sheet, name, shares.sizes(sheet.rows)))
    if shares.group:
        return SplitRows(*by_group(sheet, name, shares.sizes(sheet.rows), shares.seed))
    return SplitRows(*by_name(sheet, name))


def split_by(data: Data, sheet: Sheet, shares: Split, name: str) -> SplitRows:
    """Split the rows as a column of the table says."""
    rows = named_rows(sheet, shares, name)
    if len(rows.val) or not shares.column or not shares.val or len(rows.train) < LEAST:
        return rows
    train, val, _ = draw(data, rows.train, replace(shares, train="rest", test=0.0))
    note = f"{name} names no val rows, so {len(val):,} of its train rows validate"
    return SplitRows(train, val, rows.test, (note,))


def with_known_classes(data: Data, rows: SplitRows) -> SplitRows:
    """Let no row validate whose class no training row has; such test rows count as missed."""
    known = len(data.classes)
    if not data.unseen_classes:
        return rows
    val = rows.val[data.targets[rows.val] < known]
    missed = int((data.targets[rows.test] >= known).sum())
    left_out = len(rows.val) - len(val)
    told = [f"{counted(left_out, 'val row')} left out"] * (left_out > 0)
    told += [f"{counted(missed, 'test row')} can only be missed"] * (missed > 0)
    found = listing(map(repr, data.unseen_classes), EXAMPLES)
    note = f"no train row is of {found}: {', '.join(told)}"
    return replace(rows, val=val, notes=(*rows.notes, note))


# By the seed


def draw(data: Data, rows: ndarray, shares: Split) -> tuple[ndarray, ndarray, ndarray]:
    """Draw from the rows those of each part; classes keep their shares in each."""
    if shares.folds:
        return draw_fold(data, rows, shares)
    few = too_many_bags(len(rows), shares.bags, shares.test) if shares.bags else ()
    refuse(few or too_few_rows(data, len(rows), shares) or rare_classes(data, rows, shares))
    _, val, test = shares.sizes(len(rows))
    labels = data.targets if data.classes else None
    rest, tested = cut(rows, test, shares.seed, labels)
    if shares.bags:
        (bags, bag), own = shares.held_out, None if labels is None else labels[rest]
        validates = dealt_to(len(rest), own, bags, shares.seed) == bag - 1
        return rest[~validates], rest[validates], tested
    trained, validated = cut(rest, val, shares.seed, labels)
    return trained, validated, tested


def draw_fold(data: Data, rows: ndarray, shares: Split) -> tuple[ndarray, ndarray, ndarray]:
    """Hold a fold of the rows out; of the others, some validate and the rest train."""
    labels = data.targets[rows] if data.classes else None
    (every, fold), val = shares.held_out, shares.val
    found = too_many_folds(len(rows), len(data.classes), every, val)
    refuse(rare_in_folds(labels, data.classes, every, val) or found)
    tested = held_out(len(rows), labels, every, fold, shares.seed)
    rest = np.delete(rows, tested)
    size, every_label = round(len(rest) * val), data.targets if data.classes else None
    trained, validated = cut(rest, size, shares.seed, every_label)
    return trained, validated, rows[tested]


def cut(rows: ndarray, size: int, seed: int, labels: ndarray | None) -> tuple[ndarray, ndarray]:
    """Cut the rows in two, the second of a size, as train_test_split does.

    Its import waits for classes, as it takes long.
    """
    if not size:
        return rows, rows[:0]
    if labels is None:
        mixed = rows[np.random.RandomState(seed).permutation(len(rows))]
        return mixed[size:], mixed[:size]
    from sklearn.model_selection import train_test_split

    first, second = train_test_split(rows, test_size=size, random_state=seed, stratify=labels[rows])
    return first, second


def too_few_rows(data: Data, rows: int, shares: Split) -> Problems:
    """Find out whether the rows are too few to be cut into parts."""
    least, smallest = max(LEAST, len(data.classes)), smallest_part(rows, shares)
    if smallest >= least:
        return []
    needed = next(more for more in count(rows) if smallest_part(more, shares) >= least)
    cuts = f"{counted(rows, 'row')} cut {'/'.join(f'{share:g}' for share in shares.shares)}"
    kinds = f", fewer than the {len(data.classes)} classes" if data.classes else ""
    leave = "leaves" if rows == 1 else "leave"
    wrong = f"{cuts} {leave} a part of {counted(smallest, 'row')}{kinds}"
    advice = f"give at least {needed} rows{with_other_shares(rows, least, shares)}"
    return [problem_at("dataset.split", wrong, advice)]


def with_other_shares(rows: int, least: int, shares: Split) -> str:
    """Write the shares by which each part has so many rows, where there are any."""
    drawn = [name for name in ("val", "test") if vars(shares)[name]]
    wanted = ceil(100 * least / rows) / 100
    wider = replace(shares, **{name: max(wanted, vars(shares)[name]) for name in drawn})
    if shares.train != "rest" or wider.problems() or smallest_part(rows, wider) < least:
        return ""
    words = [f"dataset.split.{name}={vars(wider)[name]:g}" for name in drawn]
    return f", or set {' '.join(words)}"


def smallest_part(rows: int, shares: Split) -> int:
    """Count the rows of the smallest part that is to have some."""
    sizes = zip(shares.sizes(rows), shares.shares, strict=True)
    return min(size for size, share in sizes if share)


def too_rare(labels: ndarray, classes: Names, shares: Split) -> set[int]:
    """Find the classes that cannot have a row in each part, or in each fold and beside it."""
    counts = np.bincount(labels, minlength=len(classes))
    if shares.folds:
        return {*np.flatnonzero(lacking(counts, shares.folds, shares.val)).tolist()}
    if shares.bags:
        *_, tested = shares.sizes(len(labels))
        return {*np.flatnonzero(beside_tests(counts, tested) < 2).tolist()}
    return {*np.flatnonzero(counts < np.count_nonzero(shares.shares)).tolist()}


def rare_classes(data: Data, rows: ndarray, shares: Split) -> Problems:
    """Find classes that cannot have a row in each part."""
    if not data.classes:
        return []
    labels = data.targets[rows]
    found = sorted(too_rare(labels, data.classes, shares))
    rare = [f"'{data.classes[i]}' ({np.count_nonzero(labels == i)})" for i in found]
    if not rare:
        return []
    parts, named = np.count_nonzero(shares.shares), ", ".join(rare[:3])
    wrong = f"fewer than {parts} rows of {named}, where each part needs one"
    if shares.bags:
        wrong = f"too few rows of {named}, where two beside the test rows are needed"
    return [problem_at("dataset.target", wrong, "give more, or leave them out")]
