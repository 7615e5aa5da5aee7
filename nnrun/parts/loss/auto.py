"""The loss that fits the data."""

from __future__ import annotations

from nnrun.parts.interface import Loss, part
from nnrun.parts.kinds import Fraction
from nnrun.parts.loss.classes import CrossEntropy
from nnrun.parts.loss.numbers import Mse


@part
class Auto(Loss):
    """What fits the data: mse for numbers, cross entropy for classes."""

    label_smoothing: Fraction  # of cross entropy
    task = "any"

    @property
    def smoothing(self) -> float:
        return self.label_smoothing

    def for_task(self, task: str) -> Mse | CrossEntropy:
        if task == "regression":
            return Mse()
        return CrossEntropy(self.label_smoothing, weights="none")
