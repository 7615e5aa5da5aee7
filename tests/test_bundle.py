"""Scores become probabilities as the loss wants it, in every place where they show."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from nnrun.bundle import load
from nnrun.mistake import Mistake
from nnrun.parts.dataset import Digits

DIGITS = Digits().load()


def winner_takes_all(scores):
    return torch.nn.functional.one_hot(scores.argmax(1), scores.shape[1])


@pytest.mark.parametrize("loss", ["bce", "hinge", "perceptron"])
def test_probabilities_are_the_same_in_the_file_the_metrics_and_the_bundle(loss, small):
    ran = small("dataset=digits", f"loss={loss}", "training.epochs=4")
    told = pd.read_csv(ran.folder / "predictions.csv")
    chances = told.filter(like="p(").to_numpy()
    of_true = chances[np.arange(len(told)), told["true_digit"]]
    surprise = -np.log(of_true.clip(np.finfo(float).eps))  # a probability of 0 would be an infinite one
    bundle = load(ran.folder)
    scores = bundle.network(torch.from_numpy(bundle.inputs.apply(DIGITS.inputs[told["row"]])), None).double()
    ways = {"bce": lambda s: s.sigmoid() / s.sigmoid().sum(1, True), "hinge": lambda s: s.softmax(1)}
    expected = (ways | {"perceptron": winner_takes_all})[loss](scores)

    assert np.allclose(chances, expected.detach(), rtol=1e-5, atol=1e-7)
    assert ran.json("summary.json")["test"]["log_loss"] == pytest.approx(surprise.mean(), rel=1e-5)
    assert ran.json("summary.json")["test"]["accuracy"] == (chances.argmax(1) == told["true_digit"]).mean()


def test_a_bundle_from_before_there_were_chances_and_slopes_can_still_be_used(small):
    ran = small("dataset=digits", "model.activation=leaky_relu")
    before = load(ran.folder).infer(DIGITS.inputs)
    about = json.loads(ran.read("model.json"))

    del about["chances"], about["model"]["slope"]
    (ran.folder / "model.json").write_text(json.dumps(about))

    assert (load(ran.folder).infer(DIGITS.inputs) == before).all()


def test_chances_that_are_not_known_are_refused(small):
    ran = small("dataset=digits")
    (ran.folder / "model.json").write_text(ran.read("model.json").replace('"softmax"', '"guess"'))

    with pytest.raises(Mistake, match="chances 'guess'; this nnrun knows"):
        load(ran.folder)
