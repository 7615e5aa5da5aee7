"""Steps one after the other: from a tape, or by autograd where there can be none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor
from torch.optim import Optimizer

from nnrun.engine.cohort import Cohort
from nnrun.engine.feed import Feed, Slot
from nnrun.engine.state import State, learnt_tensors
from nnrun.engine.step import Batch, Moving, Step, blocks, prepare
from nnrun.engine.tape import Pool, Untapable, record


@dataclass
class Stepper:
    """Moves a cohort through an epoch, and sums up each member's losses, weighted by its rows."""

    cohort: Cohort
    state: State
    pool: Pool
    replays: dict[int, Callable[[], object]] = field(default_factory=dict)  # by a step's rows

    def __post_init__(self) -> None:
        self.total = torch.zeros(len(self.cohort.members), device=self.cohort.device)
        self.feed = Feed(self.cohort, self.state.layout.learnt)
        self.take = mover(self.state, prepare(self.cohort))

    @torch.inference_mode()
    def epoch(self, number: int, levels: list[float]) -> Tensor:
        """Train on each row once; gives each member's mean loss."""  # (members,)
        self.total.zero_()
        for slot in self.feed.epoch(number, levels):
            if slot.rows in self.replays:
                self.replays[slot.rows]()
            else:
                self.replays[slot.rows] = self.first(slot)
        return self.total / self.cohort.train.count

    def first(self, slot: Slot) -> Callable[[], object]:
        """Take the first step of so many rows, and give what takes the next ones."""
        step = partial(self.step, slot)
        if self.state.optimizer is not None or not self.cohort.tapable:
            step()
            return step
        changing = self.state.tensors() | {"total": self.total}
        before = {name: tensor.clone() for name, tensor in changing.items()}
        try:
            with torch.inference_mode(False):
                return record(partial(self.forward, slot), slot.inputs(), self.pool)
        except (Untapable, RuntimeError, TypeError, NotImplementedError):
            for name, tensor in changing.items():
                tensor.copy_(before[name])
            step()
            return step

    def step(self, slot: Slot) -> None:
        with torch.inference_mode(False):
            self.forward(slot)

    def forward(self, slot: Slot) -> None:
        """Take a step; what is scored follows the numbers."""
        self.total.add_(self.take(slot.batch), alpha=slot.rows)
        if self.state.averaging:
            self.state.average.lerp_(self.state.numbers, slot.batch.coefficients.newest)


def mover(state: State, step: Step) -> Callable[[Batch], Tensor]:
    """Give what takes a step of a state's numbers."""
    learnt = state.numbers[:, : state.layout.learnt]
    tensors = learnt_tensors(state.network, state.layout)
    moving = Moving(state.network, tensors, blocks(state.layout, learnt, state.memory))
    if state.optimizer is None:
        return partial(step, moving)
    return partial(by_torch, step, state.optimizer, moving)


def by_torch(step: Step, optimizer: Optimizer, moving: Moving, batch: Batch) -> Tensor:
    """Let an optimizer of torch make the step of one member; it may ask for several gradients."""
    for group in optimizer.param_groups:
        group["lr"] = float(batch.coefficients.rule[0])
    losses = []

    def height() -> Tensor:
        loss, gradient = step.gradient(moving, batch)
        losses.append(loss)
        for block, g in zip(moving.blocks, gradient, strict=True):
            set_gradients(g, moving.tensors[block.tensors])
        # a search along a line compares what the gradient is of
        return loss + step.penalty(moving.blocks)

    optimizer.step(height)  # type: ignore[arg-type]
    # only after the move, which might otherwise begin elsewhere than its gradient was taken
    step.decay(moving.blocks, batch.coefficients)
    step.limit(moving.blocks)
    return losses[0]


def set_gradients(g: Tensor, tensors: list[Tensor]) -> None:
    """Give each tensor of one member its part of the gradient."""
    sizes = [tensor.numel() for tensor in tensors]
    for tensor, columns in zip(tensors, g[0].split(sizes), strict=True):
        shape = tensor.shape
        if len(shape) == 2:
            tensor.grad = columns.view(shape[::-1]).mT.contiguous()
        else:
            tensor.grad = columns.view(shape)
