"""Heads that share the weights of their layers (TabM of Gorishniy et al. 2024)."""

from itertools import pairwise

import torch
from torch import Generator, Tensor, nn

from nnrun.parts.model.layers.linear import Linear


class OfEachHead(nn.Module):
    """A number for each unit of each head."""

    def __init__(self, heads: int, units: int, first: float):
        super().__init__()
        self.heads = heads
        # one axis, so that no decay or penalty reaches it
        self.weight = nn.Parameter(torch.full((heads * units,), first))

    def beside_rows(self) -> Tensor:
        """Give the numbers as they stand beside rows: ([members,] heads, 1, units)."""
        return self.weight.unflatten(-1, (self.heads, 1, -1))


class Adapted(nn.Module):
    """A linear map that all heads share: r ∘ (W (s ∘ x)) + b, with r, s and b of each head."""

    def __init__(self, inputs: int, outputs: int, heads: int):
        super().__init__()
        self.scale = OfEachHead(heads, inputs, 1.0)
        self.linear = Linear(inputs, outputs, bias=False)
        self.gain = OfEachHead(heads, outputs, 1.0)
        self.shift = OfEachHead(heads, outputs, 0.0)

    def forward(self, x: Tensor) -> Tensor:
        mapped = for_all(self.linear, x * self.scale.beside_rows())
        return mapped * self.gain.beside_rows() + self.shift.beside_rows()


class Plain(nn.Module):
    """A linear map that all heads share as it is, the first one but for the scale of its inputs."""

    def __init__(self, inputs: int, outputs: int, heads: int, scaled: bool):
        super().__init__()
        self.scale = OfEachHead(heads, inputs, 1.0) if scaled else None
        self.linear = Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        scaled = x if self.scale is None else x * self.scale.beside_rows()
        return for_all(self.linear, scaled)


def for_all(linear: Linear, x: Tensor) -> Tensor:
    """Map the rows of all heads at once: ([members,] heads, rows, units)."""
    return linear(x.flatten(-3, -2)).unflatten(-2, x.shape[-3:-1])


class MapOfEach(Linear):
    """A linear map for each head.

    It takes ([members,] heads, rows, inputs) and gives ([members,] rows, heads, outputs).
    """

    def __init__(self, heads: int, inputs: int, outputs: int):
        super().__init__(inputs, heads * outputs)
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        # laid out alike for one member and for many, as the product rounds by it
        weight = self.weight.unflatten(-2, (self.heads, -1)).mT.contiguous()
        products = torch.bmm(x.flatten(0, -3), weight.flatten(0, -3)).view(*x.shape[:-1], -1)
        # beside each other, as the slope of a bias sums rows in another order elsewhere
        sums = products.movedim(-3, -2).flatten(-2) + self.bias.unsqueeze(-2)  # type: ignore[union-attr]
        return sums.unflatten(-1, (self.heads, -1))


class Heads(nn.Module):
    """Layers that heads share, and a last one of each: ([members,] heads, rows, outputs)."""

    def __init__(self, sizes: list[int], heads: int, every: bool):
        super().__init__()
        self.heads, self.widths = heads, sizes[1:-1]
        self.hidden = nn.ModuleList()
        for place, (inputs, outputs) in enumerate(pairwise(sizes[:-1])):
            shared = Plain(inputs, outputs, heads, scaled=place == 0)
            self.hidden.append(Adapted(inputs, outputs, heads) if every else shared)
        self.last = MapOfEach(heads, sizes[-2], sizes[-1])

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        x = x.unsqueeze(-3)
        silenced = None if masks is None else self.of_layers(masks)
        for place, layer in enumerate(self.hidden):
            x = layer(x).relu()
            if silenced is not None:
                x = x * silenced[place]
        return self.last(x).movedim(-2, -3)

    def of_layers(self, masks: Tensor) -> tuple[Tensor, ...]:
        """Cut dropout masks, ([members,] rows, units of all heads), into those of each layer."""
        of_heads = masks.unflatten(-1, (self.heads, -1)).movedim(-2, -3)
        return of_heads.split(self.widths, -1)


@torch.no_grad()
def draw_signs(network: nn.Module, generator: Generator) -> None:
    """Let heads begin with signs of their own on what they read, so that they learn apart."""
    first = next(module for module in network.modules() if isinstance(module, OfEachHead))
    scale = first.weight
    scale.copy_(torch.rand(scale.shape, generator=generator).sub_(0.5).sign_())
