"""What follows from a step's number alone: how far it moves the weights, and at which rate.

Many short epochs are computed in one go, as each call takes longer than its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor

from nnrun.engine.chance import mixture
from nnrun.engine.cohort import Cohort, Member

STEPS = 256  # whose numbers are computed in one go, unless an epoch has more

Kinds = tuple[ndarray | float, ...]


def together(cohort: Cohort, epoch: int) -> range:
    """Give the epochs whose steps are computed with one's; who mixes rows draws in each epoch.

    They are the same whichever epoch asks, so a training that was resumed rounds as it would have.
    """
    mixing = any(member.mixup for member in cohort.members)
    many = 1 if mixing else max(1, STEPS // cohort.steps)
    first = epoch - epoch % many
    return range(first, max(min(first + many, cohort.epochs), epoch + 1))


@dataclass
class Timetable:
    """The coefficients of a cohort's steps, with those of some epochs at hand."""

    cohort: Cohort
    factors: Sequence[float] = (1.0,)  # on the learning rate
    epochs: range = range(0)
    levels: list[float] = field(default_factory=list)
    table: Tensor = field(default_factory=lambda: torch.empty(0))

    def of(self, epoch: int, levels: list[float]) -> Tensor:
        """Give those of an epoch's steps: (steps, kinds, members, 1)."""
        if epoch not in self.epochs or levels != self.levels:
            self.epochs, self.levels = together(self.cohort, epoch), levels
            self.table = table(self.cohort, self.epochs, levels, self.factors)
        first = self.epochs.index(epoch) * self.cohort.steps
        return self.table[first : first + self.cohort.steps]


@np.errstate(over="ignore")  # a rate that is infinite shows in the weights, which is told
def table(
    cohort: Cohort, epochs: range, levels: list[float], factors: Sequence[float] = (1.0,)
) -> Tensor:
    """Compute the coefficients of the steps of epochs, rounded once: (steps, kinds, members, 1).

    The factors are those on the learning rate.
    """
    steps = cohort.steps
    done = np.arange(epochs.start * steps, epochs.stop * steps, dtype=np.float64)
    members = [
        coefficients(member, level, epochs, done, factors)
        for member, level in zip(cohort.members, levels, strict=True)
    ]
    rounded = np.empty((len(done), len(members[0]), len(members)), np.float32)
    for m, kinds in enumerate(members):
        for place, kind in enumerate(kinds):
            rounded[:, place, m] = kind
    return torch.from_numpy(rounded).to(cohort.device)[..., None]


def coefficients(
    member: Member, level: float, epochs: range, done: ndarray, factors: Sequence[float]
) -> Kinds:
    """Compute a member's coefficients at each step, in the order in which a step takes them."""
    rate = level * member.rate(done)
    mix: ndarray | float = 1
    newest: ndarray | float = 1
    if member.mixup:
        steps = len(done) // len(epochs)
        mix = np.concatenate([mixture(member.seed, epoch, member.mixup, steps) for epoch in epochs])
    if member.newest:
        newest = member.newest(done)
    moves = chain.from_iterable(move(member, done, rate * factor) for factor in factors)
    return (mix, newest, *moves)


def move(member: Member, done: ndarray, rate: ndarray) -> Kinds:
    """Compute what moves a member's tensors at a share of its learning rate."""
    decay = 1 - member.rule.lr * rate * member.weight_decay * member.decay_rate(done)
    return (decay, *member.rule.numbers(done + 1, rate))


@dataclass
class LearningRates:
    """Each member's learning rate at the last step of an epoch, and of epochs at hand."""

    cohort: Cohort
    epochs: range = range(0)
    rates: list[list[float]] = field(default_factory=list)  # by epoch, before what losses decide

    def of(self, epoch: int, levels: list[float]) -> list[float]:
        """Give those of an epoch."""
        if epoch not in self.epochs:
            self.epochs = together(self.cohort, epoch)
            ends = np.array([(one + 1) * self.cohort.steps - 1.0 for one in self.epochs])
            rates = [member.rate(ends) for member in self.cohort.members]
            self.rates = np.stack(rates, 1).tolist()
        known = zip(self.cohort.members, levels, self.rates[self.epochs.index(epoch)], strict=True)
        return [member.rule.lr * (level * rate) for member, level, rate in known]
