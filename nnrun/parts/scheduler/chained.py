"""Two schedules, one after the other."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, under
from nnrun.parts.interface import Scheduler, part
from nnrun.parts.kinds import read
from nnrun.parts.registry import TARGET, class_named
from nnrun.parts.scheduler.durations import Clock, Duration, Timed, in_steps


@part
class Chained(Timed):
    """One schedule, and from some moment on another.

    Each takes its part of the training for the whole.
    """

    first: dict
    then: dict
    switch: Duration
    moments = positive = ("switch",)

    @cached_property
    def stages(self) -> tuple[Scheduler, Scheduler]:
        """Both schedules; what is wrong with them is told by `problems`."""
        (first, _), (then, _) = stage(self.first), stage(self.then)
        return first, then

    def clocks(self, clock: Clock) -> tuple[Clock, Clock]:
        """Give the time of each schedule."""
        epochs = in_steps(self.switch, clock) / clock.epoch_steps
        first = Clock(epochs, clock.epoch_steps, "its part")
        return first, Clock(clock.epochs - epochs, clock.epoch_steps, "its part")

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        (first, then), (before, after) = self.stages, self.clocks(clock)
        begun = first.rate(np.minimum(step, before.steps), before)
        ended = then.rate(np.maximum(step - before.steps, 0), after)
        return np.where(step < before.steps, begun, ended)

    def problems(self) -> Problems:
        first, then = under("first", stage(self.first)[1]), under("then", stage(self.then)[1])
        return [*first, *then, *super().problems()]

    def unfit_for_clock(self, clock: Clock) -> Problems:
        if problems := super().unfit_for_clock(clock):
            return problems
        (first, then), (before, after) = self.stages, self.clocks(clock)
        if not before.steps or not after.steps:
            wrong = "leaves one of both schedules no step"
            return [self.problem("switch", wrong, "move it")]
        problems = under("first", first.unfit_for_clock(before))
        return problems + under("then", then.unfit_for_clock(after))


def stage(values: dict) -> tuple[Any, Problems]:
    """Build a schedule that is a part of another; None, and every problem, if any is wrong."""
    settings = dict(values)
    cls, problems = class_named("scheduler", settings.pop(TARGET, None))
    schedule, problems = read(cls, settings, "") if cls else (None, problems)
    if schedule is None:
        return None, problems
    if schedule.follows_losses:
        wrong = "plateau follows the losses, not the steps, and cannot be a part"
        return None, [Problem("", None, wrong, "take another")]
    return schedule, schedule.problems()
