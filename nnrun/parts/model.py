"""Models a configuration may name: settings here, tensors in layers.py, so that a mistake is told without torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from nnrun.settings import Bound, Fraction

if TYPE_CHECKING:
    from torch import Generator, nn

Activation = Literal[
    "identity",
    "threshold",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "prelu",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "selu",
    "mish",
]
Init = Literal[
    "torch",
    "normal",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    "constant",
    "zeros",
]


def flat(activation: Activation) -> list[str]:
    """The problem with an activation that no gradient passes."""
    if activation != "threshold":
        return []
    return [
        "model.activation='threshold': is flat on both sides of its step, so no gradient reaches the layers in front of"
        " it; use sigmoid, the smooth step, or relu"
    ]


@dataclass(frozen=True)
class Mlp:
    """Fully connected layers with an activation between them."""

    widths: tuple[Annotated[int, Bound(least=1, most=1_000_000)], ...]
    activation: Activation
    init: Init
    norm: Literal["none", "batch", "layer"]
    dropout: Fraction
    slope: Fraction
    varies: ClassVar[tuple[str, ...]] = ("init", "dropout")  # between members of one cohort

    def problems(self) -> list[str]:
        empty = "model.widths=[]: expected at least one hidden layer; or take model=linear"
        return [*([] if self.widths else [empty]), *flat(self.activation)]

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.layers import Perceptrons, gain_of, initialise

        network = Perceptrons([inputs, *self.widths, outputs], self.activation, self.norm, self.slope)
        return initialise(network, self.init, gain_of(self.activation, self.slope), generator)

    @property
    def hidden_units(self) -> int:
        """What dropout may silence."""
        return sum(self.widths)

    def layers(self, inputs: int, outputs: int) -> str:
        """The sizes of the layers, as people write them."""
        return "-".join(map(str, [inputs, *self.widths, outputs]))

    def work(self, inputs: int, outputs: int) -> int:
        """Multiplications for one row."""
        sizes = [inputs, *self.widths, outputs]
        return sum(a * b for a, b in pairwise(sizes))


@dataclass(frozen=True)
class Linear:
    """One linear map from inputs to outputs."""

    init: Init
    hidden_units: ClassVar[int] = 0
    dropout: ClassVar[float] = 0.0
    norm: ClassVar[str] = "none"
    varies: ClassVar[tuple[str, ...]] = ("init",)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.layers import Perceptrons, initialise

        return initialise(Perceptrons([inputs, outputs]), self.init, 1.0, generator)

    def layers(self, inputs: int, outputs: int) -> str:
        return f"{inputs}-{outputs}"

    def work(self, inputs: int, outputs: int) -> int:
        return inputs * outputs
