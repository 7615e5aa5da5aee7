"""A model that goes on from another run begins where that run ended, moves only what it may, and is then on its own."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch

from nnrun.bundle.loading import load
from nnrun.parts.model.layers.linear import Linear
from nnrun.parts.model.layers.networks import Cnn, Maxout, Perceptrons, Polynomial, Residual
from nnrun.parts.model.transfer import last_layer

ROWS = ("dataset.rows=300",)
STILL = ("optimizer=sgd", "optimizer.lr=1e-30", "scheduler=constant", "training.epochs=1")


@pytest.fixture
def before(small):
    """Train something small, and give the folder."""

    def train(*words):
        ran = small(*(words or (*ROWS, "model.widths=[16,8]")))
        assert ran.code == 0, ran.err
        return ran.folder

    return train


def go_on(small, folder, *words):
    ran = small("model=pretrained", f"model.run={folder}", *words)
    assert ran.code == 0, ran.err
    return ran


def numbers(folder):
    return load(folder).network.state_dict()


def moved(folder, first):
    """The tensors of a run that are not those of the first."""
    ours, theirs = numbers(folder), numbers(first)
    return {name for name in ours if not torch.equal(ours[name], theirs[name])}


@pytest.mark.parametrize("model", ["mlp", "linear", "maxout", "residual"])
def test_a_whole_network_begins_with_what_the_run_predicts(model, before, small):
    first = before(*ROWS, f"model={model}")

    ran = go_on(small, first, *ROWS, "dataset.seed=1", *STILL)

    told = pd.read_csv(ran.folder / "predictions.csv", index_col="row").filter(like="predicted_")
    cells = pd.DataFrame(
        np.random.default_rng(0).normal(size=(20, 6)) * 50,
        columns=["Px", "Py", "Pz", "Rx", "Ry", "Rz"],
    )
    assert moved(ran.folder, first) == set()
    assert np.array_equal(load(ran.folder).predict(cells), load(first).predict(cells))
    assert len(told) == 60


def test_the_bundle_is_an_ordinary_one_that_needs_no_other_run(before, small):
    first = before()
    ran = go_on(small, first, *ROWS, "dataset.arm=left")
    kind = json.loads(ran.read("model.json"))["model"]

    shutil.rmtree(first)

    assert (kind["kind"], kind["widths"]) == ("Mlp", [16, 8])
    assert load(ran.folder).own_metrics.arm == "left"


def test_with_a_frozen_body_only_the_last_layer_moves(before, small):
    first = before(
        *ROWS,
        "model.widths=[16,8]",
        "model.norm=batch",
        "model.activation=prelu",
        "training.batch_size=50",
    )
    held = (
        "regularisation.l2=0.1",
        "optimizer=adamw",
        "optimizer.weight_decay=0.1",
        "training.batch_size=50",
    )

    body = go_on(small, first, *ROWS, "dataset.seed=1", "model.freeze=body", *held)
    all_of_it = go_on(small, first, *ROWS, "dataset.seed=1", *held)

    assert moved(body.folder, first) == {"linears.2.weight", "linears.2.bias"}
    assert moved(all_of_it.folder, first) == set(numbers(first))
    assert "45 parameters" in body.out  # of 8 units and a bias, for each of five joints


def test_a_new_last_layer_is_for_other_classes(before, nnrun, tmp_path):
    from sklearn.datasets import load_digits

    images = load_digits(as_frame=True)
    few = images.frame[images.target >= 5].rename(columns={"target": "digit"})
    few["digit"] = ["low" if digit < 8 else "high" for digit in few["digit"]]
    few.to_csv(tmp_path / "few.csv", index=False)
    first = before("dataset=digits", "training.epochs=20")
    words = ("dataset=table", "dataset.path=few.csv", "dataset.target=digit", "training.epochs=20")
    quiet = ("output.pictures=false", "output.baselines=false")

    kept = nnrun(*words, "model=pretrained", f"model.run={first}")
    ran = nnrun(
        *words,
        *quiet,
        "model=pretrained",
        f"model.run={first}",
        "model.last=new",
        "model.freeze=body",
    )

    assert kept.code == 2
    assert "knows 0, 1, 2 and 7 more, but to predict are high, low; use model.last=new" in kept.err
    assert ran.code == 0, ran.err
    assert ran.json("summary.json")["test"]["accuracy"] > 0.9
    assert moved_shapes(ran.folder, first) == {"linears.2.weight", "linears.2.bias"}


def moved_shapes(folder, first):
    ours, theirs = numbers(folder), numbers(first)
    return {
        name
        for name in ours
        if ours[name].shape != theirs[name].shape or not torch.equal(ours[name], theirs[name])
    }


def test_a_few_rows_suffice_for_what_was_learnt_from_many(before, small):
    first = before("dataset.rows=3000", "training.epochs=30", "model.widths=[64]")
    few = ("dataset.rows=100", "dataset.seed=7", "training.epochs=30", "training.batch_size=20")

    on, anew = go_on(small, first, *few, "optimizer.lr=1e-3"), small(*few, "model.widths=[64]")

    reached, alone = (
        ran.json("summary.json")["test"]["position_error_mm"]["median"] for ran in (on, anew)
    )
    assert reached < 0.75 * alone


@pytest.mark.parametrize("words", [("training.fold_norm=true",), ("training.refresh_norm=true",)])
def test_frozen_norms_can_still_be_folded_and_refreshed(words, before, small):
    first = before(*ROWS, "model.widths=[16,8]", "model.norm=batch", "training.batch_size=50")
    on = (*ROWS, "training.batch_size=50", "model.freeze=body")

    plain, ran = go_on(small, first, *on), go_on(small, first, *on, *words)

    ours, theirs = (
        pd.read_csv(own.folder / "predictions.csv").filter(like="predicted_")
        for own in (ran, plain)
    )
    assert np.allclose(ours, theirs, rtol=1e-4, atol=1e-5) == ("fold" in words[0])


def test_a_convolutional_network_learns_on_as_well(before, small):
    images = ("dataset=digits", "training.batch_size=100")
    first = before(*images, "model=cnn", "model.norm=batch", "training.epochs=1")

    ran = go_on(small, first, *images, "model.freeze=body", "training.epochs=1")

    assert moved(ran.folder, first) == {"head.linears.1.weight", "head.linears.1.bias"}


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (Perceptrons([6, 4, 3], "prelu", "batch", 0.1), "linears.1"),
        (Perceptrons([6, 3]), "linears.0"),
        (Maxout([6, 4, 3], 2), "last"),
        (Residual((6, 4, 5, 3), 1, "prelu", "layer", 0.1), "last"),
        (Polynomial(3, 2), "linear"),
        (Cnn((1, 8), (4,), 3, [64, 5, 3], "relu", "batch", 0.1), "head.linears.1"),
    ],
)
def test_the_last_layer_is_the_one_that_gives_the_outputs(network, name):
    assert last_layer(network) == name
    assert isinstance(network.get_submodule(name), Linear)


def test_what_does_not_fit_is_told_in_one_line(before, nnrun, tmp_path, houses, line):
    arm, town = before(), before("dataset=table", f"dataset.path={houses}", "dataset.target=price")
    table = pd.read_csv(houses)
    table.replace("Bonn", "Graz").to_csv(tmp_path / "graz.csv", index=False)
    table[["town", "size", "price"]].to_csv(tmp_path / "turned.csv", index=False)
    table.assign(rooms=table["size"] // 20).to_csv(tmp_path / "rooms.csv", index=False)
    straight = before(*ROWS, "model=linear")
    on_arm, on_town = (
        f"model.run={arm}",
        f"model.run={town} dataset=table dataset.target=price dataset.path=",
    )
    wrong = {
        "model.run=": "model.run='': expected the folder of a run",
        "model.run=outputs/arkoma/none": "model.run=outputs/arkoma/none: no such run folder",
        f"model.run={straight} model.freeze=body": "has one layer alone; use model.last=keep and model.freeze=none",
        f"{on_arm} dataset=digits": "learnt from Px, Py, Pz and 3 more, which the data lack",
        f"{on_arm} loss=gaussian_nll": "says 1 numbers a target, the loss wants 2; use model.last=new",
        f"{on_arm} dataset.scale.inputs=min_max": "has no effect, as model=pretrained scales as its run did",
        f"{on_town}graz.csv": "knows other categories of town",
        f"{on_town}turned.csv": "learnt from the same columns in another order (size, town)",
        f"{on_town}{houses} dataset.missing=median dataset.flag_gaps=10": "has no effect, as model=pretrained is told of gaps as its run was",
        f"{on_town}rooms.csv": "did not learn from rooms, which the data have",
    }

    for words, told in wrong.items():
        ran = nnrun("model=pretrained", *words.split())
        assert ran.code == 2
        assert told in ran.err, words
        assert ran.err.count("\n") == 1, words
        assert not ran.folders


def test_a_sweep_goes_on_from_a_run_as_each_member_would_alone(before, nnrun):
    first = before()

    swept = nnrun("-m", *ROWS, "training.epochs=2", "model=pretrained", f"model.run={first}", "model.freeze=none,body",
                  "optimizer.lr=1e-2,1e-3", "sweep.verify=4", "hydra.launcher.workers=1")  # fmt: skip

    assert swept.code == 0, swept.err
    assert swept.out.count("identical") >= 1
