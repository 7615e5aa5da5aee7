"""Schedules: from the step's number to a factor on the learning rate."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

import numpy as np

from nnrun.parts.interface import Scheduler
from nnrun.parts.kinds import Bound, Count, Factor, Fraction, NotNegative, read
from nnrun.parts.registry import part

Duration = NotNegative | str  # epochs; or '10%' of the training, or '500 steps'
Level = Annotated[float, Bound(least=0, most=1)]  # share of the learning rate
Growth = Annotated[float, Bound(least=1)]


@dataclass(frozen=True)
class Clock:
    """How long the training is."""

    epochs: float
    epoch_steps: int

    @property
    def steps(self) -> int:
        return round(self.epochs * self.epoch_steps)


def in_steps(duration: float | str, clock: Clock) -> float:
    """A duration as a number of steps."""
    if not isinstance(duration, str):
        return duration * clock.epoch_steps
    found = re.fullmatch(r"([\d.]+(?:e[+-]?\d+)?) *(%|steps?|epochs?|)", duration.strip())
    if not found:
        raise ValueError(duration)
    unit = {"%": clock.steps / 100, "s": 1, "e": clock.epoch_steps, "": clock.epoch_steps}[
        found[2][:1]
    ]
    return float(found[1]) * unit


def as_typed(duration: float | str) -> str:
    return duration if isinstance(duration, str) else f"{duration:g}"


def misread(where: str, duration: float | str) -> list[str]:
    """The problem with a duration that cannot be read, if there is one."""
    try:
        readable = in_steps(duration, Clock(1, 1)) >= 0
    except ValueError:
        readable = False
    return (
        []
        if readable
        else [f"{where}={duration!r}: expected epochs (30), a share ('10%') or steps ('500 steps')"]
    )


def empty(where: str, duration: float | str) -> list[str]:
    """The problem with a duration that cannot be read or is nothing, if there is one."""
    return misread(where, duration) or (
        [] if in_steps(duration, Clock(1, 1)) > 0 else [f"{where}={duration}: expected more than 0"]
    )


def too_long(where: str, duration: float | str, clock: Clock) -> list[str]:
    """The problem with a duration that outlasts the training, if there is one."""
    if in_steps(duration, clock) <= clock.steps * (
        1 + 1e-9
    ):  # 100 % of 55 steps are 55.00000000000001
        return []
    advice = "lower it or raise training.epochs"
    return [
        f"{where}={as_typed(duration)}: is longer than the training of {clock.epochs:g} epochs; {advice}"
    ]


def too_late(where: str, duration: float | str, clock: Clock) -> list[str]:
    """The problem with a moment that the training does not live to see, if there is one."""
    return too_long(where, duration, clock) or (
        [f"{where}={as_typed(duration)}: comes only when the training is over; lower it"]
        if in_steps(duration, clock) >= clock.steps
        else []
    )


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

    def problems(self) -> list[str]:
        return empty("scheduler.every", self.every)

    def unfit_for_clock(self, clock: Clock) -> list[str]:
        return too_late("scheduler.every", self.every, clock)


@dataclass(frozen=True)
class MultiStep(Scheduler):
    """The learning rate is multiplied by a factor at each of some moments."""

    milestones: tuple[Duration, ...]
    factor: Factor

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        moments = np.array([in_steps(milestone, clock) for milestone in self.milestones])
        return self.factor ** np.searchsorted(np.sort(moments), step, side="right")

    def problems(self) -> list[str]:
        if not self.milestones:
            return [
                "scheduler.milestones=[]: expected at least one; for none, use scheduler=constant"
            ]
        return [
            line
            for milestone in self.milestones
            for line in misread("scheduler.milestones", milestone)
        ]

    def unfit_for_clock(self, clock: Clock) -> list[str]:
        return [
            line
            for milestone in self.milestones
            for line in too_late("scheduler.milestones", milestone, clock)
        ]


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

    def problems(self) -> list[str]:
        found = empty("scheduler.length", self.length)
        if not self.start and not self.end:
            found.append(
                "scheduler.start=0: no step would move, as scheduler.end is 0 as well; raise one of them"
            )
        return found

    def unfit_for_clock(self, clock: Clock) -> list[str]:
        return too_long("scheduler.length", self.length, clock)


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

    def problems(self) -> list[str]:
        return misread("scheduler.warmup", self.warmup) + misread("scheduler.length", self.length)

    def unfit_for_clock(self, clock: Clock) -> list[str]:
        found = too_long("scheduler.warmup", self.warmup, clock) + too_long(
            "scheduler.length", self.length, clock
        )
        if not found and in_steps(self.warmup, clock) >= in_steps(self.length, clock):
            found.append(
                f"scheduler.warmup={self.warmup}: is not shorter than scheduler.length={self.length}; lower it"
            )
        return found


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

    def problems(self) -> list[str]:
        return empty("scheduler.period", self.period)

    def unfit_for_clock(self, clock: Clock) -> list[str]:
        if in_steps(self.period, clock) <= 1:
            return [
                f"scheduler.period={as_typed(self.period)}: is no longer than a step, which cannot fall; raise it"
            ]
        return too_late("scheduler.period", self.period, clock)


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

    def problems(self) -> list[str]:
        return misread("scheduler.peak", self.peak)

    def unfit_for_clock(self, clock: Clock) -> list[str]:
        return too_late("scheduler.peak", self.peak, clock)


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

    def unfit_for_clock(self, clock: Clock) -> list[str]:
        if self.patience < clock.epochs - 1:
            return []
        return [
            f"scheduler.patience={self.patience}: can never lower the learning rate in a training of {clock.epochs:g}"
            " epochs; lower it or raise training.epochs"
        ]


@dataclass(frozen=True)
class Chained(Scheduler):
    """One schedule, and from some moment on another; each takes its part of the training for the whole."""

    first: dict
    then: dict
    switch: Duration

    @cached_property
    def stages(self) -> tuple[list[Any], list[str]]:
        """Both schedules, and the problems with them."""
        schedules, problems = [], []
        for where, values in (("scheduler.first", self.first), ("scheduler.then", self.then)):
            cls, found = part("scheduler", values.get("_target_"))
            own = {key: value for key, value in values.items() if key != "_target_"}
            schedule, wrong = read(cls, own, where) if cls else (None, found)
            if schedule and schedule.follows_losses:
                wrong = [
                    f"{where}: plateau follows the losses, not the steps, and cannot be a part; take another"
                ]
            inner = schedule.problems() if schedule else []
            schedules.append(schedule)
            problems += [*wrong, *(within(where, line) for line in inner)]
        return schedules, problems

    def clocks(self, clock: Clock) -> tuple[Clock, Clock]:
        """The time of each."""
        moment = in_steps(self.switch, clock) / clock.epoch_steps  # in epochs
        return Clock(moment, clock.epoch_steps), Clock(clock.epochs - moment, clock.epoch_steps)

    def rate(self, step: np.ndarray, clock: Clock) -> np.ndarray:
        (first, then), _ = self.stages
        before, after = self.clocks(clock)
        begun = first.rate(np.minimum(step, before.steps), before)
        return np.where(
            step < before.steps, begun, then.rate(np.maximum(step - before.steps, 0), after)
        )

    def problems(self) -> list[str]:
        return self.stages[1] + empty("scheduler.switch", self.switch)

    def unfit_for_clock(self, clock: Clock) -> list[str]:
        if found := too_late("scheduler.switch", self.switch, clock):
            return found
        if not all(own.steps for own in self.clocks(clock)):
            return [
                f"scheduler.switch={as_typed(self.switch)}: leaves one of both schedules no step; move it"
            ]
        places = zip(
            ("scheduler.first", "scheduler.then"), self.stages[0], self.clocks(clock), strict=True
        )
        return [
            within(where, line)
            for where, schedule, own in places
            for line in schedule.unfit_for_clock(own)
        ]


def within(where: str, line: str) -> str:
    """What a schedule says of itself, as a part of another."""
    return line.replace("scheduler.", f"{where}.").replace("the training of", "its part of")
