"""Numbers a network likes: fitted on training rows by scikit-learn, then frozen as plain numbers that JSON can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.interface import Part

Kind = Literal["standard", "min_max", "quantile", "pixels", "signed", "none"]
EDGE = (
    1e-7  # how near to 0 and 1 a quantile may come before the normal distribution runs to infinity
)
ROWS, COLUMNS = (
    4096,
    64,
)  # taken at once as float64, so that a large image set is never held as such in whole


@dataclass(frozen=True)
class Scale(Part):
    """Which scaling inputs and targets get; classes are never scaled."""

    inputs: Kind
    targets: Kind


@dataclass(frozen=True)
class Affine:
    """(x − shift) / spread, column by column."""

    shift: np.ndarray
    spread: np.ndarray

    @property
    def kind(self) -> str:
        """The choice that scales like this; pixels stands for all that treat all columns alike."""
        if not self.shift.any() and (self.spread == 1).all():
            return "none"
        alike = len(self.shift) > 1 and not np.ptp(self.shift) and not np.ptp(self.spread)
        return "pixels" if alike else "standard"

    def apply(self, x: np.ndarray) -> np.ndarray:
        return (x - self.shift) / self.spread

    def invert(self, z: np.ndarray) -> np.ndarray:
        return z * self.spread + self.shift

    def plain(self) -> dict:
        return {"kind": "affine", "shift": self.shift.tolist(), "spread": self.spread.tolist()}


@dataclass(frozen=True)
class Quantiles:
    """Each column's distribution bent into the normal one, by interpolation between its quantiles."""

    knots: np.ndarray  # (levels, columns)
    kind: ClassVar[str] = "quantile"

    @property
    def levels(self) -> np.ndarray:
        return np.linspace(0, 1, len(self.knots))

    def apply(self, x: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        x = x.astype(np.float64, copy=False)  # a byte has no negative
        shares = [
            self.share(column, knots) for column, knots in zip(x.T, self.knots.T, strict=True)
        ]
        return ndtri(np.clip(np.column_stack(shares), EDGE, 1 - EDGE))

    def share(self, x: np.ndarray, knots: np.ndarray) -> np.ndarray:
        """The share of training rows below x; in the middle of the step where many rows are equal."""
        upward = np.interp(x, knots, self.levels)
        downward = -np.interp(-x, -knots[::-1], -self.levels[::-1])
        return (upward + downward) / 2

    def invert(self, z: np.ndarray) -> np.ndarray:
        from scipy.special import ndtr

        shares = ndtr(z)
        shares = np.where(shares < 1.5 * EDGE, 0, np.where(shares > 1 - 1.5 * EDGE, 1, shares))
        columns = [
            np.interp(s, self.levels, knots)
            for s, knots in zip(shares.T, self.knots.T, strict=True)
        ]
        return np.column_stack(columns)

    def plain(self) -> dict:
        return {"kind": "quantiles", "knots": self.knots.tolist()}


Scaling = Affine | Quantiles


def fit(kind: Kind, x: np.ndarray) -> Scaling:
    """A scaling of the given kind, fitted as scikit-learn fits it and frozen.

    `pixels` and `signed` have the same two numbers for every column, which leaves an image an image.
    """
    if kind == "pixels":
        return uniform(x, *spread_of_all(x))
    if kind == "signed":
        low, high = float(x.min()), float(x.max())
        return uniform(x, (low + high) / 2, (high - low) / 2)
    blocks = np.split(x, range(COLUMNS, x.shape[1], COLUMNS), axis=1)
    return side_by_side([fit_columns(kind, block.astype(np.float64)) for block in blocks])


def uniform(x: np.ndarray, shift: float, spread: float) -> Affine:
    """The same numbers for every column."""
    return Affine(np.full(x.shape[1], shift), np.full(x.shape[1], spread or 1.0))


def spread_of_all(x: np.ndarray) -> tuple[float, float]:
    """The mean and the deviation of all numbers of all columns."""
    mean = float(x.mean(dtype=np.float64))
    squares = [float(((x[i : i + ROWS] - mean) ** 2).sum()) for i in range(0, len(x), ROWS)]
    return mean, float(np.sqrt(sum(squares) / x.size))


def side_by_side(parts: list[Scaling]) -> Scaling:
    """The scaling of all columns, from those of some."""
    quantiles = [part.knots for part in parts if isinstance(part, Quantiles)]
    if quantiles:
        return Quantiles(np.concatenate(quantiles, 1))
    affine = [part for part in parts if isinstance(part, Affine)]
    return Affine(
        np.concatenate([part.shift for part in affine]),
        np.concatenate([part.spread for part in affine]),
    )


def fit_columns(kind: Kind, x: np.ndarray) -> Scaling:
    """A scaling with numbers of its own for each column.

    The two plain kinds are computed here, to scikit-learn's last digits: its import takes as long as a short training.
    """
    if kind == "standard":
        mean, deviation = x.mean(0), x.std(0)
        rounding = (
            len(x)
            * np.finfo(x.dtype).eps
            * (deviation**2 + len(x) * np.finfo(x.dtype).eps * mean**2)
        )
        return Affine(mean, np.where(deviation**2 <= rounding, 1.0, deviation))
    if kind == "min_max":
        width = np.ptp(x, 0)
        return Affine(x.min(0), np.where(width < 10 * np.finfo(x.dtype).eps, 1.0, width))
    if kind == "quantile":
        from sklearn.preprocessing import QuantileTransformer

        fitted = QuantileTransformer(n_quantiles=min(1000, len(x)), subsample=None).fit(x)
        return Quantiles(fitted.quantiles_)
    return Affine(np.zeros(x.shape[1]), np.ones(x.shape[1]))


def scaling_from_plain(plain: dict) -> Scaling:
    """A scaling from its plain numbers."""
    if plain["kind"] == "affine":
        return Affine(np.array(plain["shift"]), np.array(plain["spread"]))
    return Quantiles(np.array(plain["knots"]))


@dataclass(frozen=True)
class Inputs:
    """From a table's cells to the features a network reads: gaps filled, numbers scaled, categories one unit each."""

    columns: tuple[Column, ...]
    fills: (
        tuple[float, ...] | None
    )  # what stands in for a missing cell; None where training had no gaps
    scaling: Scaling  # of the numbers, in their order

    @property
    def features(self) -> int:
        return sum(len(column.levels) or 1 for column in self.columns)

    def apply(self, cells: np.ndarray) -> np.ndarray:
        """The features of each row, float32."""
        features = np.empty((len(cells), self.features), np.float32)
        for i in range(0, len(cells), ROWS):
            features[i : i + ROWS] = self.some(cells[i : i + ROWS])
        return features

    def some(self, cells: np.ndarray) -> np.ndarray:
        """The features of a few rows."""
        if self.fills is not None:
            cells = np.where(np.isnan(cells), np.array(self.fills), cells)
        numeric = [i for i, column in enumerate(self.columns) if not column.levels]
        blocks = [self.scaling.apply(cells[:, numeric])] if numeric else []
        for i, column in enumerate(self.columns):
            if column.levels:
                blocks.append(cells[:, [i]] == np.arange(len(column.levels)))
        return np.concatenate(blocks, 1)

    def plain(self) -> dict:
        columns = [{"name": column.name, "levels": list(column.levels)} for column in self.columns]
        return {"columns": columns, "fills": self.fills, "scaling": self.scaling.plain()}


def fit_inputs(data: Data, train: np.ndarray, kind: Kind) -> Inputs:
    """How this data set's cells become features, by its training rows alone."""
    cells = data.inputs[train]
    fills = None
    if data.inputs.dtype != np.uint8 and np.isnan(data.inputs).any():
        fills = tuple(usual(cells[:, i], column) for i, column in enumerate(data.columns))
        cells = np.where(np.isnan(cells), np.array(fills), cells)
    numeric = [i for i, column in enumerate(data.columns) if not column.levels]
    scaling = fit(kind, cells[:, numeric]) if numeric else Affine(np.zeros(0), np.ones(0))
    return Inputs(data.columns, fills, scaling)


def usual(cells: np.ndarray, column: Column) -> float:
    """The median of a number, the most frequent level of a category."""
    known = cells[~np.isnan(cells)]
    if column.levels:
        return float(np.bincount(known.astype(int), minlength=len(column.levels)).argmax())
    return float(np.median(known)) if len(known) else 0.0


def inputs_from_plain(plain: dict) -> Inputs:
    columns = tuple(Column(column["name"], tuple(column["levels"])) for column in plain["columns"])
    fills = None if plain["fills"] is None else tuple(plain["fills"])
    return Inputs(columns, fills, scaling_from_plain(plain["scaling"]))
