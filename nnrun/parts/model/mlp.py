"""A multilayer perceptron."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nnrun.errors import Problems
from nnrun.parts.interface import Inputs, part
from nnrun.parts.kinds import Fraction
from nnrun.parts.model.choices import Activation, Init, Norm, Width
from nnrun.parts.model.embedding import UNEMBEDDED, ReadsNumbers
from nnrun.parts.model.hidden import WithActivation, multiplications, no_width

if TYPE_CHECKING:
    from torch import nn


@part
class Mlp(ReadsNumbers, WithActivation):
    """Fully connected layers with an activation between them."""

    widths: tuple[Width, ...]
    activation: Activation
    init: Init
    norm: Norm
    dropout: Fraction
    slope: Fraction
    foldable = True
    added: ClassVar = {"slope": 0.1, **UNEMBEDDED}
    varies = ("init", "dropout", "frequency_scale")

    def problems(self) -> Problems:
        return no_width(self.widths) + super().problems()

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers.networks import Perceptrons

        sizes = [inputs, *self.widths, outputs]
        return Perceptrons(sizes, self.activation, self.norm, self.slope)

    @property
    def hidden_units(self) -> int:
        return sum(self.widths)

    def between(self, inputs: Inputs) -> int:
        return super().between(inputs) + sum(self.widths)

    def layers(self, inputs: Inputs, outputs: int) -> str:
        return "-".join([self.read_as(inputs), *map(str, [*self.widths, outputs])])

    def work(self, inputs: Inputs, outputs: int) -> int:
        sizes = [self.read(inputs), *self.widths, outputs]
        return super().work(inputs, outputs) + multiplications(sizes)
