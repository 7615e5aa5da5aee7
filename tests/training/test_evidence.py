"""What a run alone says of itself by its verdict, and the setting that it advises."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score

from nnrun.config.experiment import build
from nnrun.report.verdict import (
    DIVERGED,
    NOTHING,
    OVERFITTED,
    RATE_TOO_SMALL,
    TOO_SIMPLE,
    WORSE,
    Verdict,
)
from nnrun.training.advice import advice
from nnrun.training.evidence import alike, held, judge_of

QUIET = ("training.threads=1", "output.pictures=false")


@pytest.fixture
def said(nnrun):
    """Train, and give the verdict."""

    def train(*words):
        ran = nnrun(*QUIET, *words)
        assert ran.code == 0, ran.err
        return ran.json("summary.json")["verdict"]

    return train


@pytest.fixture
def rings(tmp_path):
    """A table of two rings, which no straight line parts."""
    rng = np.random.default_rng(0)
    label, angle = rng.integers(0, 2, 300), rng.uniform(0, 2 * np.pi, 300)
    x = (1 + label)[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    lines = [f"{a:.4f},{b:.4f},k{kind}" for (a, b), kind in zip(x, label, strict=True)]
    (tmp_path / "rings.csv").write_text("\n".join(["a,b,kind", *lines]) + "\n")
    return "dataset=table", "dataset.path=rings.csv", "dataset.target=kind"


def test_a_straight_model_between_rings_is_too_simple_and_an_mlp_is_advised(said, rings):
    told = said(*rings, "model=linear", "optimizer.lr=0.02", "training.epochs=15")

    assert told.startswith("too simple: accuracy 0.")
    assert told.endswith("which no straight line reaches; try model=mlp")
    cured = said(*rings, "model=mlp", "optimizer.lr=0.02", "training.epochs=15")
    assert cured.startswith("fitted")


def test_a_rate_too_small_is_told_with_the_usual_one(said, rings):
    told = said(*rings, "optimizer.lr=1e-6", "training.epochs=12")

    assert told.startswith("learning rate too small: ")
    assert told.endswith("; try optimizer.lr=0.003")


def test_where_simple_methods_are_switched_off_nobody_says_fitted(said, rings):
    told = said(*rings, "training.epochs=40", "optimizer.lr=0.02", "output.baselines=false")

    assert told == "cannot tell: no simple method was asked: output.baselines=true"


def test_members_of_a_sweep_have_baselines_and_the_verdict_of_a_run_alone(nnrun, rings):
    words = (*rings, "training.epochs=5", "model.widths=[8]")

    swept = nnrun("-m", *QUIET, *words, "seed=0,1", "hydra.launcher.workers=1")

    alone = nnrun(*QUIET, *words, "seed=1").json("summary.json")
    member = json.loads((swept.folder / "seed=1" / "summary.json").read_text())
    assert member == alone
    assert set(member["baselines"]) == {"constant", "linear", "nearest neighbours"}


def test_where_classes_weigh_alike_rows_are_judged_by_balanced_accuracy(composer, tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{a:.3f},{'yes' if a > 1.2 else 'no'}" for a in rng.normal(size=300)]
    (tmp_path / "rare.csv").write_text("\n".join(["a,sick", *lines]) + "\n")
    table = "dataset=table", f"dataset.path={tmp_path / 'rare.csv'}", "dataset.target=sick"
    (job,) = composer(*table, "loss=cross_entropy", "loss.weights=balanced")
    experiment = build(job.config, job.overrides, job.choices)
    rows, data = experiment.rows.train, experiment.data
    predicted = rng.dirichlet(np.ones(2), len(rows))

    judged = judge_of(experiment)

    balanced = balanced_accuracy_score(data.targets[rows], predicted.argmax(1))
    assert 1 - judged.missed(rows, predicted).mean() == pytest.approx(balanced)
    assert judged.score == "accuracy, weighted as the loss is,"


@pytest.fixture
def two_targets(composer, tmp_path):
    """A quantile of two targets is to be learnt, and the second may be in other units."""

    def build_experiment(unit, *words):
        draw = np.random.default_rng(0)
        x, noise = draw.normal(size=200), draw.normal(size=(2, 200))
        frame = pd.DataFrame({"x": x, "a": x + noise[0], "b": unit * (x + noise[1])})
        frame.assign(w=np.arange(200) % 3).to_csv(tmp_path / "two.csv", index=False)
        table = "dataset=table", f"dataset.path={tmp_path / 'two.csv'}", "dataset.target=[a,b]"
        (job,) = composer(*table, "loss=quantile", "loss.q=0.8", *words)
        return build(job.config, job.overrides, job.choices)

    return build_experiment


def test_targets_of_a_quantile_count_alike_whatever_their_units(two_targets):
    missed = []
    for unit in (1, 1e5):
        experiment = two_targets(unit, "dataset.drop=[w]")
        rows = experiment.rows.train
        predicted = experiment.data.targets[rows] + np.array([0.5, 0.01 * unit])
        missed.append(judge_of(experiment).missed(rows, predicted))

    np.testing.assert_allclose(*missed)


def test_one_answer_for_a_quantile_counts_rows_by_their_weights(two_targets):
    experiment = two_targets(1, "dataset.weight=w")
    data, rows = experiment.data, experiment.rows.train
    counts = data.weights[rows].astype(int)

    judged = judge_of(experiment)

    often = np.repeat(data.targets[rows], counts, axis=0)
    expected = np.quantile(often, 0.8, axis=0, method="inverted_cdf")
    np.testing.assert_allclose(judged.answer(), expected)
    assert judged.constant(rows).mean() == pytest.approx(1)


# Advice


@pytest.fixture
def built(composer):
    def build_experiment(*words):
        (job,) = composer("dataset=iris", *words)
        return build(job.config, job.overrides, job.choices)

    return build_experiment


@pytest.fixture
def advised(built):
    """What is advised for a verdict on a configuration."""

    def give(kind, *words, better="", cause=""):
        return advice(built(*words), Verdict(kind, "", better, cause))

    return give


@pytest.mark.parametrize(
    ("kind", "words", "better", "word"),
    [
        (RATE_TOO_SMALL, ("optimizer.lr=1e-5",), "", "optimizer.lr=0.003"),
        (RATE_TOO_SMALL, ("optimizer.lr=0.002",), "", "optimizer.lr=0.02"),
        (DIVERGED, ("optimizer.lr=5.0",), "", "optimizer.lr=0.003"),
        (DIVERGED, ("optimizer.lr=0.003",), "", "optimizer.lr=0.0003"),
        (TOO_SIMPLE, ("model.widths=[2]",), "", "model.widths=[64,64]"),
        (TOO_SIMPLE, ("model=linear",), "", "model=mlp"),
        (TOO_SIMPLE, (), "", ""),  # is an mlp, and wide
        (TOO_SIMPLE, ("model=tabm",), "", ""),  # than which an mlp is no richer
        (NOTHING, (), "", ""),
        (WORSE, (), "linear", "model=linear"),
        (WORSE, (), "nearest neighbours", ""),
        (OVERFITTED, (), "", ""),
    ],
)
def test_what_is_advised_is_what_helped_and_nothing_else(kind, words, better, word, advised):
    assert advised(kind, *words, better=better) == word


@pytest.mark.parametrize(
    ("cause", "word"),
    [
        ("regularisation.l2=1e6", "regularisation.l2=0"),
        ("regularisation.max_norm=1e-9", "regularisation.max_norm=null"),
        ("regularisation.dropout=0.9", "regularisation.dropout=0"),
        ("model.init=zeros", "model.init=torch"),
    ],
)
@pytest.mark.parametrize("kind", [NOTHING, WORSE])
def test_what_holds_a_network_back_is_advised_to_be_taken_away(kind, cause, word, advised, built):
    assert list(held(built(cause))) == [cause.replace("1e6", "1e+06").replace("e-9", "e-09")]
    assert advised(kind, cause, cause=cause) == word


def test_answers_that_no_loss_would_tell_apart_are_alike():
    classes, numbers = np.array([0, 1]), np.array([[0.0], [1.0]])
    assert alike(np.array([[0.3, 0.7], [0.301, 0.699]]), classes)
    assert not alike(np.array([[0.3, 0.7], [0.35, 0.65]]), classes)
    assert alike(np.zeros((2, 1)), numbers)
    assert not alike(1e5 + numbers / 2, 1e5 + numbers)  # as years and Kelvins lie


def test_what_the_same_configuration_would_refuse_is_not_advised(advised):
    assert advised(TOO_SIMPLE, "model=linear", "model.init=normal") == "model=mlp"
    assert advised(WORSE, "regularisation.dropout=0.1", better="linear") == ""
