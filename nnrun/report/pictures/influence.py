"""Which of the settings that vary matter most: those whose values tell most of the scores."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from nnrun.report.pictures.spacing import MARKED, is_number
from nnrun.runs.names import exact

PARTS = 4  # into which many numbers are cut, as many alike


def by_influence(values: Mapping[str, Sequence[Any]], scores: Sequence[float]) -> list[str]:
    """Sort settings by how much of the variance of the scores' ranks they explain, most first.

    Ranks, as one lost member would else outweigh all the others.
    """
    heights = ranks(np.array(scores))
    return sorted(values, key=lambda key: -explained(groups(values[key]), heights))


def ranks(scores: ndarray) -> ndarray:
    """Number scores from the least on; equal ones have the same rank."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def groups(values: Sequence[Any]) -> ndarray:
    """Number the values, equal ones alike; many numbers are cut into a few parts."""
    different = dict.fromkeys(map(exact, values))
    if len(different) > MARKED and all(map(is_number, values)):
        edges = np.quantile(np.array(values, float), np.linspace(0, 1, PARTS + 1)[1:-1])
        return np.searchsorted(edges, np.array(values, float))
    place_of = {name: place for place, name in enumerate(different)}
    return np.array([place_of[exact(value)] for value in values])


def explained(group: ndarray, heights: ndarray) -> float:
    """Compute the share of the variance between groups, less what any groups would have."""
    rows, kinds = len(heights), len(np.unique(group))
    total = heights.var() * rows
    if not total or rows == kinds or kinds == 1:
        return 0.0
    parts = (heights[group == kind] for kind in np.unique(group))
    inside = sum(part.var() * len(part) for part in parts)
    return float(1 - inside / (rows - kinds) / (total / (rows - 1)))
