"""How good probabilities, deviations and quantiles are: what counts beside the answer itself."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

ROUNDING = 1e-12  # of sums of weights
BINS = 15  # of certainty, between 0 and 1
HALVES = {"coverage_50": 0.6744897501960817, "coverage_90": 1.6448536269514722}  # deviations


def average(values: ndarray, weights: ndarray | None) -> float:
    """Average over all rows, and whatever stands beside each; rows may have weights."""
    if weights is None:
        return float(values.mean())
    of_rows = values.reshape(len(values), -1).mean(1)
    return float(np.average(of_rows, weights=weights))


def ranking(
    positive: ndarray, sure: ndarray, weights: ndarray | None = None
) -> tuple[float, float]:
    """Compute the area under the ROC curve and the average precision; nan with one kind of rows."""
    kinds, place = np.unique(-sure, return_inverse=True)
    of_rows = np.ones(len(sure)) if weights is None else weights
    true = np.bincount(place, positive * of_rows, len(kinds))
    false = np.bincount(place, ~positive * of_rows, len(kinds))
    hits, alarms = true.cumsum(), false.cumsum()
    if not hits[-1] or not alarms[-1]:
        return np.nan, np.nan
    above = (alarms[-1] - alarms) + false / 2  # of the other kind, below each step and beside it
    area = (true * above).sum() / (hits[-1] * alarms[-1])
    told = hits + alarms
    precision = (true * np.divide(hits, told, where=told > 0, out=np.zeros(len(told)))).sum()
    return float(area), float(precision / hits[-1])


def calibration_error(right: ndarray, sure: ndarray, weights: ndarray | None = None) -> float:
    """Compute how far certainty and success lie apart, on average over bins of certainty."""
    of_rows = np.ones(len(sure)) if weights is None else weights
    gaps = np.bincount(bin_of(sure), (right.astype(np.float64) - sure) * of_rows, BINS)
    return float(np.abs(gaps).sum() / of_rows.sum())


def bin_of(sure: ndarray) -> ndarray:
    """Find the bin of each certainty, among bins of one width."""
    return np.minimum((sure * BINS).astype(int), BINS - 1)


def brier(labels: ndarray, probabilities: ndarray, weights: ndarray | None = None) -> float:
    """Compute the mean squared distance from certainty in the true class, over all classes."""
    squares = np.square(probabilities.astype(np.float64)).sum(1)
    given = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return average(squares - 2 * given + 1, weights)


def correlation(confusion: ndarray) -> float:
    """Compute Matthews' correlation of true and predicted classes; 0 where one never varies."""
    confusion = confusion.astype(np.float64)
    true, told, rows = confusion.sum(1), confusion.sum(0), confusion.sum()
    shared = confusion.trace() * rows - true @ told
    spread = (rows**2 - true @ true) * (rows**2 - told @ told)
    varies = spread > ROUNDING * rows**4
    return float(shared / np.sqrt(spread)) if varies else 0.0


# Numbers with a deviation


def normal(
    targets: ndarray, means: ndarray, deviations: ndarray, weights: ndarray | None = None
) -> dict[str, float]:
    """Judge normal distributions of the targets: a likelihood, a distance, what they cover."""
    from scipy.special import ndtr

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        z = (targets - means) / deviations
        log_density = -np.log(deviations) - (z * z + np.log(2 * np.pi)) / 2
        density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
        crps = deviations * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
        each = {"log_likelihood": log_density, "crps": crps}
        each |= {name: np.abs(z) <= reach for name, reach in HALVES.items()}
        return {name: average(values, weights) for name, values in each.items()}


def quantile(
    targets: ndarray, predictions: ndarray, share: float, weights: ndarray | None = None
) -> dict[str, float]:
    """Judge a quantile: what it costs, and the share of targets that lie below it."""
    with np.errstate(over="ignore", invalid="ignore"):
        missing = targets - predictions
        cost = share * missing + np.maximum(-missing, 0)
        return {"pinball": average(cost, weights), "below": average(missing <= 0, weights)}
