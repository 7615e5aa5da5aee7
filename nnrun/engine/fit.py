"""The loop: an iterator of epochs. Whoever consumes it logs, saves or stops."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from nnrun.engine.advance import fused, one_by_one
from nnrun.engine.assess import assess, keep_best
from nnrun.engine.chance import DropoutMasks, GradientNoise, generator, order, torchs_stream
from nnrun.engine.cohort import Cohort, Rows
from nnrun.engine.state import State
from nnrun.engine.step import Portion, prepare, table

GATHERED = 2**20  # numbers gathered in one go for the coming steps
FADING = 0.275  # the power of the steps by which gradient noise fades (Neelakantan et al. 2015)
FUSED = range(10, 17)  # steps in a compiled graph; the length that leaves the fewest over is taken


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


def fit(cohort: Cohort, state: State) -> Iterator[Epoch]:
    """Train until the last epoch, or until no member is left; an epoch is told when it is over."""
    advance = make_stepper(cohort, state)
    while state.epoch < cohort.epochs and any(state.active):
        started, active, levels = perf_counter(), state.active, rate_levels(cohort, state)
        with torchs_stream(cohort.members[0].seed, "network", state.epoch):
            losses = pass_over_rows(cohort, state, advance, levels)
            training = perf_counter() - started
            val_losses, scores = assess(cohort, state)
        seen = torch.stack([losses, val_losses.view_as(losses), scores.view_as(losses)])
        # the one time in an epoch that the host waits for the device
        train_loss, val_loss, score = shown = seen.tolist()
        state.epoch += 1
        keep_best(cohort, state, shown)
        lr = learning_rates(cohort, state, levels)
        told = train_loss, val_loss, score, lr, active
        yield Epoch(state.epoch, *told, training, seconds=perf_counter() - started)


def make_stepper(cohort: Cohort, state: State) -> Callable:
    """Give what moves the members through a portion: plain steps, or compiled where it is full."""
    step = prepare(cohort)
    plain = one_by_one(step, state)
    if not cohort.compile:
        return plain
    length, quick = portion_length(cohort), fused(step, state)

    def advance(portion: Portion, total: Tensor) -> None:
        (quick if len(portion.xs) == length else plain)(portion, total)

    return advance


def pass_over_rows(cohort: Cohort, state: State, advance: Callable, levels: list[float]) -> Tensor:
    """Train on each row once; gives each member's mean loss."""  # (members,)
    coefficients = table(cohort, state.epoch, levels)
    alter, masks_of = make_augmenter(cohort, state), make_mask_source(cohort, state)
    noises_of = make_noise_source(cohort, state)
    total = torch.zeros(len(cohort.members), device=cohort.device)
    with tiny_as_zero():
        for first, xs, wanted in gathered(cohort, state.epoch):
            steps, rows = len(xs), xs.shape[-2]
            alter(xs, wanted[0])
            masks, noises = masks_of(steps, rows), noises_of(first, steps)
            kinds = coefficients[first : first + steps]
            advance(Portion(xs, wanted, masks, noises, kinds), total)
    return total / cohort.train.count


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


def gathered(cohort: Cohort, epoch: int) -> Iterator[tuple[int, Tensor, tuple[Tensor, ...]]]:
    """Give rows for a few steps at a time: the first step's number, features and what is wanted.

    Each member has its own order; the batch that is short comes last.
    """
    rows, size = cohort.train, cohort.batch_size
    sets = torch.tensor(rows.set_of)[:, None] * rows.count
    indices = (order(seeds(cohort), epoch, rows.count) + sets).to(cohort.device)
    full, length = rows.count // size, portion_length(cohort)
    for first in range(0, full, length):
        steps = min(length, full - first)
        some = indices[:, first * size : (first + steps) * size]
        yield first, lay_out(rows.x, some, steps), wanted_of(rows, some, steps)
    if rows.count % size:
        some = indices[:, full * size :]
        yield full, lay_out(rows.x, some, 1), wanted_of(rows, some, 1)


def wanted_of(rows: Rows, indices: Tensor, steps: int) -> tuple[Tensor, ...]:
    return tuple(lay_out(flat, indices, steps) for flat in rows.wanted)


def lay_out(numbers: Tensor, indices: Tensor, steps: int) -> Tensor:
    """Lay the rows that are named out step by step: (steps, [members,] rows, ...)."""
    members, rows = len(indices), indices.shape[1] // steps
    flat = indices.view(members, steps, rows).transpose(0, 1).reshape(-1)
    shape = (steps, members, rows) if members > 1 else (steps, rows)
    return numbers.index_select(0, flat).view(*shape, *numbers.shape[1:])


def portion_length(cohort: Cohort) -> int:
    """Count the steps whose rows are gathered in one go."""
    full = cohort.train.count // cohort.batch_size
    if cohort.compile and full:
        return compiled_length(full)
    dropping = any(member.dropout for member in cohort.members)
    noisy = any(member.gradient_noise for member in cohort.members)
    row = cohort.train.x[0].numel() + cohort.hidden_units * dropping
    step = cohort.batch_size * row + learnt(cohort) * noisy
    return max(1, min(64, GATHERED // (len(cohort.members) * step)))


def compiled_length(full: int) -> int:
    """Choose how many of an epoch's full steps go into one graph."""
    if full < FUSED[0]:
        return full
    return min(FUSED, key=lambda length: full % length)


def learnt(cohort: Cohort) -> int:
    """Count the numbers that a member learns."""
    return sum(parameter.numel() for parameter in cohort.networks[0].parameters())


def seeds(cohort: Cohort) -> tuple[int, ...]:
    return tuple(member.seed for member in cohort.members)


def make_augmenter(cohort: Cohort, state: State) -> Callable:
    """Give what alters the rows of a portion, batch by batch, by each member's augmentation."""
    if not any(member.augment for member in cohort.members):
        return lambda xs, ys: None
    alters = []
    for member in cohort.members:
        stream = generator(member.seed, "augment", state.epoch, cohort.device)
        alters.append(member.augment(stream) if member.augment else None)

    def alter(xs: Tensor, ys: Tensor) -> None:
        for x, y in zip(xs, ys, strict=True):
            rows = zip(x, y, strict=True) if len(alters) > 1 else [(x, y)]
            for alter_rows, (own_x, own_y) in zip(alters, rows, strict=True):
                if alter_rows:
                    alter_rows(own_x, own_y)

    return alter


def make_noise_source(cohort: Cohort, state: State) -> Callable:
    """Give what draws the noise on an epoch's gradients, which fades as steps go by."""
    start = np.array([member.gradient_noise for member in cohort.members])
    if not start.any():
        return lambda first, steps: None
    fading = (1.0 + state.epoch * cohort.steps + np.arange(cohort.steps)) ** -FADING
    outer = np.outer(fading, start).astype(np.float32)
    deviations = torch.from_numpy(outer).to(cohort.device)  # (steps, members)
    noise, columns = GradientNoise(seeds(cohort), state.epoch, cohort.device), state.layout.learnt
    return lambda first, steps: noise.draw(deviations[first : first + steps], columns)


def make_mask_source(cohort: Cohort, state: State) -> Callable:
    """Give what draws the dropout masks of an epoch."""
    rates = tuple(member.dropout for member in cohort.members)
    units = cohort.hidden_units
    if not any(rates) or not units:
        return lambda steps, rows: None
    masks = DropoutMasks(seeds(cohort), state.epoch, rates, cohort.device)
    return lambda steps, rows: masks.draw(steps, rows, units)


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
