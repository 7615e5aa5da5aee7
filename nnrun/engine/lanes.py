"""Who takes the steps of a cohort's members: a few of them at a time, in one thread or in several.

Wide networks may have several threads. One network alone shares its products among them; several
networks share the threads, since none of these has to wait for another.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

import torch
from torch import Tensor

from nnrun.engine.advance import Stepper
from nnrun.engine.assess import CHUNK
from nnrun.engine.cohort import Cohort
from nnrun.engine.cores import CACHE, parted
from nnrun.engine.judge import Judge, judges_of
from nnrun.engine.members import joined
from nnrun.engine.state import State, window
from nnrun.engine.tape import Pool

FEW = 4  # members for each thread
STRETCH = {"cpu": 64, "cuda": 32}  # steps that are taken in one go, at most
# so that whoever waits for their end does not wait long: numbers of such steps, and steps of a
# network of one's own, of which nobody knows how long they take
WAITING, UNKNOWN = 2**22, 4

Work = Generator[None, None, Tensor]  # in portions, between which it may rest, and its result


@dataclass(frozen=True)
class Lane:
    """Neighbours among the members, which are trained and judged by one thread at a time."""

    members: slice
    steppers: list[Stepper]
    judges: list[tuple[Judge, Tensor]]

    def pass_over_rows(self, epoch: int, levels: list[float]) -> Work:
        """Train on each row once; gives what the steppers tell."""  # (2, members)
        rest = iter(levels[self.members])
        for stepper in self.steppers:
            own = [next(rest) for _ in stepper.cohort.members]
            yield from with_tiny_as_zero(stepper.epoch(epoch, own))
        return joined([stepper.told() for stepper in self.steppers], 1)

    def judged(self) -> Work:
        """Give each member's validation loss, and its score."""  # (2, members)
        seen = []
        for judge, own in self.judges:
            seen.append(judge(own))
            yield
        return joined(seen, 1)

    @property
    def by_autograd(self) -> str:
        """Tell why steps come from no tape; empty where they do."""
        return next((stepper.by_autograd for stepper in self.steppers if stepper.by_autograd), "")


OfEach = Callable[[Callable[[Lane], Work]], list[Tensor]]


@contextmanager
def side_by_side(lanes: list[Lane]) -> Iterator[OfEach]:
    """Give what does the same work in all lanes, in as many threads as torch may have.

    Each has its share of the threads of products; one lane has all, in the thread that asks.
    """
    if len(lanes) == 1:
        yield lambda work: [finished(work(lanes[0]))]
        return
    allowed = torch.get_num_threads()
    count = min(len(lanes), allowed)
    begin = partial(torch.set_num_threads, allowed // count)
    with ThreadPoolExecutor(count, initializer=begin) as threads:

        def of_each(work: Callable[[Lane], Work]) -> list[Tensor]:
            turns = Turns([work(lane) for lane in lanes])
            with so_many_threads(allowed // count), halted(lanes, turns):
                for thread in [threads.submit(in_thread, turns, lanes) for _ in range(count)]:
                    thread.result()
            return turns.results

        yield of_each


def finished(work: Work) -> Tensor:
    """Let a work that nobody else waits for come to its end."""
    while True:
        try:
            next(work)
        except StopIteration as over:
            return over.value


class Turns:
    """Works that take turns, so that all of them are through at about the same time."""

    def __init__(self, works: list[Work]):
        self.results = [torch.empty(0)] * len(works)
        self.over = False  # by whoever no longer wants the rest
        self.waiting: SimpleQueue[tuple[int, Work]] = SimpleQueue()
        for turn in enumerate(works):
            self.waiting.put(turn)

    def take_all(self) -> list[Tensor]:
        """Take turns until none waits: what another thread is at, that will finish."""
        while not self.over and (turn := self.longest_waiting()):
            place, work = turn
            try:
                next(work)
            except StopIteration as over:
                self.results[place] = over.value
            else:
                self.waiting.put(turn)
        return self.results

    def longest_waiting(self) -> tuple[int, Work] | None:
        try:
            return self.waiting.get_nowait()
        except Empty:
            return None


def in_thread(turns: Turns, lanes: list[Lane]) -> None:
    """Take turns in a thread, beside others that do."""
    with halted(lanes, turns):
        turns.take_all()


@contextmanager
def halted(lanes: list[Lane], turns: Turns) -> Iterator[None]:
    """Let no lane finish its work where one of them fails, or Ctrl-C comes."""
    try:
        yield
    except BaseException:
        turns.over = True
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
    """Let threads have as much to do as others, of networks that may have several threads."""
    many = len(cohort.members)
    lanes = min(many, torch.get_num_threads())
    fill_the_cache = 2 * of_a_step(cohort, state) > CACHE  # so nothing is gained by steps together
    if fill_the_cache and many % lanes and many < FEW * lanes:  # where one more would be felt
        lanes = many
    if lanes == 1 or not_parted(cohort):
        return [make_lane(cohort, state, range(many))]
    return [make_lane(*window(cohort, state, some), some) for some in parted(many, many / lanes)]


def make_lane(cohort: Cohort, state: State, members: range) -> Lane:
    pool, places = Pool(cohort.device), slice(members.start, members.stop)
    return Lane(places, make_steppers(cohort, state, pool), make_judges(cohort, state, pool))


def make_steppers(cohort: Cohort, state: State, pool: Pool) -> list[Stepper]:
    """Let a few members at a time go through an epoch."""
    parts = a_few(cohort, of_a_step(cohort, state))
    if len(parts) == 1:
        return [stepper(cohort, state, pool)]
    return [stepper(*window(cohort, state, part), pool) for part in parts]


def stepper(cohort: Cohort, state: State, pool: Pool) -> Stepper:
    return Stepper(cohort, state, pool, stretch(cohort, state))


def of_a_step(cohort: Cohort, state: State) -> int:
    """Count the numbers that a member's step needs at hand."""
    learnt = (len(state.memory) + 3) * state.layout.learnt
    return learnt + cohort.batch_size * between(cohort)


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


def stretch(cohort: Cohort, state: State) -> int:
    """Count the steps that are taken in one go."""
    if cohort.device.type == "cuda":
        return 1 if cohort.foreign else STRETCH["cuda"]
    most = UNKNOWN if cohort.foreign else STRETCH["cpu"]
    return max(1, min(most, WAITING // (len(cohort.members) * of_a_step(cohort, state))))


def with_tiny_as_zero(portions: Iterator[None]) -> Iterator[None]:
    """Go through portions of work, each in whichever thread its turn comes."""
    over: bool | None = False
    while not over:
        with tiny_as_zero():
            over = next(portions, True)
        yield


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
