"""Durations and moments of a training, and what can be wrong with them."""

import re
from dataclasses import dataclass

from nnrun.errors import Problem
from nnrun.parts.kinds import NotNegative

Duration = NotNegative | str  # epochs; or '10%' of the training, or '500 steps'


@dataclass(frozen=True)
class Clock:
    """How long a training is, or a part of it."""

    epochs: float
    epoch_steps: int
    name: str = "the training"

    def __str__(self) -> str:
        return f"{self.name} of {self.epochs:g} epochs"

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


def as_typed(duration: float | str) -> str:
    return duration if isinstance(duration, str) else f"{duration:g}"


def unreadable(key: str, duration: float | str) -> list[Problem]:
    """Tell that a duration cannot be read."""
    try:
        if in_steps(duration, ONE_STEP) >= 0:
            return []
    except ValueError:
        pass
    wrong = "expected epochs (30), a share ('10%') or steps ('500 steps')"
    return [Problem(key, repr(duration), wrong)]


def not_positive(key: str, duration: float | str) -> list[Problem]:
    """Tell that a duration cannot be read or is nothing."""
    if problems := unreadable(key, duration):
        return problems
    if in_steps(duration, ONE_STEP) > 0:
        return []
    return [Problem(key, str(duration), "expected more than 0")]


def too_long(key: str, duration: float | str, clock: Clock) -> list[Problem]:
    """Tell that a duration outlasts the training."""
    most = clock.steps * (1 + 1e-9)  # 100 % of 55 steps are 55.00000000000001
    if in_steps(duration, clock) <= most:
        return []
    wrong, advice = f"is longer than {clock}", "lower it or raise training.epochs"
    return [Problem(key, as_typed(duration), wrong, advice)]


def too_late(key: str, duration: float | str, clock: Clock) -> list[Problem]:
    """Tell that the training does not live to see a moment."""
    if problems := too_long(key, duration, clock):
        return problems
    if in_steps(duration, clock) < clock.steps:
        return []
    wrong = "comes only when the training is over"
    return [Problem(key, as_typed(duration), wrong, "lower it")]
