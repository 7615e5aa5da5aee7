"""Everything that changes while a cohort trains, in one object, and everything that stays, in another."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from nnrun.engine.members import Layout, bind, layout, row


class Rule(Protocol):
    """How a gradient moves the weights; ten lines in nnrun.parts.optimizer."""

    @property
    def lr(self) -> float: ...

    @property
    def slots(self) -> int: ...  # tensors it remembers, each as large as the weights

    def numbers(self, step: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray | float, ...]: ...

    # and either of these: the move itself, or a torch.optim.Optimizer that makes it, for one member

    update: Callable  # of numbers, gradient, memory, the step's numbers, and how many columns are weights
    begin: Callable[[list[Tensor]], torch.optim.Optimizer]


class Loss(Protocol):
    """From outputs and targets to one number a member; its own numbers may be a value for each member."""

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Rows:
    """Rows on the device; members with a split or a scaling of their own have a set of their own."""

    x: Tensor  # (sets * count, features), one set after the other
    y: Tensor  # (sets * count, targets) or (sets * count,)
    count: int
    set_of: tuple[int, ...]  # for each member


def unmoved(losses: list[float]) -> float:
    """The factor of a schedule that does not watch the losses."""
    return 1.0


@dataclass(frozen=True)
class Member:
    """The settings in which members of one cohort may differ; every mechanism is at rest unless it is set."""

    seed: int
    loss: Loss
    rule: Rule
    rate: Callable[
        [np.ndarray], np.ndarray
    ]  # step number, from 0, to a factor on the learning rate
    watch: Callable[[list[float]], float] = unmoved  # validation losses so far to a further factor
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    max_norm: float = inf
    clip_norm: float = inf
    gradient_noise: float = 0.0
    dropout: float = 0.0
    mixup: float = 0.0
    augment: Callable[[torch.Generator], Callable] | None = (
        None  # a stream to what alters a batch in place
    )
    newest: Callable[[np.ndarray], np.ndarray] | None = (
        None  # step to the newest weights' share in an average
    )
    averaged_from: int = 0  # epoch that begins an average, with which no earlier score competes
    patience: float = inf
    min_delta: float = 0.0


@dataclass(frozen=True)
class Cohort:
    """Members that train together, and all that stays the same while they do."""

    members: tuple[Member, ...]
    networks: tuple[
        nn.Module, ...
    ]  # one each, as initialised; called with rows and dropout masks or None
    hidden_units: int  # of a network: what dropout masks cover
    penalised: Literal["weights", "all"]  # what penalties on the size of numbers reach
    score: Callable[
        [Tensor, Tensor], Tensor
    ]  # outputs and targets to a number for people: R² or accuracy
    train: Rows
    val: Rows
    epochs: int
    batch_size: int
    device: torch.device
    precision: torch.dtype
    compile: bool

    @property
    def steps(self) -> int:
        """Steps in an epoch; the last may hold fewer rows."""
        return -(-self.train.count // self.batch_size)

    @cached_property
    def loss(self) -> Loss:
        """The members' losses as one."""
        return self.as_one([member.loss for member in self.members])

    @cached_property
    def validation_loss(self) -> Loss:
        """What validation rows are judged by: the loss, without what only makes training harder."""
        return self.as_one(
            [getattr(member.loss, "validated", member.loss) for member in self.members]
        )

    def as_one(self, losses: list[Loss]) -> Loss:
        """Losses that differ in nothing but numbers, those side by side."""
        if all(loss == losses[0] for loss in losses):
            return losses[0]
        varies = losses[0].varies  # type: ignore[attr-defined]
        return replace(losses[0], **{name: self.side_by_side(losses, name) for name in varies})  # type: ignore[type-var]

    def side_by_side(self, losses: list[Loss], name: str) -> Tensor:
        """A number of each member's loss, rounded as torch rounds it when it is multiplied."""  # (members,)
        return torch.tensor(
            [getattr(loss, name) for loss in losses], dtype=torch.float32, device=self.device
        )


@dataclass
class State:
    """All that must survive for a cohort to go on: numbers, memory of the rule, and who is still in the race."""

    network: nn.Module  # its tensors are views of `numbers`
    layout: Layout
    numbers: Tensor  # (members, columns)
    memory: tuple[Tensor, ...]  # each (members, learnt columns)
    judged: nn.Module  # its tensors are views of `average`
    average: (
        Tensor  # what is scored and kept: the numbers themselves, or their average over some steps
    )
    best: Tensor  # the rows of `average` at each member's best epoch
    seen: list[list[float]]  # each member's validation losses
    lowest_loss: list[float]  # the lowest validation loss
    best_epoch: list[int]
    gained: list[
        tuple[float, int]
    ]  # the last loss that was lower by more than min_delta, and its epoch
    active: list[bool]  # neither stopped nor failed
    failed: list[bool]  # met a loss that is no number
    epoch: int = 0


def begin(cohort: Cohort) -> State:
    """A cohort's state before its first step."""
    many = len(cohort.members)
    where = layout(cohort.networks[0])
    numbers = torch.stack([row(own, where) for own in cohort.networks]).to(cohort.device)
    network = bound(cohort, where, numbers)
    averaging = any(member.newest for member in cohort.members)
    average = numbers.clone() if averaging else numbers
    judged = bound(cohort, where, average) if averaging else network
    learnt = numbers[:, : where.learnt]
    memory = tuple(torch.zeros_like(learnt) for _ in range(cohort.members[0].rule.slots))
    return State(
        network,
        where,
        numbers,
        memory,
        judged,
        average,
        best=numbers.clone(),
        seen=[[] for _ in cohort.members],
        lowest_loss=[float("inf")] * many,
        best_epoch=[0] * many,
        gained=[(float("inf"), 0)] * many,
        active=[True] * many,
        failed=[False] * many,
    )


def bound(cohort: Cohort, where: Layout, numbers: Tensor) -> nn.Module:
    """A network whose tensors are views of the numbers."""
    network = deepcopy(cohort.networks[0])
    bind(network, where, numbers)
    return network


def staying(cohort: Cohort, state: State, rest: list[int]) -> tuple[Cohort, State]:
    """The cohort without the others, where it stood."""
    numbers = state.numbers[rest].clone()
    average = numbers if state.average is state.numbers else state.average[rest].clone()
    own = replace(
        cohort,
        members=tuple(cohort.members[m] for m in rest),
        networks=tuple(cohort.networks[m] for m in rest),
        train=of_these(cohort.train, rest),
        val=of_these(cohort.val, rest),
    )
    network = bound(own, state.layout, numbers)
    return own, replace(
        state,
        network=network,
        numbers=numbers,
        judged=network if average is numbers else bound(own, state.layout, average),
        average=average,
        memory=tuple(slot[rest].clone() for slot in state.memory),
        best=state.best[rest].clone(),
        seen=[state.seen[m] for m in rest],
        lowest_loss=[state.lowest_loss[m] for m in rest],
        best_epoch=[state.best_epoch[m] for m in rest],
        gained=[state.gained[m] for m in rest],
        active=[state.active[m] for m in rest],
        failed=[state.failed[m] for m in rest],
    )


def of_these(rows: Rows, rest: list[int]) -> Rows:
    return replace(rows, set_of=tuple(rows.set_of[m] for m in rest))
