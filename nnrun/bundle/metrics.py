"""How good predictions are, in the data's own units; the numbers are scikit-learn's."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from nnrun.bundle.certainty import brier, calibration_error, correlation, ranking
from nnrun.parts.kinds import Names


def regression(targets: ndarray, predictions: ndarray, names: Names) -> dict:
    """Compute errors over all targets and for each.

    `rmse` is the root of the overall mse, `r2` the mean over the targets, and the median and the
    greatest are of all errors.
    """
    targets, predictions = by_target(targets), by_target(predictions)  # (targets, rows)
    with np.errstate(over="ignore", invalid="ignore"):  # what diverged is told as inf or nan
        errors = predictions - targets
        mse, sizes = np.square(errors).mean(axis=1), np.abs(errors)
        r2 = explained_variance(targets, mse)
        each = zip(names, mse, sizes, r2, strict=True)
        per_target = {name: errors_of(*numbers) for name, *numbers in each}
        return errors_of(mse.mean(), sizes, r2.mean()) | {"per_target": per_target}


def by_target(table: ndarray) -> ndarray:
    """Turn a table, so that each target is a row whose sums run along the memory."""
    return np.ascontiguousarray(np.transpose(table), np.float64)


def errors_of(mse: float, sizes: ndarray, r2: float) -> dict[str, float]:
    return {
        "mse": float(mse),
        "rmse": float(np.sqrt(mse)),
        "mae": float(sizes.mean()),
        "median_error": float(np.median(sizes)),
        "max_error": float(sizes.max()),
        "r2": float(r2),
    }


def explained_variance(targets: ndarray, mse: ndarray) -> ndarray:
    """Compute the share of each target's variance that is explained; 1 or 0 if it is constant."""
    varies = targets.max(axis=1) > targets.min(axis=1)
    variance = np.where(varies, targets.var(axis=1), 1)
    return np.where(varies, 1 - mse / variance, mse == 0)


def classification(labels: ndarray, probabilities: ndarray, classes: Names) -> dict:
    """Compute shares of right answers, averages over all classes, and what was taken for what."""
    labels = np.asarray(labels)  # (rows,)
    probabilities = np.asarray(probabilities)  # (rows, classes)
    confusion = confusion_matrix(labels, probabilities.argmax(axis=1), len(classes))
    right, true, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = share(right, predicted), share(right, true)
    f1 = share(2 * right, true + predicted)
    ranked = [ranking(labels == i, probabilities[:, i]) for i in range(len(classes))]
    areas, averages = np.transpose(ranked)
    columns = (precision, recall, f1, areas, averages, true)
    each = zip(classes, *(column.tolist() for column in columns), strict=True)
    return {
        "accuracy": float(right.sum() / len(labels)),
        "precision": float(precision.mean()),
        "recall": float(recall.mean()),
        "balanced_accuracy": float(recall[true > 0].mean()),
        "f1": float(f1.mean()),
        "mcc": correlation(confusion),
        "auc": mean_of_known(areas),
        "average_precision": mean_of_known(averages),
        "log_loss": log_loss(labels, probabilities),
        "brier": brier(labels, probabilities),
        "calibration_error": calibration_error(
            probabilities.argmax(axis=1) == labels, probabilities.max(axis=1)
        ),
        "per_class": {
            name: {
                "precision": p,
                "recall": r,
                "f1": f,
                "auc": area,
                "average_precision": average,
                "rows": rows,
            }
            for name, p, r, f, area, average, rows in each
        },
        "confusion": confusion.tolist(),
    }


def confusion_matrix(labels: ndarray, predicted: ndarray, classes: int) -> ndarray:
    """Count the rows of each true class, a row, that were given each class, a column."""
    counts = np.bincount(labels * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)


def mean_of_known(values: ndarray) -> float:
    """Average what is known; nan where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def share(part: ndarray, whole: ndarray) -> ndarray:
    """Divide part by whole; 0 where there is nothing to share."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def log_loss(labels: ndarray, probabilities: ndarray) -> float:
    """Compute the mean surprise in nats; a probability of 0 counts as its type's least step."""
    step = np.finfo(probabilities.dtype).eps
    given = probabilities[np.arange(len(labels)), labels].clip(step, 1 - step)
    return float(-np.log(given.astype(np.float64)).mean())
