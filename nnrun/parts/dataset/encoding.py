"""From cells to features: gaps filled and flagged, numbers scaled, categories one unit each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

import numpy as np
from numpy import ndarray

from nnrun.arm.rotations import rotation_matrix
from nnrun.parts.dataset.data import Column, Columns, Data
from nnrun.parts.dataset.numbers import UNKNOWN, positions
from nnrun.parts.dataset.scaling import ROWS, Kind, Scaling, fit, scaling_from_plain
from nnrun.parts.interface import Inputs
from nnrun.parts.kinds import Names

Seen = tuple[tuple[float, ...], ...]

MORE = 6  # numbers that a rotation's matrix has than its vector


@dataclass(frozen=True)
class InputEncoding:
    """How the cells of a row become the numbers that a network reads."""

    columns: Columns
    # what stands in for a missing cell; None where training had no gaps
    fills: tuple[float, ...] | None
    scaling: Scaling  # of the numbers, in their order
    # by columns, what training showed: a number's least and greatest, the places of levels that
    # stood there; None for images, and where an earlier version did not write it down
    seen: Seen | None = None
    rotation: int | None = None  # as the data have it
    flagged: tuple[int, ...] = ()  # as the data have them

    @property
    def features(self) -> int:
        return self.reads.count

    @property
    def reads(self) -> Inputs:
        """What a network gets to read of a row."""
        units = sum(column.features for column in self.columns if column.levels)
        numbers = len(places_of_numbers(self.columns))
        numbers += 0 if self.rotation is None else MORE
        return Inputs(numbers, units + len(self.flagged))

    @property
    def categories(self) -> list[slice]:
        """The features of each category, which come between the numbers and the flags of gaps."""
        sizes = [column.features for column in self.columns if column.levels]
        ends = np.cumsum([self.reads.numbers, *sizes]).tolist()
        return [slice(start, end) for start, end in pairwise(ends)]

    def apply(self, cells: ndarray) -> ndarray:
        """Compute the features of each row, float32."""
        features = np.empty((len(cells), self.features), np.float32)
        for i in range(0, len(cells), ROWS):
            features[i : i + ROWS] = self.features_of(cells[i : i + ROWS])
        return features

    def features_of(self, cells: ndarray) -> ndarray:
        """Compute the features of a few rows: the numbers, the categories, the flags of gaps."""
        flags = np.isnan(cells[:, self.flagged]) if self.flagged else None
        if self.fills is not None:
            cells = filled(cells, self.fills)
        numbers = numbers_in(cells, self.columns, self.rotation)
        blocks = [self.scaling.apply(numbers)] if numbers.shape[1] else []
        for place, column in enumerate(self.columns):
            if column.levels:
                units = self.units(place, cells[:, place])
                blocks.append(units[:, None] == np.arange(column.features))
        if flags is not None:
            blocks.append(flags)
        return np.concatenate(blocks, 1)

    def units(self, place: int, levels: ndarray) -> ndarray:
        """Tell which unit speaks for each level: none for what training never saw.

        Where rare levels are one, the last unit speaks for them, and for what was never seen.
        """
        column, seen = self.columns[place], self.levels_seen(place)
        rarest = len(column.levels) - column.rare
        learnt = any(level >= rarest for level in seen)
        return np.where(
            np.isin(levels, seen), np.minimum(levels, rarest), rarest if learnt else UNKNOWN
        )

    def levels_seen(self, place: int) -> list[int]:
        """List the places of those levels of a category that stood in training rows."""
        if self.seen is None:
            return list(range(len(self.columns[place].levels)))
        return [int(level) for level in self.seen[place]]

    def unseen(self, cells: ndarray) -> ndarray:
        """Find the cells, (rows, columns), whose like training never saw: no gap is among them."""
        found = np.zeros(cells.shape, bool)
        for place, column in enumerate(self.columns):
            values = cells[:, place]
            if column.levels:
                found[:, place] = ~np.isin(values, self.levels_seen(place)) & ~np.isnan(values)
            elif self.seen and self.seen[place]:
                least, greatest = self.seen[place]
                found[:, place] = (values < least) | (values > greatest)
        return found

    def after(self, cells: ndarray) -> InputEncoding:
        """Give what it is once training has gone on with more rows."""
        more = seen_in(cells, self.columns)
        if self.seen is None or more is None:
            return self
        pairs = zip(self.seen, more, self.columns, strict=True)
        both = (shown(np.array(old + new), column) for old, new, column in pairs)
        return replace(self, seen=tuple(both))

    def plain(self) -> dict:
        columns = [asdict(column) for column in self.columns]
        scaling = self.scaling.plain()
        known = {"fills": self.fills, "seen": self.seen, "rotation": self.rotation}
        flagged = {"flagged": self.flagged} if self.flagged else {}
        return {"columns": columns, "scaling": scaling, **known, **flagged}


def inputs_from_plain(plain: dict) -> InputEncoding:
    """Make inputs of their plain values."""
    columns = tuple(map(column_from_plain, plain["columns"]))
    fills = None if plain["fills"] is None else tuple(plain["fills"])
    seen = plain.get("seen")
    shown = None if seen is None else tuple(map(tuple, seen))
    scaling = scaling_from_plain(plain["scaling"])
    flagged = tuple(plain.get("flagged", ()))
    return InputEncoding(columns, fills, scaling, shown, plain.get("rotation"), flagged)


def column_from_plain(plain: dict) -> Column:
    return Column(plain["name"], tuple(plain["levels"]), plain.get("rare", 0))


def fit_inputs(data: Data, train: ndarray, kind: Kind) -> InputEncoding:
    """Fit how this data set's cells become features, by its training rows alone."""
    cells, fills = data.inputs[train], None
    seen = seen_in(cells, data.columns)
    if data.fills_gaps or (data.inputs.dtype != np.uint8 and np.isnan(data.inputs).any()):
        fills = tuple(map(usual, cells.T, data.columns))
        cells = filled(cells, fills)
    numbers = numbers_in(cells, data.columns, data.rotation)
    scaling = fit(kind if numbers.shape[1] else "none", numbers)
    return InputEncoding(data.columns, fills, scaling, seen, data.rotation, data.flagged)


def read_as(data: Data, columns: Columns) -> Data:
    """Give the data with categories at the places that they have in an earlier training."""
    if data.columns == columns:
        return data
    return replace(data, columns=columns, inputs=placed(data.inputs, data.columns, columns))


def placed(cells: ndarray, columns: Columns, known: Columns) -> ndarray:
    """Give cells with categories at the places that they have in other columns."""
    if columns == known:
        return cells
    others = cells.copy()
    for place, (column, other) in enumerate(zip(columns, known, strict=True)):
        if column.levels:
            others[:, place] = moved(cells[:, place], column.levels, other.levels)
    return others


def of_all(every: Sequence[InputEncoding]) -> InputEncoding:
    """Gather what any of several encodings knows of the same columns, for tables to be read by."""
    first, *others = every
    if not others:
        return first
    columns = tuple(map(column_of_all, zip(*(one.columns for one in every), strict=True)))
    fills = first.fills if all(one.fills is not None for one in every) else None
    seen = None
    if all(one.seen is not None for one in every):
        seen = tuple(seen_by_any(every, place, column) for place, column in enumerate(columns))
    return InputEncoding(columns, fills, first.scaling, seen, first.rotation, first.flagged)


def column_of_all(each: tuple[Column, ...]) -> Column:
    levels = dict.fromkeys(level for column in each for level in column.levels)
    return Column(each[0].name, tuple(levels), max(column.rare for column in each))


def seen_by_any(every: Sequence[InputEncoding], place: int, column: Column) -> tuple[float, ...]:
    """Gather what any of them saw in a column."""
    found: list[float] = []
    for one in every:
        assert one.seen is not None
        own, known = np.array(one.seen[place]), one.columns[place]
        found += (moved(own, known.levels, column.levels) if column.levels else own).tolist()
    return shown(np.array(found), column)


def moved(levels: ndarray, names: Names, known: Names) -> ndarray:
    """Turn places among some names into those among others; gaps stay."""
    places, others = positions(names, known)
    places[others] = UNKNOWN
    there = levels >= 0  # neither a gap nor unknown
    found = levels.copy()
    found[there] = places[levels[there].astype(int)]
    return found


def seen_in(cells: ndarray, columns: Columns) -> Seen | None:
    """Gather what rows show of each column; the pixels of images are not looked at."""
    if cells.dtype == np.uint8:
        return None
    return tuple(map(shown, cells.T, columns))


def shown(cells: ndarray, column: Column) -> tuple[float, ...]:
    """Give a number's least and greatest, or the places of a category's levels; no gaps."""
    known = cells[~np.isnan(cells)]
    if column.levels or not len(known):
        return tuple(np.unique(known).tolist())
    return float(known.min()), float(known.max())


def places_of_numbers(columns: Columns) -> list[int]:
    return [i for i, column in enumerate(columns) if not column.levels]


def numbers_in(cells: ndarray, columns: Columns, rotation: int | None) -> ndarray:
    """Take the numbers of rows, and in the place of a rotation vector its matrix."""
    numbers = cells[:, places_of_numbers(columns)]
    if rotation is None:
        return numbers
    before, vectors, behind = np.split(numbers, [rotation, rotation + 3], axis=1)
    matrices = rotation_matrix(np.radians(vectors)).reshape(-1, 9)
    return np.hstack([before, matrices, behind])


def filled(cells: ndarray, fills: tuple[float, ...]) -> ndarray:
    """Put something in place of each missing cell, column by column."""
    return np.where(np.isnan(cells), np.array(fills), cells)


def usual(cells: ndarray, column: Column) -> float:
    """Find the median of a number, the most frequent level of a category."""
    known = cells[~np.isnan(cells)]
    if column.levels:
        return float(np.bincount(known.astype(int), minlength=len(column.levels)).argmax())
    return float(np.median(known)) if len(known) else 0.0
