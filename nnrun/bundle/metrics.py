"""How good predictions are, in the data's own units; the numbers are scikit-learn's.

A metric is a function of the predictions beside what is true, so that one of them can be asked
without the others: after each epoch, where it chooses the best.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy import ndarray

from nnrun.bundle.certainty import average, brier, calibration_error, correlation, ranking
from nnrun.parts.kinds import Names

Said = TypeVar("Said")
ROUNDING = 1e-9  # of sums of weights
MIDDLE = 0.5  # the probability from which the second of two classes is the likelier one


class NumberErrors:
    """Predicted numbers beside the true ones, and what several metrics ask of them."""

    def __init__(self, targets: ndarray, predictions: ndarray, weights: ndarray | None = None):
        self.targets = by_target(targets)  # (targets, rows)
        self.errors = by_target(predictions) - self.targets
        self.weights = weights  # (rows,)

    def mean(self, each: ndarray) -> ndarray:
        """Average over the rows, for each target."""
        return np.average(each, axis=1, weights=self.weights)

    @cached_property
    def sizes(self) -> ndarray:
        return np.abs(self.errors)

    @cached_property
    def mse(self) -> ndarray:
        """The mean squared error of each target."""
        return self.mean(np.square(self.errors))

    @cached_property
    def variance(self) -> ndarray:
        if self.weights is None:
            return self.targets.var(axis=1)
        return self.mean(np.square(self.targets - self.mean(self.targets)[:, None]))

    @property
    def median(self) -> float:
        """The median size of all errors."""
        if self.weights is None:
            return float(np.median(self.sizes))
        return weighted_median(self.sizes, self.weights)

    @property
    def medians(self) -> ndarray:
        """The median size of the errors of each target."""
        if self.weights is None:
            return np.median(self.sizes, axis=1)
        return np.array([weighted_median(sizes[None], self.weights) for sizes in self.sizes])

    @property
    def greatest(self) -> ndarray:
        """The greatest size of an error of each target in a row that counts."""
        counted = self.sizes if self.weights is None else self.sizes[:, self.weights > 0]
        return counted.max(axis=1)

    @cached_property
    def r2(self) -> ndarray:
        """The share of each target's variance that is explained; 1 or 0 if it is constant.

        It is nan of a single row, which has no variance.
        """
        if self.targets.shape[1] < 2:
            return np.full(len(self.targets), np.nan)
        varies = (self.targets.max(axis=1) > self.targets.min(axis=1)) & (self.variance > 0)
        variance = np.where(varies, self.variance, 1)
        return np.where(varies, 1 - self.mse / variance, self.mse == 0)


NumberMetric = Callable[[NumberErrors], float]

# `rmse` is the root of the overall mse, `r2` the mean over the targets
NUMBERS: dict[str, NumberMetric] = {
    "mse": lambda said: said.mse.mean(),
    "rmse": lambda said: np.sqrt(said.mse.mean()),
    "mae": lambda said: said.mean(said.sizes).mean(),
    "median_error": lambda said: said.median,
    "max_error": lambda said: said.greatest.max(),
    "r2": lambda said: said.r2.mean(),
}
# the same of each target
OF_EACH: dict[str, Callable[[NumberErrors], ndarray]] = {
    "mse": lambda said: said.mse,
    "rmse": lambda said: np.sqrt(said.mse),
    "mae": lambda said: said.mean(said.sizes),
    "median_error": lambda said: said.medians,
    "max_error": lambda said: said.greatest,
    "r2": lambda said: said.r2,
}


def by_target(table: ndarray) -> ndarray:
    """Turn a table, so that each target is a row whose sums run along the memory."""
    return np.ascontiguousarray(np.transpose(table), np.float64)


@np.errstate(over="ignore", invalid="ignore")  # what diverged is told as inf or nan
def regression(
    targets: ndarray, predictions: ndarray, names: Names, weights: ndarray | None = None
) -> dict:
    """Compute errors over all targets and for each."""
    said = NumberErrors(targets, predictions, weights)
    columns = zip(*(metric(said).tolist() for metric in OF_EACH.values()), strict=True)
    each = {
        name: dict(zip(OF_EACH, numbers, strict=True))
        for name, numbers in zip(names, columns, strict=True)
    }
    return all_of(NUMBERS, said) | {"per_target": each}


def weighted_median(sizes: ndarray, weights: ndarray) -> float:
    """Find the size that half the weight of all, (targets, rows), lies below."""
    order = sizes.argsort(axis=None)
    heap = np.broadcast_to(weights, sizes.shape).ravel()[order].cumsum()
    middle = heap.searchsorted(heap[-1] / 2 * np.array([1 - ROUNDING, 1 + ROUNDING]))
    return float(sizes.ravel()[order[middle]].mean())


def all_of(metrics: dict[str, Callable[[Said], float]], said: Said) -> dict[str, float]:
    """Compute every metric of a table."""
    return {name: float(metric(said)) for name, metric in metrics.items()}


class ClassAnswers:
    """Probabilities of classes beside the true ones, and what several metrics ask of them."""

    def __init__(
        self,
        labels: ndarray,
        probabilities: ndarray,
        threshold: float = MIDDLE,
        weights: ndarray | None = None,
    ):
        self.labels = np.asarray(labels)  # (rows,)
        self.probabilities = with_unseen(np.asarray(probabilities), self.labels)  # (rows, classes)
        self.taken = taken(self.probabilities, threshold)
        self.weights = weights  # (rows,)

    @cached_property
    def confusion(self) -> ndarray:
        classes = self.probabilities.shape[1]
        return confusion_matrix(self.labels, self.taken, classes, self.weights)

    @property
    def right(self) -> ndarray:
        """Count the right answers of each class, by their weights."""
        return self.confusion.diagonal()

    @property
    def true(self) -> ndarray:
        """Count the rows of each class."""
        return self.confusion.sum(axis=1)

    @property
    def told(self) -> ndarray:
        """Count the rows that were given each class."""
        return self.confusion.sum(axis=0)

    @property
    def met(self) -> ndarray:
        """Tell which classes there are, among the true ones or those that were given."""
        return self.true + self.told > 0

    @property
    def precision(self) -> ndarray:
        return share(self.right, self.told)

    @property
    def recall(self) -> ndarray:
        return share(self.right, self.true)

    @property
    def f1(self) -> ndarray:
        return share(2 * self.right, self.true + self.told)

    @property
    def distances(self) -> ndarray:
        """Count the classes from each to each."""
        places = np.arange(len(self.confusion))
        return np.abs(places[:, None] - places)

    @property
    def class_error(self) -> float:
        """Average how many classes an answer is off."""
        return float((self.confusion * self.distances).sum() / self.confusion.sum())

    @property
    def quadratic_kappa(self) -> float:
        """Compare squared distances with those of answers by chance: Cohen's weighted kappa."""
        squares = self.distances**2
        by_chance = np.outer(self.true, self.told) / self.confusion.sum()
        expected = (by_chance * squares).sum()
        return float(1 - (self.confusion * squares).sum() / expected) if expected else 1.0

    @cached_property
    def ranked(self) -> ndarray:
        """The area under the curve and the average precision of each class: (classes, 2)."""
        places = range(self.probabilities.shape[1])
        sure = self.probabilities.T
        return np.array([ranking(self.labels == i, sure[i], self.weights) for i in places])


ClassMetric = Callable[[ClassAnswers], float]

# those of a decision, and those of the probabilities behind it
DECIDED: dict[str, ClassMetric] = {
    "accuracy": lambda said: said.right.sum() / said.true.sum(),
    "precision": lambda said: said.precision[said.met].mean(),
    "recall": lambda said: said.recall[said.met].mean(),
    "balanced_accuracy": lambda said: said.recall[said.true > 0].mean(),
    "f1": lambda said: said.f1[said.met].mean(),
    "mcc": lambda said: correlation(said.confusion),
}
PROBABLE: dict[str, ClassMetric] = {
    "auc": lambda said: mean_of_known(said.ranked[:, 0]),
    "average_precision": lambda said: mean_of_known(said.ranked[:, 1]),
    "log_loss": lambda said: log_loss(said.labels, said.probabilities, said.weights),
    "brier": lambda said: brier(said.labels, said.probabilities, said.weights),
    "calibration_error": lambda said: calibration_error(
        said.probabilities.argmax(axis=1) == said.labels,
        said.probabilities.max(axis=1),
        said.weights,
    ),
}
# those of classes in an order
ORDERED: dict[str, ClassMetric] = {
    "class_error": lambda said: said.class_error,
    "quadratic_kappa": lambda said: said.quadratic_kappa,
}
CLASSES = DECIDED | PROBABLE | ORDERED


def classification(
    labels: ndarray,
    probabilities: ndarray,
    classes: Names,
    threshold: float = MIDDLE,
    weights: ndarray | None = None,
    ordered: bool = False,
) -> dict:
    """Compute shares of right answers, averages over classes, and what was taken for what."""
    said = ClassAnswers(labels, probabilities, threshold, weights)
    of_each = {
        "precision": said.precision,
        "recall": said.recall,
        "f1": said.f1,
        "auc": said.ranked[:, 0],
        "average_precision": said.ranked[:, 1],
        "rows": np.bincount(said.labels, minlength=len(classes)),
    }
    lines = zip(*(numbers.tolist() for numbers in of_each.values()), strict=True)
    per_class = {
        name: dict(zip(of_each, line, strict=True))
        for name, line in zip(classes, lines, strict=False)  # unseen ones are no columns of it
    }
    shown = DECIDED | PROBABLE | (ORDERED if ordered else {})
    return all_of(shown, said) | {"per_class": per_class, "confusion": said.confusion.tolist()}


def taken(probabilities: ndarray, threshold: float = MIDDLE) -> ndarray:
    """Choose a class for each row: the likeliest, or the second of two above another threshold."""
    if threshold == MIDDLE:
        return probabilities.argmax(axis=1)
    return (probabilities[:, 1] > threshold).astype(np.int64)


def with_unseen(probabilities: ndarray, labels: ndarray) -> ndarray:
    """Give no probability to the classes of rows that training had no row of."""
    classes = probabilities.shape[1]
    unseen = max(int(labels.max(initial=-1)) + 1 - classes, 0)
    return np.pad(probabilities, ((0, 0), (0, unseen))) if unseen else probabilities


def confusion_matrix(
    labels: ndarray, predicted: ndarray, classes: int, weights: ndarray | None = None
) -> ndarray:
    """Count the rows of each true class, a row, that were given each class, a column."""
    counts = np.bincount(labels * classes + predicted, weights, minlength=classes**2)
    return counts.reshape(classes, classes)


def mean_of_known(values: ndarray) -> float:
    """Average what is known; nan where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def share(part: ndarray, whole: ndarray) -> ndarray:
    """Divide part by whole; 0 where there is nothing to share."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def log_loss(labels: ndarray, probabilities: ndarray, weights: ndarray | None = None) -> float:
    """Compute the mean surprise in nats; a probability of 0 counts as its type's least step."""
    step = np.finfo(probabilities.dtype).eps
    given = probabilities[np.arange(len(labels)), labels].clip(step, 1 - step)
    return average(-np.log(given.astype(np.float64)), weights)
