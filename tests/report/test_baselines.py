"""Baselines predict what scikit-learn's methods predict, in the shape of the network's predictions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from nnrun.report import baselines as simple
from nnrun.report.baselines import for_classes, for_numbers

NAMES = ["constant", "linear", "nearest neighbours"]


def rows(count=80, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)


@pytest.mark.parametrize("targets", [1, 4])
def test_numbers_are_predicted_as_by_scikit_learn(targets):
    x, new = rows(), rows(20, seed=1)
    y = np.sin(x @ np.linspace(-1, 1, 3 * targets).reshape(3, targets)).astype(np.float64)

    found = for_numbers(x, y, new)

    assert list(found) == NAMES
    assert_allclose(found["constant"], np.tile(y.mean(0), (20, 1)))
    assert_allclose(
        found["linear"], Ridge().fit(x, y).predict(new).reshape(20, targets), rtol=1e-4, atol=1e-6
    )
    assert_allclose(found["nearest neighbours"], KNeighborsRegressor().fit(x, y).predict(new))
    assert all(predicted.shape == (20, targets) for predicted in found.values())


def test_classes_are_predicted_as_by_scikit_learn():
    x, new = rows(), rows(20, seed=1)
    y = x.argmax(1)

    found = for_classes(x, y, new, 3)

    assert list(found) == NAMES
    assert_allclose(found["constant"], np.tile(np.bincount(y) / 80, (20, 1)))
    linear = LogisticRegression(max_iter=100, tol=1e-2).fit(x, y)
    assert_allclose(found["linear"], linear.predict_proba(new))
    assert_allclose(
        found["nearest neighbours"], KNeighborsClassifier().fit(x, y).predict_proba(new)
    )


def test_rows_that_count_more_pull_more_as_in_scikit_learn():
    x, new, weights = rows(), rows(20, seed=1), np.arange(80) % 4 / 1.5
    y, labels = np.sin(x[:, :2]).astype(np.float64), x.argmax(1)

    numbers, classes = for_numbers(x, y, new, weights), for_classes(x, labels, new, 3, weights)

    assert_allclose(numbers["constant"], np.tile(np.average(y, 0, weights), (20, 1)))
    ridge = Ridge().fit(x, y, weights)
    assert_allclose(numbers["linear"], ridge.predict(new), rtol=1e-4, atol=1e-6)
    shares = np.bincount(labels, weights) / weights.sum()
    assert_allclose(classes["constant"], np.tile(shares, (20, 1)))


def test_probabilities_add_up_and_a_class_never_seen_has_none():
    x, new = rows(), rows(20, seed=1)
    y = np.where(x[:, 0] > 0, 3, 1)  # of five classes

    found = for_classes(x, y, new, 5)

    for predicted in found.values():
        assert predicted.shape == (20, 5)
        assert_allclose(predicted.sum(1), 1)
        assert_array_equal(predicted[:, [0, 2, 4]], 0)


def test_a_linear_model_finds_a_line():
    x, new = rows(1000), rows(20, seed=1)
    weights = np.array([[1.0], [-2.0], [0.5]])

    found = for_numbers(x, x @ weights + 7, new)

    assert_allclose(found["linear"], new @ weights + 7, atol=0.02)


def simple_predictions(x, y, new, classes):
    return for_classes(x, y, new, classes) if classes else for_numbers(x, y, new)


@pytest.mark.parametrize("classes", [0, 3])
def test_of_many_rows_the_first_are_learnt_from(classes, monkeypatch):
    x, new = rows(), rows(20, seed=1)
    y = x.argmax(1) if classes else x
    fewer = simple_predictions(x[:50], y[:50], new, classes)

    monkeypatch.setattr(simple, "MOST", 50)

    found = simple_predictions(x, y, new, classes)
    assert list(found) == NAMES
    for name in NAMES:
        assert_allclose(found[name], fewer[name])


@pytest.mark.parametrize("classes", [0, 2])
def test_four_training_rows_are_enough(classes):
    x, new = rows(4), rows(3, seed=1)

    found = simple_predictions(x, np.array([0, 1, 0, 1]) if classes else x, new, classes)

    assert all(len(predicted) == 3 for predicted in found.values())
