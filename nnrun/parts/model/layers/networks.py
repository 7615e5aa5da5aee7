"""Networks, written for one model; a leading member axis in their tensors makes them serve many."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from nnrun.parts.model.layers.activations import Function, activations
from nnrun.parts.model.layers.linear import Convolution, Linear
from nnrun.parts.model.layers.norms import NORMS


def norms(name: str, widths: Sequence[int]) -> nn.ModuleList | None:
    """Make a norm for each layer, if there are any."""
    if name == "none":
        return None
    return nn.ModuleList(NORMS[name](units) for units in widths)


def by_layer(masks: Tensor | None, widths: list[int] | int) -> Sequence[Tensor] | None:
    """Cut dropout masks into those of each layer, if there are any."""
    return None if masks is None else masks.split(widths, dim=-1)


class Perceptrons(nn.Module):
    """Fully connected layers: linear, normalised, activated, masked; the last is linear alone."""

    def __init__(
        self, sizes: list[int], activation: str = "identity", norm: str = "none", slope: float = 0.0
    ):
        super().__init__()
        hidden = sizes[1:-1]
        bias = norm == "none"  # in front of a norm, a bias has no effect and its gradient is noise
        layers = [Linear(a, b, bias) for a, b in pairwise(sizes[:-1])]
        self.linears = nn.ModuleList([*layers, Linear(sizes[-2], sizes[-1])])
        self.norms = norms(norm, hidden)
        self.activations = activations(activation, slope, hidden)
        self.widths = hidden

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        layer_masks = by_layer(masks, self.widths)
        *hidden, last = self.linears
        for i, linear in enumerate(hidden):
            x = linear(x)
            if self.norms is not None:
                x = self.norms[i](x)
            x = self.activations[i](x)
            if layer_masks is not None:
                x = x * layer_masks[i]
        return last(x)


class Point(nn.Module):
    """A place: where it started, and how far it has been moved since."""

    def __init__(self, coordinates: int):
        super().__init__()
        self.moved = nn.Parameter(torch.zeros(coordinates))

    def forward(self, start: Tensor, masks: None = None) -> Tensor:
        return start + self.moved.unsqueeze(-2)


class Polynomial(nn.Module):
    """The powers 1 to degree of one input, and a linear map of them."""

    def __init__(self, degree: int, outputs: int):
        super().__init__()
        self.degree = degree
        self.linear = Linear(degree, outputs)

    def forward(self, x: Tensor, masks: None = None) -> Tensor:
        return self.linear(x.expand(*x.shape[:-1], self.degree).cumprod(-1))


class Maxout(nn.Module):
    """Fully connected layers whose hidden units are each the largest of a few linear maps."""

    def __init__(self, sizes: list[int], pieces: int):
        super().__init__()
        self.pieces, self.widths = pieces, sizes[1:-1]
        layers = [Linear(a, b * pieces, pieces=pieces) for a, b in pairwise(sizes[:-1])]
        self.linears = nn.ModuleList(layers)
        self.last = Linear(sizes[-2], sizes[-1])

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        layer_masks = by_layer(masks, self.widths)
        for i, linear in enumerate(self.linears):
            x = linear(x).unflatten(-1, (self.pieces, -1)).amax(-2)  # ([members,] rows, units)
            if layer_masks is not None:
                x = x * layer_masks[i]
        return self.last(x)


class Residual(nn.Module):
    """Blocks that each add something to what they were given.

    That is normalised, widened, activated, masked and narrowed.
    """

    def __init__(
        self,
        sizes: tuple[int, int, int, int],
        blocks: int,
        activation: str,
        norm: str,
        slope: float,
    ):
        super().__init__()
        inputs, width, hidden, outputs = sizes
        # a batch norm takes out whatever is the same in all rows
        bias = norm not in ("batch", "batch_renorm")
        self.first = Linear(inputs, width, bias)
        widths = [width] * (blocks + 1)
        self.norms = norms(norm, widths) or nn.ModuleList(nn.Identity() for _ in widths)
        self.wide = nn.ModuleList(Linear(width, hidden) for _ in range(blocks))
        self.narrow = nn.ModuleList(Linear(hidden, width, bias) for _ in range(blocks))
        self.activations = activations(activation, slope, [*[hidden] * blocks, width])
        self.last = Linear(width, outputs)
        self.hidden = hidden

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        layer_masks = by_layer(masks, self.hidden)
        x = self.first(x)
        for i, (wide, narrow) in enumerate(zip(self.wide, self.narrow, strict=True)):
            inner = self.activations[i](wide(self.norms[i](x)))
            if layer_masks is not None:
                inner = inner * layer_masks[i]
            x = x + narrow(inner)
        return self.last(self.activations[-1](self.norms[-1](x)))


class Cnn(nn.Module):
    """Convolutions, each pooled, normalised and activated; then fully connected layers.

    Pooling comes first: for an activation that rises it is the same, and the rest costs a quarter.
    Behind each stand blocks: convolutions that are not pooled, and add to what they were given.
    If it is mirrored, it answers in use by the mean for an image and for the same in a mirror.
    """

    def __init__(
        self,
        image: tuple[int, int],
        filters: Sequence[int],
        kernel: int,
        sizes: list[int],
        activation: str,
        norm: str,
        slope: float,
        mirrored: bool = False,
        blocks: int = 0,
    ):
        super().__init__()
        channels, side = image
        self.image, self.mirrored = (channels, side, side), mirrored
        bias, shapes = norm == "none", pairwise([channels, *filters])
        self.convolutions = nn.ModuleList(Convolution(a, b, kernel, bias) for a, b in shapes)
        self.norms = norms(norm, filters)
        self.activations = activations(activation, slope, filters)
        self.blocks = nn.ModuleList(
            nn.Sequential(*(Block(count, kernel, activation, norm, slope) for _ in range(blocks)))
            for count in filters
        )
        self.head = Perceptrons(sizes, activation, norm, slope)

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        images = x.unflatten(-1, self.image)
        answer = self.answer(images, masks)
        if self.training or not self.mirrored:
            return answer
        return (answer + self.answer(images.flip(-1), masks)) / 2

    def answer(self, images: Tensor, masks: Tensor | None) -> Tensor:
        x = images.movedim(-3, -1)  # ([members,] rows, side, side, channels)
        for i, convolution in enumerate(self.convolutions):
            norm = None if self.norms is None else self.norms[i]
            x = self.blocks[i](activated(convolution(x), norm, self.activations[i]))
        return self.head(x.flatten(-3), masks)


class Block(nn.Module):
    """A convolution that adds to the image it was given, normalised and activated."""

    def __init__(self, channels: int, kernel: int, activation: str, norm: str, slope: float):
        super().__init__()
        self.convolution = Convolution(channels, channels, kernel, norm == "none", halves=False)
        self.norms = norms(norm, [channels])
        self.activations = activations(activation, slope, [channels])

    def forward(self, x: Tensor) -> Tensor:
        norm = None if self.norms is None else self.norms[0]
        return x + activated(self.convolution(x), norm, self.activations[0])


def activated(images: Tensor, norm: nn.Module | None, activation: Function) -> Tensor:
    """Normalise and activate each pixel's channels: ([members,] rows, side, side, channels)."""
    pixels = images.flatten(-4, -2)
    if norm is not None:
        pixels = norm(pixels)
    return activation(pixels).view_as(images)
