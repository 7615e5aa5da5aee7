"""Schedules along halves of a cosine."""

from typing import Annotated

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems
from nnrun.parts.interface import Scheduler, part
from nnrun.parts.kinds import Bound, Fraction, Level, as_typed
from nnrun.parts.scheduler.durations import Clock, Duration, Timed, in_steps

Growth = Annotated[float, Bound(least=1)]


def half_cosine(start: float, end: float, way: ndarray) -> ndarray:
    """Go from start to end along half a cosine, as the way goes from 0 to 1."""
    return end + (start - end) * (1 + np.cos(np.pi * way)) / 2


def flat_cosine(way: ndarray) -> ndarray:
    """Stay at 1 for half the way, and fall to 0 along half a cosine."""
    return half_cosine(1, 0, np.clip(2 * way - 1, 0, 1))


@part
class CosLog(Scheduler):
    """Rise and fall several times along cosines, each twice as long as the one before.

    Of Holzmüller et al. (2024), who take four.
    """

    cycles: Annotated[int, Bound(least=1, most=20)]

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        turns = np.log2(1 + (2**self.cycles - 1) * step / clock.steps)
        return half_cosine(0, 1, 2 * turns)


@part
class Cosine(Timed):
    """Warm up linearly, then fall along half a cosine to the floor, and stay there."""

    warmup: Duration
    length: Duration
    floor: Fraction
    spans = ("warmup", "length")

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        warmup, length = in_steps(self.warmup, clock), in_steps(self.length, clock)
        rise = (step + 1) / (warmup + 1)
        way = np.clip((step - warmup) / max(length - warmup, 1), 0, 1)
        return np.where(step < warmup, rise, half_cosine(1, self.floor, way))

    def unfit_for_clock(self, clock: Clock) -> Problems:
        problems = super().unfit_for_clock(clock)
        if not problems and in_steps(self.warmup, clock) >= in_steps(self.length, clock):
            wrong = f"is not shorter than scheduler.length={as_typed(self.length)}"
            problems.append(self.problem("warmup", wrong, "lower it"))
        return problems


@part
class CosineRestarts(Timed):
    """Fall to the floor along half a cosine, again and again.

    Each period is `growth` times as long as the last.
    """

    period: Duration
    growth: Growth
    floor: Fraction
    moments = positive = ("period",)

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        length, starts = in_steps(self.period, clock), [0.0]
        while starts[-1] <= step.max():
            starts.append(starts[-1] + length)
            length *= self.growth
        begun = np.searchsorted(starts, step, side="right") - 1
        way = (step - np.take(starts, begun)) / np.take(np.diff(starts), begun)
        return half_cosine(1, self.floor, way)

    def unfit_for_clock(self, clock: Clock) -> Problems:
        if in_steps(self.period, clock) <= 1:
            wrong = "is a single step, in which nothing can fall"
            return [self.problem("period", wrong, "raise it")]
        return super().unfit_for_clock(clock)


@part
class OneCycle(Timed):
    """One rise to the full learning rate and one long fall, each along half a cosine."""

    peak: Duration
    start: Level
    end: Level
    moments = ("peak",)

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        top = max(in_steps(self.peak, clock) - 1, 0)  # steps count from 0
        rest = max(clock.steps - 1 - top, 1)
        rise = half_cosine(self.start, 1, step / max(top, 1))
        fall = half_cosine(1, self.end, np.minimum((step - top) / rest, 1))
        return np.where(step < top, rise, fall)
