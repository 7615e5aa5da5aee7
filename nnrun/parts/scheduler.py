"""Schedules: from the step's number to a factor on the learning rate."""

import re
from dataclasses import dataclass

import numpy as np

from nnrun.settings import Factor, Fraction, NotNegative

Duration = NotNegative | str  # epochs; or '10%' of the training, or '500 steps'


@dataclass(frozen=True)
class Clock:
    """How long the training is."""

    epochs: int
    epoch_steps: int

    @property
    def steps(self) -> int:
        return self.epochs * self.epoch_steps


def in_steps(duration: float | str, clock: Clock) -> float:
    """A duration as a number of steps."""
    if not isinstance(duration, str):
        return duration * clock.epoch_steps
    found = re.fullmatch(r"([\d.]+(?:e[+-]?\d+)?) *(%|steps?|epochs?|)", duration.strip())
    if not found:
        raise ValueError(duration)
    unit = {"%": clock.steps / 100, "s": 1, "e": clock.epoch_steps, "": clock.epoch_steps}[found[2][:1]]
    return float(found[1]) * unit


def as_typed(duration: float | str) -> str:
    return duration if isinstance(duration, str) else f"{duration:g}"


def misread(where: str, duration: float | str) -> list[str]:
    """The problem with a duration that cannot be read, if there is one."""
    try:
        readable = in_steps(duration, Clock(1, 1)) >= 0
    except ValueError:
        readable = False
    return [] if readable else [f"{where}={duration!r}: expected epochs (30), a share ('10%') or steps ('500 steps')"]


def too_long(where: str, duration: float | str, clock: Clock) -> list[str]:
    """The problem with a duration that outlasts the training, if there is one."""
    if in_steps(duration, clock) <= clock.steps:
        return []
    advice = "lower it or raise training.epochs"
    return [f"{where}={as_typed(duration)}: is longer than the training of {clock.epochs} epochs; {advice}"]


@dataclass(frozen=True)
class Constant:
    """The learning rate stays as it is."""

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        return np.ones_like(step)


@dataclass(frozen=True)
class Step:
    """The learning rate is multiplied by a factor at regular intervals."""

    every: Duration
    factor: Factor

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        return self.factor ** np.floor(step / in_steps(self.every, clock))

    def problems(self) -> list[str]:
        return misread("scheduler.every", self.every) or (
            [] if in_steps(self.every, Clock(1, 1)) > 0 else [f"scheduler.every={self.every}: expected more than 0"]
        )

    def conflicts(self, clock: Clock) -> list[str]:
        return too_long("scheduler.every", self.every, clock) or (
            [f"scheduler.every={as_typed(self.every)}: comes only when the training is over; lower it"]
            if in_steps(self.every, clock) >= clock.steps
            else []
        )


@dataclass(frozen=True)
class Cosine:
    """Warm up linearly, then fall along half a cosine to the floor, and stay there."""

    warmup: Duration
    length: Duration
    floor: Fraction

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        warmup, length = in_steps(self.warmup, clock), in_steps(self.length, clock)
        rise = (step + 1) / (warmup + 1)
        way = np.clip((step - warmup) / max(length - warmup, 1), 0, 1)
        fall = self.floor + (1 - self.floor) * (1 + np.cos(np.pi * way)) / 2
        return np.where(step < warmup, rise, fall)

    def problems(self) -> list[str]:
        return misread("scheduler.warmup", self.warmup) + misread("scheduler.length", self.length)

    def conflicts(self, clock: Clock) -> list[str]:
        found = too_long("scheduler.warmup", self.warmup, clock) + too_long("scheduler.length", self.length, clock)
        if not found and in_steps(self.warmup, clock) >= in_steps(self.length, clock):
            found.append(
                f"scheduler.warmup={self.warmup}: is not shorter than scheduler.length={self.length}; lower it"
            )
        return found
