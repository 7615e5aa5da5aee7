"""Functional analysis of variance on a full grid: what axes move alone, and pairs beyond that.

Each cell of the grid counts alike. Its mean is taken to be a true value and luck: that of the seeds
where cells have several, or else what three and more axes do together, which then cannot be told
from luck.
"""

from collections.abc import Sequence
from itertools import combinations
from math import inf, prod
from typing import NamedTuple

import numpy as np
from numpy import ndarray

Axes = tuple[int, ...]  # one alone, or two together
DRAWS = 400  # of grids with other luck, for intervals; fewer where these are large
DRAWN = 400_000  # cells of them all
ROUNDING = 1e-12  # of a variance
INSIDE = (5, 95)  # per cent of them
ENOUGH = 4  # numbers that tell how great luck is, before pairs are looked at


class Component(NamedTuple):
    """What some axes move: a share of all variance, and where it lies in nine of ten cases."""

    axes: Axes
    share: float
    low: float
    high: float
    p: float  # of as much by luck alone


class Luck(NamedTuple):
    """How far the mean of a cell is off by luck, as a variance, and how many numbers tell that."""

    of_means: float
    of_members: float
    degrees: int


def components(means: ndarray, counts: ndarray, within: float) -> list[Component]:
    """Take a grid apart, of which the last component, without axes, is what is left.

    Given are the mean of each cell, the members in it, and the sum of their squared distances from
    it.
    """
    every = looked_at(means.shape, replicated(counts))
    found = variances(means[None], every)
    rest = means.var() - sum(values[0] for values in found.values())
    luck = luck_of(means.shape, counts, within, rest, every)
    if luck is None:
        return []
    shares = shares_of(means[None], every, luck, 1)
    low, high = np.percentile(shares_of(drawn(means, luck), every, luck, 2), INSIDE, axis=0)
    chances = [chance(found[axes][0], axes, means, luck) for axes in every]
    names = [*every, ()]
    return [
        Component(*told) for told in zip(names, shares[0], low, high, [*chances, 1.0], strict=True)
    ]


def replicated(counts: ndarray) -> bool:
    return bool((counts > 1).any())


def looked_at(shape: Sequence[int], seeds: bool) -> list[Axes]:
    """List single axes, and pairs where enough is left to tell them from luck."""
    alone: list[Axes] = [(axis,) for axis in range(len(shape))]
    pairs = [*combinations(range(len(shape)), 2)]
    left = prod(shape) - 1 - sum(degrees(axes, shape) for axes in [*alone, *pairs])
    return [*alone, *pairs] if seeds or left >= ENOUGH else alone


def degrees(axes: Axes, shape: Sequence[int]) -> int:
    return prod(shape[axis] - 1 for axis in axes)


def variances(grids: ndarray, every: Sequence[Axes]) -> dict[Axes, ndarray]:
    """Compute the variance that axes cause, pairs beyond what each of both does; of each grid."""
    found: dict[Axes, ndarray] = {}
    for axes in every:
        others = tuple(axis + 1 for axis in range(grids.ndim - 1) if axis not in axes)
        marginal = grids.mean(axis=others).reshape(len(grids), -1).var(axis=1)
        found[axes] = marginal - sum(found[(axis,)] for axis in axes if len(axes) > 1)
    return found


def luck_of(
    shape: Sequence[int], counts: ndarray, within: float, rest: float, every: Sequence[Axes]
) -> Luck | None:
    """Estimate luck from the members of cells, or from what is left; None where nothing tells."""
    cells, members = prod(shape), int(counts.sum())
    if members > cells:
        variance = within / (members - cells)
        return Luck(variance * float((1 / counts).mean()), variance, members - cells)
    left = cells - 1 - sum(degrees(axes, shape) for axes in every)
    if left < 1:
        return None
    variance = max(0.0, rest) * cells / left
    return Luck(variance, variance, left)


def drawn(means: ndarray, luck: Luck) -> ndarray:
    """Draw grids that differ by luck, whose greatness is itself known but roughly."""
    random = np.random.default_rng(0)
    draws = min(DRAWS, 50 + DRAWN // means.size)
    great = luck.of_means * luck.degrees / random.chisquare(luck.degrees, draws)
    noise = random.normal(size=(draws, *means.shape))
    return means + noise * np.sqrt(great).reshape(draws, *[1] * means.ndim)


def shares_of(grids: ndarray, every: Sequence[Axes], luck: Luck, times: int) -> ndarray:
    """Compute shares of the variance of members, less what luck adds to each, once or twice."""
    shape, cells = grids.shape[1:], prod(grids.shape[1:])
    found = variances(grids, every)
    by_luck = times * luck.of_means / cells
    true = [np.maximum(0, found[axes] - by_luck * degrees(axes, shape)) for axes in every]
    total = np.maximum(0, grids.reshape(len(grids), -1).var(axis=1) - by_luck * (cells - 1))
    left = np.maximum(total - sum(true), 0) + luck.of_members
    whole = sum(true) + left
    parts = np.stack([*true, left], axis=1)
    return parts / np.where(whole > 0, whole, 1)[:, None]


def chance(variance: float, axes: Axes, means: ndarray, luck: Luck) -> float:
    """Compute the chance that luck alone moves as much: an F test."""
    from scipy.special import fdtrc  # scipy takes a while

    if variance <= ROUNDING * means.var():
        return 1.0
    freedom = degrees(axes, means.shape)
    moved = variance * means.size / freedom
    ratio = moved / luck.of_means if luck.of_means else inf
    return float(fdtrc(freedom, luck.degrees, ratio)) if ratio < inf else 0.0
