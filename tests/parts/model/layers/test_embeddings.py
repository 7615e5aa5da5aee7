"""Embeddings of numbers say what their papers say, number by number, whatever stands in front or behind."""

from itertools import pairwise
from math import cos, pi, sin

import numpy as np
import pytest
import torch

from nnrun.engine.members import bind, layout, row
from nnrun.parts.interface import Inputs
from nnrun.parts.model import Mlp
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.model.layers.embeddings import bins_between
from nnrun.parts.model.layers.norms import fold

READ = Inputs(numbers=3, units=2)
ROWS = 40
KINDS = ("periodic", "pbld", "piecewise")


def made(kind, seed=0, norm="none", **changes):
    """A network that reads three numbers and a category, and the rows that its bins are from."""
    sizes = {"embedding_size": 4, "frequencies": 5, "bins": 6, "frequency_scale": 0.7}
    chosen = {**UNEMBEDDED, "embedding": kind, **sizes, **changes}
    model = Mlp((8,), "tanh", "torch", norm, 0.0, 0.1, **chosen)
    network = model.build(READ, 2, torch.Generator().manual_seed(seed))
    x = np.random.default_rng(seed).normal(size=(ROWS, READ.numbers))
    model.settle(network, lambda parts: np.quantile(x, np.linspace(0, 1, parts + 1), axis=0))
    return network, x


def rows(count=ROWS):
    x = torch.randn(count, READ.count, generator=torch.Generator().manual_seed(5)) * 2
    x[:, READ.numbers :] = torch.eye(2)[torch.arange(count) % 2]
    return x


def said_by_paper(kind, embedding, place, value, learnt_from):
    """What the equations say of one number, in front of the linear map."""
    if kind == "piecewise":
        edges = np.quantile(learnt_from[:, place], np.linspace(0, 1, 7))
        shares = [(value - a) / (b - a) for a, b in pairwise(edges)]
        inner = [min(max(share, 0), 1) for share in shares]
        return [min(shares[0], 1), *inner[1:-1], max(shares[-1], 0)]
    frequencies = embedding.frequencies.tolist()[place * 5 : place * 5 + 5]
    angles = [2 * pi * frequency * value for frequency in frequencies]
    if kind == "periodic":
        return [*map(cos, angles), *map(sin, angles)]
    phases = embedding.phases.tolist()[place * 5 : place * 5 + 5]
    return [cos(angle + phase) for angle, phase in zip(angles, phases, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_embedding_says_what_its_paper_says(kind):
    network, learnt_from = made(kind)
    x, embedding = rows(), network.embedding
    outputs = 3 if kind == "pbld" else 4
    weights = embedding.map.weight.detach().double().view(3, outputs, -1)
    biases = embedding.map.bias.detach().double().view(3, outputs)

    expected = []
    for values in x.double().tolist():
        read = []
        for place in range(READ.numbers):
            said = said_by_paper(kind, embedding, place, values[place], learnt_from)
            mapped = weights[place] @ torch.tensor(said, dtype=torch.float64) + biases[place]
            if kind == "periodic":
                mapped = mapped.clamp(min=0)
            read += [values[place]] * (kind == "pbld") + mapped.tolist()
        expected.append(read + values[READ.numbers :])

    told = network.network(torch.tensor(expected, dtype=torch.float32))
    torch.testing.assert_close(network(x), told, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_members_are_embedded_as_each_alone(kind):
    networks = [made(kind, seed)[0] for seed in range(3)]
    where, x = layout(networks[0]), torch.stack([rows()] * 3)
    numbers = torch.stack([row(network, where) for network in networks])

    alone = []
    for m, network in enumerate(networks):
        bind(network, where, numbers[m : m + 1].clone())
        alone.append(network(x[0]))
    bind(networks[0], where, numbers)

    assert torch.equal(networks[0](x), torch.stack(alone))


def test_neither_decay_nor_a_step_reaches_frequencies_and_bins_as_weights():
    for kind, kept in (("periodic", "frequencies"), ("pbld", "phases"), ("piecewise", "bins")):
        where = layout(made(kind)[0])
        assert where.columns[f"embedding.{kept}"].start >= where.weights
        assert (kept == "bins") == (where.columns[f"embedding.{kept}"].start >= where.learnt)
        assert where.shapes["embedding.map.weight"][0] == 3 * (3 if kind == "pbld" else 4)


def test_a_number_of_few_values_has_fewer_bins_and_one_of_one_value_none():
    few = bins_between(np.float32([0, 1, 3]), 4)
    one = bins_between(np.float32([2]), 4)
    single = bins_between(np.float32([0, 2]), 4)

    def said(bins, value):
        starts, slopes, least, most = bins
        return np.clip((value - starts) * slopes, least, most).tolist()

    assert said(few, 0.5) == [0.5, 0, 0, 0]
    assert said(few, 2) == [1, 0, 0, 0.5]
    assert said(few, -1) == [-1, 0, 0, 0]
    assert said(few, 5) == [1, 0, 0, 2]
    assert said(one, 7) == [0, 0, 0, 0]
    assert (said(single, -1), said(single, 3)) == ([0, 0, 0, -0.5], [0, 0, 0, 1.5])


def test_linear_layers_behind_an_embedding_take_batch_norms_over():
    network, _ = made("periodic", norm="batch")
    x = rows()
    network(x)
    network.eval()
    before = network(x)

    fold(network)

    assert network.network.norms is None
    torch.testing.assert_close(network(x), before, rtol=1e-4, atol=1e-5)
