"""Members that train together, and all that stays the same while they do."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import ClassVar, Literal, Protocol, Self

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor, nn

from nnrun.engine.members import Decays, Factor, as_all, of_several_axes


class Rule(Protocol):
    """How a gradient moves the weights; ten lines in nnrun.parts.optimizer."""

    @property
    def lr(self) -> float: ...

    by_torch: ClassVar[bool]  # moves by `begin`
    by_matrix: ClassVar[bool]  # moves each matrix of weights by `update_matrix`
    by_length: ClassVar[bool]  # goes farther where the gradient is longer

    @property
    def slots(self) -> int: ...  # tensors it remembers, each as large as the weights

    def numbers(self, step: ndarray, rate: ndarray) -> tuple[ndarray | float, ...]: ...

    # and either of these: the move itself, or a torch.optim.Optimizer that makes it, for one member

    # of numbers, gradient, memory, the step's numbers, and how many columns are weights
    @property
    def update(self) -> Callable[..., None]: ...

    # the same of one matrix of weights, as it lies
    @property
    def update_matrix(self) -> Callable[..., None]: ...

    @property
    def begin(self) -> Callable[[list[Tensor]], torch.optim.Optimizer]: ...


class Loss(Protocol):
    """From outputs and targets to one number a member; what it `varies` may differ between them."""

    varies: ClassVar[tuple[str, ...]]

    @property
    def validated(self) -> Self: ...  # the loss of validation rows

    # what teaches, each from which share of the training on, the first from its beginning
    @property
    def stages(self) -> "Sequence[tuple[float, Loss]]": ...

    def __call__(
        self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None
    ) -> Tensor: ...


@dataclass(frozen=True)
class Rows:
    """Rows on the device; members whose data, split or scaling differ have sets of their own."""

    x: Tensor  # (sets * count, features), one set after the other
    y: Tensor  # (sets * count, targets) or (sets * count,)
    count: int
    set_of: tuple[int, ...]  # for each member
    weights: Tensor | None = None  # (sets * count,), 1 on average over a set; None where alike

    @property
    def wanted(self) -> tuple[Tensor, ...]:
        """What a loss compares outputs with: the targets, and how much each row weighs."""
        return (self.y,) if self.weights is None else (self.y, self.weights)


def stage_in(epoch: int, epochs: int, loss: Loss) -> int:
    """Number the stage of a loss in an epoch of so many; the last of these has the last stage."""
    starts = [min(round(share * epochs), epochs - 1) for share, _ in loss.stages]
    return bisect_right(starts, epoch) - 1


def unmoved(watched: list[float]) -> float:
    """Give the factor of a schedule that watches nothing."""
    return 1.0


def steady(step: ndarray) -> ndarray:
    """Give the factor of what stays as it is."""
    return np.ones_like(step)


Rate = Callable[[ndarray], ndarray]  # from step numbers, counted from 0


@dataclass(frozen=True)
class Member:
    """The settings in which members of one cohort may differ; without a value, they do nothing."""

    seed: int
    loss: Loss
    rule: Rule
    rate: Rate  # a factor on the learning rate
    # from what chooses the best epoch, of all epochs so far, to a further factor
    watch: Callable[[list[float]], float] = unmoved
    # from its outputs for the validation rows to its score, where that is not the cohort's
    measure: Callable[[Tensor], float] | None = None
    chooses: int = 0  # 1 or -1 where more or less of the score, and not of the loss, is better
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    decay_rate: Rate = steady  # a factor on it
    max_norm: float = inf
    clip_norm: float = inf
    gradient_noise: float = 0.0
    dropout: float = 0.0
    dropout_rate: Rate = steady  # a factor on it
    mixup: float = 0.0
    # from an epoch's stream to what alters a batch in place
    augment: Callable[[torch.Generator], Callable] | None = None
    newest: Rate | None = None  # the newest weights' share in an average
    averaged_from: int = 0  # epoch that begins an average, with which no earlier score competes
    patience: float = inf
    min_delta: float = 0.0


@dataclass(frozen=True)
class Cohort:
    """Members that train together, and all that stays the same while they do."""

    members: tuple[Member, ...]
    networks: tuple[nn.Module, ...]  # as initialised; called with rows and dropout masks or None
    hidden_units: int  # of a network: what dropout masks cover
    penalised: Literal["weights", "all"]  # what penalties on the size of numbers reach
    score: Callable[..., Tensor]  # outputs, targets and perhaps weights to a number for people
    train: Rows
    val: Rows
    epochs: int
    batch_size: int
    device: torch.device
    precision: torch.dtype
    foreign: bool  # whether its networks may hide state in Python
    decays: Decays = of_several_axes  # which tensors decay and penalties reach
    factor: Factor = as_all  # of each tensor, on the learning rate

    @property
    def steps(self) -> int:
        """Steps in an epoch; the last may hold fewer rows."""
        return -(-self.train.count // self.batch_size)

    def stage(self, epoch: int) -> int:
        """Number the stage of the losses that an epoch, counted from 0, belongs to."""
        return stage_in(epoch, self.epochs, self.members[0].loss)

    def loss(self, stage: int) -> Loss:
        """Give the members' losses of a stage as one."""
        return self.as_one([member.loss.stages[stage][1] for member in self.members])

    @cached_property
    def validation_loss(self) -> Loss:
        """The loss that judges validation rows, without what only makes training harder."""
        return self.as_one([member.loss.validated for member in self.members])

    def as_one(self, losses: list[Loss]) -> Loss:
        """Put losses that differ in nothing but numbers side by side."""
        if all(loss == losses[0] for loss in losses):
            return losses[0]
        numbers = {name: self.side_by_side(losses, name) for name in losses[0].varies}
        return replace(losses[0], **numbers)  # type: ignore[type-var]

    def side_by_side(self, losses: list[Loss], name: str) -> Tensor:
        """Give a number of each member's loss, rounded as torch rounds it when it is multiplied."""
        values = [getattr(loss, name) for loss in losses]
        return torch.tensor(values, dtype=torch.float32, device=self.device)  # (members,)
