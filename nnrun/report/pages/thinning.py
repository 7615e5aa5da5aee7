"""Fewer points where many would be drawn at the same place; what stands out stays."""

from collections.abc import Sequence

import numpy as np
from numpy import ndarray

MOST = 2_000  # points of a curve


def epochs_shown(curves: Sequence[ndarray], most: int = MOST) -> ndarray:
    """Choose epochs: of each stretch those where a curve is lowest and highest, and both ends."""
    many = len(curves[0])
    if many <= most:
        return np.arange(many)
    stretches = np.array_split(np.arange(many), max(1, (most - 2) // (2 * len(curves))))
    kept = {0, many - 1}
    for stretch in stretches:
        for curve in curves:
            kept |= extremes(curve[stretch], int(stretch[0]))
    return np.array(sorted(kept))


def extremes(values: ndarray, first: int) -> set[int]:
    """Find where numbers are lowest and highest; the first where there are none."""
    if np.isnan(values).all():
        return {first}
    return {first + int(np.nanargmin(values)), first + int(np.nanargmax(values))}


def rows_shown(size: ndarray, most: int) -> ndarray:
    """Choose rows: those of the greatest errors, and of the others as many as may be, evenly."""
    if len(size) <= most:
        return np.arange(len(size))
    order = np.argsort(-size, kind="stable")
    worst, others = order[: most // 5], np.sort(order[most // 5 :])
    some = others[np.linspace(0, len(others) - 1, most - len(worst)).astype(int)]
    return np.sort(np.concatenate([worst, some]))
