"""Schedules that stay where they are, but for some moments."""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems
from nnrun.parts.interface import Scheduler
from nnrun.parts.kinds import Factor
from nnrun.parts.scheduler.durations import Clock, Duration, Timed, in_steps


@dataclass(frozen=True)
class Constant(Scheduler):
    """The learning rate stays as it is."""

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        return np.ones_like(step)


@dataclass(frozen=True)
class Step(Timed):
    """The learning rate is multiplied by a factor at regular intervals."""

    every: Duration
    factor: Factor
    moments = positive = ("every",)

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        return self.factor ** np.floor(step / in_steps(self.every, clock))


@dataclass(frozen=True)
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
