"""A linear map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.parts.interface import part
from nnrun.parts.model.choices import Init
from nnrun.parts.model.hidden import Drawn, WithoutDropout

if TYPE_CHECKING:
    from torch import nn


@part
class Linear(WithoutDropout, Drawn):
    """One linear map from inputs to outputs."""

    init: Init
    straight = True
    varies = ("init",)

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers.networks import Perceptrons

        return Perceptrons([inputs, outputs])
