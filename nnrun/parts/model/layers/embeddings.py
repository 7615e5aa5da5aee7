"""Embeddings of numbers: each becomes several, by a map of its own, in front of any network."""

from collections.abc import Callable
from math import pi
from typing import Any

import numpy as np
import torch
from numpy import ndarray
from torch import Generator, Tensor, nn

from nnrun.parts.model.layers.linear import Linear, as_products_take

LARGEST = float(np.finfo(np.float32).max)


class Embedded(nn.Module):
    """A network that reads a row's numbers embedded; the units of categories pass by."""

    def __init__(self, embedding: "Embedding", network: nn.Module):
        super().__init__()
        self.embedding = embedding
        self.network = network

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        return self.network(self.read(x), masks)

    def read(self, x: Tensor) -> Tensor:
        """Give what the network behind reads of rows."""
        count = self.embedding.numbers
        numbers = x[..., :count].mT.contiguous().unsqueeze(-2)  # ([members,] numbers, 1, rows)
        read = self.embedding(numbers).flatten(-3, -2).mT
        if x.shape[-1] > count:
            return torch.cat([read, x[..., count:]], -1)
        return read.contiguous()


class MapOfEach(Linear):
    """A linear map of what is said of each number.

    It takes ([members,] numbers, inputs, rows) and gives ([members,] numbers, outputs, rows): rows
    lie last, as a product with few columns takes four times as long.
    """

    def __init__(self, numbers: int, inputs: int, outputs: int):
        super().__init__(inputs, numbers * outputs)
        self.numbers = numbers

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.unflatten(-2, (self.numbers, -1))
        bias = self.bias.unflatten(-1, (self.numbers, -1, 1))  # type: ignore[union-attr]
        return ProductOfEach.apply(*as_products_take(weight, x)) + bias


class ProductOfEach(torch.autograd.Function):
    """w·x for each number.

    Factors lie alike in memory for one member and for many, as a product rounds by that.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, x: Tensor) -> Tensor:
        weight = alike(weight)
        ctx.save_for_backward(weight, x)
        return product(weight, x)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, Tensor | None]:
        slope, (weight, x) = alike(slopes[0]), ctx.saved_tensors
        of_x = product(weight.mT, slope) if ctx.needs_input_grad[1] else None
        return product(slope, x.mT), of_x


def alike(tensor: Tensor) -> Tensor:
    """Copy a factor to where it begins at a bound of memory, and has no gaps."""
    return tensor.clone(memory_format=torch.contiguous_format)


def product(a: Tensor, b: Tensor) -> Tensor:
    """Multiply matrices, whatever axes lead."""
    return torch.bmm(a.flatten(0, -3), b.flatten(0, -3)).unflatten(0, a.shape[:-2])


class Embedding(nn.Module):
    """What is said of each number, and a map of that.

    It takes ([members,] numbers, 1, rows) and gives ([members,] numbers, size, rows).
    """

    def __init__(self, numbers: int, said: int, size: int):
        super().__init__()
        self.numbers = numbers
        self.map = MapOfEach(numbers, said, size)

    def of_each(self, tensor: Tensor) -> Tensor:
        """Put beside the rows what stands for each number in one axis."""
        return tensor.unflatten(-1, (self.numbers, -1, 1))

    def draw(self, scale: float, generator: Generator) -> None:
        """Draw the first numbers as the authors do, whatever the network behind it does."""
        reach = self.map.weight.shape[-1] ** -0.5
        for tensor in self.map.parameters():
            tensor.uniform_(-reach, reach, generator=generator)


class Waves(Embedding):
    """Waves of each number, whose frequencies are learnt."""

    def __init__(self, numbers: int, frequencies: int, said: int, size: int):
        super().__init__(numbers, said, size)
        # one axis, so that no decay or penalty reaches it
        self.frequencies = nn.Parameter(torch.empty(numbers * frequencies))

    def angles(self, x: Tensor) -> Tensor:
        return 2 * pi * self.of_each(self.frequencies) * x

    def draw(self, scale: float, generator: Generator) -> None:
        super().draw(scale, generator)
        self.frequencies.normal_(0, scale, generator=generator)


class Periodic(Waves):
    """A rectified map of sines and cosines (PLR of Gorishniy et al. 2022)."""

    def __init__(self, numbers: int, frequencies: int, size: int):
        super().__init__(numbers, frequencies, 2 * frequencies, size)

    def forward(self, x: Tensor) -> Tensor:
        angles = self.angles(x)
        return self.map(torch.cat([angles.cos(), angles.sin()], -2)).relu()


class Pbld(Waves):
    """A number, and beside it a map of cosines whose phases are learnt (Holzmüller et al. 2024)."""

    def __init__(self, numbers: int, frequencies: int, size: int):
        super().__init__(numbers, frequencies, frequencies, size - 1)
        self.phases = nn.Parameter(torch.empty(numbers * frequencies))

    def forward(self, x: Tensor) -> Tensor:
        angles = self.angles(x) + self.of_each(self.phases)
        return torch.cat([x, self.map(angles.cos())], -2)

    def draw(self, scale: float, generator: Generator) -> None:
        super().draw(scale, generator)
        self.phases.uniform_(-pi, pi, generator=generator)


class Piecewise(Embedding):
    """A map of how far a number has come through each bin (PLE of Gorishniy et al. 2022).

    It is 0 below the bin and 1 above; the first and the last one go on beyond what rows showed.
    """

    bins: Tensor

    def __init__(self, numbers: int, bins: int, size: int):
        super().__init__(numbers, bins, size)
        # of each bin: where it begins, 1 / its width, the least and the most that is said
        self.register_buffer("bins", torch.zeros(4, numbers, bins))

    def forward(self, x: Tensor) -> Tensor:
        starts, slopes, least, most = self.bins.unsqueeze(-1).unbind(-4)
        return self.map(((x - starts) * slopes).clamp(least, most))


KINDS: dict[str, Callable[[int, int, int], Embedding]] = {
    "periodic": Periodic,
    "pbld": Pbld,
    "piecewise": Piecewise,
}


@torch.no_grad()
def embedding(
    kind: str, sizes: tuple[int, int, int], scale: float, generator: Generator
) -> Embedding:
    """Make an embedding of some numbers, of so many parts and such a size, as it begins."""
    made = KINDS[kind](*sizes)
    made.draw(scale, generator)
    return made


@torch.no_grad()
def put_bins(network: nn.Module, edges: ndarray) -> None:
    """Let the bins of a new network lie between edges, (bins + 1, numbers)."""
    bins = network.get_buffer("embedding.bins")
    for number, of_number in enumerate(edges.T):
        own = bins_between(np.unique(of_number.astype(np.float32)), bins.shape[-1])
        bins[:, number] = torch.from_numpy(own)


def bins_between(edges: ndarray, count: int) -> ndarray:
    """Describe the bins between rising edges; where there are fewer, some say nothing.

    The last of them stands last, and of a number that never changes nothing is said.
    """
    bins = np.zeros((4, count), np.float32)
    widths = np.diff(edges.astype(np.float64))
    if not len(widths):
        return bins
    places = [*range(len(widths) - 1), count - 1]
    slopes = np.minimum(1 / widths, LARGEST)
    bins[:, places] = edges[:-1], slopes, np.zeros_like(widths), np.ones_like(widths)
    bins[2, places[0]], bins[3, places[-1]] = -LARGEST, LARGEST
    return bins
