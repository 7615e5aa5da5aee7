"""What a model promises of rows, beside what is found: how sure it is, how much intervals hold."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy import ndarray

from nnrun.bundle.certainty import bin_of
from nnrun.bundle.intervals import limits
from nnrun.parts.model.margins import Margins
from nnrun.parts.model.saved import TrainedModel
from nnrun.report.promises import Promise

LEVELS = (0.5, 0.8, 0.9, 0.95)
DEVIATIONS = 1.959963984540054  # of a normal distribution, within which 95 % lie


def promise(promised: float, kept: ndarray, weights: ndarray | None = None) -> Promise:
    """Count the rows of which it is kept (Wilson's interval)."""
    rows, found = len(kept), float(np.average(kept, weights=weights))
    z = DEVIATIONS
    middle = (found + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * sqrt(found * (1 - found) / rows + (z / (2 * rows)) ** 2) / (1 + z * z / rows)
    return Promise(float(promised), found, middle - half, middle + half, rows)


def of_certainty(right: ndarray, sure: ndarray, weights: ndarray | None = None) -> list[Promise]:
    """Put beside how sure answers are how many are right, in the bins of the calibration error."""
    bins = bin_of(sure)
    told = []
    for place in np.unique(bins):
        own = bins == place
        counts = None if weights is None else weights[own]
        if counts is None or counts.any():
            told.append(promise(np.average(sure[own], weights=counts), right[own], counts))
    return told


def of_intervals(
    about: TrainedModel,
    margins: Margins,
    true: ndarray,
    predicted: ndarray,
    spreads: ndarray,
    levels: Sequence[float] = LEVELS,
) -> list[Promise]:
    """Put beside the levels of intervals how many targets these hold, as far as rows allow any."""
    told = []
    for level in levels:
        if margins.problems(level, ""):
            continue
        low, high = limits(about, margins, level, predicted, spreads)
        inside = (low <= true) & (true <= high)
        told.append(promise(level, inside.mean(1)))
    return told
