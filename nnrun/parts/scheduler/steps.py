"""Schedules that stay where they are, but for some moments."""

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems
from nnrun.parts.interface import Scheduler, part
from nnrun.parts.kinds import Factor
from nnrun.parts.scheduler.durations import Clock, Duration, Timed, in_steps


@part
class Constant(Scheduler):
    """The learning rate stays as it is."""

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        return np.ones_like(step)


@part
class Step(Timed):
    """The learning rate is multiplied by a factor at regular intervals."""

    every: Duration
    factor: Factor
    moments = positive = ("every",)

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        return self.factor ** np.floor(step / in_steps(self.every, clock))


@part
class MultiStep(Timed):
    """The learning rate is multiplied by a factor at each of some moments."""

    milestones: tuple[Duration, ...]
    factor: Factor
    moments = ("milestones",)

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        moments = np.array([in_steps(milestone, clock) for milestone in self.milestones])
        return self.factor ** np.searchsorted(np.sort(moments), step, side="right")

    def problems(self) -> Problems:
        if not self.milestones:
            advice = "for none, use scheduler=constant"
            return [self.problem("milestones", "expected at least one", advice)]
        return super().problems()
