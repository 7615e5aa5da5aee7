"""The layers of RealMLP (Holzmüller, Grinsztajn and Steinwart, Better by Default, 2024)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from numpy import ndarray
from torch import Generator, Tensor, nn

from nnrun.parts.model.layers.activations import ACTIVATIONS
from nnrun.parts.model.layers.embeddings import Embedded
from nnrun.parts.model.layers.linear import Linear
from nnrun.parts.model.layers.networks import by_layer

CORNERS = 5  # rows in whose midst a unit begins to bend
MOST = 10_000  # rows that are looked at


class Scale(nn.Module):
    """A factor on each input."""

    def __init__(self, inputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(inputs))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight.unsqueeze(-2)


class Ntk(Linear):
    """x·Wᵀ / √inputs + b, so that weights are of size 1 however many there are."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.gain = inputs**-0.5

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x * self.gain)


class Parametric(nn.Module):
    """x + α (act(x) − x), with an α of each unit."""

    def __init__(self, activation: str, units: int):
        super().__init__()
        self.function = ACTIVATIONS[activation]
        self.weight = nn.Parameter(torch.ones(units))

    def forward(self, x: Tensor) -> Tensor:
        return x + (self.function(x) - x) * self.weight.unsqueeze(-2)


class RealMlp(nn.Module):
    """Layers, each activated and masked, behind a scale of each input; the last is linear alone."""

    def __init__(self, sizes: Sequence[int], activation: str):
        super().__init__()
        self.widths = [*sizes[1:-1]]
        self.scale = Scale(sizes[0])
        self.linears = nn.ModuleList(Ntk(a, b) for a, b in pairwise(sizes))
        self.activations = nn.ModuleList(Parametric(activation, units) for units in self.widths)

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        layer_masks = by_layer(masks, self.widths)
        x = self.scale(x)
        for place, activation in enumerate(self.activations):
            x = activation(self.linears[place](x))
            if layer_masks is not None:
                x = x * layer_masks[place]
        return self.linears[-1](x)


@torch.no_grad()
def draw_normal(network: RealMlp, generator: Generator, last: bool) -> None:
    """Draw weights and biases from N(0, 1); the last layer's are zero unless they are drawn."""
    for layer in network.linears:
        drawn = last or layer is not network.linears[-1]
        for tensor in layer.parameters():
            tensor.normal_(generator=generator) if drawn else tensor.zero_()


@torch.no_grad()
def fit_to_rows(network: nn.Module, rows: ndarray, generator: Generator) -> None:
    """Let each unit of a new network deviate by 1 over the rows, and bend in the midst of some.

    So the authors' `weight_init_mode=std` and `bias_init_mode=he+5` do.
    """
    x = torch.from_numpy(rows[:MOST])
    inner = network
    if isinstance(network, Embedded):
        x, inner = network.read(x), network.network
    assert isinstance(inner, RealMlp)
    x = inner.scale(x)
    for place, layer in enumerate(inner.linears):
        assert isinstance(layer, Ntk)
        x = fit_layer(layer, x, generator)
        if place < len(inner.activations):
            x = inner.activations[place](x)


def fit_layer(layer: Ntk, x: Tensor, generator: Generator) -> Tensor:
    """Fit a layer to what comes in, and give what comes out."""
    assert layer.bias is not None
    layer.bias.zero_()
    deviations = layer(x).std(0, correction=0)
    layer.weight.div_(deviations.where(deviations > 0, 1)[:, None])
    sums = layer(x)
    units = sums.shape[1]
    drawn = torch.randint(len(x), (CORNERS, units), generator=generator)
    shares = torch.empty(CORNERS, units).exponential_(generator=generator)
    layer.bias.copy_(-(sums.gather(0, drawn) * shares).sum(0) / shares.sum(0))
    return layer(x)
