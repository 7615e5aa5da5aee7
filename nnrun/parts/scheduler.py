"""Schedules: from the step's number to a factor on the learning rate."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np

from nnrun.errors import Problem
from nnrun.parts.interface import Scheduler
from nnrun.parts.kinds import Bound, Count, Factor, Fraction, NotNegative, read
from nnrun.parts.registry import TARGET, part

Duration = NotNegative | str  # epochs; or '10%' of the training, or '500 steps'
Level = Annotated[float, Bound(least=0, most=1)]  # share of the learning rate
Growth = Annotated[float, Bound(least=1)]


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


def half_cosine(start: float, end: float, way: np.ndarray) -> np.ndarray:
    """From start to end along half a cosine, as the way goes from 0 to 1."""
    return end + (start - end) * (1 + np.cos(np.pi * way)) / 2


@dataclass(frozen=True)
class Constant(Scheduler):
    """The learning rate stays as it is."""

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        return np.ones_like(step)


@dataclass(frozen=True)
class Step(Scheduler):
    """The learning rate is multiplied by a factor at regular intervals."""

    every: Duration
    factor: Factor

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        return self.factor ** np.floor(step / in_steps(self.every, clock))

    def problems(self) -> list[Problem]:
        return not_positive("every", self.every)

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        return too_late("every", self.every, clock)


@dataclass(frozen=True)
class MultiStep(Scheduler):
    """The learning rate is multiplied by a factor at each of some moments."""

    milestones: tuple[Duration, ...]
    factor: Factor

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        moments = np.array([in_steps(milestone, clock) for milestone in self.milestones])
        return self.factor ** np.searchsorted(np.sort(moments), step, side="right")

    def problems(self) -> list[Problem]:
        if not self.milestones:
            advice = "for none, use scheduler=constant"
            return [Problem("milestones", "[]", "expected at least one", advice)]
        found = [unreadable("milestones", milestone) for milestone in self.milestones]
        return [problem for problems in found for problem in problems]

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        found = [too_late("milestones", milestone, clock) for milestone in self.milestones]
        return [problem for problems in found for problem in problems]


@dataclass(frozen=True)
class Exponential(Scheduler):
    """The learning rate falls by the same factor in every epoch, a little in every step."""

    factor: Factor

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        return self.factor ** (step / clock.epoch_steps)


@dataclass(frozen=True)
class Linear(Scheduler):
    """Along a straight line from one share of the learning rate to another, where it stays."""

    start: Level
    end: Level
    length: Duration

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        return self.start + (self.end - self.start) * np.minimum(
            step / in_steps(self.length, clock), 1
        )

    def problems(self) -> list[Problem]:
        problems = not_positive("length", self.length)
        if not self.start and not self.end:
            wrong = "no step would move, as scheduler.end is 0 as well"
            problems.append(Problem("start", "0", wrong, "raise one of them"))
        return problems

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        return too_long("length", self.length, clock)


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
    """Fall to the floor along half a cosine, again and again; each period is `growth` times as long as the last."""

    period: Duration
    growth: Growth
    floor: Fraction

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        length, starts = in_steps(self.period, clock), [0.0]
        while starts[-1] <= step.max():
            starts.append(starts[-1] + length)
            length *= self.growth
        begin = np.searchsorted(starts, step, side="right") - 1
        return half_cosine(
            1, self.floor, (step - np.take(starts, begin)) / np.take(np.diff(starts), begin)
        )

    def problems(self) -> list[Problem]:
        return not_positive("period", self.period)

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        if in_steps(self.period, clock) <= 1:
            wrong = "is no longer than a step, which cannot fall"
            return [Problem("period", as_typed(self.period), wrong, "raise it")]
        return too_late("period", self.period, clock)


@dataclass(frozen=True)
class OneCycle(Scheduler):
    """One rise to the full learning rate and one long fall far below the start, each along half a cosine."""

    peak: Duration
    start: Level
    end: Level

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        top = max(in_steps(self.peak, clock) - 1, 0)  # steps count from 0
        rise = half_cosine(self.start, 1, step / max(top, 1))
        fall = half_cosine(1, self.end, np.minimum((step - top) / max(clock.steps - 1 - top, 1), 1))
        return np.where(step < top, rise, fall)

    def problems(self) -> list[Problem]:
        return unreadable("peak", self.peak)

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        return too_late("peak", self.peak, clock)


@dataclass(frozen=True)
class Plateau(Scheduler):
    """The learning rate is multiplied by a factor whenever the validation loss has not fallen for some epochs."""

    factor: Fraction
    patience: Count
    threshold: Fraction  # share by which a loss has to be below the best to count as fallen
    floor: Fraction
    follows_losses: ClassVar[bool] = True

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        return np.ones_like(step)

    def level(self, losses: list[float]) -> float:
        level, best, waited = 1.0, float("inf"), 0
        for loss in losses:
            waited += 1
            if best == float("inf") or loss < best - self.threshold * abs(best):
                best, waited = loss, 0
            if waited == self.patience:
                level, waited = max(level * self.factor, self.floor), 0
        return level

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        if self.patience < clock.epochs - 1:
            return []
        wrong = f"can never lower the learning rate in a training of {clock.epochs:g} epochs"
        advice = "lower it or raise training.epochs"
        return [Problem("patience", str(self.patience), wrong, advice)]


@dataclass(frozen=True)
class Chained(Scheduler):
    """One schedule, and from some moment on another; each takes its part of the training for the whole."""

    first: dict
    then: dict
    switch: Duration

    @cached_property
    def stages(self) -> tuple[Scheduler, Scheduler]:
        """Both schedules; what is wrong with them is told by `problems`."""
        (first, _), (then, _) = stage(self.first), stage(self.then)
        return first, then

    def clocks(self, clock: Clock) -> tuple[Clock, Clock]:
        """Give the time of each schedule."""
        moment = in_steps(self.switch, clock) / clock.epoch_steps  # in epochs
        first = Clock(moment, clock.epoch_steps, "its part")
        return first, Clock(clock.epochs - moment, clock.epoch_steps, "its part")

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        (first, then), (before, after) = self.stages, self.clocks(clock)
        begun = first.rate(np.minimum(step, before.steps), before)
        ended = then.rate(np.maximum(step - before.steps, 0), after)
        return np.where(step < before.steps, begun, ended)

    def problems(self) -> list[Problem]:
        first = [problem.under("first") for problem in stage(self.first)[1]]
        then = [problem.under("then") for problem in stage(self.then)[1]]
        return [*first, *then, *not_positive("switch", self.switch)]

    def unfit_for_clock(self, clock: Clock) -> list[Problem]:
        if problems := too_late("switch", self.switch, clock):
            return problems
        (first, then), (before, after) = self.stages, self.clocks(clock)
        if not before.steps or not after.steps:
            wrong = "leaves one of both schedules no step"
            return [Problem("switch", as_typed(self.switch), wrong, "move it")]
        problems = [problem.under("first") for problem in first.unfit_for_clock(before)]
        return problems + [problem.under("then") for problem in then.unfit_for_clock(after)]


def stage(values: dict) -> tuple[Any, list[Problem]]:
    """Build a schedule that is a part of another; None, and every problem, if any is wrong."""
    settings = dict(values)
    cls, problems = part("scheduler", settings.pop(TARGET, None))
    schedule, problems = read(cls, settings, "") if cls else (None, problems)
    if schedule is None:
        return None, problems
    if schedule.follows_losses:
        wrong = "plateau follows the losses, not the steps, and cannot be a part"
        return None, [Problem("", None, wrong, "take another")]
    return schedule, schedule.problems()
