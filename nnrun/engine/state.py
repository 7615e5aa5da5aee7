"""Everything that changes while a cohort trains, in one object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from math import isfinite

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from nnrun.engine.cohort import Cohort, Rows
from nnrun.engine.leaves import Leaf, below, named, recall, remembered
from nnrun.engine.members import Layout, bind, layout, row
from nnrun.engine.progress import MemberProgress
from nnrun.errors import TrainingFailed

OTHERWISE = "what it stood at is of other sizes, so its network's code has changed; train it anew"


@dataclass
class State:
    """All that changes while a cohort trains: a checkpoint is its leaves and nothing else."""

    network: nn.Module  # its tensors are views of `numbers`
    layout: Layout
    numbers: Tensor  # (members, columns)
    memory: tuple[Tensor, ...]  # the rule's, each (members, learnt columns)
    optimizer: Optimizer | None  # one of torch, which has a memory of its own, for one member
    judged: nn.Module  # its tensors are views of `average`
    average: Tensor  # what is scored and kept: the numbers, or their average over some steps
    best: Tensor  # the rows of `average` at each member's best epoch
    progress: list[MemberProgress]  # of each member
    epoch: int = 0

    @property
    def averaging(self) -> bool:
        return self.average is not self.numbers

    @property
    def active(self) -> list[bool]:
        """Who is neither stopped nor failed."""
        return [progress.active for progress in self.progress]

    def judge(self, sums: list[float]) -> None:
        """Train members no more of whose learnt numbers, or memory of them, some are none.

        Their sums tell that nearly always; a sum may also be too large.
        """
        if not all(map(isfinite, sums)):
            self.lose([m for m, sound in enumerate(self.sound.tolist()) if not sound])

    @property
    def sums(self) -> Tensor:
        """Sum up each member's learnt numbers and the rule's memory of them."""  # (members,)
        first, *others = (tensor.sum(1) for tensor in self.changing())
        for other in others:
            first += other
        for _, tensor in self.optimizers_memory():
            first += tensor.sum()
        return first

    @property
    def sound(self) -> Tensor:
        """Whose learnt numbers, and the rule's memory of them, are all finite."""  # (members,)
        # the largest of some is no number if any is none; found in a tenth of the time
        largest = [tensor.abs().amax(1) for tensor in self.changing()]
        sound = torch.stack(largest).isfinite().all(0)
        for _, tensor in self.optimizers_memory():
            sound = sound & tensor.isfinite().all()
        return sound

    def changing(self) -> Iterator[Tensor]:
        """Go through all that each step changes, (members, learnt columns) each."""
        yield self.numbers[:, : self.layout.learnt]
        # squares that overflow stop a weight for good, and nothing else would tell
        yield from self.memory
        if self.averaging:
            yield self.average[:, : self.layout.learnt]

    def memories(self) -> Iterator[tuple[str, Tensor]]:
        """Go through all that is remembered of gradients, each with the tensor whose it is."""
        for slot in self.memory:
            yield from self.layout.views(slot).items()
        yield from self.optimizers_memory()

    def optimizers_memory(self) -> Iterator[tuple[str, Tensor]]:
        """Go through the tensors that an optimizer of torch remembers, of one weight or of all."""
        if self.optimizer is None:
            return
        weights = dict(enumerate(learnt_tensors(self.network, self.layout)))
        names = self.layout.learnt_names()
        for leaf, value in remembered(self.optimizer).items():
            if isinstance(value, Tensor):
                place = int(leaf.partition(".")[0])
                own = value.numel() in (1, weights[place].numel())
                yield names[place] if own else "all weights", value

    def lose(self, members: Sequence[int]) -> None:
        """Train members no more whose numbers went wrong; who has stopped keeps its best."""
        for progress in (self.progress[m] for m in members):
            if progress.active:
                progress.lose()

    def tensors(self) -> dict[str, Tensor]:
        """Name the tensors that have a row for each member."""
        tensors = {"numbers": self.numbers, "best": self.best}
        tensors |= {f"memory.{i}": slot for i, slot in enumerate(self.memory)}
        if self.averaging:
            tensors["average"] = self.average
        return tensors

    def leaves(self, m: int) -> dict[str, Leaf]:
        """Name all that changes of a member, as if it trained alone: tensors, and plain values.

        The tensors are rows of these, and no copies.
        """
        leaves: dict[str, Leaf] = {"epoch": self.epoch}
        leaves |= {name: tensor[m : m + 1] for name, tensor in self.tensors().items()}
        leaves |= named("progress", self.progress[m].leaves())
        if self.optimizer is not None:
            leaves |= named("optimizer", remembered(self.optimizer))
        return leaves

    def load(self, members: Sequence[Mapping[str, Leaf]]) -> None:
        """Go on from where states with these members stood, after one and the same epoch."""
        for m, leaves in enumerate(members):
            for name, tensor in self.tensors().items():
                # who trained among those that average nothing has no average but its numbers
                there = leaves.get(name, leaves["numbers"])
                if there.shape != tensor[m : m + 1].shape:  # whose code has changed since
                    raise TrainingFailed(OTHERWISE)
                tensor[m : m + 1].copy_(there)
            for name in self.progress[m].leaves():
                setattr(self.progress[m], name, deepcopy(leaves[f"progress.{name}"]))
            if self.optimizer is not None:
                recall(self.optimizer, below(leaves, "optimizer"))
        self.epoch = max(leaves["epoch"] for leaves in members)  # who has stopped stood earlier


def begin(cohort: Cohort) -> State:
    """Give a cohort's state before its first step."""
    where = layout(cohort.networks[0], cohort.decays, cohort.factor)
    rule = cohort.members[0].rule
    numbers = torch.stack([row(network, where) for network in cohort.networks]).to(cohort.device)
    network = judged = bound(cohort.networks[0], where, numbers)
    average = numbers
    if any(member.newest for member in cohort.members):
        average = numbers.clone()
        judged = bound(cohort.networks[0], where, average)
    learnt = numbers[:, : where.learnt]
    return State(
        network,
        where,
        numbers,
        memory=tuple(torch.zeros_like(learnt) for _ in range(rule.slots)),
        optimizer=rule.begin(learnt_tensors(network, where)) if rule.by_torch else None,
        judged=judged,
        average=average,
        best=numbers.clone(),
        progress=[MemberProgress() for _ in cohort.members],
    )


def bound(network: nn.Module, where: Layout, numbers: Tensor) -> nn.Module:
    """Copy a network that is to train, with tensors that are views of the numbers."""
    copied = deepcopy(network)
    bind(copied, where, numbers)
    copied.train()  # as a loop does, since it may be the network's own method
    return copied


def learnt_tensors(network: nn.Module, where: Layout) -> list[Tensor]:
    """Give the tensors that the rule moves, in the order of their columns."""
    tensors = dict(network.named_parameters())
    return [tensors[name] for name in where.learnt_names()]


def keep_members(cohort: Cohort, state: State, rest: list[int]) -> tuple[Cohort, State]:
    """Give the cohort without the others, where it stood."""
    if len(rest) == len(cohort.members):
        return cohort, state
    fewer = cohort_of(cohort, rest)
    kept, before = begin(fewer), state.tensors()
    for name, tensor in kept.tensors().items():
        tensor.copy_(before[name][rest])
    kept.progress = [state.progress[m] for m in rest]
    kept.epoch = state.epoch
    return fewer, kept


def cohort_of(cohort: Cohort, rest: Sequence[int]) -> Cohort:
    """Give the cohort without the others."""
    return replace(
        cohort,
        members=tuple(cohort.members[m] for m in rest),
        networks=tuple(cohort.networks[m] for m in rest),
        train=of_these(cohort.train, rest),
        val=of_these(cohort.val, rest),
    )


def window(cohort: Cohort, state: State, members: range) -> tuple[Cohort, State]:
    """Give neighbouring members as a cohort of their own, whose numbers stay where they are."""
    some, rows = cohort_of(cohort, members), slice(members.start, members.stop)
    numbers = average = state.numbers[rows]
    network = judged = bound(some.networks[0], state.layout, numbers)
    if state.averaging:
        average = state.average[rows]
        judged = bound(some.networks[0], state.layout, average)
    return some, replace(
        state,
        network=network,
        numbers=numbers,
        memory=tuple(slot[rows] for slot in state.memory),
        judged=judged,
        average=average,
        best=state.best[rows],
        progress=state.progress[rows],
    )


def elsewhere(cohort: Cohort, state: State) -> State:
    """Give a state that is judged by a copy of its average."""
    average = state.average.clone()
    return replace(state, average=average, judged=bound(cohort.networks[0], state.layout, average))


def of_these(rows: Rows, rest: Sequence[int]) -> Rows:
    return replace(rows, set_of=tuple(rows.set_of[m] for m in rest))
