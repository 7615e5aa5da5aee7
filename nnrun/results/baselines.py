"""What simple methods reach on the same split: the first thing a network has to beat. All by scikit-learn."""

from collections.abc import Callable

import numpy as np

MOST_FITTED = 10_000  # rows that nearest neighbours learn from, and
MOST_ASKED = 5_000  # rows they are asked about; with more they would take longer than the network


def baselines(x: np.ndarray, y: np.ndarray, new: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    """Predictions for new rows by each method: targets as they were given, or a probability for each class."""
    neighbours = min(5, len(x))
    methods = for_classes(neighbours) if classes else for_numbers(neighbours)
    fitted = {name: method.fit(x, y) for name, method in methods.items() if small_enough(name, x, new)}
    ask: Callable = (
        (lambda method: probabilities(method, new, classes)) if classes else (lambda method: method.predict(new))
    )
    return {name: ask(method).reshape(len(new), -1) for name, method in fitted.items()}


def small_enough(name: str, x: np.ndarray, new: np.ndarray) -> bool:
    return name != "nearest neighbours" or (len(x) <= MOST_FITTED and len(new) <= MOST_ASKED)


def for_numbers(neighbours: int) -> dict:
    from sklearn.dummy import DummyRegressor
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor

    return {"constant": DummyRegressor(), "linear": Ridge(), "nearest neighbours": KNeighborsRegressor(neighbours)}


def for_classes(neighbours: int) -> dict:
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    return {
        "constant": DummyClassifier(),
        "linear": LogisticRegression(max_iter=100, tol=1e-2),
        "nearest neighbours": KNeighborsClassifier(neighbours),
    }


def probabilities(method, new: np.ndarray, classes: int) -> np.ndarray:
    """A column for every class, also for one that training never saw."""
    spread = np.zeros((len(new), classes))
    spread[:, method.classes_] = method.predict_proba(new)
    return spread
