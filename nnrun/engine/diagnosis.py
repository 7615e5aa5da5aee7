"""Where numbers went wrong: an epoch is taken again, step by step, and looked at after each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nnrun.engine.advance import Stepper, mover
from nnrun.engine.assess import assess
from nnrun.engine.chance import of_networks
from nnrun.engine.cohort import Cohort
from nnrun.engine.fit import fit, rate_levels
from nnrun.engine.lanes import tiny_as_zero
from nnrun.engine.leaves import Leaf
from nnrun.engine.members import Layout
from nnrun.engine.state import State, begin, learnt_tensors
from nnrun.engine.step import Batch, Moving, Slopes, Step, prepare
from nnrun.engine.tape import Pool
from nnrun.errors import TrainingFailed

MOST = 20_000  # steps that are taken again to come to the epoch


class Culprit(NamedTuple):
    """What went wrong first."""

    step: int  # of the epoch, from 1
    what: str  # `loss`, `gradient`, `weight` or `memory`, which is the rule's
    tensor: str  # whose gradient or memory, which weight, or the largest one behind a loss
    value: float
    lr: float
    unmoved: bool = False  # it was there before any weight had moved


class Wrong(TrainingFailed):
    """A number that is none."""

    def __init__(self, what: str, tensor: str, value: float):
        super().__init__(f"{what} of {tensor}: {value}")
        self.what, self.tensor, self.value = what, tensor, value


def culprit(cohort: Cohort, leaves: Mapping[str, Leaf] | None, epoch: int) -> Culprit | None:
    """Find what went wrong first in an epoch of one member; None where that is not seen again.

    It goes on from where the member stood after some epoch before, or from its beginning.
    """
    state = begin(cohort)
    if leaves:
        state.load([leaves])
    before = epoch - 1
    if (before - state.epoch) * cohort.steps > MOST:
        return None
    for _ in fit(replace(cohort, epochs=before), state):
        pass
    if state.epoch != before or not all(state.active):
        return None
    with of_networks(cohort.members[0].seed, before), tiny_as_zero():
        return first_wrong(watching(cohort, state))


@torch.inference_mode()
def first_wrong(stepper: Stepper) -> Culprit | None:
    """Take an epoch's steps one by one, until something is wrong."""
    cohort, state = stepper.cohort, stepper.state
    number, names, levels = 0, state.layout.learnt_names(), rate_levels(cohort, state)
    learnt = state.numbers[:, : state.layout.learnt]
    begun = learnt.clone()
    sound = [name for name, tensor in state.layout.views(state.numbers).items() if finite(tensor)]
    for number, slot in enumerate(stepper.feed.steps(state.epoch, levels)):
        try:
            stepper.step(slot)
            tensors = state.layout.views(state.numbers)
            look("weight", ((name, tensors[name]) for name in sound))
            look("memory", state.memories())
        except Wrong as wrong:
            lr = rate_at(cohort, state, number)
            unmoved = state.epoch == 0 and torch.equal(learnt, begun)
            return Culprit(number + 1, wrong.what, wrong.tensor, wrong.value, lr, unmoved)
    if cohort.val.count and not finite(assess(cohort, state)[0]):
        most = largest(names, learnt_tensors(state.judged, state.layout))
        return Culprit(number + 1, "loss", *most, rate_at(cohort, state, number))
    return None


def rate_at(cohort: Cohort, state: State, number: int) -> float:
    """Compute the learning rate at a step of the epoch, counted from 0."""
    (member,), (level,) = cohort.members, rate_levels(cohort, state)
    done = np.array(float(state.epoch * cohort.steps + number))
    return member.rule.lr * level * float(member.rate(done))


def largest(names: Iterable[str], tensors: Iterable[Tensor]) -> tuple[str, float]:
    """Find the tensor that holds the largest number, and tell that."""
    sizes = {
        name: float(tensor.detach().abs().nan_to_num(inf, inf).max())
        for name, tensor in zip(names, tensors, strict=True)
    }
    most = max(sizes, key=sizes.__getitem__)
    return most, sizes[most]


@dataclass(frozen=True)
class WatchedStep(Step):
    """A step that looks at what it is made of."""

    layout: Layout

    def loss_gradient(self, moving: Moving, batch: Batch) -> Slopes:
        names = self.layout.learnt_names()
        loss, gradient = super().loss_gradient(moving, batch)
        if not finite(loss):
            raise Wrong("loss", *largest(names, moving.tensors))
        for block, g in zip(moving.blocks, gradient, strict=True):
            columns = [self.layout.columns[name] for name in names[block.tensors]]
            parts = g[0].split([own.stop - own.start for own in columns])
            look("gradient", zip(names[block.tensors], parts, strict=True))
        return loss, gradient


def watching(cohort: Cohort, state: State) -> Stepper:
    """Give what takes steps by autograd, and looks at each."""
    stepper = Stepper(cohort, state, Pool(cohort.device), by_autograd="each is looked at")
    step = prepare(cohort, cohort.stage(state.epoch))
    stepper.take = mover(state, WatchedStep(**vars(step), layout=state.layout))
    return stepper


def look(what: str, named: Iterable[tuple[str, Tensor]]) -> None:
    """Stop at the first tensor that holds a number which is none."""
    for name, tensor in named:
        if not finite(tensor):
            raise Wrong(what, name, float(tensor[~tensor.isfinite()][0]))


def finite(tensor: Tensor) -> bool:
    return bool(tensor.isfinite().all())
