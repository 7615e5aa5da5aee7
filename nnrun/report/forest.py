"""Functional analysis of variance where settings were drawn, or members are missing: of forests.

Each tree cuts the settings into boxes, in which it answers alike; so what it says on average over
all other settings is a sum over boxes (Hutter, Hoos and Leyton-Brown, 2014). Beside each setting
stands its shadow, the same values in another order: what a shadow moves is luck.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy import ndarray

from nnrun.report.variance import INSIDE, Axes, Component

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeRegressor

LEAST = 30  # choices of settings of which a forest learns anything
MOST = 500  # from which it learns
TREES = 20  # of a forest
DRAWN = 0.6  # of the choices for each tree
FORESTS = 20  # with other shadows each: luck that does more in one of these is 5 %
LEAF = 2  # choices in a box at least
UNSPLIT = -1  # scikit-learn's child of a leaf


class Grown(NamedTuple):
    """What a forest says."""

    shares: ndarray  # (trees, components)
    shadows: ndarray  # (components,) of a shadow in the place of the first setting of each
    foretold: float  # share of the variance of scores that trees have not seen


def components(places: ndarray, scores: ndarray, words: Sequence[bool]) -> list[Component]:
    """Take apart what forests make of scores (choices) at places (choices, settings).

    Places are whole numbers from 0, in an order that means nothing where they are words. The last
    component, without axes, is what is left.
    """
    random = np.random.default_rng(0)
    kept = random.permutation(len(scores))[:MOST]
    settings = places.shape[1]
    pairs: list[Axes] = [*combinations(range(settings), 2)]
    every: list[Axes] = [*((axis,) for axis in range(settings)), *pairs]
    forests = [grow(places[kept], scores[kept], words, every, random) for _ in range(FORESTS)]
    foretold = float(np.mean([forest.foretold for forest in forests]))
    shares = foretold * np.concatenate([forest.shares for forest in forests])
    shadows = foretold * np.stack([forest.shadows for forest in forests])
    return [*judged(every, shares, shadows), left_over(shares)]


def judged(every: Sequence[Axes], shares: ndarray, shadows: ndarray) -> Iterator[Component]:
    """Give the share of each over all trees, and in how many forests a shadow has as much."""
    low, high = np.percentile(shares, INSIDE, axis=0)
    for place, axes in enumerate(every):
        alike = [i for i, others in enumerate(every) if len(others) == len(axes)]
        mean = float(shares[:, place].mean())
        lucky = int((shadows[:, alike].max(axis=1) >= mean).sum())
        p = (1 + lucky) / (1 + len(shadows))
        yield Component(axes, mean, float(low[place]), float(high[place]), p)


def left_over(shares: ndarray) -> Component:
    """Give what neither settings nor pairs tell."""
    left = 1 - shares.sum(axis=1)
    low, high = np.percentile(left, INSIDE)
    return Component((), float(left.mean()), float(low), float(high), 1.0)


def grow(
    places: ndarray,
    scores: ndarray,
    words: Sequence[bool],
    every: Sequence[Axes],
    random: np.random.Generator,
) -> Grown:
    """Grow a forest on settings and their shadows."""
    from sklearn.ensemble import RandomForestRegressor  # sklearn takes a while

    settings = places.shape[1]
    beside = np.hstack([places, random.permuted(places, axis=0)])
    beside = ordered(beside, scores, [*words, *words])
    seed = int(random.integers(2**31))
    forest = RandomForestRegressor(
        TREES, min_samples_leaf=LEAF, max_samples=DRAWN, oob_score=True, random_state=seed
    ).fit(beside, scores)
    shadows = [(axes[0] + settings, *axes[1:]) for axes in every]
    sizes = beside.max(axis=0) + 1
    shares = np.stack([shares_of(tree, sizes, [*every, *shadows]) for tree in forest])
    ours, theirs = np.split(shares, 2, axis=1)
    return Grown(ours, theirs.mean(axis=0), max(0.0, float(forest.oob_score_)))


def ordered(places: ndarray, scores: ndarray, words: Iterable[bool]) -> ndarray:
    """Put words into the order of their mean scores, as a tree cuts along an order."""
    columns = []
    for column, unordered in zip(places.T, words, strict=True):
        if unordered:
            sums = np.bincount(column, scores)
            means = sums / np.maximum(1, np.bincount(column))
            column = means.argsort().argsort()[column]
        columns.append(column)
    return np.stack(columns, axis=1)


def shares_of(tree: DecisionTreeRegressor, sizes: Sequence[int], every: Sequence[Axes]) -> ndarray:
    """Compute what share of a tree's variance some axes cause."""
    inside, values = boxes(tree, sizes)
    of_axis = [box.mean(axis=1) for box in inside]  # share of an axis in each box
    volume = np.prod(of_axis, axis=0)
    mean = values @ volume
    overlap = np.prod([box @ box.T / box.shape[1] for box in inside], axis=0)
    total = values @ overlap @ values - mean**2
    alone = {
        axis: (((values * volume / of_axis[axis]) @ inside[axis]).var())
        for axis in range(len(sizes))
    }
    caused = []
    for axes in every:
        if len(axes) == 1:
            caused.append(alone[axes[0]])
            continue
        first, second = axes
        weights = values * volume / of_axis[first] / of_axis[second]
        together = (inside[first] * weights[:, None]).T @ inside[second]
        caused.append(max(0.0, together.var() - alone[first] - alone[second]))
    return np.array(caused) / total if total > 0 else np.zeros(len(every))


def boxes(tree: DecisionTreeRegressor, sizes: Sequence[int]) -> tuple[list[ndarray], ndarray]:
    """Find a tree's boxes: for each axis which places are within (boxes, places); what it says."""
    nodes = tree.tree_
    waiting = [(0, [np.ones(size) for size in sizes])]
    found: list[list[ndarray]] = []
    values: list[float] = []
    while waiting:
        node, box = waiting.pop()
        if nodes.children_left[node] == UNSPLIT:
            found.append(box)
            values.append(float(nodes.value[node].item()))
            continue
        axis = nodes.feature[node]
        lower = np.arange(sizes[axis]) <= nodes.threshold[node]
        for child, side in ((nodes.children_left, lower), (nodes.children_right, ~lower)):
            inner = [*box]
            inner[axis] = box[axis] * side
            waiting.append((int(child[node]), inner))
    return [np.stack(column) for column in zip(*found, strict=True)], np.array(values)
