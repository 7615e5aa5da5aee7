"""A linear map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nnrun.parts.model.choices import Init
from nnrun.parts.model.hidden import Shallow

if TYPE_CHECKING:
    from torch import Generator, nn


@dataclass(frozen=True)
class Linear(Shallow):
    """One linear map from inputs to outputs."""

    init: Init
    varies: ClassVar[tuple[str, ...]] = ("init",)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers.first_weights import initialise
        from nnrun.parts.model.layers.networks import Perceptrons

        return initialise(Perceptrons([inputs, outputs]), self.init, 1.0, generator)
