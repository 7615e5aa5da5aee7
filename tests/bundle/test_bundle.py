"""What a network says becomes probabilities or deviations as the loss means it, in every place where they show."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from nnrun.bundle.loading import load
from nnrun.errors import Mistake
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
    surprise = -np.log(
        of_true.clip(np.finfo(float).eps)
    )  # a probability of 0 would be an infinite one
    bundle = load(ran.folder)
    scores = bundle.network(
        torch.from_numpy(bundle.inputs.apply(DIGITS.inputs[told["row"]])), None
    ).double()
    ways = {
        "bce": lambda s: s.sigmoid() / s.sigmoid().sum(1, True),
        "hinge": lambda s: s.softmax(1),
    }
    expected = (ways | {"perceptron": winner_takes_all})[loss](scores)

    assert np.allclose(chances, expected.detach(), rtol=1e-5, atol=1e-7)
    assert ran.json("summary.json")["test"]["log_loss"] == pytest.approx(surprise.mean(), rel=1e-5)
    assert (
        ran.json("summary.json")["test"]["accuracy"]
        == (chances.argmax(1) == told["true_digit"]).mean()
    )


def test_a_bundle_from_before_there_were_chances_and_slopes_can_still_be_used(small, retell):
    ran = small("dataset=digits", "model.activation=leaky_relu")
    before = load(ran.folder).infer(DIGITS.inputs)
    about = json.loads(ran.read("model.json"))

    del about["chances"], about["model"]["slope"]
    (ran.folder / "model.json").write_text(json.dumps(about))
    retell(ran.folder)

    assert (load(ran.folder).infer(DIGITS.inputs) == before).all()


def test_chances_that_are_not_known_are_refused(small, retell):
    ran = small("dataset=digits")
    (ran.folder / "model.json").write_text(ran.read("model.json").replace('"softmax"', '"guess"'))
    retell(ran.folder)

    with pytest.raises(Mistake, match="chances 'guess'; this nnrun knows"):
        load(ran.folder)


def noisy(path, rows=1500):
    """A table whose noise grows with x; gives that deviation."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 2, rows)
    deviation = 5 + 20 * x
    y = 1000 + 50 * np.sin(2 * x) + deviation * rng.normal(size=rows)
    pd.DataFrame({"x": x, "y": y}).to_csv(path, index=False)
    return deviation


@pytest.mark.parametrize("scale", ["standard", "quantile"])
def test_a_deviation_follows_the_noise_in_the_targets_own_units(scale, nnrun, tmp_path):
    true = noisy(tmp_path / "noisy.csv")
    words = (
        "dataset=table",
        "dataset.path=noisy.csv",
        "dataset.target=y",
        f"dataset.scale.targets={scale}",
    )

    ran = nnrun(
        *words,
        "loss=gaussian_nll",
        "model.widths=[32]",
        "training.epochs=60",
        "output.baselines=false",
    )

    assert ran.code == 0, ran.err
    told = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    assert list(told) == ["true_y", "predicted_y", "deviation_y"]
    share = told["deviation_y"] / true[told.index]
    assert 0.85 < share.median() < 1.15
    assert share.quantile(0.9) / share.quantile(0.1) < 1.8  # while the noise itself grows ninefold
    again = load(ran.folder).predict(pd.read_csv("noisy.csv").loc[told.index])
    assert list(again) == ["y", "deviation_y"]
    assert np.allclose(again, told[["predicted_y", "deviation_y"]], rtol=1e-5)
    r2 = 1 - np.square(told["predicted_y"] - told["true_y"]).mean() / told["true_y"].var(ddof=0)
    assert ran.json("summary.json")["test"]["r2"] == pytest.approx(r2, rel=1e-6)
    assert ran.json("summary.json")["verdict"].startswith("cannot tell: no simple method")


def test_a_bundle_from_before_there_were_deviations_can_still_be_used(small, retell):
    ran = small("dataset.rows=300")
    about = json.loads(ran.read("model.json"))
    before = load(ran.folder).infer(np.zeros((3, 6)))

    del about["per_target"]
    (ran.folder / "model.json").write_text(json.dumps(about))
    retell(ran.folder)

    assert (load(ran.folder).infer(np.zeros((3, 6))) == before).all()


def test_a_loss_for_numbers_fits_a_table_that_says_itself_what_it_holds(small, line):
    ran = small("dataset=table", f"dataset.path={line}", "dataset.target=y", "loss=mae")

    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("record", "wrong", "advice"),
    [
        ("sweep.json", "is a sweep, and this takes a run", "go on with: nnrun resume it"),
        ("run.json", "has no model.safetensors and no model.json", "go on with: nnrun resume it"),
        ("a.csv", "has no model.safetensors and no model.json", "give the folder of a run"),
    ],
)
def test_what_holds_no_bundle_yet_is_told_with_what_would_leave_one(
    record, wrong, advice, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("it").mkdir()
    Path("it", record).write_text("{}")

    with pytest.raises(Mistake) as caught:
        load(Path("it"))

    assert str(caught.value).startswith(f"it: {wrong}; ")
    assert str(caught.value).endswith(advice)


def test_a_member_without_a_bundle_is_told_with_its_sweep(tmp_path):
    member = tmp_path / "sweep/seed=1"
    member.mkdir(parents=True)
    for record in (member / "run.json", member.parent / "sweep.json"):
        record.write_text("{}")

    with pytest.raises(Mistake) as caught:
        load(member)

    assert str(caught.value).endswith(f"go on with: nnrun resume {member.parent}")
