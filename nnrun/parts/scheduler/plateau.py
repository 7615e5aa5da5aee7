"""A schedule that follows the losses."""

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems
from nnrun.parts.interface import Scheduler, part
from nnrun.parts.kinds import Count, Fraction
from nnrun.parts.scheduler.durations import Clock


@part
class Plateau(Scheduler):
    """The learning rate is multiplied by a factor when the loss has not fallen for some epochs."""

    factor: Fraction
    patience: Count
    # share by which a validation loss has to be below the best to count as fallen
    threshold: Fraction
    floor: Fraction
    follows_losses = True

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
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

    def unfit_for_clock(self, clock: Clock) -> Problems:
        if self.patience < clock.epochs - 1:
            return []
        wrong = f"can never lower the learning rate in {clock}"
        advice = "lower it or raise training.epochs"
        return [self.problem("patience", wrong, advice)]
