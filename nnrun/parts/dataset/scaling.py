"""Numbers a network likes: fitted to training rows as scikit-learn does, kept as plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy import ndarray

from nnrun.parts.interface import Part, part

Kind = Literal["standard", "min_max", "robust", "quantile", "pixels", "signed", "none"]
TargetKind = Literal["standard", "min_max", "quantile", "log", "pixels", "signed", "none"]

REACH = 3.0  # which a robust scaling never quite comes to
# How near to 0 and 1 a quantile may come before the normal distribution runs to infinity.
EDGE = 1e-7
KNOTS = 1000  # quantiles of a column, at most
# Taken at once as float64, so that a large image set is never held as such in whole.
ROWS, COLUMNS = 4096, 64


@part
class ScaleSettings(Part):
    """Which scaling inputs and targets get; classes are never scaled."""

    inputs: Kind
    targets: TargetKind


@dataclass(frozen=True, eq=False)
class Scaling:
    """How columns of numbers are scaled, and back; those with the same numbers are equal."""

    @property
    def kind(self) -> str:
        """The choice that scales like this."""
        raise NotImplementedError

    @property
    def arrays(self) -> tuple[ndarray, ...]:
        """All that it knows, its fields; the last axis of each counts the columns."""
        return tuple(vars(self).values())

    def apply(self, x: ndarray) -> ndarray:
        raise NotImplementedError

    def invert(self, z: ndarray) -> ndarray:
        raise NotImplementedError

    def plain(self) -> dict:
        numbers = {name: array.tolist() for name, array in vars(self).items()}
        return {"kind": type(self).__name__.lower(), **numbers}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scaling) or type(self) is not type(other):
            return NotImplemented
        return all(map(np.array_equal, self.arrays, other.arrays))

    def __hash__(self) -> int:
        return hash(tuple(tuple(array.flat[:COLUMNS].tolist()) for array in self.arrays))


@dataclass(frozen=True, eq=False)
class Affine(Scaling):
    """(x − shift) / spread, column by column."""

    shift: ndarray
    spread: ndarray

    @property
    def kind(self) -> str:
        """The choice that scales like this; pixels stands for all that treat all columns alike."""
        if not self.shift.any() and (self.spread == 1).all():
            return "none"
        alike = len(self.shift) > 1 and not np.ptp(self.shift) and not np.ptp(self.spread)
        return "pixels" if alike else "standard"

    def apply(self, x: ndarray) -> ndarray:
        return (x - self.shift) / self.spread

    def invert(self, z: ndarray) -> ndarray:
        return z * self.spread + self.shift


@dataclass(frozen=True, eq=False)
class Logarithms(Affine):
    """(log x − shift) / spread, column by column, of numbers above zero."""

    @property
    def kind(self) -> str:
        return "log"

    def apply(self, x: ndarray) -> ndarray:
        return super().apply(np.log(x))

    def invert(self, z: ndarray) -> ndarray:
        with np.errstate(over="ignore"):  # what diverged is told as inf
            return np.exp(super().invert(z))


@dataclass(frozen=True, eq=False)
class Robust(Affine):
    """(x − shift) / spread, column by column, bent so that nothing lies beyond a reach.

    z / √(1 + (z / 3)²) is z near 0, and comes to 3 for what lies far away.
    """

    @property
    def kind(self) -> str:
        return "robust"

    def apply(self, x: ndarray) -> ndarray:
        z = super().apply(x)
        return z / np.hypot(1, z / REACH)

    def invert(self, z: ndarray) -> ndarray:
        inner = np.clip(z, -REACH * (1 - EDGE), REACH * (1 - EDGE))
        return super().invert(inner / np.sqrt(1 - np.square(inner / REACH)))


@dataclass(frozen=True, eq=False)
class Quantiles(Scaling):
    """Each column's distribution bent into the normal one, by interpolation between quantiles."""

    knots: ndarray  # (levels, columns)

    @property
    def kind(self) -> str:
        return "quantile"

    @cached_property  # as each column asks
    def levels(self) -> ndarray:
        return np.linspace(0, 1, len(self.knots))

    def apply(self, x: ndarray) -> ndarray:
        from scipy.special import ndtri

        x = x.astype(np.float64, copy=False)  # a byte has no negative
        columns = zip(x.T, self.knots.T, strict=True)
        shares = np.column_stack([self.share(column, knots) for column, knots in columns])
        return ndtri(np.clip(shares, EDGE, 1 - EDGE))

    def share(self, x: ndarray, knots: ndarray) -> ndarray:
        """Give the share of training rows below x, half-way up a step where many are equal."""
        upward = np.interp(x, knots, self.levels)
        downward = -np.interp(-x, -knots[::-1], -self.levels[::-1])
        return (upward + downward) / 2

    def invert(self, z: ndarray) -> ndarray:
        from scipy.special import ndtr

        shares = ndtr(z)
        shares[shares < 1.5 * EDGE] = 0
        shares[shares > 1 - 1.5 * EDGE] = 1
        columns = zip(shares.T, self.knots.T, strict=True)
        return np.column_stack([np.interp(s, self.levels, knots) for s, knots in columns])


def scaling_from_plain(plain: dict) -> Scaling:
    cls, *names = FORMS[plain["kind"]]
    return cls(*(np.array(plain[name]) for name in names))


FORMS: dict[str, tuple] = {  # as plain values have them: the class, and the names of its arrays
    "affine": (Affine, "shift", "spread"),
    "robust": (Robust, "shift", "spread"),
    "logarithms": (Logarithms, "shift", "spread"),
    "quantiles": (Quantiles, "knots"),
}


# Fitting


def fit(kind: Kind | TargetKind, x: ndarray) -> Scaling:
    """Fit a scaling as scikit-learn fits it.

    `pixels` and `signed` have the same two numbers for each column, so an image stays an image.
    """
    if kind == "pixels":
        return uniform(x, *spread_of_all(x))
    if kind == "signed":
        low, high = float(x.min()), float(x.max())
        return uniform(x, (low + high) / 2, (high - low) / 2)
    blocks = np.split(x, range(COLUMNS, x.shape[1], COLUMNS), axis=1)
    return side_by_side([BY_COLUMN[kind](block.astype(np.float64)) for block in blocks])


def uniform(x: ndarray, shift: float, spread: float) -> Affine:
    """Scale every column by the same numbers."""
    return Affine(np.full(x.shape[1], shift), np.full(x.shape[1], spread or 1.0))


def spread_of_all(x: ndarray) -> tuple[float, float]:
    """Compute the mean and the deviation of all numbers of all columns."""
    mean = float(x.mean(dtype=np.float64))
    squares = [float(((x[i : i + ROWS] - mean) ** 2).sum()) for i in range(0, len(x), ROWS)]
    return mean, float(np.sqrt(sum(squares) / x.size))


def side_by_side(parts: list[Scaling]) -> Scaling:
    """Join the scalings of some columns to that of all."""
    together = zip(*(part.arrays for part in parts), strict=True)
    joined = [np.concatenate(arrays, axis=-1) for arrays in together]
    return type(parts[0])(*joined)


# The two plain ones are computed here, to scikit-learn's last digits: its import takes as long as
# a short training.


def standard(x: ndarray) -> Affine:
    """Scale each column to mean 0 and deviation 1, unless it differs by rounding alone.

    Rounding may be large beside 1, as of numbers near 2^63; then none comes beyond 1 either.
    """
    mean, deviation = x.mean(0), x.std(0)
    tiny = len(x) * np.finfo(x.dtype).eps
    rounding = tiny * (deviation**2 + tiny * mean**2)
    alike = deviation**2 <= rounding
    return Affine(mean, np.where(alike, np.maximum(1.0, np.ptp(x, 0)), deviation))


def min_max(x: ndarray) -> Affine:
    """Scale each column to lie between 0 and 1."""
    width = np.ptp(x, 0)
    return Affine(x.min(0), np.where(width < 10 * np.finfo(x.dtype).eps, 1.0, width))


def robust(x: ndarray) -> Robust:
    """Scale each column by its median and quartiles; where these are equal, by half its width.

    So RealMLP scales (Holzmüller et al. 2024).
    """
    low, middle, high = np.quantile(x, (0.25, 0.5, 0.75), axis=0)
    spread = np.where(high > low, high - low, np.ptp(x, 0) / 2)
    return Robust(middle, np.where(spread > 0, spread, 1.0))


def log(x: ndarray) -> Logarithms:
    """Scale the logarithms of each column to mean 0 and deviation 1."""
    return Logarithms(*standard(np.log(x)).arrays)


def quantile(x: ndarray) -> Quantiles:
    """Bend each column's distribution into the normal one."""
    return Quantiles(np.percentile(x, 100 * np.linspace(0, 1, min(KNOTS, len(x))), axis=0))


BY_COLUMN: dict[str, Callable[[ndarray], Scaling]] = {
    "standard": standard,
    "min_max": min_max,
    "robust": robust,
    "quantile": quantile,
    "log": log,
    "none": lambda x: uniform(x, 0.0, 1.0),
}
