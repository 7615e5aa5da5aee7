"""With the same numbers, embeddings and heads say what their authors' packages say."""

import numpy as np
import pytest
import torch

from nnrun.parts.interface import Inputs
from nnrun.parts.model import Mlp, Tabm
from nnrun.parts.model.embedding import UNEMBEDDED

NUMBERS, SIZE, FREQUENCIES, BINS, HEADS = 3, 4, 5, 6, 5
ROWS = torch.randn(50, NUMBERS, generator=torch.Generator().manual_seed(0)) * 2


def embedding(kind, learnt_from=None):
    sizes = {"embedding_size": SIZE, "frequencies": FREQUENCIES, "bins": BINS}
    model = Mlp(
        (8,), "tanh", "torch", "none", 0.0, 0.1, **{**UNEMBEDDED, "embedding": kind, **sizes}
    )
    network = model.build(Inputs(NUMBERS), 2, torch.Generator().manual_seed(1))
    shares = np.linspace(0, 1, BINS + 1)
    model.settle(network, lambda _: np.quantile(learnt_from.numpy(), shares, axis=0))
    return network.embedding


@torch.no_grad()
def take_map(theirs, ours):
    """Let the authors' linear map of each number have our numbers."""
    theirs.weight.copy_(ours.weight.view(NUMBERS, SIZE, -1).mT)
    theirs.bias.copy_(ours.bias.view(NUMBERS, SIZE))


def said_of_rows(embedding):
    """What ours says, number by number of each row, as theirs does."""
    return embedding(ROWS.mT.contiguous().unsqueeze(-2)).movedim(-1, 0)


@torch.no_grad()
def test_periodic_embeddings_are_those_of_the_package():
    package = pytest.importorskip("rtdl_num_embeddings")
    ours = embedding("periodic")
    theirs = package.PeriodicEmbeddings(
        NUMBERS, SIZE, n_frequencies=FREQUENCIES, frequency_init_scale=0.1, lite=False
    )
    theirs.periodic.weight.copy_(ours.frequencies.view(NUMBERS, FREQUENCIES))
    take_map(theirs.linear, ours.map)

    torch.testing.assert_close(said_of_rows(ours), theirs(ROWS))


@torch.no_grad()
def test_piecewise_embeddings_are_those_of_the_package():
    package = pytest.importorskip("rtdl_num_embeddings")
    learnt_from = torch.randn(300, NUMBERS, generator=torch.Generator().manual_seed(2))
    ours = embedding("piecewise", learnt_from)
    bins = package.compute_bins(learnt_from, n_bins=BINS)
    theirs = package.PiecewiseLinearEmbeddings(bins, SIZE, activation=False, version="A")
    take_map(theirs.linear, ours.map)

    torch.testing.assert_close(said_of_rows(ours), theirs(ROWS), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("adapters", "called"), [("all", "tabm"), ("first", "tabm-mini")])
@torch.no_grad()
def test_heads_are_those_of_the_package(adapters, called):
    package = pytest.importorskip("tabm")
    sizes = {"n_num_features": 6, "d_out": 2, "n_blocks": 2, "d_block": 8, "k": HEADS}
    theirs = package.TabM(
        cat_cardinalities=[],
        dropout=0.0,
        arch_type=called,
        start_scaling_init="random-signs",
        **sizes,
    )
    stream = torch.Generator().manual_seed(3)
    for tensor in theirs.parameters():
        tensor.normal_(generator=stream)
    ours = Tabm((8, 8), HEADS, adapters, "torch", 0.0, **UNEMBEDDED)
    network = ours.build(Inputs(6), 2, torch.Generator().manual_seed(0))
    wanted = [tensor.numel() for tensor in network.parameters()]

    given = in_our_order(dict(theirs.named_parameters()), adapters)
    assert [tensor.numel() for tensor in given] == wanted
    for tensor, value in zip(network.parameters(), given, strict=True):
        tensor.copy_(value.reshape(tensor.shape))

    x = torch.randn(7, 6, generator=stream)
    torch.testing.assert_close(network(x), theirs(x).movedim(1, 0), rtol=1e-4, atol=1e-4)


def in_our_order(theirs, adapters):
    """The authors' tensors in the order of ours; their r stands in front of a map, and s behind."""
    names = ("r", "weight", "s", "bias") if adapters == "all" else ("weight", "bias")
    blocks = [theirs[f"backbone.blocks.{i}.0.{name}"] for i in range(2) for name in names]
    first = [] if adapters == "all" else [theirs["backbone.affine.weight"]]
    return [*first, *blocks, theirs["output.weight"].mT, theirs["output.bias"]]
