"""Update rules: torch.optim's own operations in torch.optim's order, on the rows of all members at once.

`numbers` gives what a step needs, in float64; `update` applies it, a column with a value for each member. What a rule
`varies` may differ between members of one cohort.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnrun.settings import Fraction, NotNegative, Positive

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Adam:
    """Steps of lr·mean/√square, both running means of the gradient and corrected for their start at zero."""

    lr: Positive
    betas: tuple[Fraction, Fraction]
    eps: Positive
    slots: ClassVar[int] = 2
    varies: ClassVar[tuple[str, ...]] = ("lr", "betas", "eps")

    def numbers(self, step: np.ndarray, rate: np.ndarray) -> tuple:
        mean, square = self.betas
        size = -self.lr * rate / (1 - mean**step)
        return 1 - mean, square, 1 - square, np.sqrt(1 - square**step), self.eps, size

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        mean, square = memory
        news, keep, fresh, root, eps, size = numbers
        mean.lerp_(g, news)
        square.mul_(keep).addcmul_(g * fresh, g)
        w.add_((mean * size).div_(square.sqrt().div_(root).add_(eps)))


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam that also shrinks the weights by lr·weight_decay in each step; biases and norms are left alone."""

    weight_decay: NotNegative
    varies: ClassVar[tuple[str, ...]] = (*Adam.varies, "weight_decay")

    def numbers(self, step: np.ndarray, rate: np.ndarray) -> tuple:
        return 1 - self.lr * rate * self.weight_decay, *super().numbers(step, rate)

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        w[:, :weights].mul_(numbers[0])
        super().update(w, g, memory, numbers[1:], weights)


@dataclass(frozen=True)
class Sgd:
    """Steps of lr against the gradient, or against its running sum with momentum."""

    lr: Positive
    momentum: Fraction
    nesterov: bool
    slots: ClassVar[int] = 1
    varies: ClassVar[tuple[str, ...]] = ("lr", "momentum")

    def numbers(self, step: np.ndarray, rate: np.ndarray) -> tuple:
        return self.momentum, -self.lr * rate

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        (velocity,) = memory
        momentum, size = numbers
        velocity.mul_(momentum).add_(g)
        w.addcmul_(g.addcmul(velocity, momentum) if self.nesterov else velocity, size)

    def problems(self) -> list[str]:
        if self.nesterov and not self.momentum:
            return ["optimizer.nesterov=true: needs momentum, and optimizer.momentum is 0; set optimizer.momentum=0.9"]
        return []
