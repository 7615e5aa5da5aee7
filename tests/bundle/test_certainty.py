"""Probabilities, deviations and quantiles are judged as by scikit-learn, scipy, or a sum by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn import metrics as sklearn_metrics

from nnrun.bundle.certainty import brier, calibration_error, correlation, normal, quantile, ranking
from nnrun.bundle.measuring import usual
from nnrun.bundle.metrics import classification

SEEDS = range(4)


def scores(seed, rows=80, digits=1):
    """Labels, and how sure one is of them, with ties."""
    rng = np.random.default_rng(seed)
    labels = rng.random(rows) < 0.3
    return labels, np.round(0.4 * labels + rng.random(rows), digits)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("digits", [1, 9])
def test_a_ranking_equals_scikit_learns(seed, digits):
    labels, sure = scores(seed, digits=digits)

    area, average = ranking(labels, sure)

    assert area == pytest.approx(sklearn_metrics.roc_auc_score(labels, sure))
    assert average == pytest.approx(sklearn_metrics.average_precision_score(labels, sure))


def test_one_kind_of_rows_has_no_ranking():
    assert np.isnan(ranking(np.ones(3, bool), np.arange(3.0))).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_averages_over_classes_equal_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    labels, p = rng.integers(0, 3, 90), rng.dirichlet(np.ones(3), 90)
    one_hot = np.eye(3)[labels]

    found = classification(labels, p, ("a", "b", "c"))

    predicted = p.argmax(1)
    area = sklearn_metrics.roc_auc_score(labels, p, multi_class="ovr")
    average = sklearn_metrics.average_precision_score(one_hot, p, average="macro")
    balanced = sklearn_metrics.balanced_accuracy_score(labels, predicted)
    assert found["auc"] == pytest.approx(area)
    assert found["average_precision"] == pytest.approx(average)
    assert found["balanced_accuracy"] == pytest.approx(balanced)
    assert found["mcc"] == pytest.approx(sklearn_metrics.matthews_corrcoef(labels, predicted))
    assert found["brier"] == pytest.approx(np.square(p - one_hot).sum(1).mean())


def test_of_two_classes_both_have_the_same_area():
    labels, sure = scores(0)
    p = np.column_stack([1 - sure / 2, sure / 2])

    found = classification(labels.astype(int), p, ("no", "yes"))

    assert found["auc"] == pytest.approx(sklearn_metrics.roc_auc_score(labels, sure))
    assert found["per_class"]["no"]["auc"] == pytest.approx(found["per_class"]["yes"]["auc"])


def test_a_class_that_is_always_told_correlates_with_nothing():
    assert correlation(np.array([[3, 0], [2, 0]])) == 0.0


def test_certain_and_right_costs_nothing_certain_and_wrong_two():
    p = np.array([[1.0, 0.0], [1.0, 0.0]])

    assert brier(np.array([0, 0]), p) == 0
    assert brier(np.array([0, 1]), p) == 1


def test_calibration_is_the_gap_between_certainty_and_success_by_bins():
    sure = np.array([0.5, 0.52, 0.9, 1.0])
    right = np.array([True, False, True, True])

    by_hand = (abs(1 - 0.5 - 0.52) + abs(1 - 0.9) + abs(1 - 1.0)) / 4
    assert calibration_error(right, sure) == pytest.approx(by_hand)


def crps(true, mean, deviation):
    """The distance of a distribution from the step at the truth, by its integral."""
    law = stats.norm(mean, deviation)
    below, _ = integrate.quad(lambda x: law.cdf(x) ** 2, -30, true)
    above, _ = integrate.quad(lambda x: law.sf(x) ** 2, true, 30)
    return below + above


@pytest.mark.parametrize("seed", SEEDS)
def test_a_normal_distribution_is_judged_as_by_scipy(seed):
    rng = np.random.default_rng(seed)
    true, means = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    deviations = rng.uniform(0.5, 2, (5, 2))

    found = normal(true, means, deviations)

    laws = stats.norm(means, deviations)
    each = zip(true.ravel(), means.ravel(), deviations.ravel(), strict=True)
    assert found["log_likelihood"] == pytest.approx(laws.logpdf(true).mean())
    assert found["crps"] == pytest.approx(np.mean([crps(*one) for one in each]))
    for share in (50, 90):
        low, high = laws.interval(share / 100)
        assert found[f"coverage_{share}"] == ((low <= true) & (true <= high)).mean()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_quantile_is_judged_by_its_pinball_loss_and_what_lies_below(share):
    rng = np.random.default_rng(0)
    true, told = rng.normal(size=(50, 1)), rng.normal(size=(50, 1))

    found = quantile(true, told, share)

    pinball = sklearn_metrics.mean_pinball_loss(true, told, alpha=share)
    assert found["pinball"] == pytest.approx(pinball)
    assert found["below"] == (true <= told).mean()


def test_a_weight_counts_how_often_a_row_stands_there():
    draw = np.random.default_rng(0)
    true, means, labels = (
        draw.normal(size=(50, 2)),
        draw.normal(size=(50, 2)),
        draw.integers(0, 3, 50),
    )
    deviations, chances = draw.uniform(0.5, 2, (50, 2)), draw.dirichlet(np.ones(3), 50)
    counts = np.arange(50) % 4

    def judged(rows, weights):
        right, sure = chances[rows].argmax(1) == labels[rows], chances[rows].max(1)
        return {
            **normal(true[rows], means[rows], deviations[rows], weights),
            **quantile(true[rows], means[rows], 0.3, weights),
            "brier": brier(labels[rows], chances[rows], weights),
            "calibration": calibration_error(right, sure, weights),
            "ranking": ranking(labels[rows] == 1, chances[rows, 1], weights)[1],
        }

    repeated = judged(np.repeat(np.arange(50), counts), None)
    assert judged(np.arange(50), counts) == pytest.approx(repeated)


@pytest.mark.parametrize(("share", "width"), [(0.8, 2), (None, 4)])
def test_each_target_has_the_metrics_that_all_have_together(share, width):
    draw = np.random.default_rng(0)
    true, said = draw.normal(size=(30, 2)), np.abs(draw.normal(size=(30, width)))
    about = SimpleNamespace(target_names=("a", "b"), share_below=share)

    told = usual(about, said, true, None)

    for name in set(told) - {"per_target", "rmse", "median_error", "max_error"}:
        each = [told["per_target"][target][name] for target in about.target_names]
        assert told[name] == pytest.approx(np.mean(each))


def test_runs_with_a_quantile_or_a_deviation_show_what_fits_their_loss(small):
    aimed = small("dataset=diabetes", "loss=quantile", "loss.q=0.9", "training.epochs=20")
    sure = small("dataset=diabetes", "loss=gaussian_nll", "training.epochs=20")

    told = {line.split()[0] for line in aimed.out.splitlines() if line.split()}
    assert {"pinball", "below"} <= told
    assert 0.6 < aimed.json("summary.json")["test"]["below"] <= 1
    judged = set(sure.json("summary.json")["test"])
    assert {"crps", "log_likelihood", "coverage_50", "coverage_90"} <= judged
    assert "crps" in sure.out
