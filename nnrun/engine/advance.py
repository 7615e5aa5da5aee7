"""Steps one after the other: from a tape, or by autograd where there can be none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor
from torch.optim import Optimizer

from nnrun.engine.cohort import Cohort
from nnrun.engine.feed import Feed, Slot, Stretch
from nnrun.engine.members import view
from nnrun.engine.state import State, learnt_tensors
from nnrun.engine.step import Batch, Moving, Step, blocks, prepare
from nnrun.engine.stretch import Taped, launcher
from nnrun.engine.tape import Pool, Tape, Untapable, record, record_twice, repeated
from nnrun.engine.trial import KEEPS, Moment, as_it_was, hidden, trial
from nnrun.errors import TrainingFailed, described, is_out_of_memory

PORTIONS = 8  # of an epoch, at least, if it has so many stretches
Way = Callable[[Stretch], Stretch | None]  # takes steps of a stretch, and gives those that are left


@dataclass
class Stepper:
    """Moves a cohort through an epoch, and sums up each member's losses, weighted by its rows."""

    cohort: Cohort
    state: State
    pool: Pool
    most: int = 1  # steps that are taken in one go
    by_autograd: str = ""  # why steps come from no tape; empty where they do
    stage: int = -1  # of the losses; before the first
    halted: bool = False  # by whoever no longer wants the rest of an epoch
    kept: object = None  # what a network of one's own held in Python when it was last looked at
    ways: dict[int, Way] = field(default_factory=dict)  # by a step's rows
    tell: Callable[[], object] | None = None  # what an epoch came to, after the first one

    def __post_init__(self) -> None:
        many, device = len(self.cohort.members), self.cohort.device
        self.total = torch.zeros(many, device=device)
        self.seen = torch.zeros(2, many, device=device)
        where = self.state.layout
        self.feed = Feed(self.cohort, where.learnt, self.most, where.rates)

    def begin(self, stage: int) -> None:
        """Let other losses teach, whose steps nobody has recorded yet."""
        self.stage = stage
        with torch.inference_mode(False):
            self.take = mover(self.state, prepare(self.cohort, stage))
        self.ways.clear()

    @torch.inference_mode()
    def told(self) -> Tensor:  # (2, members)
        """Tell each member's mean loss in an epoch, and the sum of all that its steps changed."""
        if self.state.optimizer is not None:  # whose memory may be elsewhere by now
            return self.summed_up()
        if self.tell is None:
            inputs = [self.total, *self.state.changing()]
            self.tell = repeated(lambda: self.seen.copy_(self.summed_up()), inputs, self.pool)
        else:
            self.tell()
        return self.seen

    def summed_up(self) -> Tensor:
        means = self.total / self.cohort.train.count
        return torch.cat([means[None], self.state.sums[None]])

    def epoch(self, number: int, levels: list[float]) -> Iterator[None]:
        """Train on each row once, and rest now and then, as others may be waiting."""
        if (stage := self.cohort.stage(number)) != self.stage:
            self.begin(stage)
        self.look_again()
        self.total.zero_()
        taken = 0
        for stretch in self.feed.epoch(number, levels):
            if self.halted:
                break
            self.pass_over(stretch)
            taken += stretch.steps
            if taken * PORTIONS >= self.cohort.steps:
                yield
                taken = 0

    def look_again(self) -> None:
        """Trust no tape of a network of one's own any more that keeps something between epochs."""
        if self.kept is None or self.by_autograd == KEEPS:
            return
        before, self.kept = self.kept, hidden(self.state.network)
        if self.kept != before:
            self.by_autograd = KEEPS
            self.ways.clear()

    def pass_over(self, stretch: Stretch) -> None:
        left: Stretch | None = stretch
        with torch.inference_mode():
            while left is not None and not self.halted:
                left = self.ways.get(left.slot.rows, self.first)(left)

    def first(self, stretch: Stretch) -> Stretch | None:
        """Take the first step of so many rows, and find the way of those that follow."""
        slot = stretch.fill()
        step = partial(self.step, slot)
        if self.state.optimizer is not None:
            self.by_autograd = "its optimizer is torch's own"
        if self.by_autograd:
            step()
            self.ways[slot.rows] = singly(step)
        elif self.cohort.foreign:
            self.ways[slot.rows] = self.on_trial(slot, step)
        else:
            self.ways[slot.rows] = self.recorded(slot, step)
        if self.cohort.foreign and self.kept is None:  # it may have made in this what it will keep
            self.kept = hidden(self.state.network)
        return stretch.rest()

    def recorded(self, slot: Slot, step: Callable[[], object]) -> Way:
        before = Moment(self.changing)
        try:
            return self.from_tape(self.tape(slot, record), slot)
        except Untapable as why:
            self.by_autograd = str(why)
            before.restore()
            step()
            return singly(step)

    def on_trial(self, slot: Slot, step: Callable[[], object]) -> Way:
        """Let steps be taken in both ways, until it is known whether the tape can be trusted."""
        recording = partial(record_twice, undone=partial(as_it_was, self.changing))
        steps = trial(self.state.network, step, self.changing, partial(self.tape, slot, recording))

        def take_next() -> None:
            try:
                tape = next(steps)
            except Untapable as why:
                self.by_autograd = str(why)
                self.ways.clear()  # steps of other sizes, too, were trusted too soon
                self.ways[slot.rows] = singly(step)
            else:
                if tape:
                    self.ways[slot.rows] = self.from_tape(tape, slot)

        take_next()
        return singly(take_next)

    def from_tape(self, tape: Tape, slot: Slot) -> Way:
        """Take steps in one go, unless Python alters their rows."""
        if self.feed.altered:
            return singly(launcher(tape, self.cohort.device))
        return Taped(tape, slot)

    def tape(self, slot: Slot, recording: Callable[..., Tape]) -> Tape:
        return recording(partial(self.forward, slot), slot.inputs(), self.pool)

    @property
    def changing(self) -> dict[str, Tensor]:
        """All that a step changes."""
        every = self.state.tensors() | {"total": self.total}
        return {name: tensor for name, tensor in every.items() if name != "best"}

    def step(self, slot: Slot) -> None:
        """Take a step by autograd."""
        try:
            with torch.inference_mode(False):
                self.forward(slot)
        except TrainingFailed:
            raise
        except Exception as error:  # on the way back, as the way there tells its own
            if not self.cohort.foreign or is_out_of_memory(error):
                raise
            raise TrainingFailed(f"a step of its network failed: {described(error)}") from error

    def forward(self, slot: Slot) -> None:
        """Take a step; what is scored follows the numbers."""
        self.total.add_(self.take(slot.batch), alpha=slot.rows)
        if self.state.averaging:
            self.state.average.lerp_(self.state.numbers, slot.batch.coefficients.newest)


def singly(step: Callable[[], object]) -> Way:
    """Give the way that takes the first step of a stretch."""

    def take(stretch: Stretch) -> Stretch | None:
        stretch.fill()
        step()
        return stretch.rest()

    return take


def mover(state: State, step: Step) -> Callable[[Batch], Tensor]:
    """Give what takes a step of a state's numbers."""
    learnt = state.numbers[:, : state.layout.learnt]
    tensors = learnt_tensors(state.network, state.layout)
    several = blocks(state.layout, learnt, state.memory, step.rule.by_matrix)
    moving = Moving(state.network, tensors, several)
    if state.optimizer is None:
        return partial(step, moving)
    return partial(by_torch, step, state.optimizer, moving)


def by_torch(step: Step, optimizer: Optimizer, moving: Moving, batch: Batch) -> Tensor:
    """Let an optimizer of torch make the step of one member; it may ask for several gradients."""
    for group in optimizer.param_groups:
        group["lr"] = float(batch.coefficients.moves[0].rule[0])
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
        tensor.grad = view(columns, (), tuple(tensor.shape)).contiguous()
