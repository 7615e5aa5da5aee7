"""A temperature has the least log loss on validation rows, changes no answer, and goes with the model."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.metrics import log_loss

import nnrun
from nnrun.bundle.predictions import tempered
from nnrun.training.calibration import least_temperature
from nnrun.training.out_of_fold import shared_calibration

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_temperature_is_that_of_the_least_log_loss(true, weighted):
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(800, 4)) * 3
    labels = np.array([rng.choice(4, p=row) for row in softmax(scores / true, axis=1)])
    weights = rng.uniform(0, 2, 800) if weighted else None

    def loss(logarithm):
        said = softmax(scores / np.exp(logarithm), axis=1)
        return log_loss(labels, said, sample_weight=weights)

    found = least_temperature(softmax(scores, axis=1), labels, weights)

    wanted = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)
    assert found == pytest.approx(wanted, rel=1e-3)
    assert found == pytest.approx(true, rel=0.15)
    assert np.allclose(tempered(softmax(scores, axis=1), found), softmax(scores / found, axis=1))


def test_folds_have_in_the_middle_the_temperature_that_a_model_of_all_rows_takes():
    folds = [
        {"calibration": {"temperature": one, "test": {"log_loss": [one, 1.0]}}}
        for one in (0.5, 2.0)
    ]

    told = shared_calibration(folds)

    assert told == {"temperature": pytest.approx(1.0), "test": {"log_loss": [1.25, 1.0]}}


def test_where_no_row_is_missed_probabilities_stay_as_they_are():
    sure = np.array([[0.9, 0.1], [0.2, 0.8]])

    assert least_temperature(sure, np.array([0, 1])) == 1
    assert tempered(sure, 1.0) is sure
    assert np.isfinite(tempered(np.array([[1.0, 0.0]]), 7.0)).all()


@pytest.mark.parametrize("words", [(), ("training.ensemble=2",), ("dataset.split.folds=3",)])
def test_a_run_is_calibrated_without_another_answer(words, small):
    plain = ("dataset=iris", "model.widths=[8]", "training.epochs=20", *words)
    before, after = small(*plain), small(*plain, "training.calibrate=true")

    raw, said = (pd.read_csv(ran.folder / "predictions.csv") for ran in (before, after))
    told, score = after.json("summary.json")["calibration"], before.json("summary.json")["test"]
    assert (raw.predicted == said.predicted).all()
    assert not np.allclose(raw["p(virginica)"], said["p(virginica)"])
    reached = after.json("summary.json")["test"]
    for metric in ("log_loss", "calibration_error"):
        assert told["test"][metric] == pytest.approx([score[metric], reached[metric]])
    assert f"temperature {told['temperature']:.4f}, found on the validation rows" in after.out
    if not words:
        bundle = nnrun.load(after.folder)
        assert bundle.temperature == told["temperature"]
        rows = said.row.to_numpy()
        from sklearn.datasets import load_iris

        answers = bundle.infer(load_iris().data[rows])
        assert np.allclose(answers[:, 2], said["p(virginica)"], atol=1e-6)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dataset=diabetes",), "is about classes, but dataset=diabetes has none"),
        (("dataset=iris", "dataset.split.val=0"), "there are none"),
        (("dataset=iris", "model=perceptron"), "gives classes no probabilities"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(words, told, small):
    ran = small(*words, "training.calibrate=true")

    assert ran.code == 2
    assert told in ran.err
