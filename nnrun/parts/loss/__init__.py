"""Losses: from outputs and targets to one number, or to one for each member when there is a member axis.

The numbers that a loss `varies` may then be tensors with a value for each member. A formula either uses each as it
stands in a product, because torch rounds a number of Python only when it meets a tensor, or lets `beside` round it.

Of torch's functions those are taken whose last digit does not depend on how many numbers stand in a tensor: exp, log1p,
tanh and logsigmoid, but neither cosh nor softplus.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from nnrun.errors import Problem
from nnrun.parts.dataset.arkoma import Arkoma
from nnrun.parts.dataset.landscape import EDGE, SURFACES, Landscape, Name
from nnrun.parts.dataset.scaling import Affine
from nnrun.parts.interface import Chosen, Dataset, Loss
from nnrun.parts.kinds import Fraction, NotNegative, Positive, Share
from nnrun.parts.loss import hand

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from nnrun.parts.dataset.scaling import Scaling


def beside(number: float | Tensor, rows: Tensor) -> Tensor:
    """A loss's number, rounded once, in the shape in which it meets the rows of its member."""
    if isinstance(number, float):
        return rows.new_full((), number)
    return number.view(
        -1, *[1] * (rows.dim() - 1)
    )  # (members, 1, 1) beside (members, rows, outputs)


@dataclass(frozen=True)
class Auto(Loss):
    """What fits the data: mse for numbers, cross entropy for classes."""

    label_smoothing: Fraction  # of cross entropy
    task: ClassVar[str] = "any"

    @property
    def smoothing(self) -> float:
        return self.label_smoothing

    def for_task(self, task: str) -> Mse | CrossEntropy:
        return Mse() if task == "regression" else CrossEntropy(self.label_smoothing, weights="none")


# For numbers


@dataclass(frozen=True)
class Mse(Loss):
    """Mean squared error."""

    task: ClassVar[str] = "regression"

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).square().mean((-2, -1))


@dataclass(frozen=True)
class Mae(Loss):
    """Mean absolute error."""

    task: ClassVar[str] = "regression"

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).abs().mean((-2, -1))


@dataclass(frozen=True)
class Mape(Loss):
    """Mean absolute error as a share of the target, whose size counts as `floor` at least."""

    floor: Positive
    task: ClassVar[str] = "regression"
    varies: ClassVar[tuple[str, ...]] = ("floor",)

    def unfit_beside(self, chosen: Chosen) -> list[Problem]:
        if problems := super().unfit_beside(chosen):
            return problems
        if chosen.target_kind == "none":
            return []
        option = f"loss={chosen.option('loss')}"
        wrong = f"moves the targets' zero, and {option} is a share of the target"
        advice = "use dataset.scale.targets=none"
        return [Problem("dataset.scale.targets", chosen.target_kind, wrong, advice)]

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        size = targets.abs().maximum(beside(self.floor, targets))
        return ((outputs - targets).abs() / size).mean((-2, -1))


@dataclass(frozen=True)
class Huber(Loss):
    """Half the square of errors up to `delta`, and a straight line beyond."""

    delta: Positive
    task: ClassVar[str] = "regression"
    varies: ClassVar[tuple[str, ...]] = ("delta",)

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        error = (outputs - targets).abs()
        bent = error.minimum(beside(self.delta, error))
        return (bent * (error - bent / 2)).mean((-2, -1))


@dataclass(frozen=True)
class LogCosh(Loss):
    """log cosh of the error: half its square where it is small, its size less log 2 where it is large."""

    task: ClassVar[str] = "regression"

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        error = (outputs - targets).abs()
        near = (
            -(-error.clamp(max=1).tanh().square()).log1p() / 2
        )  # exact where cosh would round to 1
        far = error + (-2 * error).exp().log1p() - log(2)  # and where it would overflow
        return near.where(error < 1, far).mean((-2, -1))


@dataclass(frozen=True)
class Quantile(Loss):
    """An error below the target costs `q` of its size, one above 1 − q: least where a share q lies below."""

    q: Share
    task: ClassVar[str] = "regression"
    varies: ClassVar[tuple[str, ...]] = ("q",)

    @property
    def off_centre(self) -> bool:
        return self.q != 0.5

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        missing = targets - outputs
        return (beside(self.q, missing) * missing + (-missing).relu()).mean((-2, -1))


LEAST_VARIANCE = (
    1e-6  # of a scaled target; a network that were surer than that would lose its numbers
)


@dataclass(frozen=True)
class GaussianNll(Loss):
    """−log of the density that the network gives the target: it says a mean and the logarithm of a variance.

    The means of all targets come first in the outputs, then the logarithms. The density's constant is left out.
    """

    task: ClassVar[str] = "regression"
    per_target: ClassVar[int] = 2  # outputs

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        means, log_variance = outputs.chunk(2, -1)
        held = log_variance.clamp(min=log(LEAST_VARIANCE))
        share = (
            log_variance - held
        ).exp()  # below the least a slope leads back up, as torch has it
        log_variance = held.detach() + (log_variance - log_variance.detach()) * share.detach()
        return ((log_variance + (means - targets).square() * (-log_variance).exp()) / 2).mean(
            (-2, -1)
        )


@dataclass(frozen=True)
class Pose(Loss):
    """How far the hand of an arm is from where the true joints put it, in millimetres and in degrees, weighted."""

    mm: NotNegative
    degrees: NotNegative
    task: ClassVar[str] = "regression"

    def problems(self) -> list[Problem]:
        if self.mm or self.degrees:
            return []
        wrong = "leaves nothing to learn, as loss.degrees is 0 as well"
        return [Problem("mm", "0", wrong, "raise one of them")]

    def unfit_beside(self, chosen: Chosen) -> list[Problem]:
        if problems := super().unfit_beside(chosen):
            return problems
        option = chosen.option("loss")
        if not isinstance(chosen.dataset, Arkoma):
            data = f"dataset={chosen.option('dataset')} has no arm"
            wrong = f"compares poses of an arm's hand, but {data}"
            return [Problem("loss", option, wrong, "use dataset=arkoma, or loss=mse")]
        if chosen.target_kind == "quantile":
            wrong = f"loss={option} cannot take joints back from it"
            advice = "use dataset.scale.targets=standard"
            return [Problem("dataset.scale.targets", chosen.target_kind, wrong, advice)]
        return []

    def for_targets(self, scaling: Scaling, dataset: Dataset) -> hand.Pose:
        """Give the loss of scaled joints of the arm."""
        assert isinstance(scaling, Affine)
        assert isinstance(dataset, Arkoma)
        return hand.Pose(
            self.mm,
            self.degrees,
            dataset.arm,
            tuple(scaling.shift.tolist()),
            tuple(scaling.spread.tolist()),
        )


# For landscapes


@dataclass(frozen=True)
class Height(Loss):
    """The height of a surface above the place that the outputs name."""

    surface: Name | None  # None where there is no landscape, which is refused before training
    task: ClassVar[str] = "landscape"

    def unfit_beside(self, chosen: Chosen) -> list[Problem]:
        if not isinstance(chosen.dataset, Landscape):
            wrong = "is for dataset=landscape alone"
            return [Problem("loss", chosen.option("loss"), wrong, "use loss=auto")]
        surface = chosen.dataset.surface
        if self.surface == surface:
            return []
        wrong = f"is not the surface of dataset.surface={surface}"
        return [Problem("loss.surface", self.surface, wrong, "set that one alone")]

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        x, y = outputs.clamp(-EDGE, EDGE).unbind(
            -1
        )  # flat beyond the edge, so that no point loses its numbers
        return SURFACES[str(self.surface)].height(x, y).mean(-1)


# For classes: outputs are scores, and `chances` says how nnrun.bundle turns them into probabilities


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """−log of the probability given to the true class, a share of certainty spread over all, classes weighted."""

    label_smoothing: Fraction
    weights: Literal["none", "balanced"] | tuple[Positive, ...]
    task: ClassVar[str] = "classification"
    varies: ClassVar[tuple[str, ...]] = ("label_smoothing",)

    def for_labels(self, labels: np.ndarray, classes: int) -> CrossEntropy:
        """The loss with a weight for each class; balanced ones let each class weigh alike in the training rows."""
        if self.weights != "balanced":
            return self
        count = [max(1, int((labels == i).sum())) for i in range(classes)]
        return replace(self, weights=tuple(len(labels) / (classes * rows) for rows in count))

    @property
    def smoothing(self) -> float:
        return self.label_smoothing

    @property
    def validated(self) -> Self:
        return replace(self, label_smoothing=0.0)

    def unfit_for_classes(self, classes: tuple[str, ...]) -> list[Problem]:
        if isinstance(self.weights, str) or len(self.weights) == len(classes):
            return []
        given = ",".join(f"{weight:g}" for weight in self.weights)
        order = ", ".join([*classes[:3], "..."] if len(classes) > 3 else classes)
        wrong = f"gives {len(self.weights)} weights, but there are {len(classes)} classes ({order})"
        return [Problem("weights", f"[{given}]", wrong, "give one for each, or use balanced")]

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        log_p = outputs.log_softmax(-1)
        of_true = log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
        if isinstance(self.weights, tuple):
            weights = outputs.new_tensor(self.weights)
            own = weights[targets]
            total = own.sum(-1)
            loss = -(own * of_true).sum(-1) / total
            return self.smoothed(loss, (weights * log_p).mean(-1).sum(-1) / total)
        return self.smoothed(-of_true.mean(-1), log_p.mean((-2, -1)))

    def smoothed(self, loss: Tensor, of_all: Tensor) -> Tensor:
        if isinstance(self.label_smoothing, float) and not self.label_smoothing:
            return loss
        return loss - self.label_smoothing * (loss + of_all)


@dataclass(frozen=True)
class KlDiv(Loss):
    """The divergence of the predicted probabilities from the wanted ones, which label smoothing spreads a little."""

    label_smoothing: Fraction
    task: ClassVar[str] = "classification"
    varies: ClassVar[tuple[str, ...]] = ("label_smoothing",)

    @property
    def smoothing(self) -> float:
        return self.label_smoothing

    @property
    def validated(self) -> Self:
        return replace(self, label_smoothing=0.0)

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        certain = outputs.new_zeros(outputs.shape).scatter(-1, targets.unsqueeze(-1), 1)
        wanted = certain - beside(self.label_smoothing, outputs) * (certain - 1 / outputs.shape[-1])
        return divergence(wanted, outputs.log_softmax(-1)).mean(-1)


def divergence(wanted: Tensor, log_p: Tensor) -> Tensor:
    """Kullback and Leibler's Σ wanted·log(wanted / p), in nats."""
    return (wanted.xlogy(wanted) - wanted * log_p).sum(-1)


@dataclass(frozen=True)
class Bce(Loss):
    """Cross entropy of one class against the rest, for each class by itself; a score is a logit."""

    task: ClassVar[str] = "classification"
    chances: ClassVar[str] = "sigmoid"

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        from torch.nn.functional import logsigmoid

        true = targets.unsqueeze(-1)
        right = (-outputs).scatter(
            -1, true, outputs.gather(-1, true)
        )  # how far each score points to the right side
        return -logsigmoid(right).mean((-2, -1))


@dataclass(frozen=True)
class Hinge(Loss):
    """How much the true class's score lacks to beat every other by `margin` (Crammer and Singer).

    With two classes, and t = ±1 for the second or the first, it is max(0, margin − t·(second − first)).
    """

    margin: Positive
    task: ClassVar[str] = "classification"
    varies: ClassVar[tuple[str, ...]] = ("margin",)

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        true = targets.unsqueeze(-1)
        best_other = outputs.scatter(-1, true, float("-inf")).amax(-1)
        lead = outputs.gather(-1, true).squeeze(-1) - best_other
        return (beside(self.margin, lead) - lead).relu().mean(-1)


@dataclass(frozen=True)
class Perceptron(Loss):
    """How far the true class's score lags behind the best other; nothing where it leads, so that mistakes alone teach.

    Rosenblatt's rule is its slope: the row is added to the true class's weights and taken from the winner's. A tie is a
    mistake as well, or weights that start at zero would stay there.
    """

    task: ClassVar[str] = "classification"
    chances: ClassVar[str] = "threshold"

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        true = targets.unsqueeze(-1)
        winner = outputs.scatter(-1, true, float("-inf")).argmax(
            -1, keepdim=True
        )  # one alone, also among equals
        lag = (outputs.gather(-1, winner) - outputs.gather(-1, true)).squeeze(-1)
        return lag.clamp(min=0).mean(-1)  # which has a slope at 0, where relu has none
