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
from nnrun.engine.step import Batch, Coefficients
from nnrun.engine.timetable import Timetable

DRAWN = 2**20  # random numbers that are drawn in one go for the coming steps
FADING = 0.275  # the power of the steps by which gradient noise fades (Neelakantan et al. 2015)


class Slot(NamedTuple):
    """Where a step of so many rows finds what it takes."""

    rows: int
    place: int  # among those that are filled together
    batch: Batch
    coefficients: Tensor  # (kinds, members, 1), of which the batch has windows

    def inputs(self) -> list[Tensor]:
        """List the tensors that are others in each step."""
        batch = self.batch
        drawn = [drawn for drawn in (batch.masks, batch.noise) if drawn is not None]
        return [batch.x, *batch.wanted, self.coefficients, *drawn]


class Slots(NamedTuple):
    """The slots of a stretch of steps, and all of the first few as one, by how many they are."""

    each: list[Slot]
    sources: list[Tensor]  # all rows
    targets: list[list[Tensor]]  # where those of a stretch go
    coefficients: list[Tensor]

    def gather(self, indices: Tensor, steps: int) -> None:
        """Fill the first slots with rows."""
        for source, target in zip(self.sources, self.targets[steps], strict=True):
            torch.index_select(source, 0, indices, out=target)

    def first(self, coefficients: Tensor) -> list[Slot]:
        """Give the first slots, once they have the coefficients of their steps."""
        steps = coefficients.shape[0]  # which takes less than len() of a tensor
        self.coefficients[steps].copy_(coefficients)
        return self.each[:steps]


@dataclass
class Feed:
    """Fills a cohort's slots, in the order in which each member sees its rows."""

    cohort: Cohort
    learnt: int  # columns that the rule moves
    stretch: int = 1  # steps whose slots are filled together
    factors: tuple[float, ...] = (1.0,)  # on the learning rate
    slots: dict[int, Slots] = field(default_factory=dict)  # by a step's rows

    def __post_init__(self) -> None:
        self.timetable = Timetable(self.cohort, self.factors)

    def epoch(self, number: int, levels: list[float]) -> Iterator[list[Slot]]:
        """Fill slots for a stretch of steps at a time; the batch that is short comes last."""
        masks, noise = self.masks(number), self.noise(number)
        alter, coefficients = augmenter(self.cohort, number), self.timetable.of(number, levels)
        # all rows lie where they lay, and nobody wrote there
        standing = takes_all(self.cohort) and self.slots and not (alter or self.cohort.foreign)
        for filled in self.again(coefficients) if standing else self.gathered(number, coefficients):
            for _, _, batch, _ in filled:
                if batch.masks is not None:
                    batch.masks.copy_(next(masks))
                if batch.noise is not None:
                    batch.noise.copy_(next(noise))
                if alter is not None:
                    alter(batch.x, batch.wanted[0])
            yield filled

    def again(self, coefficients: Tensor) -> Iterator[list[Slot]]:
        """Give the slots as they are, but for what is of the steps."""
        for slots in self.slots.values():
            yield slots.first(coefficients)

    def gathered(self, number: int, coefficients: Tensor) -> Iterator[list[Slot]]:
        """Fill the slots with rows, stretch by stretch."""
        for indices, of_steps in batches(self.cohort, number, coefficients):
            width = indices.shape[1]
            slots = self.slots_of(width // len(self.cohort.members), of_steps[0])
            stretches = indices.flatten().split(self.stretch * width)
            for named, numbers in zip(stretches, of_steps.split(self.stretch), strict=True):
                slots.gather(named, numbers.shape[0])
                yield slots.first(numbers)

    def slots_of(self, rows: int, coefficients: Tensor) -> Slots:
        """Give the slots of steps of so many rows."""
        if rows not in self.slots:
            with torch.inference_mode(False):
                self.slots[rows] = self.new_slots(rows, coefficients)
        return self.slots[rows]

    def new_slots(self, rows: int, like: Tensor) -> Slots:
        cohort, steps, many = self.cohort, self.stretch, len(self.cohort.members)
        sources = [cohort.train.x, *cohort.train.wanted]
        targets = [source.new_empty((steps, many * rows, *source.shape[1:])) for source in sources]
        coefficients = like.new_empty((steps, *like.shape))
        lead = (many, rows) if many > 1 else (rows,)
        each = []
        for place in range(steps):
            x, *wanted = (target[place].view(*lead, *target.shape[2:]) for target in targets)
            masks = noise = None
            if self.dropping:
                masks = torch.empty(*lead, cohort.hidden_units, device=cohort.device)
            if self.noisy:
                noise = torch.empty(many, self.learnt, device=cohort.device)
            numbers = coefficients[place]
            batch = Batch(
                x, tuple(wanted), masks, noise, Coefficients.of(numbers, len(self.factors))
            )
            each.append(Slot(rows, place, batch, numbers))
        several = range(steps + 1)
        firsts = [[target[:n].flatten(0, 1) for target in targets] for n in several]
        return Slots(each, sources, firsts, [coefficients[:n] for n in several])

    @property
    def dropping(self) -> bool:
        cohort = self.cohort
        return cohort.hidden_units > 0 and any(member.dropout for member in cohort.members)

    @property
    def noisy(self) -> bool:
        return any(member.gradient_noise for member in self.cohort.members)

    def masks(self, epoch: int) -> Iterator[Tensor]:
        """Draw the dropout masks of an epoch's steps."""
        cohort, first = self.cohort, epoch * self.cohort.steps
        rates = tuple(member.dropout for member in cohort.members)
        drawn = DropoutMasks(seeds(cohort), epoch, rates, cohort.device)
        for rows, steps in portions(cohort, len(rates) * cohort.hidden_units * cohort.batch_size):
            done = np.arange(first, first + steps, dtype=np.float64)
            factors = np.stack([member.dropout_rate(done) for member in cohort.members])
            yield from drawn.draw(steps, rows, cohort.hidden_units, factors)
            first += steps

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


def takes_all(cohort: Cohort) -> bool:
    """Tell whether each step takes all rows, and nobody minds their order."""
    return cohort.steps == 1 and not any(member.mixup for member in cohort.members)


def ranks(cohort: Cohort, epoch: int) -> Tensor:
    """Give the order in which members see rows: as they lie, if all at once and unmixed."""
    if cohort.steps > 1:
        return order(seeds(cohort), epoch, cohort.train.count)
    indices = torch.arange(cohort.train.count).repeat(len(cohort.members), 1)
    for own, member in zip(indices, cohort.members, strict=True):
        if member.mixup:
            own.copy_(order((member.seed,), epoch, cohort.train.count)[0])
    return indices


def batches(cohort: Cohort, epoch: int, of_steps: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Name the rows of all full steps, then of the short one, each with what is of the steps.

    They are of shape (steps, members * rows), one member's after the other's.
    """
    rows, size, members = cohort.train, cohort.batch_size, len(cohort.members)
    indices = ranks(cohort, epoch)
    if any(rows.set_of):
        indices += torch.tensor(rows.set_of)[:, None] * rows.count
    indices = indices.to(cohort.device)
    full = rows.count // size
    if full:
        steps = indices[:, : full * size].reshape(members, full, size).transpose(0, 1)
        yield steps.reshape(full, members * size), of_steps[:full]
    if rows.count % size:
        yield indices[:, full * size :].reshape(1, -1), of_steps[full:]


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
