"""Schedules along halves of a cosine."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from nnrun.errors import Problem
from nnrun.parts.interface import Scheduler
from nnrun.parts.kinds import Bound, Fraction, Level
from nnrun.parts.scheduler.durations import (
    Clock,
    Duration,
    as_typed,
    in_steps,
    not_positive,
    too_late,
    too_long,
    unreadable,
)

Growth = Annotated[float, Bound(least=1)]


def half_cosine(start: float, end: float, way: np.ndarray) -> np.ndarray:
    """Go from start to end along half a cosine, as the way goes from 0 to 1."""
    return end + (start - end) * (1 + np.cos(np.pi * way)) / 2


@dataclass(frozen=True)
class Cosine(Scheduler):
    """Warm up linearly, then fall along half a cosine to the floor, and stay there."""

    warmup: Duration
    length: Duration
    floor: Fraction

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        warmup, length = in_steps(self.warmup, clock), in_steps(self.length, clock)
        rise = (step + 1) / (warmup + 1)
        way = np.clip((step - warmup) / max(length - warmup, 1), 0, 1)
        return np.where(step < warmup, rise, half_cosine(1, self.floor, way))

    def problems(self) -> list[Problem]:
        return unreadable("warmup", self.warmup) + unreadable("length", self.length)

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        warmup, length = self.warmup, self.length
        problems = too_long("warmup", warmup, clock) + too_long("length", length, clock)
        if not problems and in_steps(warmup, clock) >= in_steps(length, clock):
            wrong = f"is not shorter than scheduler.length={as_typed(length)}"
            problems.append(Problem("warmup", as_typed(warmup), wrong, "lower it"))
        return problems


@dataclass(frozen=True)
class CosineRestarts(Scheduler):
    """Fall to the floor along half a cosine, again and again.

    Each period is `growth` times as long as the last.
    """

    period: Duration
    growth: Growth
    floor: Fraction

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        length, starts = in_steps(self.period, clock), [0.0]
        while starts[-1] <= step.max():
            starts.append(starts[-1] + length)
            length *= self.growth
        begun = np.searchsorted(starts, step, side="right") - 1
        way = (step - np.take(starts, begun)) / np.take(np.diff(starts), begun)
        return half_cosine(1, self.floor, way)

    def problems(self) -> list[Problem]:
        return not_positive("period", self.period)

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        if in_steps(self.period, clock) <= 1:
            wrong = "is no longer than a step, which cannot fall"
            return [Problem("period", as_typed(self.period), wrong, "raise it")]
        return too_late("period", self.period, clock)


@dataclass(frozen=True)
class OneCycle(Scheduler):
    """One rise to the full learning rate and one long fall, each along half a cosine."""

    peak: Duration
    start: Level
    end: Level

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        top = max(in_steps(self.peak, clock) - 1, 0)  # steps count from 0
        rest = max(clock.steps - 1 - top, 1)
        rise = half_cosine(self.start, 1, step / max(top, 1))
        fall = half_cosine(1, self.end, np.minimum((step - top) / rest, 1))
        return np.where(step < top, rise, fall)

    def problems(self) -> list[Problem]:
        return unreadable("peak", self.peak)

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        return too_late("peak", self.peak, clock)
