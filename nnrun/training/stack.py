"""Networks of one shape, which go through their steps together until the last of them stops."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import nn

from nnrun.engine.cohort import Cohort
from nnrun.engine.fit import Epoch, fit
from nnrun.engine.leaves import Leaf
from nnrun.engine.rehearsal import rehearse
from nnrun.engine.state import State, begin, keep_members

Leaves = Mapping[str, Leaf]
# share of a cohort's members from which it pays to go on without those that have stopped
STOPPED = 1 / 4


class WholeEpoch(NamedTuple):
    """An epoch of all that train, stack after stack."""

    number: int
    training: float  # seconds in the steps alone
    seconds: float


def in_turn(epochs: Sequence[Epoch]) -> WholeEpoch:
    """Tell what stacks took for the same epoch."""
    seconds = sum(epoch.seconds for epoch in epochs)
    return WholeEpoch(epochs[0].number, sum(epoch.training for epoch in epochs), seconds)


@dataclass
class Stack:
    """A cohort, where it stands, and which of all networks are in it."""

    numbers: list[int]  # of the networks, those that have stopped too
    whole: Cohort
    cohort: Cohort = field(init=False)  # of those that still train
    state: State = field(init=False)
    places: list[int] = field(init=False)  # their numbers

    def __post_init__(self) -> None:
        self.network: nn.Module = deepcopy(self.whole.networks[0])  # takes anyone's numbers
        self.begin()

    def begin(self) -> None:
        """Stand before the first step, with all networks."""
        self.cohort, self.places = self.whole, [*self.numbers]
        self.state = begin(self.cohort)

    def epochs(self) -> Iterator[Epoch]:
        """Train to the end, without those that have stopped once these are many."""
        if self.whole.foreign:
            rehearse(self.whole.networks[0], self.whole.train.x[: self.whole.batch_size])
        while any(self.state.active) and self.state.epoch < self.cohort.epochs:
            for epoch in fit(self.cohort, self.state):
                yield epoch
                if self.state.active.count(False) >= STOPPED * len(self.places):
                    self.take_out_stopped()
                    break

    def take_out_stopped(self) -> None:
        """Go on with those networks alone that are still trained."""
        rest = [m for m, active in enumerate(self.state.active) if active]
        self.places = [self.places[m] for m in rest]
        if rest:
            self.cohort, self.state = keep_members(self.cohort, self.state, rest)

    def stand(self, networks: Sequence[Leaves]) -> None:
        """Let all networks stand where others of their kind stood, after the same epoch."""
        if self.places != self.numbers:
            self.begin()
        self.state.load(networks)

    def copied_leaves(self, m: int) -> Leaves:
        return {name: copied(leaf) for name, leaf in self.state.leaves(m).items()}


def copied(leaf: Leaf) -> Leaf:
    return leaf.clone() if isinstance(leaf, torch.Tensor) else copy(leaf)
