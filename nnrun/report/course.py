"""The course that a training took: whether its losses fell to the end, and whether they leapt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from nnrun.report.numbers import count, share
from nnrun.runs.epochs import EpochRecord

LATE = 0.25  # share of the fall on the second half of the way, of a training that goes on
SOMEWHAT_LATE = 0.15  # and where the validation loss still fell by
STILL = 0.04  # so much in the last quarter of the epochs
STEEP = 0.1  # or by so much, wherever the rest of the fall came
LEAP = 1.1  # times the loss before, from which an epoch counts as a leap
LEAPS = 0.1  # share of epochs that leap, where the rate is too large
FEWEST = 10  # epochs, below which a leap may be chance
BURST = 3.0  # times the first loss, which only a burst reaches
FLOOD = 50.0  # times the last loss, at which only a training began that was thrown far away


@dataclass(frozen=True)
class Course:
    """The losses of all epochs, all above 0, and where on the way they stand.

    The way is what the learning rates of all steps add up to. A training loss is the mean over its
    epoch, so it stands in the middle of it; a validation loss stands at its end.
    """

    train: ndarray  # where losses follow each other, that of validation rows, which stays the same
    val: ndarray
    middles: ndarray  # of the epochs
    ends: ndarray
    one_loss: bool = True
    likelihood: bool = False  # whether these are its exponentials

    @classmethod
    def of(cls, epochs: list[EpochRecord], one_loss: bool = True) -> Course:
        val = np.array([epoch.val_loss for epoch in epochs])
        train = np.array([epoch.train_loss for epoch in epochs]) if one_loss else val
        likelihood = min(train.min(), val.min()) < 0
        if likelihood:  # the deviation that it allows for
            train, val = (np.exp(np.minimum(losses, 700)) for losses in (train, val))
        rates = np.array([epoch.lr for epoch in epochs])
        gone = (rates + np.array([rates[0], *rates[:-1]])) / 2  # in each epoch
        ends = np.cumsum(gone)
        return cls(train, val, ends - gone / 2, ends, one_loss, likelihood)

    @property
    def late(self) -> float:
        """The share of the training loss's fall that came in the second half of the way."""
        return late_fall(self.middles if self.one_loss else self.ends, self.train)

    @property
    def late_of_val(self) -> float:
        return late_fall(self.ends, self.val)

    @property
    def told_late(self) -> str:
        loss = self.named("training" if self.one_loss else "validation")
        fall = f"{share(self.late)} of the fall of {loss}"
        return f"{fall} came in the second half of the way, by the learning rate"

    @property
    def until_late(self) -> int:
        """Count the epochs before the last quarter of them."""
        return max(1, int(0.75 * len(self.val)))

    @property
    def still(self) -> float:
        """The share by which the last quarter of the epochs lowered the lowest validation loss."""
        earlier = self.val[: self.until_late].min()
        return float(1 - self.val[self.until_late :].min() / earlier) if earlier > 0 else 0.0

    @property
    def told_still(self) -> str:
        last = len(self.val) - self.until_late
        which = "the last epoch" if last == 1 else f"the last {count(last, 'epoch')}"
        return f"{which} lowered {self.named('lowest validation')} by {share(self.still)}"

    def named(self, rows: str) -> str:
        """Name a loss, as it is measured here."""
        return f"the exponential of the {rows} loss" if self.likelihood else f"the {rows} loss"

    @property
    def left(self) -> float:
        """The share of the first epoch's training loss that is left in the end."""
        return float(self.train[-1] / self.train[0]) if self.train[0] > 0 else 0.0

    @property
    def goes_on(self) -> bool:
        """Whether the losses had not come to rest, those of validation rows as well."""
        if self.still > STEEP or (self.late > SOMEWHAT_LATE and self.still > STILL):
            return True
        return self.late > LATE and self.late_of_val > SOMEWHAT_LATE

    @property
    def at_rest(self) -> bool:
        """Whether neither loss fell much any more, or leapt, so that no more was to be expected."""
        return self.late <= SOMEWHAT_LATE and self.still <= STILL and self.leaps <= LEAPS

    @property
    def thrown(self) -> bool:
        """Whether steps were so large that they threw the network about."""
        burst = self.train.max() > BURST * self.train[0] or self.left * FLOOD < 1
        return burst or self.leaping

    @property
    def leaping(self) -> bool:
        """Whether losses leapt too often to be chance."""
        return len(self.train) >= FEWEST and self.leaps > LEAPS

    @property
    def leaps(self) -> float:
        """The share of epochs with leaps, of that loss which leapt the less.

        Training losses alone leap with the noise of dropout.
        """
        return min(leaps_of(self.train), leaps_of(self.val))


def late_fall(way: ndarray, losses: ndarray) -> float:
    """Give the share of a fall from first to last that came in the second half of the way."""
    half = float(np.interp((way[0] + way[-1]) / 2, way, losses))
    fall = losses[0] - losses[-1]
    return float(np.clip((half - losses[-1]) / fall, 0, 1)) if fall > 0 else 0.0


def leaps_of(losses: ndarray) -> float:
    """Give the share of epochs after which a loss was surely higher than before."""
    return float((losses[1:] > LEAP * losses[:-1]).mean())
