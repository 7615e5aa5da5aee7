"""Schedules that change a little in every step, by the same amount or the same factor."""

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems
from nnrun.parts.interface import Scheduler, part
from nnrun.parts.kinds import Factor, Level
from nnrun.parts.scheduler.durations import Clock, Duration, Timed, in_steps


@part
class Exponential(Scheduler):
    """The learning rate falls by the same factor in every epoch, a little in every step."""

    factor: Factor

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        return self.factor ** (step / clock.epoch_steps)


@part
class Linear(Timed):
    """Along a straight line from one share of the learning rate to another, where it stays."""

    start: Level
    end: Level
    length: Duration
    spans = positive = ("length",)

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        way = np.minimum(step / in_steps(self.length, clock), 1)
        return self.start + (self.end - self.start) * way

    def problems(self) -> Problems:
        problems = super().problems()
        if not self.start and not self.end:
            wrong = "no step would move, as scheduler.end is 0 as well"
            problems.append(self.problem("start", wrong, "raise one of them"))
        return problems
