"""What simple methods reach on the same split: the first thing a network has to beat.

For classes they are scikit-learn's. For numbers they are its arithmetic in a few lines of numpy, as
its import takes as long as a small training.
"""

from typing import Any

import numpy as np
from numpy import ndarray

MOST = 10_000  # rows to learn from; with more, neighbours would take longer than the network
SHRINKAGE = 1.0  # of the linear model, which is a ridge regression
TAKEN = 512  # new rows whose neighbours are sought at once


def for_numbers(x: ndarray, y: ndarray, new: ndarray) -> dict[str, ndarray]:
    """Predict the targets of new rows by each method."""
    x, y, new = (numbers.astype(np.float64) for numbers in (x[:MOST], y[:MOST], new))
    y = y.reshape(len(y), -1)  # (rows, targets)
    return {
        "constant": np.repeat(y.mean(0)[None], len(new), 0),
        "linear": linear(x, y, new),
        "nearest neighbours": y[nearest(x, new, neighbours(x))].mean(1),
    }


def for_classes(x: ndarray, labels: ndarray, new: ndarray, classes: int) -> dict[str, ndarray]:
    """Predict the probability of each class of new rows by each method."""
    from sklearn.dummy import DummyClassifier  # scikit-learn takes two seconds to load
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    x, labels = x[:MOST], labels[:MOST]
    methods = {
        "constant": DummyClassifier(),
        "linear": LogisticRegression(max_iter=100, tol=1e-2),
        "nearest neighbours": KNeighborsClassifier(neighbours(x)),
    }
    return {
        name: probabilities(method.fit(x, labels), new, classes) for name, method in methods.items()
    }


def neighbours(x: ndarray) -> int:
    """Count the neighbours that are asked."""
    return min(5, len(x))


def linear(x: ndarray, y: ndarray, new: ndarray) -> ndarray:
    """Predict by a linear map whose weights, but not its intercept, are held back a little."""
    centre, level = x.mean(0), y.mean(0)
    x = x - centre
    weights = np.linalg.solve(x.T @ x + SHRINKAGE * np.eye(x.shape[1]), x.T @ (y - level))
    return (new - centre) @ weights + level


def nearest(x: ndarray, new: ndarray, count: int) -> ndarray:
    """Find the rows of x that lie nearest to each new row."""  # (new rows, count)
    squares = (x**2).sum(1)
    places = []
    for first in range(0, len(new), TAKEN):
        # squared distances, without the squares of the new rows, which are alike for all of x
        distances = squares - 2 * new[first : first + TAKEN] @ x.T
        places.append(np.argpartition(distances, count - 1, 1)[:, :count])
    return np.concatenate(places)


def probabilities(method: Any, new: ndarray, classes: int) -> ndarray:
    """Predict with a column for every class, also for one that training never saw."""
    spread = np.zeros((len(new), classes))
    spread[:, method.classes_] = method.predict_proba(new)
    return spread
