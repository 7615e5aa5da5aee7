"""Every number equals scikit-learn's."""

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import metrics as sklearn_metrics

from nnrun.bundle.metrics import classification, regression

SEEDS = range(5)
CLASSES = ("cat", "dog", "eel", "fox")
SHARES = ("precision", "recall", "f1", "rows")


def some_table(seed, rows=60, targets=3):
    draw = np.random.default_rng(seed)
    true = draw.normal(size=(rows, targets)) * [1, 10, 0.1]
    return true, true + draw.normal(size=(rows, targets))


def some_labels(seed, rows=60, classes=4, dtype=np.float64):
    draw = np.random.default_rng(seed)
    return draw.integers(0, classes, rows), draw.dirichlet(np.ones(classes), rows).astype(dtype)


# Regression


@pytest.mark.parametrize("seed", SEEDS)
def test_regression_equals_scikit_learn(seed):
    true, predicted = some_table(seed)

    found = regression(true, predicted, ("a", "b", "c"))

    mse = sklearn_metrics.mean_squared_error(true, predicted)
    assert found["mse"] == pytest.approx(mse)
    assert found["rmse"] == pytest.approx(mse**0.5)
    assert found["mae"] == pytest.approx(sklearn_metrics.mean_absolute_error(true, predicted))
    assert found["r2"] == pytest.approx(sklearn_metrics.r2_score(true, predicted))
    assert found["median_error"] == pytest.approx(np.median(np.abs(predicted - true)))
    assert found["max_error"] == pytest.approx(np.abs(predicted - true).max())


@pytest.mark.parametrize("seed", SEEDS)
def test_each_target_equals_scikit_learn(seed):
    true, predicted = some_table(seed)

    found = regression(true, predicted, ("a", "b", "c"))["per_target"]

    for name, t, p in zip("abc", true.T, predicted.T, strict=True):
        assert found[name]["mse"] == pytest.approx(sklearn_metrics.mean_squared_error(t, p))
        assert found[name]["rmse"] == pytest.approx(sklearn_metrics.root_mean_squared_error(t, p))
        assert found[name]["mae"] == pytest.approx(sklearn_metrics.mean_absolute_error(t, p))
        assert found[name]["r2"] == pytest.approx(sklearn_metrics.r2_score(t, p))


@pytest.mark.parametrize(("shift", "expected"), [(0, 1.0), (0.5, 0.0)])
def test_a_constant_target_is_explained_when_met_and_not_at_all_otherwise(shift, expected):
    true = np.full((8, 1), 0.5)

    found = regression(true, true + shift, ("a",))

    assert found["r2"] == sklearn_metrics.r2_score(true, true + shift) == expected


@pytest.mark.parametrize("weights", [None, np.arange(1000.0) % 4])
def test_each_target_has_the_metrics_that_it_has_alone(weights):
    random = np.random.default_rng(0)
    true, said = random.normal(size=(2, 1000, 3))

    per_target = regression(true, said, ("a", "b", "c"), weights)["per_target"]

    for place, name in enumerate("abc"):
        own = slice(place, place + 1)
        alone = regression(true[:, own], said[:, own], (name,), weights)
        assert per_target[name] == {key: alone[key] for key in per_target[name]}


def test_a_single_row_has_no_share_of_variance():
    found = regression(np.ones((1, 2)), np.zeros((1, 2)), ("a", "b"))

    assert np.isnan([found["r2"], found["per_target"]["a"]["r2"]]).all()
    assert found["mse"] == 1.0


def test_a_constant_target_is_known_even_when_its_mean_is_rounded():
    true = np.full((3, 1), 0.1)  # the mean is 0.10000000000000002

    found = regression(true, true + 1, ("a",))

    assert found["r2"] == 0.0


def test_float32_predictions_are_summed_in_float64():
    true, predicted = some_table(0)

    found = regression(true, predicted.astype(np.float32), ("a", "b", "c"))

    assert (
        found["mse"]
        == regression(true, predicted.astype(np.float32).astype(np.float64), ("a", "b", "c"))["mse"]
    )


def test_predictions_that_diverged_are_told_without_a_warning():
    true, predicted = some_table(0)
    predicted[0] = 1e200, np.inf, np.nan

    found = regression(true, predicted, ("a", "b", "c"))["per_target"]

    assert (found["a"]["mse"], found["b"]["mse"], found["b"]["r2"]) == (np.inf, np.inf, -np.inf)
    assert np.isnan(found["c"]["mse"])


# Classification


def test_right_answers_are_whole_where_a_file_holds_one_of_the_classes():
    found = classification(np.ones(5, int), np.eye(4)[[1] * 5], CLASSES)

    shares = ("accuracy", "precision", "recall", "balanced_accuracy", "f1")
    assert [found[name] for name in shares] == [1.0] * 5


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", SEEDS)
def test_classification_equals_scikit_learn(seed, dtype):
    labels, probabilities = some_labels(seed, dtype=dtype)

    found = classification(labels, probabilities, CLASSES)

    assert_as_scikit_learn(found, labels, probabilities)


@pytest.mark.parametrize("seed", SEEDS)
def test_classes_without_rows_and_predictions_count_as_in_scikit_learn(seed):
    labels, probabilities = some_labels(seed, classes=3)
    labels[labels == 0] = 1  # no row is a cat, and none is taken for a fox
    probabilities = np.column_stack([probabilities, np.zeros(len(labels))])

    found = classification(labels, probabilities, CLASSES)

    assert_as_scikit_learn(found, labels, probabilities)
    fox = found["per_class"]["fox"]
    assert [fox[name] for name in SHARES] == [0.0, 0.0, 0.0, 0]
    assert np.isnan(fox["auc"])


def assert_as_scikit_learn(found, labels, probabilities):
    predicted, known = probabilities.argmax(axis=1), list(range(len(CLASSES)))
    oracle = sklearn_metrics.precision_recall_fscore_support
    macro = oracle(labels, predicted, average="macro", zero_division=0)[:3]
    each = oracle(labels, predicted, labels=known, zero_division=0)
    assert found["accuracy"] == pytest.approx(sklearn_metrics.accuracy_score(labels, predicted))
    assert [found[name] for name in ("precision", "recall", "f1")] == pytest.approx(macro)
    for name, numbers in zip(CLASSES, zip(*each, strict=True), strict=True):
        told = found["per_class"][name]
        assert [told[share] for share in SHARES] == pytest.approx(numbers)
    assert_array_equal(
        found["confusion"], sklearn_metrics.confusion_matrix(labels, predicted, labels=known)
    )
    assert found["log_loss"] == pytest.approx(
        sklearn_metrics.log_loss(labels, probabilities, labels=known), rel=1e-6
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_certainty_in_the_wrong_class_has_a_finite_price(dtype):
    probabilities = np.array([[1, 0], [0, 1]], dtype)
    labels = np.array([0, 0])

    found = classification(labels, probabilities, ("no", "yes"))

    assert found["log_loss"] == pytest.approx(
        sklearn_metrics.log_loss(labels, probabilities, labels=[0, 1])
    )


def test_confusion_has_the_true_classes_as_rows():
    labels = np.array([0, 0, 1])
    probabilities = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])

    found = classification(labels, probabilities, ("no", "yes"))

    assert found["confusion"] == [[1, 1], [0, 1]]


def test_all_numbers_can_be_written_as_json():
    table, labels = some_table(0), some_labels(0)

    written = json.dumps([regression(*table, ("a", "b", "c")), classification(*labels, CLASSES)])

    assert json.loads(written)[1]["per_class"]["cat"]["rows"] == (labels[0] == 0).sum()


# Rows that count differently


@pytest.mark.parametrize("seed", SEEDS)
def test_weighted_errors_equal_scikit_learn(seed):
    true, predicted = some_table(seed)
    weights = np.random.default_rng(seed + 50).choice([0, 0.5, 1, 4], 60)

    found = regression(true, predicted, ("a", "b", "c"), weights)

    mse = sklearn_metrics.mean_squared_error(true, predicted, sample_weight=weights)
    mae = sklearn_metrics.mean_absolute_error(true, predicted, sample_weight=weights)
    r2 = sklearn_metrics.r2_score(true, predicted, sample_weight=weights)
    assert (found["mse"], found["mae"], found["r2"]) == pytest.approx((mse, mae, r2))
    assert found["max_error"] == pytest.approx(np.abs(predicted - true)[weights > 0].max())
    assert found["per_target"]["b"]["r2"] == pytest.approx(
        sklearn_metrics.r2_score(true[:, 1], predicted[:, 1], sample_weight=weights)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_weighted_classes_equal_scikit_learn(seed):
    labels, chances = some_labels(seed)
    weights = np.random.default_rng(seed + 50).choice([0, 0.5, 1, 4], 60)
    taken = chances.argmax(1)

    found = classification(labels, chances, CLASSES, weights=weights)

    counted = {"sample_weight": weights}
    expected = {
        "accuracy": sklearn_metrics.accuracy_score(labels, taken, **counted),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(labels, taken, **counted),
        "f1": sklearn_metrics.f1_score(labels, taken, average="macro", **counted),
        "mcc": sklearn_metrics.matthews_corrcoef(labels, taken, **counted),
        "log_loss": sklearn_metrics.log_loss(labels, chances, **counted),
        "auc": np.mean(
            [sklearn_metrics.roc_auc_score(labels == i, chances[:, i], **counted) for i in range(4)]
        ),
        "average_precision": np.mean(
            [
                sklearn_metrics.average_precision_score(labels == i, chances[:, i], **counted)
                for i in range(4)
            ]
        ),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert found["per_class"]["cat"]["rows"] == (labels == 0).sum()


def test_a_weight_counts_how_often_a_row_stands_there_and_equal_ones_change_nothing():
    counts = np.arange(60) % 4
    true, predicted = some_table(0)
    labels, chances = some_labels(0)

    def both(weights, rows):
        numbers = regression(true[rows], predicted[rows], ("a", "b", "c"), weights)
        classes = classification(labels[rows], chances[rows], CLASSES, weights=weights)
        plain = {**numbers, **classes}
        return {name: value for name, value in plain.items() if isinstance(value, float)}

    every, repeated = np.arange(60), np.repeat(np.arange(60), counts)
    assert both(counts, every) == pytest.approx(both(None, repeated))
    assert both(np.full(60, 0.1), every) == pytest.approx(both(None, every))


# Classes in an order


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weighed", [False, True])
def test_ordered_classes_equal_scikit_learn(seed, weighed):
    labels, chances = some_labels(seed)
    weights = np.random.default_rng(seed + 50).choice([0, 0.5, 4], 60) if weighed else None
    taken = chances.argmax(1)

    found = classification(labels, chances, CLASSES, weights=weights, ordered=True)

    assert found["class_error"] == pytest.approx(
        sklearn_metrics.mean_absolute_error(labels, taken, sample_weight=weights)
    )
    assert found["quadratic_kappa"] == pytest.approx(
        sklearn_metrics.cohen_kappa_score(labels, taken, weights="quadratic", sample_weight=weights)
    )
    assert "class_error" not in classification(labels, chances, CLASSES)
