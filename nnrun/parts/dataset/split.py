"""Which rows train, which choose the best epoch, and which are kept for the end."""

from dataclasses import dataclass
from itertools import count

import numpy as np

from nnrun.errors import Mistake
from nnrun.parts.dataset.data import Data
from nnrun.parts.kinds import Seed, Share

LEAST = 2  # rows of each part; one row has no spread


@dataclass(frozen=True)
class Split:
    """Shares of the rows, drawn with a seed; classes keep their shares in each part."""

    train: Share
    val: Share
    test: Share
    seed: Seed

    def problems(self) -> list[str]:
        total = self.train + self.val + self.test
        if abs(total - 1) > 1e-6:
            return [
                f"dataset.split: train {self.train:g} + val {self.val:g} + test {self.test:g} = {total:g};"
                " the shares must add up to 1"
            ]
        return []

    def sizes(self, rows: int) -> tuple[int, int, int]:
        """How many rows train, validate and test."""
        val, test = round(rows * self.val), round(rows * self.test)
        return rows - val - test, val, test


@dataclass(frozen=True)
class Parts:
    """Row numbers of each part."""

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray

    def items(self) -> list[tuple[str, np.ndarray]]:
        return [("train", self.train), ("val", self.val), ("test", self.test)]


def split(data: Data, shares: Split) -> Parts:
    """The data set's own split where it has one, and a seeded one otherwise."""
    if data.given_split:
        return Parts(*data.given_split)
    check(data, shares)
    _, val, test = shares.sizes(data.rows)
    labels = data.targets if data.classes else None
    rest, tested = cut(np.arange(data.rows), test, shares.seed, labels)
    trained, validated = cut(rest, val, shares.seed, labels)
    return Parts(trained, validated, tested)


def cut(
    rows: np.ndarray, size: int, seed: int, labels: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The rows in two, the second of the given size, as train_test_split cuts them; its import waits for classes."""
    if labels is None:
        mixed = rows[np.random.RandomState(seed).permutation(len(rows))]
        return mixed[size:], mixed[:size]
    from sklearn.model_selection import train_test_split

    first, second = train_test_split(rows, test_size=size, random_state=seed, stratify=labels[rows])
    return first, second


def check(data: Data, shares: Split) -> None:
    """Refuse data that cannot be cut in three."""
    least = max(LEAST, len(data.classes))
    sizes = shares.sizes(data.rows)
    if min(sizes) < least:
        needed = next(rows for rows in count(data.rows) if min(shares.sizes(rows)) >= least)
        kinds = f" with {len(data.classes)} classes" if data.classes else ""
        raise Mistake(
            f"dataset.split: {data.rows} rows cut {shares.train:g}/{shares.val:g}/{shares.test:g}{kinds} leave parts of"
            f" {min(sizes)}; give at least {needed} rows"
        )
    if data.classes:
        counts = np.bincount(data.targets, minlength=len(data.classes))
        rare = [f"'{data.classes[i]}' ({counts[i]})" for i in np.flatnonzero(counts < 3)]
        if rare:
            raise Mistake(
                f"dataset.target: {', '.join(rare[:3])} has fewer than 3 rows, one for each part; give more, or none"
            )
