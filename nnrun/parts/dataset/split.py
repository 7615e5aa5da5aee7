"""Which rows train, which choose the best epoch, and which are kept for the end."""

from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, refuse
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.split_columns import by_group, by_name, by_time
from nnrun.parts.dataset.wording import counted, problem_at
from nnrun.parts.interface import Part, Reasons, part
from nnrun.parts.kinds import Names, Seed, Share

LEAST = 2  # rows of each part; one row has no spread
READ = ("column", "by", "group")  # settings that name a column of the table


@part
class Split(Part):
    """Shares of the rows, drawn with a seed, or cut as a column of the table says."""

    train: Share
    val: Share
    test: Share
    seed: Seed
    column: str | None
    by: str | None
    group: str | None
    added = dict.fromkeys(READ)

    @property
    def columns(self) -> dict[str, str]:
        """Name the columns that it reads, by the settings that name them."""
        named = {f"dataset.split.{setting}": vars(self)[setting] for setting in READ}
        return {key: name for key, name in named.items() if name is not None}

    def problems(self) -> Problems:
        if len(self.columns) > 1:
            *_, last = READ if self.group else READ[:2]
            others = " and ".join(f"{key}={name}" for key, name in [*self.columns.items()][:-1])
            return [self.problem(last, f"{others} splits the rows already", "set only one")]
        total = self.train + self.val + self.test
        if abs(total - 1) <= 1e-6:
            return []
        wrong = f"train {self.train:g} + val {self.val:g} + test {self.test:g} = {total:g}"
        return [problem_at("", wrong, "the shares must add up to 1")]

    def without_effect(self) -> Reasons:
        if self.by:
            why = "dataset.split.by puts the rows in order"
            return {"dataset.split.seed": (why, "leave it out")}
        if self.column:
            told = "dataset.split.column says which rows these are", "leave it out"
            return {"dataset.split.train": told, "dataset.split.test": told}
        return {}

    def sizes(self, rows: int) -> tuple[int, int, int]:
        """Count how many rows train, validate and test."""
        val, test = round(rows * self.val), round(rows * self.test)
        return rows - val - test, val, test


@dataclass(frozen=True)
class SplitRows:
    """Row numbers of each part."""

    train: ndarray
    val: ndarray
    test: ndarray
    notes: Names = ()  # what a person should hear of how they were parted

    def items(self) -> list[tuple[str, ndarray]]:
        return [("train", self.train), ("val", self.val), ("test", self.test)]


def split(data: Data, shares: Split) -> SplitRows:
    """Split the rows as the data set has it, as a column says, or by the seed."""
    if data.given_split:
        return SplitRows(*data.given_split)
    if not data.apart:
        return SplitRows(*draw(data, np.arange(data.rows), shares))
    ((key, name),) = shares.columns.items()
    rows = split_by(data, data.apart, shares, name)
    refuse(too_small(rows, key, name) or one_class(data, rows, key, name))
    return rows


def split_by(data: Data, sheet: Sheet, shares: Split, name: str) -> SplitRows:
    """Split the rows as a column of the table says."""
    if shares.by:
        return SplitRows(*by_time(sheet, name, shares.sizes(data.rows)))
    if shares.group:
        return SplitRows(*by_group(sheet, name, shares.sizes(data.rows), shares.seed))
    return SplitRows(*by_name(sheet, name))


# By the seed


def draw(data: Data, rows: ndarray, shares: Split) -> tuple[ndarray, ndarray, ndarray]:
    """Draw from the rows those of each part; classes keep their shares in each."""
    refuse(too_few_rows(data, shares) or rare_classes(data))
    _, val, test = shares.sizes(len(rows))
    labels = data.targets if data.classes else None
    rest, tested = cut(rows, test, shares.seed, labels)
    trained, validated = cut(rest, val, shares.seed, labels)
    return trained, validated, tested


def cut(rows: ndarray, size: int, seed: int, labels: ndarray | None) -> tuple[ndarray, ndarray]:
    """Cut the rows in two, the second of a size, as train_test_split does.

    Its import waits for classes, as it takes long.
    """
    if labels is None:
        mixed = rows[np.random.RandomState(seed).permutation(len(rows))]
        return mixed[size:], mixed[:size]
    from sklearn.model_selection import train_test_split

    first, second = train_test_split(rows, test_size=size, random_state=seed, stratify=labels[rows])
    return first, second


def too_few_rows(data: Data, shares: Split) -> Problems:
    """Find out whether the rows are too few to be cut in three."""
    least = max(LEAST, len(data.classes))
    smallest = min(shares.sizes(data.rows))
    if smallest >= least:
        return []
    needed = next(rows for rows in count(data.rows) if min(shares.sizes(rows)) >= least)
    cuts = f"{data.rows} rows cut {shares.train:g}/{shares.val:g}/{shares.test:g}"
    kinds = f", fewer than the {len(data.classes)} classes" if data.classes else ""
    wrong = f"{cuts} leave a part of {counted(smallest, 'row')}{kinds}"
    return [problem_at("dataset.split", wrong, f"give at least {needed} rows")]


def rare_classes(data: Data) -> Problems:
    """Find classes that cannot have a row in each part."""
    if not data.classes:
        return []
    counts = np.bincount(data.targets, minlength=len(data.classes))
    rare = [f"'{data.classes[i]}' ({counts[i]})" for i in np.flatnonzero(counts < 3)]
    if not rare:
        return []
    wrong = f"fewer than 3 rows of {', '.join(rare[:3])}, where each part needs one"
    return [problem_at("dataset.target", wrong, "give more, or leave them out")]


# By a column


def too_small(rows: SplitRows, key: str, name: str) -> Problems:
    """Find parts of fewer rows than can be judged."""
    few = [counted(len(own), f"{part} row") for part, own in rows.items() if len(own) < LEAST]
    if not few:
        return []
    wrong = f"leaves {' and '.join(few)}, where {LEAST} are needed"
    return [Problem(key, name, wrong, "choose another column, or leave it out")]


def one_class(data: Data, rows: SplitRows, key: str, name: str) -> Problems:
    """Find out whether all training rows are of one class."""
    if not data.classes or len(np.unique(data.targets[rows.train])) > 1:
        return []
    (only,) = np.unique(data.targets[rows.train])
    wrong = f"leaves training rows of one class alone, '{data.classes[only]}'"
    return [Problem(key, name, wrong, "choose another column, or leave it out")]
