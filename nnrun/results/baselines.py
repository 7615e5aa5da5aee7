"""What simple methods reach on the same split: the first thing a network has to beat. All by scikit-learn."""

import numpy as np

MOST = 10_000  # rows that they learn from; with more, nearest neighbours would take longer than the network


def baselines(x: np.ndarray, y: np.ndarray, new: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    """Predictions for new rows by each method: targets as they were given, or a probability for each class."""
    x, y = x[:MOST], y[:MOST]
    neighbours = min(5, len(x))
    if classes:
        return {name: probabilities(method.fit(x, y), new, classes) for name, method in for_classes(neighbours).items()}
    predicted = {name: method.fit(x, y).predict(new) for name, method in for_numbers(neighbours).items()}
    return {name: targets.reshape(len(new), -1) for name, targets in predicted.items()}


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
