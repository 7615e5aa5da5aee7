"""An ensemble is as many runs alone, trained together, that answer by their mean and tell how far they differ."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
import torch

import nnrun
from nnrun.bundle.loading import load
from nnrun.config.experiment import build
from nnrun.runs.epochs import read_epochs
from nnrun.training.checkpoint import Checkpoint, identity, read, stand
from nnrun.training.ensemble import networks_of, seed_of
from nnrun.training.training import Training

CPU = torch.device("cpu")
SIZES = ("model.widths=[8]", "training.epochs=6", "training.batch_size=32")
NUMBERS = ("dataset=diabetes", "regularisation.dropout=0.2", *SIZES)
STOPPING = (*NUMBERS, "optimizer.lr=0.3", "regularisation.patience=1", "training.epochs=12")
KINDS = {
    "numbers": NUMBERS,
    "classes": ("dataset=iris", *SIZES),
    "deviations": (*NUMBERS, "loss=gaussian_nll"),
    "batch norms, taken over": (*NUMBERS, "model.norm=batch", "training.fold_norm=true"),
}


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def experiment(composer):
    def make(*words):
        given = {word.partition("=")[0]: word for word in words}
        (job,) = composer(*given.values())
        return build(job.config, job.overrides, job.choices)

    return make


def trained(experiment):
    training = Training([experiment], CPU)
    for _ in training.epochs():
        pass
    return training


def lines(training):
    return [epoch.lines()[:2] for own in training.each for epoch in own]


# Each network is what its seed would give alone


@pytest.mark.parametrize("words", [NUMBERS, STOPPING], ids=["to the end", "stopped early"])
def test_each_network_is_the_run_of_its_seed_alone(words, experiment):
    together = trained(experiment(*words, "training.ensemble=4"))
    (reached,) = together.reached(0)

    assert reached.networks[0].seed == 0
    for number, network in enumerate(reached.networks):
        alone = trained(experiment(*words, f"seed={network.seed}")).reached(0)[0]
        assert network.best_epoch == alone.best_epoch
        assert [one.lines()[:2] for one in network.epochs] == [
            one.lines()[:2] for one in alone.epochs
        ]
        for name, tensor in alone.tensors.items():
            assert torch.equal(reached.tensors[name][number], tensor)


def test_ensembles_of_neighbouring_seeds_share_no_network(experiment):
    of_each = [
        {
            one.settings.seed
            for one in networks_of(experiment(f"seed={seed}", "training.ensemble=9"))[0]
        }
        for seed in range(5)
    ]

    assert len(set.union(*of_each)) == 45
    assert seed_of(0, 1) == seed_of(0, 1) < 2**32


# What they say together


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_answers_by_the_mean_and_tells_the_spread(kind, small):
    ran = small(*KINDS[kind], "training.ensemble=3")
    assert ran.code == 0, ran.err
    bundle = nnrun.load(ran.folder)
    said = pd.read_csv(ran.folder / "predictions.csv")
    names = [name for name in said if name.startswith(("predicted_", "deviation_", "p(", "spread"))]
    rows = np.random.default_rng(0).normal(size=(5, len(bundle.input_names))) * 0.05 + 1
    each = np.stack(bundle.infer_each(rows))

    answers = bundle.predict(rows)

    assert {name.removeprefix("predicted_") for name in names} == {*answers} - {"species"}
    mean, number = each.mean(0), each[..., 0]
    if kind == "classes":
        assert np.allclose(answers[[*answers][1:-1]], mean)
        likeliest = mean.argmax(1)
        sure = each[:, np.arange(5), likeliest]
        assert np.allclose(answers["spread_species"], sure.std(0))
    else:
        assert np.allclose(answers.iloc[:, 0], number.mean(0))
        assert np.allclose(answers.iloc[:, -1], number.std(0))
    if kind == "deviations":
        mixture = (each[..., 1] ** 2 + number**2).mean(0) - number.mean(0) ** 2
        assert np.allclose(answers.iloc[:, 1], np.sqrt(mixture))


def test_the_folder_tells_the_mean_and_each(small):
    ran = small(*NUMBERS, "training.ensemble=3", "output.pictures=true", "output.baselines=true")
    epochs, summary = read_epochs(ran.folder), ran.json("summary.json")

    with open(ran.folder / "networks.csv", newline="") as file:
        each = list(csv.DictReader(file))

    assert [line["seed"] for line in each[::6]] == [str(one["seed"]) for one in summary["networks"]]
    for epoch in epochs:
        own = [float(line["val_loss"]) for line in each if line["epoch"] == str(epoch.number)]
        assert epoch.val_loss == pytest.approx(np.mean(own), rel=1e-6)
    best = np.mean([one["val_loss"] for one in summary["networks"]])
    assert summary["val_loss"] == pytest.approx(best)
    assert "model     3 networks, each mlp 10-8-1, 97 parameters each\n" in ran.out


def test_it_is_evaluated_predicted_and_reproduced(small, nnrun, houses, tmp_path):
    words = ("dataset=table", f"dataset.path={houses}", "dataset.target=price", *SIZES)
    ran = small(*words, "training.ensemble=2")

    told = nnrun("evaluate", str(ran.folder), str(houses), "--json")
    again = nnrun("reproduce", str(ran.folder))
    predicted = nnrun("predict", str(ran.folder), str(houses))
    flowers = small("dataset=iris", *SIZES, "training.ensemble=2").folder
    names = load(flowers).input_names
    (tmp_path / "one.csv").write_text(f"{','.join(names)}\n5,3,4,1\n")
    sure = nnrun("predict", str(flowers), str(tmp_path / "one.csv"), "--proba")

    assert json.loads(told.out)["r2"] <= 1
    assert again.code == 0, again.out
    assert predicted.out.splitlines()[0] == "price,spread_price"
    assert sure.out.splitlines()[0] == "p(setosa),p(versicolor),p(virginica)"


# Resumed as undisturbed


@pytest.mark.parametrize("at", [1, 5, 8])
@pytest.mark.parametrize("averaged", [(), ("regularisation.ema=0.9",)], ids=["plain", "averaged"])
def test_it_goes_on_from_a_checkpoint_as_if_nothing_had_happened(at, averaged, experiment):
    one = experiment(*STOPPING, *averaged, "training.ensemble=6")
    undisturbed = trained(one)
    ends = {len(own) for own in undisturbed.each}
    left = Training([one], CPU)
    for epoch in left.epochs():
        if epoch.number == at:
            break
    written = Checkpoint(identity(one), *stand(left, 0)).as_bytes()

    checkpoint, on = read(written), Training([one], CPU)
    assert not checkpoint.flaw(one)
    on.go_on_from([checkpoint.leaves], [checkpoint.epochs])
    for _ in on.epochs():
        pass

    assert len(ends) > 1 or averaged  # some had stopped that others went on beside
    assert lines(on) == lines(undisturbed)
    assert [one.lines()[:2] for one in on.history[0]] == [
        one.lines()[:2] for one in undisturbed.history[0]
    ]
    (ours,), (theirs,) = on.reached(0), undisturbed.reached(0)
    assert all(torch.equal(ours.tensors[name], theirs.tensors[name]) for name in theirs.tensors)
    assert all((ours.last[part] == theirs.last[part]).all() for part in theirs.last)


# Beside others, and where there can be none


def test_ensembles_of_a_sweep_equal_each_alone(experiment):
    rates = [
        experiment(*STOPPING, f"optimizer.lr={lr}", "training.ensemble=2") for lr in (0.1, 0.3)
    ]
    together = Training(rates, CPU)
    for _ in together.epochs():
        pass

    for place, one in enumerate(rates):
        (ours,), (theirs,) = together.reached(place), trained(one).reached(0)
        assert [one.lines()[:2] for one in ours.epochs] == [
            one.lines()[:2] for one in theirs.epochs
        ]
        assert all(torch.equal(ours.tensors[name], theirs.tensors[name]) for name in theirs.tensors)


@torch.no_grad()
def test_networks_of_an_ensemble_that_failed_train_no_further(experiment):
    lost, sound = (experiment(*NUMBERS, f"seed={seed}", "training.ensemble=3") for seed in (0, 1))
    training = Training([lost, sound], CPU)

    for epoch in training.epochs():
        if epoch.number == 2:
            training.stacks[0].state.numbers[1].fill_(torch.nan)  # the second network of the first
        if epoch.number == 3:
            assert training.failures.keys() == {0}
            assert training.stacks[0].state.active == [False] * 3 + [True] * 3
    assert training.through == [1]
    assert [len(own) for own in training.each] == [3, 2, 2, 6, 6, 6]
    assert lines(training)[-18:] == lines(trained(sound))


def test_a_network_that_fails_is_told_by_its_number(small):
    ran = small(*NUMBERS, "training.ensemble=2", "optimizer.lr=1e30")

    assert ran.code == 3
    assert "network 1 of 2: " in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("optimizer=lbfgs",), "optimizer=lbfgs trains one network at a time"),
        (("dataset=landscape", "model=point", "loss=height"), "a point predicts nothing"),
        (("training.ensemble=0",), "expected a whole number >= 1 and <= 1000"),
    ],
)
def test_what_cannot_be_is_refused(words, told, small):
    given = words if "ensemble" in str(words) else (*words, "training.ensemble=2")

    ran = small(*given)

    assert ran.code == 2
    assert told in ran.err


def test_no_training_goes_on_from_an_ensemble(small):
    before = small(*NUMBERS, "training.ensemble=2").folder

    ran = small("dataset=diabetes", "model=pretrained", f"model.run={before}")

    assert "holds an ensemble of 2 networks; take a run of one network" in ran.err
