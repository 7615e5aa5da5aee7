"""The course of a training as one member saw it, and courses side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nnrun.engine.fit import Epoch


class Seen(NamedTuple):
    """What one member showed in an epoch."""

    number: int
    train_loss: float
    val_loss: float
    gauge: float
    lr: float
    seconds: float  # of its whole cohort

    @classmethod
    def of(cls, epoch: Epoch, m: int) -> Seen:
        losses = (epoch.train_loss[m], epoch.val_loss[m], epoch.gauge[m], epoch.lr[m])
        return cls(epoch.number, *losses, epoch.seconds)

    @classmethod
    def read(cls, line: str) -> Seen:
        """From a line of metrics.csv."""
        number, train_loss, val_loss, gauge, lr = line.split(",")
        return cls(int(number), float(train_loss), float(val_loss), float(gauge), float(lr), seconds=0.0)

    def row(self) -> str:
        """A line of metrics.csv."""
        return ",".join([str(self.number), *(f"{value:.9g}" for value in self[1:5])])

    def time(self) -> str:
        """A line of timing.csv."""
        return f"{self.number},{self.seconds:.6f}"


@dataclass(frozen=True)
class Course:
    """A member's epochs, and whether it failed after the last of them."""

    epochs: list[Seen]
    failed: bool


@dataclass(frozen=True)
class Panel:
    """Courses whose losses can be compared, by the name of their line; a line has a course for each seed."""

    title: str
    lines: dict[str, list[Course]]
