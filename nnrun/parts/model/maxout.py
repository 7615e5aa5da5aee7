"""A network of maxout units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from nnrun.errors import Problems
from nnrun.parts.interface import Inputs, part
from nnrun.parts.kinds import Bound, Fraction
from nnrun.parts.model.choices import Init, Width
from nnrun.parts.model.embedding import ReadsNumbers
from nnrun.parts.model.hidden import WithDropout, multiplications, no_width

if TYPE_CHECKING:
    from torch import nn


@part
class Maxout(ReadsNumbers, WithDropout):
    """Fully connected layers whose units are each the largest of a few linear maps."""

    widths: tuple[Width, ...]
    pieces: Annotated[int, Bound(least=2, most=100)]
    init: Init
    dropout: Fraction
    varies = ("init", "dropout", "frequency_scale")

    def problems(self) -> Problems:
        return no_width(self.widths)

    @property
    def gain(self) -> float:
        from nnrun.parts.model.layers.first_weights import maxout_gain

        return maxout_gain(self.pieces)

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers import networks

        return networks.Maxout([inputs, *self.widths, outputs], self.pieces)

    @property
    def hidden_units(self) -> int:
        return sum(self.widths)

    def between(self, inputs: Inputs) -> int:
        return super().between(inputs) + self.pieces * sum(self.widths)

    def layers(self, inputs: Inputs, outputs: int) -> str:
        """Write the sizes of the layers, and how many maps each unit chooses from."""
        hidden = [f"{width}x{self.pieces}" for width in self.widths]
        return "-".join([self.read_as(inputs), *hidden, str(outputs)])

    def work(self, inputs: Inputs, outputs: int) -> int:
        sizes = [self.read(inputs), *self.widths]
        hidden = self.pieces * multiplications(sizes)
        return super().work(inputs, outputs) + hidden + sizes[-1] * outputs
