"""The course of a training as one member saw it, and courses side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class EpochRecord(NamedTuple):
    """What one member showed in an epoch."""

    number: int
    train_loss: float
    val_loss: float
    score: float
    lr: float
    seconds: float  # of its whole cohort
    place: tuple[float, ...] = ()  # where its point stands, on a landscape

    @classmethod
    def read(cls, line: str) -> EpochRecord:
        """From a line of metrics.csv."""
        number, *numbers = line.split(",")
        train_loss, val_loss, score, lr, *place = map(float, numbers)
        return cls(int(number), train_loss, val_loss, score, lr, seconds=0.0, place=tuple(place))

    def row(self) -> str:
        """A line of metrics.csv."""
        return ",".join(
            [str(self.number), *(f"{value:.9g}" for value in (*self[1:5], *self.place))]
        )

    def time(self) -> str:
        """A line of timing.csv."""
        return f"{self.number},{self.seconds:.6f}"


NEAR = 1e-3  # share of the height at the start, at which the goal counts as reached


def steps_to_goal(seen: list[EpochRecord]) -> int | None:
    """Steps after which a point has come near the goal of its landscape for good; None where it has not.

    It makes one step in an epoch, and the training loss is the height before it.
    """
    near = NEAR * seen[0].train_loss if seen else 0.0
    away = max((epoch.number for epoch in seen if not epoch.val_loss <= near), default=0)
    return away + 1 if away < len(seen) else None


@dataclass(frozen=True)
class Course:
    """A member's epochs, and whether it failed after the last of them."""

    epochs: list[EpochRecord]
    failed: bool


@dataclass(frozen=True)
class Panel:
    """Courses whose losses can be compared, by the name of their line; a line has a course for each seed."""

    title: str
    lines: dict[str, list[Course]]
