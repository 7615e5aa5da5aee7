"""The loop: an iterator of epochs. Whoever consumes it logs, saves or stops."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor

from nnrun.engine.assess import keep_best
from nnrun.engine.chance import of_networks
from nnrun.engine.cohort import Cohort
from nnrun.engine.lanes import Lane, OfEach, make_lanes, side_by_side
from nnrun.engine.members import joined
from nnrun.engine.state import State
from nnrun.engine.timetable import LearningRates


@dataclass(frozen=True)
class Epoch:
    """What an epoch showed; each list holds a value for each member."""

    number: int  # from 1
    train_loss: list[float]  # mean over the epoch's steps
    val_loss: list[float]
    score: list[float]
    lr: list[float]  # at the last step
    active: list[bool]  # neither stopped nor failed when the epoch began
    training: float  # seconds in the steps alone
    seconds: float
    by_autograd: str  # why steps come from no tape; empty where they do


def fit(cohort: Cohort, state: State) -> Iterator[Epoch]:
    """Train until the last epoch, or until no member is left; an epoch is told when it is over."""
    lanes, rates = make_lanes(cohort, state), LearningRates(cohort)
    with side_by_side(lanes) as of_each:
        while state.epoch < cohort.epochs and any(state.active):
            started, active, levels = perf_counter(), state.active, rate_levels(cohort, state)
            with drawing(cohort, state.epoch):
                told = pass_over_rows(of_each, state.epoch, levels)
                training = perf_counter() - started
                judged = joined(of_each(Lane.judged), 1)
            # the one time in an epoch that the host waits for the device
            train_loss, sums, val_loss, score = torch.cat([told, judged]).tolist()
            lr = rates.of(state.epoch, levels)
            state.epoch += 1
            state.judge(sums)
            keep_best(cohort, state, [train_loss, val_loss, score])
            why = next(filter(None, (lane.by_autograd for lane in lanes)), "")
            shown = train_loss, val_loss, score, lr, active
            yield Epoch(state.epoch, *shown, training, perf_counter() - started, why)


def drawing(cohort: Cohort, epoch: int) -> AbstractContextManager:
    """Let a network of one's own draw from streams of this epoch; ours draw from their own."""
    if not cohort.foreign:
        return nullcontext()
    return of_networks(cohort.members[0].seed, epoch)


def pass_over_rows(of_each: OfEach, epoch: int, levels: list[float]) -> Tensor:
    """Train on each row once; gives each member's mean loss, and the sum of its numbers."""
    return joined(of_each(lambda lane: lane.pass_over_rows(epoch, levels)), 1)  # (2, members)


def rate_levels(cohort: Cohort, state: State) -> list[float]:
    """Compute each member's factor on its learning rate, by what chooses its best epoch."""
    pairs = zip(cohort.members, state.progress, strict=True)
    return [member.watch(progress.watched) for member, progress in pairs]
