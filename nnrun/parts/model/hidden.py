"""What models share: hidden units, an activation and a norm between layers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from nnrun.errors import Problem, Problems
from nnrun.parts.interface import Inputs, Model, Reasons
from nnrun.parts.model.choices import Activation, Init, Norm

if TYPE_CHECKING:
    from torch import Generator, nn


def no_width(widths: tuple[int, ...]) -> Problems:
    """Tell that there is no hidden layer."""
    if widths:
        return []
    wrong, advice = "expected at least one hidden layer", "or take model=linear"
    return [Problem("widths", "[]", wrong, advice)]


def multiplications(sizes: list[int]) -> int:
    """Count the multiplications of linear maps from each size to the next."""
    return sum(inputs * outputs for inputs, outputs in pairwise(sizes))


class WithoutDropout(Model):
    """A model without units that could be silenced."""

    dropout = 0.0


class Drawn(Model):
    """A model whose first weights are drawn by a recipe."""

    init: Init

    def network(self, inputs: int, outputs: int) -> nn.Module:
        raise NotImplementedError

    @property
    def gain(self) -> float:
        """How much larger than usual the weights are."""
        return 1.0

    def build(self, inputs: Inputs, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers.first_weights import initialise

        network = self.network(self.read(inputs), outputs)
        drawn = initialise(network, self.init, self.gain, generator)
        return self.embedded(drawn, inputs, generator)


class WithDropout(Drawn):
    """A model with units that dropout may silence."""

    def with_dropout(self, share: float) -> Model:
        return replace(self, dropout=share)  # type: ignore[call-arg]


class WithActivation(WithDropout):
    """A model with an activation and a norm between its layers."""

    activation: Activation
    norm: Norm
    slope: float

    @property
    def gain(self) -> float:
        from nnrun.parts.model.layers.first_weights import gain_of

        return gain_of(self.activation, self.slope)

    @property
    def normalised_by(self) -> Norm:
        return self.norm

    def without_norms(self) -> Model:
        return replace(self, norm="none")  # type: ignore[call-arg]

    def problems(self) -> Problems:
        if self.activation == "maxout":
            wrong, advice = "takes several linear maps for each unit", "use model=maxout"
        elif self.activation == "threshold":
            unmoved = "no gradient reaches the layers in front of it"
            wrong = f"is flat on both sides of its step, so {unmoved}"
            better = "use sigmoid, the smooth step, or relu"
            advice = f"{better}; or model=perceptron, which has none in front"
        else:
            return []
        return [Problem("activation", repr(self.activation), wrong, advice)]

    def without_effect(self) -> Reasons:
        if self.activation in ("leaky_relu", "prelu", "shared_prelu"):
            return super().without_effect()
        why = f"model.activation={self.activation} has none"
        slope = {"model.slope": (why, "leave it out, or use leaky_relu or prelu")}
        return {**super().without_effect(), **slope}
