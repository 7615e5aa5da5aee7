"""Durations and moments of a training, and what can be wrong with them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from nnrun.errors import Problem, Problems
from nnrun.parts.interface import Scheduler
from nnrun.parts.kinds import Names, NotNegative, as_typed

Duration = NotNegative | str  # epochs; or '10%' of the training, or '500 steps'


@dataclass(frozen=True)
class Clock:
    """How long a training is, or a part of it."""

    epochs: float
    epoch_steps: int
    name: str = "the training"

    def __str__(self) -> str:
        return f"{self.name} of {self.epochs:g} epoch{'s' if self.epochs != 1 else ''}"

    @property
    def steps(self) -> int:
        return round(self.epochs * self.epoch_steps)


ONE_STEP = Clock(1, 1)


def in_steps(duration: float | str, clock: Clock) -> float:
    """Convert a duration to a number of steps."""
    if not isinstance(duration, str):
        return duration * clock.epoch_steps
    read = re.fullmatch(r"([\d.]+(?:e[+-]?\d+)?) *(%|steps?|epochs?|)", duration.strip())
    if not read:
        raise ValueError(duration)
    number, unit = float(read[1]), read[2][:1]
    if unit == "%":
        return number * clock.steps / 100
    return number if unit == "s" else number * clock.epoch_steps


def unreadable(key: str, duration: float | str) -> Problems:
    """Tell that a duration cannot be read."""
    try:
        if in_steps(duration, ONE_STEP) >= 0:
            return []
    except ValueError:
        pass
    wrong = "expected epochs (30), a share ('10%') or steps ('500 steps')"
    return [Problem(key, repr(duration), wrong)]


def not_positive(key: str, duration: float | str) -> Problems:
    """Tell that a duration cannot be read or is nothing."""
    if problems := unreadable(key, duration):
        return problems
    if in_steps(duration, ONE_STEP) > 0:
        return []
    return [Problem(key, str(duration), "expected more than 0")]


def too_long(key: str, duration: float | str, clock: Clock) -> Problems:
    """Tell that a duration outlasts the training."""
    most = clock.steps * (1 + 1e-9)  # 100 % of 55 steps are 55.00000000000001
    if in_steps(duration, clock) <= most:
        return []
    wrong, advice = f"is longer than {clock}", "lower it or raise training.epochs"
    return [Problem(key, as_typed(duration), wrong, advice)]


def too_late(key: str, duration: float | str, clock: Clock) -> Problems:
    """Tell that the training does not live to see a moment."""
    if problems := too_long(key, duration, clock):
        return problems
    if in_steps(duration, clock) < clock.steps:
        return []
    wrong = "comes only when the training is over"
    return [Problem(key, as_typed(duration), wrong, "lower it")]


class Timed(Scheduler):
    """A schedule with durations among its settings."""

    spans: ClassVar[Names] = ()  # that may last as long as the training
    moments: ClassVar[Names] = ()  # that have to come before it is over
    positive: ClassVar[Names] = ()  # that may not be nothing

    def durations(self, names: Names) -> Iterator[tuple[str, float | str]]:
        """Go through some settings, each a duration or several."""
        for name in names:
            value = getattr(self, name)
            for duration in value if isinstance(value, tuple) else (value,):
                yield name, duration

    def problems(self) -> Problems:
        problems = []
        for name, duration in self.durations((*self.spans, *self.moments)):
            judge = not_positive if name in self.positive else unreadable
            problems += judge(name, duration)
        return problems

    def unfit_for_clock(self, clock: Clock) -> Problems:
        problems = []
        for name, duration in self.durations(self.spans):
            problems += too_long(name, duration, clock)
        for name, duration in self.durations(self.moments):
            problems += too_late(name, duration, clock)
        return problems
