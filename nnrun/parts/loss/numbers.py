"""Losses for numbers."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from nnrun.errors import Problem, Problems
from nnrun.parts.interface import ChosenParts, Loss, part
from nnrun.parts.kinds import Positive, Share
from nnrun.parts.loss.members import at_rows

if TYPE_CHECKING:
    from torch import Tensor


@part
class Mse(Loss):
    """Mean squared error."""

    task = "regression"

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        from torch.nn.functional import mse_loss

        return mse_loss(outputs, targets, reduction="none")


@part
class Mae(Loss):
    """Mean absolute error."""

    task = "regression"

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).abs()


@part
class Mape(Loss):
    """Mean absolute error as a share of the target, whose size counts as `floor` at least."""

    floor: Positive
    task = "regression"
    varies = ("floor",)

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        problems = super().unfit_beside(chosen)
        if problems or chosen.target_kind == "none":
            return problems
        option = chosen.choice("loss")
        wrong = f"moves the targets' zero, and {option} is a share of the target"
        advice = "use dataset.scale.targets=none"
        return [Problem("dataset.scale.targets", chosen.target_kind, wrong, advice)]

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        size = targets.abs().maximum(at_rows(self.floor, targets))
        return (outputs - targets).abs() / size


@part
class Huber(Loss):
    """Half the square of errors up to `delta`, and a straight line beyond."""

    delta: Positive
    task = "regression"
    varies = ("delta",)

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        error = (outputs - targets).abs()
        bent = error.minimum(at_rows(self.delta, error))
        return bent * (error - bent / 2)


@part
class LogCosh(Loss):
    """log cosh of the error: half its square where small, its size less log 2 where large."""

    task = "regression"

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        error = (outputs - targets).abs()
        # exact where cosh would round to 1
        near = -(-error.clamp(max=1).tanh().square()).log1p() / 2
        # and where it would overflow
        far = error + (-2 * error).exp().log1p() - log(2)
        return near.where(error < 1, far)


@part
class Quantile(Loss):
    """An error below the target costs `q` of its size, one above 1 − q.

    It is least where a share q of the targets lies below.
    """

    q: Share
    task = "regression"
    varies = ("q",)

    @property
    def share_below(self) -> float | None:
        return None if self.q == 0.5 else self.q

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        missing = targets - outputs
        return at_rows(self.q, missing) * missing + (-missing).relu()


# Of a scaled target; a network that were surer than that would lose its numbers.
LEAST_VARIANCE = 1e-6


@part
class GaussianNll(Loss):
    """−log of the density that the network gives the target, but for the density's constant.

    It says a mean and the logarithm of a variance: first in the outputs come the means of all
    targets, then the logarithms.
    """

    task = "regression"
    per_target = 2

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        means, log_variance = outputs.chunk(2, -1)
        bounded = log_variance.clamp(min=log(LEAST_VARIANCE))
        share = (log_variance - bounded).exp().detach()
        # below the least a slope leads back up, as torch has it
        log_variance = bounded.detach() + (log_variance - log_variance.detach()) * share
        density = log_variance + (means - targets).square() * (-log_variance).exp()
        return density / 2
