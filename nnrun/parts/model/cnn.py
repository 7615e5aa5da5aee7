"""A convolutional network."""

from __future__ import annotations

from itertools import pairwise
from math import isqrt, prod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from nnrun.errors import Problem, Problems
from nnrun.parts.dataset.wording import counted
from nnrun.parts.interface import Inputs, part
from nnrun.parts.kinds import Bound, Fraction
from nnrun.parts.model.choices import Activation, Init, Width
from nnrun.parts.model.hidden import WithActivation, multiplications

if TYPE_CHECKING:
    from torch import nn


# Pixels of what is still an image, and not a table with a square number of columns.
LEAST_SIDE = 4


@part
class Cnn(WithActivation):
    """A small convolutional network for square images.

    Their pixels stand in a row, one colour after the other.
    """

    filters: tuple[Width, ...]
    kernel: Annotated[int, Bound(least=1, most=99)]
    colours: Annotated[int, Bound(least=1, most=100)]
    widths: tuple[Width, ...]
    activation: Activation
    init: Init
    norm: Literal["none", "batch", "batch_renorm"]
    dropout: Fraction
    slope: Fraction
    mirrored: bool
    blocks: Annotated[int, Bound(least=0, most=99)]
    varies = ("init", "dropout")
    added: ClassVar = {"mirrored": False, "blocks": 0}

    def problems(self) -> Problems:
        problems = []
        if not self.filters:
            wrong, advice = "expected at least one convolution", "or take model=mlp"
            problems.append(self.problem("filters", wrong, advice))
        return problems + super().problems()

    def unfit_for_features(self, inputs: Inputs) -> Problems:
        side = self.side(inputs.count)
        if self.colours * side**2 != inputs.count or side < LEAST_SIDE:
            kind = f" of {self.colours} numbers a pixel" * (self.colours > 1)
            wrong = f"takes square images{kind}, but the data have {counted(inputs.count, 'input')}"
            return [Problem("", "cnn", wrong, f"use {self.fitting_colours(inputs.count)}")]
        return self.unfit_kernel(side) + self.too_many_filters(side)

    def fitting_colours(self, inputs: int) -> str:
        """Tell with how many colours the data are square images, or what else takes them."""
        sides = {colours: isqrt(inputs // colours) for colours in (1, 3, 4)}
        for colours, side in sides.items():
            if colours * side**2 == inputs and side >= LEAST_SIDE:
                return f"model.colours={colours}"
        return "model=mlp"

    def unfit_kernel(self, side: int) -> Problems:
        """Tell that a kernel has no pixel in its middle, or does not fit into an image."""
        largest = side - 1 + side % 2
        if self.kernel > side:
            wrong = f"is wider than images of {side}×{side} pixels"
            return [self.problem("kernel", wrong, f"give {largest} at most")]
        if self.kernel % 2 == 0:
            odd = [size for size in (self.kernel - 1, self.kernel + 1) if size <= largest]
            wrong = "is even, so it has no pixel in its middle"
            return [self.problem("kernel", wrong, f"use {' or '.join(map(str, odd))}")]
        return []

    def too_many_filters(self, side: int) -> Problems:
        """Tell that so many convolutions leave nothing of an image."""
        steps, most = len(self.filters), side.bit_length() - 1
        if steps <= most:
            return []
        pixels = f"{side}×{side} pixels"
        wrong = f"each convolution halves the image, and {steps} leave nothing of {pixels}"
        return [self.problem("filters", wrong, f"give {most} at most")]

    def side(self, inputs: int) -> int:
        """Count the pixels along an edge of the image."""
        return isqrt(inputs // self.colours)

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers import networks

        image, last = (self.colours, self.side(inputs)), self.images(inputs)[-1]
        sizes = [prod(last), *self.widths, outputs]
        choices = self.activation, self.norm, self.slope, self.mirrored, self.blocks
        return networks.Cnn(image, self.filters, self.kernel, sizes, *choices)

    def images(self, inputs: int) -> list[tuple[int, int, int]]:
        """List the channels and sides of what comes in, and of what leaves each convolution."""
        side, images = self.side(inputs), [(self.colours, self.side(inputs))]
        for i, count in enumerate(self.filters, start=1):
            images += [(count, side >> i)] * (1 + self.blocks)
        return [(count, side, side) for count, side in images]

    @property
    def hidden_units(self) -> int:
        """Those of the fully connected layers."""
        return sum(self.widths)

    def between(self, inputs: Inputs) -> int:
        convolved = sum(b[0] * a[1] ** 2 for a, b in pairwise(self.images(inputs.count)))
        return convolved + sum(self.widths)

    def layers(self, inputs: Inputs, outputs: int) -> str:
        """Write the images as channels@side x side, and the sizes of the layers after them."""
        sizes = self.images(inputs.count)
        images = [f"{channels}@{side}x{side}" for channels, side, _ in sizes]
        return "-".join([*images, *map(str, [*self.widths, outputs])])

    def work(self, inputs: Inputs, outputs: int) -> int:
        images = self.images(inputs.count)
        convolutions = sum(prod(a) * self.kernel**2 * b[0] for a, b in pairwise(images))
        return convolutions + multiplications([prod(images[-1]), *self.widths, outputs])
