"""What a network's settings must and may say, and what it reads of a row."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnrun.errors import Problems
from nnrun.parts.interface.part import Part

if TYPE_CHECKING:
    from numpy import ndarray
    from torch import Generator, nn

    from nnrun.parts.dataset.data import Data
    from nnrun.parts.dataset.encoding import InputEncoding
    from nnrun.parts.dataset.scaling import Scaling
    from nnrun.parts.interface.learning import Loss
    from nnrun.parts.scheduler.durations import Clock


@dataclass(frozen=True)
class Inputs:
    """What a network reads of a row: numbers first, then the units that speak for categories."""

    numbers: int
    units: int = 0

    @property
    def count(self) -> int:
        return self.numbers + self.units


class Model(Part):
    """A network's settings."""

    dropout: float  # share of the hidden units that is silenced in a training step

    @property
    def task(self) -> str | None:
        """The only task that it is for."""
        return None

    @property
    def loss(self) -> Loss | None:
        """The only loss that teaches it."""
        return None

    @property
    def straight(self) -> bool:
        """Whether it can draw no other than straight lines."""
        return False

    @property
    def hidden_units(self) -> int:
        """How many units dropout may silence."""
        return 0

    @property
    def answers(self) -> int:
        """How many answers it gives to each row, whose mean is taken."""
        return 1

    @property
    def normalised_by(self) -> str:
        """The norm between its layers."""
        return "none"

    @property
    def normalises_batches(self) -> bool:
        """Whether a row's outputs depend on the other rows of its batch."""
        return self.normalised_by in ("batch", "batch_renorm")

    @property
    def foldable(self) -> bool:
        """Whether a linear layer stands in front of each norm, and can take it over."""
        return False

    @property
    def sketched(self) -> bool:
        """Whether it can be built without its numbers, as all of nnrun's and torch's can."""
        return True

    @property
    def foreign(self) -> bool:
        """Whether its network is code of one's own, which may hide what it remembers."""
        return False

    @property
    def told_whole(self) -> bool:
        """Whether its settings tell all of it: no code of one's own, and no other run's weights."""
        return not self.foreign and self.scales_like is None

    @property
    def inner(self) -> Model:
        """The model as its bundle will have it."""
        return self

    def with_dropout(self, share: float) -> Model:
        """Give the model with another dropout, where it has any."""
        return self

    def without_norms(self) -> Model:
        """Give the model as it is once linear layers have taken its norms over."""
        return self

    @property
    def kept_inputs(self) -> InputEncoding | None:
        """How inputs are read where an earlier training has settled it."""
        return None

    @property
    def kept_targets(self) -> Scaling | None:
        """How targets are scaled where an earlier training has settled it."""
        return None

    @property
    def scales_like(self) -> Hashable:
        """What its scaling depends on, where an earlier training has settled it."""
        return None

    def build(self, inputs: Inputs, outputs: int, generator: Generator) -> nn.Module:
        raise NotImplementedError

    def read(self, inputs: Inputs) -> int:
        """Count the numbers that its first layer reads."""
        return inputs.count

    def embedded(self, network: nn.Module, inputs: Inputs, generator: Generator) -> nn.Module:
        """Give the network behind what embeds its inputs, where anything does."""
        return network

    def settle(self, network: nn.Module, edges: Callable[[int], ndarray]) -> None:
        """Let a new network take what it keeps of the training rows.

        `edges` cuts each number of these rows into so many parts of as many rows.
        """

    def begin_on(
        self, network: nn.Module, rows: Callable[[], ndarray], generator: Generator
    ) -> None:
        """Let a new network's first weights follow from the training rows, as it reads them."""

    @property
    def own_rates(self) -> bool:
        """Whether tensors of it move at rates of their own."""
        return False

    def decays(self, tensor: str, axes: int) -> bool:
        """Tell whether decay and penalties reach a tensor of its network, by its name."""
        return axes > 1

    def factor(self, tensor: str) -> float:
        """Give a tensor's factor on the learning rate, by its name."""
        return 1.0

    def dropout_rate(self, step: ndarray, clock: Clock) -> ndarray:
        """Give the factor on its dropout."""
        return step * 0 + 1

    def decay_rate(self, step: ndarray, clock: Clock) -> ndarray:
        """Give the factor on weight decay."""
        return step * 0 + 1

    def between(self, inputs: Inputs) -> int:
        """Count the numbers between a row's inputs and outputs: of all linear maps but the last."""
        return 0

    def layers(self, inputs: Inputs, outputs: int) -> str:
        """Write the sizes of the layers as people do."""
        return f"{inputs.count}-{outputs}"

    def work(self, inputs: Inputs, outputs: int) -> int:
        """Count the multiplications for one row."""
        return inputs.count * outputs

    def unfit_for_features(self, inputs: Inputs) -> Problems:
        """Tell why it cannot take these."""
        return []

    def unfit_for_data(self, data: Data, per_target: int) -> Problems:
        """Tell why it, which knows other data, cannot go on with these."""
        return []
