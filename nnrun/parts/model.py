"""Models a configuration may name: settings here, tensors in layers.py, so that a mistake is told without torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from nnrun.parts import trusted, untrusted
from nnrun.settings import Bound, Fraction

if TYPE_CHECKING:
    from torch import Generator, nn

Plain = bool | int | float | str

Activation = Literal["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "selu"]
Init = Literal[
    "torch",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    "zeros",
]


@dataclass(frozen=True)
class Mlp:
    """Fully connected layers with an activation between them."""

    widths: tuple[Annotated[int, Bound(least=1, most=1_000_000)], ...]
    activation: Activation
    init: Init
    norm: Literal["none", "batch", "layer"]
    dropout: Fraction
    varies: ClassVar[tuple[str, ...]] = ("init", "dropout")  # between members of one cohort

    def problems(self) -> list[str]:
        return [] if self.widths else ["model.widths=[]: expected at least one hidden layer; or take model=linear"]

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.layers import Perceptrons, initialise

        network = Perceptrons([inputs, *self.widths, outputs], self.activation, self.norm)
        return initialise(network, self.init, self.activation, generator)

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

        return initialise(Perceptrons([inputs, outputs]), self.init, "identity", generator)

    def layers(self, inputs: int, outputs: int) -> str:
        return f"{inputs}-{outputs}"

    def work(self, inputs: int, outputs: int) -> int:
        return inputs * outputs


@dataclass(frozen=True)
class Module:
    """A class of one's own. torch.func.vmap gives it a member axis, and what refuses that trains alone."""

    module: str
    arguments: dict[str, Plain | tuple[Plain, ...]]
    hidden_units: ClassVar[int] = 0
    dropout: ClassVar[float] = 0.0
    norm: ClassVar[str] = "none"
    varies: ClassVar[tuple[str, ...]] = ()

    def problems(self) -> list[str]:
        return untrusted("model.module", self.module)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.foreign import adopt

        return adopt(trusted("model.module", self.module), (inputs, outputs), self.arguments, generator)

    def layers(self, inputs: int, outputs: int) -> str:
        return f"{self.module}({inputs}, {outputs})"

    def work(self, inputs: int, outputs: int) -> int:
        """One multiplication for each of its numbers, as fully connected layers have it."""
        from torch import Generator

        return sum(tensor.numel() for tensor in self.build(inputs, outputs, Generator()).parameters())
