"""What a data set hands over: rows of inputs and targets in their own units, nothing scaled, nothing split."""

import re
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Column:
    """One input column; `levels` names its categories, and is empty for a number."""

    name: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Data:
    """A data set as it was read, equal to itself alone, so that what follows from it can be kept with it in a cache.

    A category is its position in the column's levels; a missing cell is NaN.
    """

    title: str
    columns: tuple[Column, ...]
    inputs: np.ndarray  # (rows, columns) float64, or uint8 for the pixels of images
    target_names: tuple[str, ...]
    targets: (
        np.ndarray
    )  # regression: (rows, targets) float64; classification: (rows,) int64, a position in classes
    classes: tuple[str, ...] = ()
    given_split: tuple[np.ndarray, np.ndarray, np.ndarray] | None = (
        None  # row numbers: train, validation, test
    )
    notes: tuple[str, ...] = ()  # what a person should hear about the data
    landscape: bool = False  # a point's start and its goal, instead of rows to learn from

    @property
    def task(self) -> str:
        return "classification" if self.classes else "landscape" if self.landscape else "regression"

    @property
    def image_shape(self) -> tuple[int, int] | None:
        """Rows and columns of the images, where columns are pixels named row by row, as pixel_0_0 is the first."""
        places = [re.search(r"(\d+)_(\d+)$", self.columns[i].name) for i in (0, -1)]
        if not places[0] or not places[1] or len(self.columns) < 16:
            return None
        shape = int(places[1][1]) + 1, int(places[1][2]) + 1
        return shape if shape[0] * shape[1] == len(self.columns) else None

    @property
    def rows(self) -> int:
        return len(self.inputs)
