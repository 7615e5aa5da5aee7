"""A residual network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from nnrun.parts.interface import Inputs, part
from nnrun.parts.kinds import Bound, Fraction
from nnrun.parts.model.choices import Activation, Init, Norm, Width
from nnrun.parts.model.embedding import ReadsNumbers
from nnrun.parts.model.hidden import WithActivation

if TYPE_CHECKING:
    from torch import nn


@part
class Residual(ReadsNumbers, WithActivation):
    """A residual network for tables: x + W₂·act(W₁·norm(x)) in each block."""

    width: Width
    hidden: Width
    blocks: Annotated[int, Bound(least=1, most=1000)]
    activation: Activation
    init: Init
    norm: Norm
    dropout: Fraction
    slope: Fraction
    varies = ("init", "dropout", "frequency_scale")

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers import networks

        sizes = inputs, self.width, self.hidden, outputs
        return networks.Residual(sizes, self.blocks, self.activation, self.norm, self.slope)

    @property
    def hidden_units(self) -> int:
        return self.blocks * self.hidden

    def between(self, inputs: Inputs) -> int:
        return super().between(inputs) + self.width + self.blocks * (self.hidden + self.width)

    def layers(self, inputs: Inputs, outputs: int) -> str:
        """Write the sizes of the layers, those of a block in brackets."""
        blocks = f"({self.hidden}-{self.width})x{self.blocks}"
        return f"{self.read_as(inputs)}-{self.width}-{blocks}-{outputs}"

    def work(self, inputs: Inputs, outputs: int) -> int:
        of_each_unit = self.read(inputs) + 2 * self.blocks * self.hidden + outputs
        return super().work(inputs, outputs) + self.width * of_each_unit
