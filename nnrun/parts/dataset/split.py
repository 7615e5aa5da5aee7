"""Which rows train, which choose the best epoch, and which are kept for the end."""

from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems, refuse
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.wording import counted, problem_at
from nnrun.parts.interface import Part, part
from nnrun.parts.kinds import Seed, Share

LEAST = 2  # rows of each part; one row has no spread


@part
class Split(Part):
    """Shares of the rows, drawn with a seed; classes keep their shares in each part."""

    train: Share
    val: Share
    test: Share
    seed: Seed

    def problems(self) -> Problems:
        total = self.train + self.val + self.test
        if abs(total - 1) <= 1e-6:
            return []
        wrong = f"train {self.train:g} + val {self.val:g} + test {self.test:g} = {total:g}"
        return [problem_at("", wrong, "the shares must add up to 1")]

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

    def items(self) -> list[tuple[str, ndarray]]:
        return [("train", self.train), ("val", self.val), ("test", self.test)]


def split(data: Data, shares: Split) -> SplitRows:
    """Split the rows as the data set has it, or by the seed where it has no split of its own."""
    if data.given_split:
        return SplitRows(*data.given_split)
    refuse(too_few_rows(data, shares) or rare_classes(data))
    _, val, test = shares.sizes(data.rows)
    labels = data.targets if data.classes else None
    rest, tested = cut(np.arange(data.rows), test, shares.seed, labels)
    trained, validated = cut(rest, val, shares.seed, labels)
    return SplitRows(trained, validated, tested)


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
