"""Many networks in one: heads that share their weights, and differ in a scale of each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from nnrun.errors import Problems
from nnrun.parts.interface import Inputs, part
from nnrun.parts.kinds import Bound, Fraction
from nnrun.parts.model.choices import Init, Width
from nnrun.parts.model.embedding import ReadsNumbers
from nnrun.parts.model.hidden import WithDropout, multiplications, no_width

if TYPE_CHECKING:
    from torch import Generator, nn


@part
class Tabm(ReadsNumbers, WithDropout):
    """Heads that are taught one by one, share their layers, and answer by their mean."""

    widths: tuple[Width, ...]
    heads: Annotated[int, Bound(least=2, most=1000)]
    adapters: Literal["all", "first"]
    init: Init
    dropout: Fraction
    varies = ("init", "dropout", "frequency_scale")

    def problems(self) -> Problems:
        return no_width(self.widths) + super().problems()

    @property
    def gain(self) -> float:
        from nnrun.parts.model.layers.first_weights import gain_of

        return gain_of("relu", 0.0)

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers.heads import Heads

        return Heads([inputs, *self.widths, outputs], self.heads, self.adapters == "all")

    def build(self, inputs: Inputs, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers.heads import draw_signs

        network = super().build(inputs, outputs, generator)
        draw_signs(network, generator)
        return network

    @property
    def answers(self) -> int:
        return self.heads

    @property
    def hidden_units(self) -> int:
        return self.heads * sum(self.widths)

    def between(self, inputs: Inputs) -> int:
        of_head = self.read(inputs) + 2 * sum(self.widths)
        return super().between(inputs) + self.heads * of_head

    def layers(self, inputs: Inputs, outputs: int) -> str:
        sizes = [self.read_as(inputs), *map(str, [*self.widths, outputs])]
        return f"{'-'.join(sizes)} with {self.heads} heads"

    def work(self, inputs: Inputs, outputs: int) -> int:
        sizes = [self.read(inputs), *self.widths, outputs]
        return super().work(inputs, outputs) + self.heads * multiplications(sizes)
