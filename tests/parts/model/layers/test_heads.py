"""Heads that share their layers say what the paper's equations say, head by head, and are taught one by one."""

import numpy as np
import pandas as pd
import pytest
import torch

import nnrun
from nnrun.engine.answers import loss_of_all
from nnrun.engine.members import bind, layout, row
from nnrun.parts.interface import Inputs
from nnrun.parts.loss import CrossEntropy, Mse
from nnrun.parts.model import Tabm
from nnrun.parts.model.embedding import UNEMBEDDED

HEADS, WIDTHS = 3, (5, 4)


def made(adapters, seed=0):
    """A network whose scales are any numbers, as after a training."""
    model = Tabm(WIDTHS, HEADS, adapters, "torch", 0.0, **UNEMBEDDED)
    network = model.build(Inputs(6), 2, torch.Generator().manual_seed(seed))
    stream = torch.Generator().manual_seed(seed + 50)
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            if not name.startswith("last") and tensor.dim() == 1:
                tensor.normal_(generator=stream)
    return network


def by_hand(network, head, x):
    """r ∘ (W (s ∘ x)) + b, layer by layer, and a last map of the head's own."""

    def of_head(adapter):
        return adapter.weight.detach().view(HEADS, -1)[head]

    for place, layer in enumerate(network.hidden):
        if hasattr(layer, "gain"):
            x = (x * of_head(layer.scale)) @ layer.linear.weight.T
            x = x * of_head(layer.gain) + of_head(layer.shift)
        else:
            x = x * of_head(layer.scale) if place == 0 else x
            x = x @ layer.linear.weight.T + layer.linear.bias
        x = x.clamp(min=0)
    weight = network.last.weight.view(HEADS, 2, -1)[head]
    return x @ weight.T + network.last.bias.view(HEADS, 2)[head]


@pytest.mark.parametrize("adapters", ["all", "first"])
def test_each_head_says_what_the_equations_say(adapters):
    network, x = made(adapters), torch.randn(9, 6, generator=torch.Generator().manual_seed(1))

    said = network(x)

    assert said.shape == (HEADS, 9, 2)
    for head in range(HEADS):
        torch.testing.assert_close(said[head], by_hand(network, head, x))


@pytest.mark.parametrize("adapters", ["all", "first"])
def test_members_say_what_each_says_alone(adapters):
    networks = [made(adapters, seed) for seed in range(3)]
    x = torch.randn(3, 9, 6, generator=torch.Generator().manual_seed(1))
    where = layout(networks[0])
    numbers = torch.stack([row(network, where) for network in networks])
    alone = []
    for m, network in enumerate(networks):
        bind(network, where, numbers[m : m + 1].clone())
        alone.append(network(x[m]))
    bind(networks[0], where, numbers)

    assert torch.equal(networks[0](x), torch.stack(alone))


def test_heads_begin_with_signs_of_their_own_and_no_adapter_decays():
    model = Tabm(WIDTHS, 8, "all", "torch", 0.0, **UNEMBEDDED)
    network = model.build(Inputs(30), 1, torch.Generator().manual_seed(0))
    signs = network.hidden[0].scale.weight.view(8, 30)
    where = layout(network)

    assert set(signs.flatten().tolist()) == {-1, 1}
    assert len({tuple(of_head) for of_head in signs.tolist()}) == 8
    weights = [name for name in where.shapes if where.columns[name].start < where.weights]
    assert weights == ["hidden.0.linear.weight", "hidden.1.linear.weight", "last.weight"]


def test_the_loss_is_the_mean_of_the_heads_losses():
    stream = torch.Generator().manual_seed(0)
    outputs = torch.randn(HEADS, 7, 4, generator=stream)
    numbers, labels = torch.randn(7, 4, generator=stream), torch.arange(7) % 4
    weights = torch.rand(7, generator=stream)
    cases = [(Mse(), (numbers,)), (CrossEntropy(0.1, "none"), (labels, weights))]

    for loss, wanted in cases:
        each = [loss(of_head, *wanted) for of_head in outputs]
        torch.testing.assert_close(loss_of_all(loss, outputs, wanted, 0), sum(each) / HEADS)


@pytest.mark.parametrize(
    "words",
    [
        ("dataset=iris",),
        ("dataset=diabetes", "loss=gaussian_nll", "model.embedding=piecewise"),
        ("dataset=diabetes", "training.ensemble=2", "regularisation.dropout=0.1"),
    ],
    ids=["classes", "deviations", "an ensemble"],
)
def test_the_answer_is_the_mean_of_the_heads_answers(words, small):
    ran = small("model=tabm", "model.heads=4", "model.widths=[8]", *words)
    assert ran.code == 0, ran.err
    bundle = nnrun.load(ran.folder)
    rows = np.ones((3, len(bundle.input_names)))
    each = bundle.infer_each(rows)

    answers = bundle.predict(rows)

    assert len(each) == 4 * bundle.networks
    said = answers.iloc[:, 1:-1] if bundle.classes else answers.iloc[:, :1]
    mean = np.mean(each, axis=0)
    assert np.allclose(said, mean if bundle.classes else mean[:, :1])
    assert [*answers][-1].startswith("spread_")
    saved = pd.read_csv(ran.folder / "metrics.csv")
    score = [name for name in saved if name.startswith("val_")][-1]
    summary = ran.json("summary.json")
    last = saved[score].iloc[summary["best_epoch"] - 1]
    if bundle.networks == 1:
        assert last == pytest.approx(summary["val"][score.removeprefix("val_")], rel=1e-4)
