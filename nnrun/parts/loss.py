"""Losses: from outputs and targets to one number, or to one for each member when there is a member axis.

The numbers that a loss `varies` may then be tensors with a value for each member; a formula uses each as it stands,
because torch rounds a number of Python only when it meets a tensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from nnrun.settings import Fraction

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Auto:
    """What fits the data: mse for numbers, cross entropy for classes."""

    task: ClassVar[str] = "any"

    def for_task(self, task: Literal["regression", "classification"]) -> Mse | CrossEntropy:
        return Mse() if task == "regression" else CrossEntropy(label_smoothing=0.0)


@dataclass(frozen=True)
class Mse:
    """Mean squared error."""

    task: ClassVar[str] = "regression"

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).square().mean((-2, -1))


@dataclass(frozen=True)
class Mae:
    """Mean absolute error."""

    task: ClassVar[str] = "regression"

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).abs().mean((-2, -1))


@dataclass(frozen=True)
class CrossEntropy:
    """−log of the probability given to the true class, a share of certainty spread over all."""

    label_smoothing: Fraction
    task: ClassVar[str] = "classification"
    varies: ClassVar[tuple[str, ...]] = ("label_smoothing",)

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        log_p = outputs.log_softmax(-1)
        loss = -log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1).mean(-1)
        if isinstance(self.label_smoothing, float) and not self.label_smoothing:
            return loss
        return loss - self.label_smoothing * (loss + log_p.mean((-2, -1)))
