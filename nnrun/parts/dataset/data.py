"""What a data set hands over: inputs and targets in their own units, not yet scaled or split."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

import numpy as np
from numpy import ndarray

from nnrun.parts.dataset.numbers import numbers
from nnrun.parts.dataset.origin import Origin
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.interface import Dataset, Inputs
from nnrun.parts.kinds import Names

Task = Literal["regression", "classification", "landscape"]


class KnownSize(Dataset):
    """A data set whose number of rows is known before they are read."""

    rows: int

    def expected_rows(self) -> int:
        return self.rows


@dataclass(frozen=True)
class Column:
    """One input column; `levels` names its categories, and is empty for a number."""

    name: str
    levels: Names = ()
    rare: int = 0  # so many levels, the last, are one together, to which unknown ones belong

    @property
    def features(self) -> int:
        """Numbers that a network reads of it."""
        return len(self.levels) - max(0, self.rare - 1) if self.levels else 1

    @property
    def unseen_as(self) -> str:
        """What a level is taken as that training never saw."""
        return "rare" if self.rare else "unknown"


Columns = tuple[Column, ...]


@dataclass(frozen=True, eq=False)
class Data:
    """A data set as it was read.

    It is equal to itself alone, so that what follows from it can be cached with it. A
    category is its position in the column's levels; a missing cell is NaN.
    """

    title: str
    columns: Columns
    inputs: ndarray  # (rows, columns) float64, or uint8 for the pixels of images
    target_names: Names
    # regression: (rows, targets) float64; classification: (rows,) int64, a position in classes
    targets: ndarray
    classes: Names = ()
    # those that no row which decides has; their places follow, and nothing is learnt of them
    unseen_classes: Names = ()
    # row numbers: train, validation, test
    given_split: tuple[ndarray, ndarray, ndarray] | None = None
    tested: int = 0  # rows at the end that are the test rows, from a file of their own
    numbers: Sequence[int] | None = None  # of the rows in their file; None where all are there
    apart: Sheet | None = None  # columns that nobody learns from, by which rows are split
    notes: Sequence[str] = ()  # what a person should hear about the data
    origins: Sequence[Origin] = ()  # the files that it was read from
    # what each row is called, carried along and never learnt, and the name of that column
    ids: Sequence[str] = ()
    id_name: str = ""
    weights: ndarray | None = None  # how much each row counts, at least 0; None where all alike
    weight_name: str = ""  # of the column that says so
    # where, among the numbers, three begin that are a rotation vector in degrees, to be read as
    # its matrix, which turns on steadily where the vector leaps
    rotation: int | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)  # what reads new rows alike
    ordered: bool = False  # whether its classes stand in an order that a person gave
    fills_gaps: bool = False  # whether a missing cell is filled, here and in new rows
    flagged: tuple[int, ...] = ()  # places of the columns of which a unit says where they have gaps
    task: Task = "regression"
    unit: str = ""  # of the targets, where it is known

    def __post_init__(self) -> None:
        if bool(self.classes) != (self.task == "classification"):
            raise ValueError(f"{self.title}: task {self.task} with {len(self.classes)} classes")

    @property
    def every_class(self) -> Names:
        """All that a row may be, in the order of their places."""
        return self.classes + self.unseen_classes

    @property
    def in_order(self) -> bool:
        """Whether its classes have an order: numbers, or as a person gave it."""
        return self.ordered or not numbers(self.classes)[1]

    @cached_property
    def digest(self) -> str:
        """Compute the sha256 of its rows and of what they are called, once for all splits of it."""
        told = sha256(repr((self.columns, self.target_names, self.classes)).encode())
        weights = [] if self.weights is None else [self.weights]
        for numbers_of_rows in (self.inputs, self.targets, *weights):
            told.update(np.ascontiguousarray(numbers_of_rows).data)
        return told.hexdigest()

    @property
    def files(self) -> dict[str, dict]:
        """Tell what the files held that it was read from."""
        return {file.path: file.plain() for file in self.origins}

    @property
    def image_shape(self) -> tuple[int, int] | None:
        """Height and width of images, whose pixels are columns named from pixel_0_0 on."""
        first, last = (re.search(r"(\d+)_(\d+)$", self.columns[i].name) for i in (0, -1))
        if not first or not last or len(self.columns) < 16:
            return None
        shape = int(last[1]) + 1, int(last[2]) + 1
        return shape if shape[0] * shape[1] == len(self.columns) else None

    @property
    def rows(self) -> int:
        return len(self.inputs)

    @property
    def own_rows(self) -> int:
        """Rows without the test rows of another file."""
        return self.rows - self.tested

    def places(self, rows: ndarray) -> ndarray:
        """Count rows from the beginning of the file that they are from."""
        if self.numbers is not None:
            return np.asarray(self.numbers)[rows]
        return np.where(rows < self.own_rows, rows, rows - self.own_rows)

    def weights_of(self, rows: ndarray) -> ndarray | None:
        """Give what rows count, 1 on average; None where all count alike."""
        if self.weights is None or not len(rows):
            return None
        of_rows = self.weights[rows]
        return of_rows * (len(rows) / of_rows.sum())

    def weigh(self, rows: ndarray, values: ndarray) -> ndarray:
        """Multiply what stands beside rows by what they count."""
        weights = self.weights_of(rows)
        return values if weights is None else values * weights

    @property
    def reads(self) -> Inputs:
        """What a network gets to read of a row: a unit for each category and for flagged gaps."""
        units = sum(column.features for column in self.columns if column.levels)
        units += len(self.flagged)
        return Inputs(sum(not column.levels for column in self.columns), units)
