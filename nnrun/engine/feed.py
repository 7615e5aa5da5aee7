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

PORTION = 64  # steps to come for which is drawn in one go, at most
# random numbers in one go: on a CPU of all members; on a GPU of each, since what one draws there
# depends on how many it draws
DRAWN, DRAWN_OF_EACH = 2**20, 2**18
FADING = 0.275  # the power of the steps by which gradient noise fades (Neelakantan et al. 2015)


class Slot(NamedTuple):
    """Where steps of so many rows find what they take, one step after the other."""

    rows: int
    batch: Batch
    gathered: list[tuple[Tensor, Tensor]]  # all rows, and where those of a step go
    copied: list[Tensor]  # where a step's coefficients go, and what is drawn for it

    def inputs(self) -> list[Tensor]:
        """List the tensors that are others in each step."""
        return [self.batch.x, *self.batch.wanted, *self.copied]

    def fill(self, indices: Tensor, numbers: list[Tensor]) -> None:
        """Lay down the rows that a step names, and its numbers."""
        for source, target in self.gathered:
            torch.index_select(source, 0, indices, out=target)
        for target, own in zip(self.copied, numbers, strict=True):
            target.copy_(own)


class Stretch(NamedTuple):
    """Steps of as many rows each, which may be taken in one go."""

    slot: Slot
    indices: Tensor  # of the rows of each, (steps, members * rows)
    tables: list[Tensor]  # of what is copied, (steps, ...) each
    alter: Callable[[Tensor, Tensor], None] | None  # a step's rows and targets, in place

    @property
    def steps(self) -> int:
        return self.indices.shape[0]  # which takes less than len() of a tensor

    def fill(self) -> Slot:
        """Fill the slot for the first step."""
        self.slot.fill(self.indices[0], [table[0] for table in self.tables])
        if self.alter is not None:
            self.alter(self.slot.batch.x, self.slot.batch.wanted[0])
        return self.slot

    def rest(self) -> Stretch | None:
        """Give the steps after the first."""
        if self.steps == 1:
            return None
        return self._replace(indices=self.indices[1:], tables=[table[1:] for table in self.tables])


@dataclass
class Feed:
    """Tells what a cohort's steps take, in the order in which each member sees its rows."""

    cohort: Cohort
    learnt: int  # columns that the rule moves
    most: int = 1  # steps of a stretch
    factors: tuple[float, ...] = (1.0,)  # on the learning rate
    slots: dict[int, Slot] = field(default_factory=dict)  # by a step's rows

    def __post_init__(self) -> None:
        cohort, many = self.cohort, len(self.cohort.members)
        self.timetable = Timetable(cohort, self.factors)
        self.altered = any(member.augment for member in cohort.members)
        self.dropping = cohort.hidden_units > 0 and any(one.dropout for one in cohort.members)
        self.noisy = any(member.gradient_noise for member in cohort.members)
        masks = cohort.batch_size * cohort.hidden_units if self.dropping else 0
        of_each = max(1, masks, self.learnt if self.noisy else 0)
        most = DRAWN_OF_EACH if cohort.device.type == "cuda" else DRAWN // many
        # which steps these are does not depend on how many of them are taken in one go
        self.portion = max(1, min(PORTION, most // of_each))

    def epoch(self, number: int, levels: list[float]) -> Iterator[Stretch]:
        """Go through an epoch's steps; the one that is short comes last."""
        alter, coefficients = augmenter(self.cohort, number), self.timetable.of(number, levels)
        indices, drawn, first = self.indices(number), self.drawn(number), 0
        for rows, steps in self.stretches():
            tables = [coefficients[first : first + steps], *map(next, drawn)]
            yield Stretch(self.slot_of(rows, coefficients), next(indices), tables, alter)
            first += steps

    def steps(self, number: int, levels: list[float]) -> Iterator[Slot]:
        """Fill slots for an epoch's steps one by one."""
        for stretch in self.epoch(number, levels):
            left: Stretch | None = stretch
            while left:
                yield left.fill()
                left = left.rest()

    def portions(self) -> Iterator[tuple[int, int]]:
        """Give the rows of each step, and for how many steps is drawn in one go."""
        full, left = divmod(self.cohort.train.count, self.cohort.batch_size)
        for first in range(0, full, self.portion):
            yield self.cohort.batch_size, min(self.portion, full - first)
        if left:
            yield left, 1

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Give the rows of each step, and how many steps are taken in one go."""
        for rows, steps in self.portions():
            for first in range(0, steps, self.most):
                yield rows, min(self.most, steps - first)

    @property
    def standing(self) -> bool:
        """Whether each step takes all rows, nobody minds their order, and nobody writes there."""
        mixing = any(member.mixup for member in self.cohort.members)
        free = mixing or self.altered or self.cohort.foreign
        return self.cohort.steps == 1 and not free

    def indices(self, epoch: int) -> Iterator[Tensor]:
        """Name the rows of each stretch: none where these stand in their slot."""
        if self.standing:
            yield torch.empty(1, 0)
            return
        for of_steps in batches(self.cohort, epoch):
            for of_portion in of_steps.split(self.portion):
                yield from of_portion.split(self.most)

    def slot_of(self, rows: int, coefficients: Tensor) -> Slot:
        """Give the slot of steps of so many rows."""
        if rows not in self.slots:
            with torch.inference_mode(False):
                self.slots[rows] = self.new_slot(rows, coefficients[0])
        return self.slots[rows]

    def new_slot(self, rows: int, like: Tensor) -> Slot:
        cohort, many = self.cohort, len(self.cohort.members)
        sources = [cohort.train.x, *cohort.train.wanted]
        targets = [source.new_empty((many * rows, *source.shape[1:])) for source in sources]
        lead = (many, rows) if many > 1 else (rows,)
        x, *wanted = (target.view(*lead, *target.shape[1:]) for target in targets)
        coefficients, masks, noise = torch.empty_like(like), None, None
        if self.dropping:
            masks = torch.empty(*lead, cohort.hidden_units, device=cohort.device)
        if self.noisy:
            noise = torch.empty(many, self.learnt, device=cohort.device)
        numbers = Coefficients.of(coefficients, len(self.factors))
        slot = Slot(
            rows,
            Batch(x, tuple(wanted), masks, noise, numbers),
            [*zip(sources, targets, strict=True)],
            [drawn for drawn in (coefficients, masks, noise) if drawn is not None],
        )
        if not self.standing:
            return slot
        (indices,) = batches(cohort, 0)
        slot._replace(copied=[]).fill(indices[0], [])
        return slot._replace(gathered=[])

    def drawn(self, epoch: int) -> list[Iterator[Tensor]]:
        """Give what is drawn for an epoch's stretches, in the order in which a slot has it."""
        wanted = (self.masks, self.dropping), (self.noise, self.noisy)
        return [draw(epoch) for draw, is_wanted in wanted if is_wanted]

    def masks(self, epoch: int) -> Iterator[Tensor]:
        """Draw the dropout masks of an epoch's stretches."""
        cohort, first = self.cohort, epoch * self.cohort.steps
        rates = tuple(member.dropout for member in cohort.members)
        drawn = DropoutMasks(seeds(cohort), epoch, rates, cohort.device)
        for rows, steps in self.portions():
            done = np.arange(first, first + steps, dtype=np.float64)
            factors = np.stack([member.dropout_rate(done) for member in cohort.members])
            masks = drawn.draw(steps, rows, cohort.hidden_units, factors)
            yield from masks.split(self.most)
            first += steps

    def noise(self, epoch: int) -> Iterator[Tensor]:
        """Draw the noise on the gradients of an epoch's stretches, which fades as steps go by."""
        cohort = self.cohort
        start = np.array([member.gradient_noise for member in cohort.members])
        fading = (1.0 + epoch * cohort.steps + np.arange(cohort.steps)) ** -FADING
        deviations = torch.from_numpy(np.outer(fading, start).astype(np.float32))
        drawn, first = GradientNoise(seeds(cohort), epoch, cohort.device), 0
        for _, steps in self.portions():
            of_steps = deviations[first : first + steps].to(cohort.device)  # (steps, members)
            yield from drawn.draw(of_steps, self.learnt).split(self.most)
            first += steps


def ranks(cohort: Cohort, epoch: int) -> Tensor:
    """Give the order in which members see rows: as they lie, if all at once and unmixed."""
    if cohort.steps > 1:
        return order(seeds(cohort), epoch, cohort.train.count)
    indices = torch.arange(cohort.train.count).repeat(len(cohort.members), 1)
    for own, member in zip(indices, cohort.members, strict=True):
        if member.mixup:
            own.copy_(order((member.seed,), epoch, cohort.train.count)[0])
    return indices


def batches(cohort: Cohort, epoch: int) -> Iterator[Tensor]:
    """Name the rows of all full steps, then of the short one.

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
        yield steps.reshape(full, members * size)
    if rows.count % size:
        yield indices[:, full * size :].reshape(1, -1)


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
