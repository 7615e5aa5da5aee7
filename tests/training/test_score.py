"""`training.score` chooses the best epoch and the best member; `training.threshold` where a class begins."""

import csv
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics

import nnrun as package
from nnrun.bundle.metrics import DECIDED, ClassAnswers
from nnrun.bundle.scores import DECIDED as DECIDED_SCORES
from nnrun.bundle.scores import DEVIATIONS, NUMBERS, PROBABLE, QUANTILE, error
from nnrun.parts.interface import OwnMetrics
from nnrun.report.metric_tables import metric_at
from nnrun.report.ties import leaving_out_error
from nnrun.runs.record import read_job
from nnrun.training.measured import by_leaving_out, means_without
from nnrun.training.rebuilding import rebuilt
from nnrun.training.true_values import TrueValues

EPOCHS = "training.epochs=6"
KINDS = {
    ("dataset=diabetes", "optimizer.lr=0.03"): NUMBERS,
    ("dataset=diabetes", "optimizer.lr=0.03", "loss=gaussian_nll"): DEVIATIONS,
    ("dataset=diabetes", "optimizer.lr=0.03", "loss=quantile", "loss.q=0.8"): QUANTILE,
    ("dataset=wine", "optimizer.lr=0.1"): DECIDED_SCORES + PROBABLE,
    ("dataset.rows=200",): (error("position_error_mm.p95"),),
}
EVERY = [(words, score) for words, scores in KINDS.items() for score in scores]


def course(ran, name):
    """The scores and the losses of the validation rows after each epoch."""
    lines = list(csv.DictReader(ran.read("metrics.csv").splitlines()))
    columns = [[float(line[key]) for line in lines] for key in (f"val_{name}", "val_loss")]
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize(("words", "score"), EVERY, ids=[score.name for _, score in EVERY])
def test_the_epoch_of_the_best_score_is_kept(words, score, small):
    ran = small(*words, EPOCHS, f"training.score={score.name}")

    summary, epochs = ran.json("summary.json"), course(ran, score.name)

    expected = min(range(6), key=lambda i: (-score.better * epochs[i][0], epochs[i][1]))
    assert summary["best_epoch"] == expected + 1
    assert metric_at(summary["val"], score.name) == pytest.approx(epochs[expected][0], rel=1e-5)
    assert score.lowest <= epochs[expected][0] <= score.highest
    assert summary["score"] == {
        "name": score.name,
        "better": "higher" if score.better == 1 else "lower",
    }
    assert summary["standard_error"]["train"] > 0


def test_members_trained_together_keep_the_epochs_that_they_would_alone(nnrun, small):
    words = ("dataset=wine", EPOCHS, "training.score=brier")

    swept = nnrun("-m", *words, "optimizer.lr=0.01,0.1", "sweep.verify=2", "output.pictures=false")

    assert swept.code == 0, swept.err
    assert swept.out.count("alone: identical") == 2


def test_a_sweep_is_ranked_by_the_score_whose_direction_is_known(nnrun):
    words = ("dataset=diabetes", EPOCHS, "training.score=rmse", "output.pictures=false")

    swept = nnrun("-m", *words, "optimizer.lr=1e-4,1e-2")

    assert swept.code == 0, swept.err
    table = pd.read_csv(swept.folder / "sweep.csv").set_index("member")
    assert (swept.folder / "best").resolve().name == table["val_rmse"].idxmin()
    assert "val rmse" in swept.out


def test_the_table_at_the_end_begins_with_the_score(small):
    ran = small("dataset=wine", "training.score=log_loss", EPOCHS)

    assert ", best by log_loss" in ran.out
    *_, first = ran.out.partition("on the test rows")[2].splitlines()[:2]
    assert first.startswith("log_loss")
    assert "±" in first


@pytest.mark.parametrize("patience", [1, 2])
def test_early_stopping_waits_for_a_better_score(patience, small):
    words = ("dataset=wine", "training.score=accuracy", "training.epochs=30", "optimizer.lr=0.03")

    ran = small(*words, f"regularisation.patience={patience}")

    scores = [score for score, _ in course(ran, "accuracy")]
    since_best = len(scores) - 1 - scores.index(max(scores))
    assert since_best == patience


def test_simple_methods_aim_where_a_quantile_does(nnrun):
    words = ("dataset=diabetes", "loss=quantile", "loss.q=0.9", "output.pictures=false")

    ran = nnrun(*words, "training.epochs=2")

    below = {name: one["below"] for name, one in ran.json("summary.json")["baselines"].items()}
    assert set(below) == {"constant", "linear", "nearest neighbours"}
    assert min(below.values()) > 0.75


def test_quantiles_that_aim_elsewhere_are_not_ranked_together(nnrun):
    words = ("dataset=diabetes", "loss=quantile", "training.epochs=1", "output.pictures=false")

    swept = nnrun("-m", *words, "output.baselines=false", "loss.q=0.1,0.9")

    assert swept.code == 0, swept.err
    assert not (swept.folder / "best").exists()
    assert "within a standard error" not in swept.out


def test_numbers_whose_score_is_a_quantiles_are_watched_by_what_it_costs(small):
    ran = small("dataset=diabetes", "loss=quantile", "loss.q=0.9", EPOCHS)

    summary = ran.json("summary.json")

    assert set(summary["test"]) == {"pinball", "below", "per_target"}
    assert " pinball " in ran.out
    assert "r2" not in ran.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dataset=wine", "training.score=rmse"), "training.score=rmse: ranks nothing of"),
        (("dataset=diabetes", "training.score=rsme"), "did you mean 'rmse'?"),
        (("dataset=diabetes", "training.score=best"), "use auto, r2, rmse"),
        (("training.score=position_error_mm",), "did you mean 'position_error_mm.median'?"),
        (("loss=quantile", "loss.q=0.9", "training.score=r2"), "use auto, pinball"),
        (("dataset=blobs", "model=perceptron", "optimizer=sgd", "training.score=auc"), "use auto"),
        (
            ("dataset=blobs", "model=perceptron", "optimizer=sgd", "training.score=auc"),
            "training.score=auc: ranks nothing of dataset=blobs with model=perceptron",
        ),
        (("dataset=wine", "dataset.split.val=0", "training.score=f1"), "no validation rows"),
        (("dataset=wine", "training.threshold=f1"), "but there are 3; leave it out"),
        (("dataset=wine", "training.threshold=auc"), "expected one of accuracy"),
        (("dataset=diabetes", "training.threshold=f1"), "dataset=diabetes has none"),
        (
            ("dataset=blobs", "model=perceptron", "optimizer=sgd", "training.threshold=f1"),
            "model=perceptron gives classes no probabilities",
        ),
        (("dataset=moons", "dataset.split.val=0", "training.threshold=f1"), "there are none"),
    ],
)
def test_what_cannot_rank_or_part_is_refused(words, told, nnrun):
    ran = nnrun(*words)

    assert ran.code == 2
    assert told in ran.err
    assert not ran.folders


# The threshold


@pytest.fixture
def rare(tmp_path):
    """A table in which few rows are of the second class, and none of them for sure."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=600)
    kind = np.where(draw.random(600) < 1 / (1 + np.exp(3.2 - 1.5 * x)), "yes", "no")
    pd.DataFrame({"x": x, "kind": kind}).to_csv(tmp_path / "rare.csv", index=False)
    return ("dataset=table", f"dataset.path={tmp_path / 'rare.csv'}", "dataset.target=kind")


def test_the_threshold_of_the_best_metric_is_kept_and_used(rare, small, nnrun, tmp_path):
    ran = small(*rare, "training.threshold=f1", "training.epochs=30")

    threshold = ran.json("summary.json")["threshold"]
    bundle = package.load(ran.folder)
    table = pd.read_csv(tmp_path / "rare.csv")
    said = bundle.predict(table)
    assert threshold == bundle.threshold != 0.5
    assert (said["kind"] == np.where(said["p(yes)"] > threshold, "yes", "no")).all()
    assert f"above a probability of {threshold:.4g}" in ran.out
    judged = pd.read_csv(ran.folder / "predictions.csv")
    expected = sklearn_metrics.f1_score(judged["true_kind"], judged["predicted"], average="macro")
    assert ran.json("summary.json")["test"]["f1"] == pytest.approx(expected)


def test_no_other_threshold_is_better_on_the_validation_rows(rare, small, tmp_path):
    ran = small(*rare, "training.threshold=f1", "training.epochs=30")

    tried = small(*rare, "training.epochs=30")  # the same network, at a half
    better = ran.json("summary.json")["val"]["f1"] - tried.json("summary.json")["val"]["f1"]
    assert better > 0
    assert ran.read("metrics.csv") == tried.read("metrics.csv")


def test_the_verdict_asks_for_the_likelier_class_and_says_so(rare, small):
    words = (*rare, "training.epochs=30", "output.baselines=true")
    ran, tried = small(*words, "training.threshold=balanced_accuracy"), small(*words)

    told, plain = (each.json("summary.json")["verdict"] for each in (ran, tried))

    assert "accuracy without the threshold " in told
    assert told.replace(" without the threshold", "") == plain


def test_simple_methods_are_measured_at_thresholds_of_their_own(rare, small):
    ran = small(*rare, "training.threshold=f1", "training.epochs=2", "output.baselines=true")
    experiment, bundle = rebuilt(read_job(ran.folder)), package.load(ran.folder)
    elsewhere = replace(bundle, threshold=0.999)
    truths = [TrueValues(experiment.data, OwnMetrics()) for _ in range(2)]

    told, also = (
        each.simple_methods(experiment, by).metrics
        for each, by in zip(truths, (bundle, elsewhere), strict=True)
    )

    assert told == also == ran.json("summary.json")["baselines"]


# How sure a score is


@pytest.mark.parametrize("rows", [40, 1000])
def test_leaving_rows_out_tells_the_standard_error_of_a_mean(rows):
    draw = np.random.default_rng(1)
    errors = []
    for _ in range(50):
        values = draw.normal(size=rows)
        without = by_leaving_out(lambda some, v=values: float(v[some].mean()), rows)
        errors.append(leaving_out_error(without))
        np.testing.assert_allclose(means_without(values), without)

    assert np.mean(errors) == pytest.approx(rows**-0.5, rel=0.1)


def test_a_single_row_tells_no_standard_error():
    assert leaving_out_error(by_leaving_out(lambda some: 1.0, 1)) == np.inf
    assert leaving_out_error(means_without(np.ones(1))) == np.inf


def test_a_decision_is_that_of_the_likelier_class_at_a_half():
    probabilities = np.random.default_rng(0).dirichlet([1, 1], 50)
    labels = (probabilities[:, 1] > 0.3).astype(int)
    accuracy = partial(DECIDED["accuracy"])

    assert accuracy(ClassAnswers(labels, probabilities, 0.3)) == 1
    assert accuracy(ClassAnswers(labels, probabilities)) < 1
