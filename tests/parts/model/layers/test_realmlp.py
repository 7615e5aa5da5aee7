"""With fixed numbers RealMLP says what its paper's equations give; its courses are those of the authors."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nnrun.parts.interface import Inputs
from nnrun.parts.model import RealMlp
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.scheduler import CosLog
from nnrun.parts.scheduler.durations import Clock

NUMBERS, UNITS, FREQUENCIES, SIZE = 3, 2, 5, 4
INPUTS = Inputs(NUMBERS, UNITS)
EMBEDDED = {
    **UNEMBEDDED, "embedding": "pbld", "frequencies": FREQUENCIES, "embedding_size": SIZE,
}  # fmt: skip
ACTIVATIONS = {"mish": F.mish, "selu": F.selu}
ROWS = torch.randn(50, NUMBERS + UNITS, generator=torch.Generator().manual_seed(0))


def model(activation="mish", init="rows", **embedding):
    return RealMlp(
        (8, 7), activation, init, 0.15, "flat_cos", "flat_cos", **{**EMBEDDED, **embedding}
    )


def built(made, outputs=2):
    network = made.build(INPUTS, outputs, torch.Generator().manual_seed(1))
    made.begin_on(network, lambda: ROWS.numpy(), torch.Generator().manual_seed(2))
    return network


@pytest.mark.parametrize("activation", ACTIVATIONS)
@torch.no_grad()
def test_it_says_what_the_equations_give(activation):
    network = built(model(activation))
    stream = torch.Generator().manual_seed(3)
    for tensor in network.parameters():
        tensor.normal_(generator=stream)
    given = dict(network.named_parameters())
    function = ACTIVATIONS[activation]

    said = network(ROWS, None)

    x = ROWS[:, :NUMBERS, None]
    frequencies = given["embedding.frequencies"].view(NUMBERS, FREQUENCIES)
    phases = given["embedding.phases"].view(NUMBERS, FREQUENCIES)
    weight = given["embedding.map.weight"].view(NUMBERS, SIZE - 1, FREQUENCIES)
    bias = given["embedding.map.bias"].view(NUMBERS, SIZE - 1)
    waves = torch.cos(2 * torch.pi * frequencies * x + phases)
    mapped = torch.einsum("rnf,nsf->rns", waves, weight) + bias
    read = torch.cat([x, mapped], -1).flatten(1)
    x = torch.cat([read, ROWS[:, NUMBERS:]], 1) * given["network.scale.weight"]
    for layer in range(3):
        weight = given[f"network.linears.{layer}.weight"]
        x = x @ weight.T / weight.shape[1] ** 0.5 + given[f"network.linears.{layer}.bias"]
        if layer < 2:
            bend = given[f"network.activations.{layer}.weight"]
            x = x + bend * (function(x) - x)
    torch.testing.assert_close(said, x, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_first_weights_fit_the_training_rows():
    network = built(model())
    inner = network.network
    x = inner.scale(network.read(ROWS))

    for layer, activation in zip(inner.linears, [*inner.activations, None], strict=True):
        sums = layer(x) - layer.bias
        assert torch.allclose(sums.std(0, correction=0), torch.ones(len(layer.bias)), atol=1e-5)
        assert (-layer.bias >= sums.min(0).values - 1e-5).all()
        assert (-layer.bias <= sums.max(0).values + 1e-5).all()
        x = activation(sums + layer.bias) if activation else x
    assert all((bend.weight == 1).all() for bend in inner.activations)


@torch.no_grad()
def test_drawn_weights_are_normal_and_the_first_answer_is_zero():
    network = built(model(init="normal", embedding="none"))

    assert not network(ROWS, None).any()
    assert 0.7 < network.linears[0].weight.std() < 1.3


def test_tensors_move_and_decay_as_the_authors_let_them():
    made = model()
    names = [name for name, _ in built(made).named_parameters()]

    rates = {name: made.factor(name) for name in names}
    still = {name for name in names if not made.decays(name, 2)}

    assert rates["network.scale.weight"] == 6
    assert {rates[name] for name in names if "embedding" in name or "activations" in name} == {0.1}
    assert {rates[f"network.linears.{layer}.weight"] for layer in range(3)} == {1}
    assert still == {f"network.linears.{layer}.bias" for layer in range(3)}
    assert {rates[name] for name in still} == {0.1}


def test_courses_are_those_of_the_paper():
    clock, step = Clock(4, 100), np.arange(400.0)
    way = step / 400

    rate, flat = CosLog(4).rate(step, clock), model().dropout_rate(step, clock)

    assert np.allclose(rate, (1 - np.cos(2 * np.pi * np.log2(1 + 15 * way))) / 2)
    falling = (1 + np.cos(np.pi * (2 * way - 1))) / 2
    assert np.allclose(flat, np.where(way < 0.5, 1, falling))
    assert flat[-1] < 1e-3
