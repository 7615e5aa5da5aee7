"""RealMLP: fully connected layers with what makes them learn tables as they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from nnrun.errors import Problems
from nnrun.parts.interface import Inputs, Model, part
from nnrun.parts.kinds import Fraction
from nnrun.parts.model.choices import Width
from nnrun.parts.model.embedding import ReadsNumbers
from nnrun.parts.model.hidden import multiplications, no_width
from nnrun.parts.scheduler.cosines import flat_cosine

if TYPE_CHECKING:
    from numpy import ndarray
    from torch import Generator, nn

    from nnrun.parts.scheduler.durations import Clock

Course = Literal["flat_cos", "constant"]
BIAS, EMBEDDING = "bias", "embedding"
# factors on the learning rate, by the names of tensors
RATES = {EMBEDDING: 0.1, "scale": 6.0, "activations": 0.1, BIAS: 0.1}


@part
class RealMlp(ReadsNumbers):
    """A scale of each input, layers of normal weights, activations that bend as they learn."""

    widths: tuple[Width, ...]
    activation: Literal["mish", "selu", "relu", "silu", "gelu"]
    init: Literal["rows", "normal"]
    dropout: Fraction
    dropout_course: Course
    decay_course: Course
    varies: ClassVar = ("dropout", "frequency_scale")

    def problems(self) -> Problems:
        return no_width(self.widths) + super().problems()

    def build(self, inputs: Inputs, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers.realmlp import RealMlp, draw_normal

        network = RealMlp([self.read(inputs), *self.widths, outputs], self.activation)
        draw_normal(network, generator, last=self.init == "rows")
        return self.embedded(network, inputs, generator)

    def begin_on(
        self, network: nn.Module, rows: Callable[[], ndarray], generator: Generator
    ) -> None:
        if self.init == "rows":
            from nnrun.parts.model.layers.realmlp import fit_to_rows

            fit_to_rows(network, rows(), generator)

    @property
    def own_rates(self) -> bool:
        return True

    def with_dropout(self, share: float) -> Model:
        return replace(self, dropout=share)

    def decays(self, tensor: str, axes: int) -> bool:
        names = tensor.split(".")
        return BIAS not in names or EMBEDDING in names

    def factor(self, tensor: str) -> float:
        names = tensor.split(".")
        return next((rate for name, rate in RATES.items() if name in names), 1.0)

    def dropout_rate(self, step: ndarray, clock: Clock) -> ndarray:
        return course(self.dropout_course, step, clock)

    def decay_rate(self, step: ndarray, clock: Clock) -> ndarray:
        return course(self.decay_course, step, clock)

    @property
    def hidden_units(self) -> int:
        return sum(self.widths)

    def between(self, inputs: Inputs) -> int:
        return super().between(inputs) + self.read(inputs) + sum(self.widths)

    def layers(self, inputs: Inputs, outputs: int) -> str:
        return "-".join([self.read_as(inputs), *map(str, [*self.widths, outputs])])

    def work(self, inputs: Inputs, outputs: int) -> int:
        sizes = [self.read(inputs), *self.widths, outputs]
        return super().work(inputs, outputs) + multiplications(sizes)


def course(name: Course, step: ndarray, clock: Clock) -> ndarray:
    """Give a factor at each step: always 1, or 1 for half the way and then falling to 0."""
    return flat_cosine(step / clock.steps) if name == "flat_cos" else step * 0 + 1
