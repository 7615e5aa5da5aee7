"""A linear map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.parts.interface import Inputs, part
from nnrun.parts.model.choices import Init
from nnrun.parts.model.embedding import ReadsNumbers
from nnrun.parts.model.hidden import Drawn, WithoutDropout

if TYPE_CHECKING:
    from torch import nn


@part
class Linear(ReadsNumbers, WithoutDropout, Drawn):
    """One linear map from inputs to outputs."""

    init: Init
    varies = ("init", "frequency_scale")

    @property
    def straight(self) -> bool:
        return self.embedding == "none"

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers.networks import Perceptrons

        return Perceptrons([inputs, outputs])

    def layers(self, inputs: Inputs, outputs: int) -> str:
        return f"{self.read_as(inputs)}-{outputs}"

    def work(self, inputs: Inputs, outputs: int) -> int:
        return super().work(inputs, outputs) + self.read(inputs) * outputs
