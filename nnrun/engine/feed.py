"""What the steps of an epoch take, laid one after the other into memory that stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nnrun.engine.chance import DropoutMasks, GradientNoise, generator, order
from nnrun.engine.cohort import Cohort
from nnrun.engine.step import Batch, Coefficients, table

DRAWN = 2**20  # random numbers that are drawn in one go for the coming steps
FADING = 0.275  # the power of the steps by which gradient noise fades (Neelakantan et al. 2015)


class Slot(NamedTuple):
    """Where steps of so many rows find what they take."""

    rows: int
    batch: Batch
    coefficients: Tensor  # (kinds, members, 1), of which the batch has windows
    gathered: list[tuple[Tensor, Tensor]]  # all rows, and where those of a step go

    @property
    def size(self) -> int:
        """How many rows all members together take."""
        return len(self.gathered[0][1])

    def inputs(self) -> list[Tensor]:
        """List the tensors that are others in each step."""
        batch = self.batch
        drawn = [drawn for drawn in (batch.masks, batch.noise) if drawn is not None]
        return [batch.x, *batch.wanted, self.coefficients, *drawn]


@dataclass
class Feed:
    """Fills a cohort's slots, in the order in which each member sees its rows."""

    cohort: Cohort
    learnt: int  # columns that the rule moves
    slots: dict[int, Slot] = field(default_factory=dict)

    def epoch(self, number: int, levels: list[float]) -> Iterator[Slot]:
        """Fill a slot for each step; the batch that is short comes last."""
        cohort, coefficients = self.cohort, table(self.cohort, number, levels)
        masks, noise, alter = self.masks(number), self.noise(number), augmenter(cohort, number)
        full = self.slot(cohort.batch_size, coefficients)
        short = self.slot(cohort.train.count % cohort.batch_size, coefficients)
        many = full.size
        for indices, numbers in zip(batches(cohort, number), coefficients, strict=True):
            slot = full if len(indices) == many else short
            for source, target in slot.gathered:
                torch.index_select(source, 0, indices, out=target)
            slot.coefficients.copy_(numbers)
            if slot.batch.masks is not None:
                slot.batch.masks.copy_(next(masks))
            if slot.batch.noise is not None:
                slot.batch.noise.copy_(next(noise))
            if alter is not None:
                alter(slot.batch.x, slot.batch.wanted[0])
            yield slot

    def slot(self, rows: int, coefficients: Tensor) -> Slot:
        """Give the slot of steps of so many rows."""
        if rows not in self.slots:
            with torch.inference_mode(False):
                self.slots[rows] = self.new_slot(rows, torch.empty_like(coefficients[0]))
        return self.slots[rows]

    def new_slot(self, rows: int, coefficients: Tensor) -> Slot:
        cohort, many = self.cohort, len(self.cohort.members)
        lead = (many, rows) if many > 1 else (rows,)
        sources = [cohort.train.x, *cohort.train.wanted]
        flat = [source.new_empty((many * rows, *source.shape[1:])) for source in sources]
        x, *wanted = (target.view(*lead, *target.shape[1:]) for target in flat)
        masks = noise = None
        if self.dropping:
            masks = torch.empty(*lead, cohort.hidden_units, device=cohort.device)
        if self.noisy:
            noise = torch.empty(many, self.learnt, device=cohort.device)
        batch = Batch(x, tuple(wanted), masks, noise, Coefficients.of(coefficients))
        return Slot(rows, batch, coefficients, list(zip(sources, flat, strict=True)))

    @property
    def dropping(self) -> bool:
        cohort = self.cohort
        return cohort.hidden_units > 0 and any(member.dropout for member in cohort.members)

    @property
    def noisy(self) -> bool:
        return any(member.gradient_noise for member in self.cohort.members)

    def masks(self, epoch: int) -> Iterator[Tensor]:
        """Draw the dropout masks of an epoch's steps."""
        cohort = self.cohort
        rates = tuple(member.dropout for member in cohort.members)
        drawn = DropoutMasks(seeds(cohort), epoch, rates, cohort.device)
        for rows, steps in portions(cohort, len(rates) * cohort.hidden_units * cohort.batch_size):
            yield from drawn.draw(steps, rows, cohort.hidden_units)

    def noise(self, epoch: int) -> Iterator[Tensor]:
        """Draw the noise on an epoch's gradients, which fades as steps go by."""
        cohort = self.cohort
        start = np.array([member.gradient_noise for member in cohort.members])
        fading = (1.0 + epoch * cohort.steps + np.arange(cohort.steps)) ** -FADING
        deviations = torch.from_numpy(np.outer(fading, start).astype(np.float32))
        drawn, first = GradientNoise(seeds(cohort), epoch, cohort.device), 0
        for _, steps in portions(cohort, len(start) * self.learnt):
            of_steps = deviations[first : first + steps].to(cohort.device)  # (steps, members)
            yield from drawn.draw(of_steps, self.learnt)
            first += steps


def batches(cohort: Cohort, epoch: int) -> list[Tensor]:
    """Name the rows of each step, one member's after the other's."""  # each (members * rows,)
    rows, size, members = cohort.train, cohort.batch_size, len(cohort.members)
    sets = torch.tensor(rows.set_of)[:, None] * rows.count
    indices = (order(seeds(cohort), epoch, rows.count) + sets).to(cohort.device)
    full = rows.count // size
    steps = indices[:, : full * size].reshape(members, full, size).transpose(0, 1)
    named = list(steps.reshape(full, members * size)) if full else []
    if rows.count % size:
        named.append(indices[:, full * size :].reshape(-1))
    return named


def portions(cohort: Cohort, numbers: int) -> Iterator[tuple[int, int]]:
    """Give for how many rows and steps random numbers are drawn in one go, so many for a step."""
    full, left = divmod(cohort.train.count, cohort.batch_size)
    length = max(1, min(64, DRAWN // max(1, numbers)))
    for first in range(0, full, length):
        yield cohort.batch_size, min(length, full - first)
    if left:
        yield left, 1


def augmenter(cohort: Cohort, epoch: int) -> Callable[[Tensor, Tensor], None] | None:
    """Give what alters the rows of a step in place, by each member's augmentation."""
    if not any(member.augment for member in cohort.members):
        return None
    alters = []
    for member in cohort.members:
        stream = generator(member.seed, "augment", epoch, cohort.device)
        alters.append(member.augment(stream) if member.augment else None)

    def alter(x: Tensor, y: Tensor) -> None:
        rows = zip(x, y, strict=True) if len(alters) > 1 else [(x, y)]
        for alter_rows, (own_x, own_y) in zip(alters, rows, strict=True):
            if alter_rows:
                alter_rows(own_x, own_y)

    return alter


def seeds(cohort: Cohort) -> tuple[int, ...]:
    return tuple(member.seed for member in cohort.members)
