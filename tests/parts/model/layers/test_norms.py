"""Statistics taken anew are those of all rows, and a norm that was folded into its layer is not missed."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from nnrun.bundle.loading import load
from nnrun.parts.model.layers.first_weights import initialise
from nnrun.parts.model.layers.networks import Perceptrons, Residual
from nnrun.parts.model.layers.norms import NORMS, fold, refresh, running

RUNNING = [name for name, norm in NORMS.items() if "variance" in norm(1)._buffers]
ROWS = torch.randn(310, 6, generator=torch.Generator().manual_seed(1))


def trained(norm="batch", activation="relu"):
    """A network whose norms have seen a few batches, and learnt something."""
    stream = torch.Generator().manual_seed(0)
    network = initialise(Perceptrons([6, 16, 8, 3], activation, norm, 0.1), "torch", 1.0, stream)
    for batch in ROWS.split(50):
        network(3 * batch + 1)
    with torch.no_grad():
        for own in running(network):
            own.weight.uniform_(0.5, 2, generator=stream)
            own.bias.normal_(generator=stream)
    return network.eval()


@pytest.mark.parametrize("norm", RUNNING)
@pytest.mark.parametrize("activation", ["relu", "prelu", "tanh"])
def test_a_folded_network_is_a_plain_one_and_says_the_same(norm, activation):
    network = trained(norm, activation)
    before = network(ROWS)

    fold(network)

    plain = Perceptrons([6, 16, 8, 3], activation, "none", 0.1)
    plain.load_state_dict(network.state_dict())
    torch.testing.assert_close(plain(ROWS), before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("norm", RUNNING)
def test_statistics_taken_anew_are_those_of_what_each_norm_sees_in_use(norm):
    network, seen = trained(norm), []

    refresh(network, ROWS, 30)

    for own in running(network):
        own.register_forward_hook(lambda norm, inputs, _: seen.append((norm, inputs[0])))
    network(ROWS)
    assert len(seen) == 2
    for own, x in seen:
        torch.testing.assert_close(own.mean, x.mean(0))
        torch.testing.assert_close(own.variance, x.var(0, unbiased=True))


def test_the_first_norm_then_agrees_with_torchs_after_one_batch_of_all_rows():
    network = trained()
    theirs = torch.nn.BatchNorm1d(16, momentum=1.0)

    refresh(network, ROWS, 30)

    theirs(network.linears[0](ROWS))
    torch.testing.assert_close(network.norms[0].mean, theirs.running_mean)
    torch.testing.assert_close(network.norms[0].variance, theirs.running_var)


def test_a_residual_network_takes_its_statistics_anew_as_well():
    stream = torch.Generator().manual_seed(0)
    network = initialise(Residual((6, 8, 16, 3), 2, "relu", "batch", 0.1), "torch", 1.0, stream)

    refresh(network, ROWS, 30)

    torch.testing.assert_close(network.norms[0].mean, network.first(ROWS).mean(0))


WORDS = (
    "dataset.rows=300",
    "model.widths=[16,8]",
    "model.norm=batch",
    "training.batch_size=50",
    "training.epochs=3",
)


def told(ran):
    return pd.read_csv(ran.folder / "predictions.csv").filter(like="predicted_").to_numpy()


@pytest.mark.parametrize("refreshed", ["false", "true"])
def test_a_run_with_folded_norms_leaves_a_plain_bundle_that_predicts_the_same(refreshed, small):
    words = (*WORDS, f"training.refresh_norm={refreshed}")

    normed, plain = small(*words), small(*words, "training.fold_norm=true")

    assert np.allclose(told(plain), told(normed), rtol=1e-5, atol=1e-5)
    assert json.loads(plain.read("model.json"))["model"]["norm"] == "none"
    assert load(plain.folder).network.norms is None
    assert plain.read("metrics.csv") == normed.read("metrics.csv")


def test_a_run_with_refreshed_norms_has_the_weights_of_one_without_and_other_statistics(small):
    usual, refreshed = (
        load(small(*WORDS, f"training.refresh_norm={on}").folder) for on in ("false", "true")
    )

    ours, theirs = refreshed.network.state_dict(), usual.network.state_dict()
    assert {name for name in ours if not torch.equal(ours[name], theirs[name])} == {
        f"norms.{i}.{statistic}" for i in (0, 1) for statistic in ("mean", "variance")
    }


def test_members_of_a_sweep_are_refreshed_and_folded_as_alone(nnrun):
    words = (*WORDS, "training.refresh_norm=true", "training.fold_norm=true")

    swept = nnrun(
        "-m", *words, "optimizer.lr=1e-2,1e-3", "sweep.verify=2", "hydra.launcher.workers=1"
    )

    assert swept.code == 0, swept.err
    assert "identical" in swept.out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("training.fold_norm=true",),
            "training.fold_norm=true: is about batch norm, but model=mlp has norm none",
        ),
        (
            ("training.refresh_norm=true", "model.norm=layer"),
            "training.refresh_norm=true: is about batch norm, but",
        ),
        (
            ("training.fold_norm=true", "model=residual", "model.norm=batch"),
            "training.fold_norm=true: in model=resid",
        ),
    ],
)
def test_where_there_is_nothing_to_refresh_or_fold_one_line_says_so(words, line, nnrun):
    ran = nnrun(*words)

    assert ran.code == 2
    assert line in ran.err
    assert not ran.folders
