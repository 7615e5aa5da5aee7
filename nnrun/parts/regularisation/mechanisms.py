"""What holds a network back: every mechanism, at rest unless an option of the group wakes it."""

from collections.abc import Callable
from math import inf
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems
from nnrun.parts.interface import Part, part
from nnrun.parts.kinds import Bound, Count, Fraction, Level, NotNegative, Positive, as_typed
from nnrun.parts.scheduler.durations import Clock

PENALTIES = "l1", "l2", "weight_decay"
BOUNDS = "max_norm", "clip_norm"
DISTURBANCES = (
    *("gradient_noise", "dropout", "input_noise", "shift", "rotation", "elastic"),
    *("new_poses", "mixup"),
)

Angle = Annotated[float, Bound(least=0, most=180)]


@part
class Regularisation(Part):
    """One value for each mechanism; the neutral ones stand in conf/config.yaml."""

    l1: NotNegative
    l2: NotNegative
    biases: bool
    weight_decay: NotNegative
    max_norm: Positive | None
    clip_norm: Positive | None
    gradient_noise: NotNegative
    dropout: Fraction
    label_smoothing: Fraction
    input_noise: NotNegative
    shift: NotNegative
    whole_pixels: bool
    rotation: Angle
    elastic: NotNegative
    mirror: Level
    new_poses: Level
    mixup: NotNegative
    ema: Fraction
    swa: Level
    patience: Count | Literal["auto"] | None
    min_delta: NotNegative
    added: ClassVar = {"mirror": 0.0, "whole_pixels": False}

    def active(self, *names: str) -> list[tuple[str, str]]:
        """Name those of some mechanisms that are not at rest, with their values as typed."""
        values = {name: getattr(self, name) for name in names}
        return [(name, as_typed(value)) for name, value in values.items() if value]

    @property
    def restraints(self) -> list[tuple[str, str]]:
        """Name what keeps weights small, or disturbs steps and rows, with the values as typed."""
        return self.active(*PENALTIES, *BOUNDS, *DISTURBANCES)

    @property
    def waits(self) -> float:
        """Epochs without a better loss after which training stops."""
        return self.patience if isinstance(self.patience, int) else inf

    @property
    def distortions(self) -> dict[str, float]:
        """Tell how far images are moved, turned, bent or mirrored, by what is asked for."""
        every = {
            "shift": self.shift,
            "rotation": self.rotation,
            "elastic": self.elastic,
            "mirror": self.mirror,
        }
        return {name: value for name, value in every.items() if value}

    @property
    def moves(self) -> bool:
        """Whether images are moved, turned or bent."""
        return bool(self.shift or self.rotation or self.elastic)

    def newest(self, clock: Clock) -> Callable[[ndarray], ndarray] | None:
        """Give the newest weights' share in the average that is scored, by the step.

        None where they are scored themselves.
        """
        if self.ema:
            # at first, few are remembered
            return lambda step: 1 - np.minimum(self.ema, (1 + step) / (10 + step))
        if self.swa:
            return lambda step: share_of_epochs(step, clock, self.averaged_from(clock))
        return None

    def averaged_from(self, clock: Clock) -> int:
        """Number the epoch, from 0, whose weights are the first in the average of epochs."""
        return round(min(clock.epochs - 1, clock.epochs * (1 - self.swa)))

    def unfit_for_clock(self, clock: Clock) -> Problems:
        if not self.swa or clock.epochs - self.averaged_from(clock) > 1:
            return []
        wrong = f"leaves one epoch of {clock.epochs:g}, so there is nothing to average"
        return [self.problem("swa", wrong, "raise it or training.epochs")]

    def problems(self) -> Problems:
        problems = []
        if self.min_delta and self.patience is None:
            wrong = "has no effect without patience"
            advice = "set regularisation.patience=10 or take regularisation=early_stopping"
            problems.append(self.problem("min_delta", wrong, advice))
        if self.biases and not (self.l1 or self.l2):
            wrong, advice = "has no effect without a penalty", "set regularisation.l1=1e-4"
            problems.append(self.problem("biases", wrong, advice))
        if self.whole_pixels and self.shift <= 0.5:  # which is rounded to no pixel
            wrong = "has no effect on images that move by half a pixel at most"
            advice = "set regularisation.shift=1.5"
            problems.append(self.problem("whole_pixels", wrong, advice))
        if self.ema and self.swa:
            wrong = f"with regularisation.ema={self.ema:g}, which averages the weights already"
            problems.append(self.problem("swa", wrong, "keep one of them"))
        return problems


def share_of_epochs(step: ndarray, clock: Clock, first: int) -> ndarray:
    """Take all until the first epoch that counts has ended, then each epoch's end alike."""
    ended = (step + 1) % clock.epoch_steps == 0
    counted = step // clock.epoch_steps - first + 1
    return np.where(counted <= 1, 1.0, ended / np.maximum(counted, 1))
