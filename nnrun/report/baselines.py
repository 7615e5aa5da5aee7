"""What simple methods reach on the same split: the first thing a network has to beat.

For classes they are scikit-learn's. For numbers they are its arithmetic in a few lines of numpy, as
its import takes as long as a small training.
"""

from typing import Any

import numpy as np
from numpy import ndarray

MOST = 10_000  # rows to learn from; with more, neighbours would take longer than the network
SHRINKAGE = 1.0  # of the linear model, which is a ridge regression
TAKEN = 64  # new rows whose neighbours are sought at once, in a few megabytes


def for_numbers(
    x: ndarray, y: ndarray, new: ndarray, weights: ndarray | None = None
) -> dict[str, ndarray]:
    """Predict the targets of new rows by each method; rows to learn from may have weights."""
    x, y, new = (numbers.astype(np.float64) for numbers in (x[:MOST], y[:MOST], new))
    weights = None if weights is None else weights[:MOST]
    y = y.reshape(len(y), -1)  # (rows, targets)
    return {
        "constant": np.repeat(np.average(y, 0, weights)[None], len(new), 0),
        "linear": linear(x, y, new, weights),
        "nearest neighbours": y[nearest(x, new, neighbours(x))].mean(1),
    }


def for_classes(
    x: ndarray, labels: ndarray, new: ndarray, classes: int, weights: ndarray | None = None
) -> dict[str, ndarray]:
    """Predict the probability of each class of new rows by each method."""
    from sklearn.dummy import DummyClassifier  # scikit-learn takes two seconds to load
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    x, labels = x[:MOST], labels[:MOST]
    weights = None if weights is None else weights[:MOST]
    linear = LogisticRegression(max_iter=100, tol=1e-2)
    taught = {
        "constant": DummyClassifier().fit(x, labels, weights),
        "linear": linear.fit(x, labels, weights),
        "nearest neighbours": KNeighborsClassifier(neighbours(x)).fit(x, labels),
    }
    return {name: probabilities(method, new, classes) for name, method in taught.items()}


def neighbours(x: ndarray) -> int:
    """Count the neighbours that are asked."""
    return min(5, len(x))


def linear(x: ndarray, y: ndarray, new: ndarray, weights: ndarray | None) -> ndarray:
    """Predict by a linear map whose slopes, but not its intercept, are held back a little."""
    centre, level = np.average(x, 0, weights), np.average(y, 0, weights)
    x = x - centre
    counted = x if weights is None else x * weights[:, None]
    slopes = np.linalg.solve(
        counted.T @ x + SHRINKAGE * np.eye(x.shape[1]), counted.T @ (y - level)
    )
    return (new - centre) @ slopes + level


def nearest(x: ndarray, new: ndarray, count: int) -> ndarray:
    """Find the rows of x that lie nearest to each new row."""  # (new rows, count)
    squares = (x**2).sum(1)
    places = []
    for first in range(0, len(new), TAKEN):
        # squared distances, without the squares of the new rows, which are alike for all of x
        distances = squares - 2 * new[first : first + TAKEN] @ x.T
        # a copy, as a view would keep the places of all rows
        places.append(np.argpartition(distances, count - 1, 1)[:, :count].copy())
    return np.concatenate(places)


def probabilities(method: Any, new: ndarray, classes: int) -> ndarray:
    """Predict with a column for every class, also for one that training never saw."""
    spread = np.zeros((len(new), classes))
    spread[:, method.classes_] = method.predict_proba(new)
    return spread
