"""The loop: an iterator of epochs. Whoever consumes it logs, saves or stops."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from nnrun.engine.advance import Stepper
from nnrun.engine.assess import CHUNK, keep_best
from nnrun.engine.chance import torchs_stream
from nnrun.engine.cohort import Cohort
from nnrun.engine.cores import CACHE, parted
from nnrun.engine.judge import Judge, judges_of
from nnrun.engine.state import State, window
from nnrun.engine.tape import Pool

GRAPH = 32  # steps that a GPU takes in one go
FILLED = 2**26  # numbers that may be laid out for them


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
    pool = Pool(cohort.device)
    steppers, judges = make_steppers(cohort, state, pool), make_judges(cohort, state, pool)
    while state.epoch < cohort.epochs and any(state.active):
        started, active, levels = perf_counter(), state.active, rate_levels(cohort, state)
        with torchs_stream(cohort.members[0].seed, "network", state.epoch):
            losses = pass_over_rows(steppers, state.epoch, levels)
            training = perf_counter() - started
            val_losses, scores = torch.cat([judge(own) for judge, own in judges], 1)
        of_members = [losses, val_losses, scores, state.sound]
        seen = torch.stack([values.view_as(losses).float() for values in of_members])
        # the one time in an epoch that the host waits for the device
        train_loss, val_loss, score, sound = seen.tolist()
        state.epoch += 1
        state.lose([m for m, whole in enumerate(sound) if not whole])
        keep_best(cohort, state, [train_loss, val_loss, score])
        lr = learning_rates(cohort, state, levels)
        told = train_loss, val_loss, score, lr, active
        why = next((stepper.by_autograd for stepper in steppers if stepper.by_autograd), "")
        yield Epoch(state.epoch, *told, training, perf_counter() - started, why)


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
    if cohort.foreign or cohort.device.type != "cpu":
        return [range(many)]
    return parted(many, max(1, CACHE // numbers))


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


def pass_over_rows(steppers: list[Stepper], epoch: int, levels: list[float]) -> Tensor:
    """Train on each row once; gives each member's mean loss."""  # (members,)
    losses, rest = [], iter(levels)
    with tiny_as_zero():
        for stepper in steppers:
            own = [next(rest) for _ in stepper.cohort.members]
            losses.append(stepper.epoch(epoch, own))
    return torch.cat(losses)


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


def rate_levels(cohort: Cohort, state: State) -> list[float]:
    """Compute each member's factor on its learning rate, by what chooses its best epoch."""
    pairs = zip(cohort.members, state.progress, strict=True)
    return [member.watch(progress.watched) for member, progress in pairs]


def learning_rates(cohort: Cohort, state: State, levels: list[float]) -> list[float]:
    """Compute each member's learning rate at the last step taken."""
    last = np.array(state.epoch * cohort.steps - 1.0)
    rates = []
    for member, level in zip(cohort.members, levels, strict=True):
        rates.append(member.rule.lr * (level * float(member.rate(last))))
    return rates
