"""A convolutional network."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import isqrt, prod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from nnrun.errors import Problem
from nnrun.parts.kinds import Bound, Fraction
from nnrun.parts.model.choices import Activation, Init, Width
from nnrun.parts.model.hidden import Bent, no_layer

if TYPE_CHECKING:
    from torch import Generator, nn


LEAST_SIDE = 4  # pixels of what is still an image, and not a table that happens to have a square number of columns


@dataclass(frozen=True)
class Cnn(Bent):
    """A small convolutional network for square images whose pixels stand in a row, one colour after the other."""

    filters: tuple[Width, ...]
    kernel: Annotated[int, Bound(least=1, most=99)]
    colours: Annotated[int, Bound(least=1, most=100)]
    widths: tuple[Width, ...]
    activation: Activation
    init: Init
    norm: Literal["none", "batch", "batch_renorm"]
    dropout: Fraction
    slope: Fraction
    varies: ClassVar[tuple[str, ...]] = ("init", "dropout")

    def problems(self) -> list[Problem]:
        problems = []
        if not self.filters:
            wrong, advice = "expected at least one convolution", "or take model=mlp"
            problems.append(Problem("filters", "[]", wrong, advice))
        if self.kernel % 2 == 0:
            advice = f"use {self.kernel - 1} or {self.kernel + 1}"
            wrong = "has no pixel in its middle"
            problems.append(Problem("kernel", str(self.kernel), wrong, advice))
        return problems + no_layer(self.activation)

    def unfit_for_features(self, inputs: int) -> list[Problem]:
        side, steps = self.side(inputs), len(self.filters)
        if self.colours * side**2 != inputs or side < LEAST_SIDE:
            kind = f" of {self.colours} numbers a pixel" * (self.colours > 1)
            wrong = f"takes square images{kind}, but the data have {inputs} inputs"
            return [Problem("", "cnn", wrong, "use model=mlp")]
        pixels = f"{side}×{side} pixels"
        if self.kernel > side:
            wrong, advice = f"is wider than images of {pixels}", f"give {side} at most"
            return [Problem("kernel", str(self.kernel), wrong, advice)]
        if side >> steps == 0:
            given = ",".join(map(str, self.filters))
            wrong = f"each convolution halves the image, and {steps} leave nothing of {pixels}"
            advice = f"give {side.bit_length() - 1} at most"
            return [Problem("filters", f"[{given}]", wrong, advice)]
        return []

    def side(self, inputs: int) -> int:
        """Pixels along an edge of the image."""
        return isqrt(inputs // self.colours)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers import networks
        from nnrun.parts.model.layers.first_weights import gain_of, initialise

        image, (*_, last) = (self.colours, self.side(inputs)), self.images(inputs)
        sizes = [prod(last), *self.widths, outputs]
        network = networks.Cnn(
            image, self.filters, self.kernel, sizes, self.activation, self.norm, self.slope
        )
        return initialise(network, self.init, gain_of(self.activation, self.slope), generator)

    def images(self, inputs: int) -> list[tuple[int, int, int]]:
        """The channels and sides of what comes in, and of what leaves each convolution."""
        side = self.side(inputs)
        return [
            (channels, side >> i, side >> i)
            for i, channels in enumerate([self.colours, *self.filters])
        ]

    @property
    def hidden_units(self) -> int:
        """What dropout may silence: the fully connected layers."""
        return sum(self.widths)

    def between(self, inputs: int) -> int:
        convolved = sum(b[0] * a[1] ** 2 for a, b in pairwise(self.images(inputs)))
        return convolved + sum(self.widths)

    def layers(self, inputs: int, outputs: int) -> str:
        """The images as channels@side x side, and the sizes of the layers after them."""
        images = [f"{channels}@{side}x{side}" for channels, side, _ in self.images(inputs)]
        return "-".join([*images, *map(str, [*self.widths, outputs])])

    def work(self, inputs: int, outputs: int) -> int:
        images = self.images(inputs)
        convolutions = sum(prod(a) * self.kernel**2 * b[0] for a, b in pairwise(images))
        sizes = [prod(images[-1]), *self.widths, outputs]
        return convolutions + sum(a * b for a, b in pairwise(sizes))
