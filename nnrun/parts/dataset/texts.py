"""The texts of a column, and what is found of all of them: once, however many folds ask."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy import ndarray

from nnrun.parts.dataset.numbers import numbers


class Texts(list[str]):
    """Texts that nobody changes."""

    @cached_property
    def places(self) -> tuple[list[str], ndarray]:
        """List the different ones, and tell for each row which of them it has."""
        known: dict[str, int] = {}
        places = (known.setdefault(text, len(known)) for text in self)
        of_rows = np.fromiter(places, np.int64, len(self))
        return list(known), of_rows

    def counted(self, rows: Sequence[int] | None = None) -> Counter[str]:
        """Count each in some rows, or in all, in the order in which they come; empty ones aside."""
        different, of_rows = self.places
        some = of_rows if rows is None else of_rows[np.asarray(rows, np.int64)]
        found, firsts, many = np.unique(some, return_index=True, return_counts=True)
        order = np.argsort(firsts)
        pairs = zip(found[order].tolist(), many[order].tolist(), strict=True)
        return Counter({different[place]: times for place, times in pairs if different[place]})

    @cached_property
    def read(self) -> dict[str, tuple[ndarray, list[int]]]:
        """Hold the numbers in them, by the decimal sign that they are read with."""
        return {}

    def numbers(self, decimal: str) -> tuple[ndarray, list[int]]:
        """Read the numbers in them, and tell the rows whose text is neither empty nor a number."""
        if decimal not in self.read:
            values, others = numbers(self, decimal)
            values.flags.writeable = False
            self.read[decimal] = values, others
        return self.read[decimal]
