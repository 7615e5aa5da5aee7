"""Who takes the steps of a cohort's members: a few of them at a time, in one thread or in several.

Wide networks may have several threads. One network alone shares its products among them; several
networks share the threads, since none of these has to wait for another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from nnrun.engine.advance import Stepper
from nnrun.engine.assess import CHUNK
from nnrun.engine.cohort import Cohort
from nnrun.engine.cores import CACHE, parted
from nnrun.engine.judge import Judge, judges_of
from nnrun.engine.state import State, window
from nnrun.engine.tape import Pool

GRAPH = 32  # steps that a GPU takes in one go
FILLED = 2**26  # numbers that may be laid out for them


@dataclass(frozen=True)
class Lane:
    """Neighbours among the members, which one thread trains and judges."""

    members: slice
    steppers: list[Stepper]
    judges: list[tuple[Judge, Tensor]]

    def pass_over_rows(self, epoch: int, levels: list[float]) -> Tensor:
        """Train on each row once; gives each member's mean loss."""  # (members,)
        losses, rest = [], iter(levels[self.members])
        with tiny_as_zero():
            for stepper in self.steppers:
                own = [next(rest) for _ in stepper.cohort.members]
                losses.append(stepper.epoch(epoch, own))
        return torch.cat(losses)

    def judged(self) -> Tensor:
        """Give each member's validation loss, and its score."""  # (2, members)
        return torch.cat([judge(own) for judge, own in self.judges], 1)

    @property
    def by_autograd(self) -> str:
        """Tell why steps come from no tape; empty where they do."""
        return next((stepper.by_autograd for stepper in self.steppers if stepper.by_autograd), "")


OfEach = Callable[[Callable[[Lane], Tensor]], list[Tensor]]


@contextmanager
def side_by_side(lanes: list[Lane]) -> Iterator[OfEach]:
    """Give what asks all lanes at once; each has its share of the threads, one lane has all."""
    if len(lanes) == 1:
        yield lambda ask: [ask(lanes[0])]
        return
    share = max(1, torch.get_num_threads() // len(lanes))
    begin = partial(torch.set_num_threads, share)
    with ThreadPoolExecutor(len(lanes), initializer=begin) as threads:

        def of_each(ask: Callable[[Lane], Tensor]) -> list[Tensor]:
            with so_many_threads(share), halted(lanes):
                return list(threads.map(ask, lanes))

        yield of_each


@contextmanager
def halted(lanes: list[Lane]) -> Iterator[None]:
    """Let no lane finish its epoch where one of them fails, or Ctrl-C comes."""
    try:
        yield
    except BaseException:
        for lane in lanes:
            for stepper in lane.steppers:
                stepper.halted = True
        raise


@contextmanager
def so_many_threads(count: int) -> Iterator[None]:
    """Let products have so many threads in here, whichever thread asks for them."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def make_lanes(cohort: Cohort, state: State) -> list[Lane]:
    """Let each thread have as many members, of a network that may have several threads."""
    many = len(cohort.members)
    lanes = 1 if not_parted(cohort) else min(many, torch.get_num_threads())
    if lanes == 1:
        return [make_lane(cohort, state, range(many))]
    return [make_lane(*window(cohort, state, some), some) for some in parted(many, many / lanes)]


def make_lane(cohort: Cohort, state: State, members: range) -> Lane:
    pool, places = Pool(cohort.device), slice(members.start, members.stop)
    return Lane(places, make_steppers(cohort, state, pool), make_judges(cohort, state, pool))


def make_steppers(cohort: Cohort, state: State, pool: Pool) -> list[Stepper]:
    """Let a few members at a time go through an epoch, whose numbers stay in the cache."""
    learnt = (len(state.memory) + 3) * state.layout.learnt
    parts = a_few(cohort, learnt + cohort.batch_size * between(cohort))
    if len(parts) == 1:
        return [Stepper(cohort, state, pool, stretch(cohort))]
    return [Stepper(*window(cohort, state, part), pool, stretch(cohort)) for part in parts]


def make_judges(cohort: Cohort, state: State, pool: Pool) -> list[tuple[Judge, Tensor]]:
    """Let a few members at a time be validated, each by their own numbers."""
    rows = min(cohort.val.count, CHUNK)
    parts = a_few(cohort, state.layout.learnt + rows * between(cohort))
    if len(parts) == 1:
        return [(Judge(cohort, state, pool), state.average)]
    return list(judges_of(cohort, state, parts, pool))


def a_few(cohort: Cohort, numbers: int) -> list[range]:
    """Give a few members at a time, of so many numbers each, about as the cache holds together."""
    many = len(cohort.members)
    if not_parted(cohort):
        return [range(many)]
    return parted(many, max(1, CACHE // numbers))


def not_parted(cohort: Cohort) -> bool:
    return cohort.foreign or cohort.device.type != "cpu"


def between(cohort: Cohort) -> int:
    """Count the numbers that a row becomes on its way through a network."""
    return cohort.train.x[0].numel() + 3 * cohort.hidden_units


def stretch(cohort: Cohort) -> int:
    """Count the steps that are taken in one go."""
    if cohort.foreign or cohort.device.type != "cuda":
        return 1
    row = cohort.train.x[0].numel() + cohort.hidden_units
    numbers = len(cohort.members) * cohort.batch_size * row
    return max(1, min(GRAPH, cohort.steps, FILLED // numbers))


@contextmanager
def tiny_as_zero() -> Iterator[None]:
    """Let numbers below 1e-38 count as 0 in here.

    The rule's memory of a silent unit fades to such, and they are slow.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
