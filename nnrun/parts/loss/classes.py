"""Losses for classes: outputs are scores, of which `chances` says how they become probabilities."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Self

from nnrun.errors import Problems
from nnrun.parts.interface import Loss, part
from nnrun.parts.kinds import Fraction, Names, Positive
from nnrun.parts.loss.members import at_rows

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

TINY = 1e-30  # a sum of weights that is none


@part
class Smoothed(Loss):
    """A loss that spreads a share of certainty over all classes, where it teaches."""

    label_smoothing: Fraction
    task = "classification"
    varies = ("label_smoothing",)

    @property
    def smoothing(self) -> float:
        return self.label_smoothing

    @property
    def validated(self) -> Self:
        return replace(self, label_smoothing=0.0)


@part
class CrossEntropy(Smoothed):
    """−log of the probability given to the true class; classes may be weighted."""

    weights: Literal["none", "balanced"] | tuple[Positive, ...]

    @property
    def class_weights(self) -> tuple[float, ...]:
        return self.weights if isinstance(self.weights, tuple) else ()

    def for_labels(
        self, labels: np.ndarray, classes: int, weights: np.ndarray | None = None
    ) -> CrossEntropy:
        """Give the loss with weights that let each class weigh alike in the training rows."""
        if self.weights != "balanced":
            return self
        of_rows = (labels >= 0) if weights is None else weights  # each counts one
        sums = [float(of_rows[labels == i].sum()) or 1.0 for i in range(classes)]
        return replace(self, weights=tuple(len(labels) / (classes * total) for total in sums))

    def unfit_for_classes(self, classes: Names) -> Problems:
        if isinstance(self.weights, str) or len(self.weights) == len(classes):
            return []
        order = ", ".join(classes[:3]) + ", ..." * (len(classes) > 3)
        there_are = f"but there are {len(classes)} classes ({order})"
        wrong = f"gives {len(self.weights)} weights, {there_are}"
        return [self.problem("weights", wrong, "give one for each, or use balanced")]

    def __call__(self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        log_p = outputs.log_softmax(-1)
        of_true = log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
        if self.class_weights:
            return self.of_weighted_classes(log_p, of_true, targets, weights)
        if weights is None:
            return self.smoothed(-of_true.mean(-1), log_p.mean((-2, -1)))
        of_all = (log_p.mean(-1) * weights).mean(-1)
        return self.smoothed(-(of_true * weights).mean(-1), of_all)

    def of_weighted_classes(
        self, log_p: Tensor, of_true: Tensor, targets: Tensor, weights: Tensor | None
    ) -> Tensor:
        """Average over the rows by the weights of their classes, and their own."""
        of_classes = log_p.new_tensor(self.weights)
        of_rows, of_all = of_classes[targets], (of_classes * log_p).mean(-1)
        if weights is not None:
            of_rows, of_all = of_rows * weights, of_all * weights
        total = of_rows.sum(-1).clamp(min=TINY)
        return self.smoothed(-(of_rows * of_true).sum(-1) / total, of_all.sum(-1) / total)

    def smoothed(self, loss: Tensor, of_all: Tensor) -> Tensor:
        if isinstance(self.label_smoothing, float) and not self.label_smoothing:
            return loss
        return loss - self.label_smoothing * (loss + of_all)


@part
class KlDiv(Smoothed):
    """The divergence of the predicted probabilities from the wanted, which smoothing spreads."""

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        certain = outputs.new_zeros(outputs.shape).scatter(-1, targets.unsqueeze(-1), 1)
        share = at_rows(self.label_smoothing, outputs)
        wanted = certain - share * (certain - 1 / outputs.shape[-1])
        return divergence(wanted, outputs.log_softmax(-1))


def divergence(wanted: Tensor, log_p: Tensor) -> Tensor:
    """Compute Kullback and Leibler's Σ wanted·log(wanted / p), in nats."""
    return (wanted.xlogy(wanted) - wanted * log_p).sum(-1)


@part
class Bce(Loss):
    """Cross entropy of one class against the rest, for each class; a score is a logit."""

    task = "classification"
    chances = "sigmoid"

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        from torch.nn.functional import logsigmoid

        true = targets.unsqueeze(-1)
        # how far each score points to the right side
        right = (-outputs).scatter(-1, true, outputs.gather(-1, true))
        return -logsigmoid(right)


@part
class Hinge(Loss):
    """How much the true class's score lacks to beat all others by `margin` (Crammer and Singer).

    With two classes, and t = ±1 for the second or the first, it is
    max(0, margin − t·(second − first)).
    """

    margin: Positive
    task = "classification"
    varies = ("margin",)

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        true = targets.unsqueeze(-1)
        best_other = outputs.scatter(-1, true, float("-inf")).amax(-1)
        lead = outputs.gather(-1, true).squeeze(-1) - best_other
        return (at_rows(self.margin, lead) - lead).relu()


@part
class Ordinal(Loss):
    """−log of the true class's probability, where classes have an order.

    The first output says where a row stands, the others where each next class begins: the second
    the first of these places, and each further one how much later it comes than the one before.
    """

    task = "classification"
    chances = "ordered"
    greatest_wins = False

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return -log_chances(outputs).gather(-1, targets.unsqueeze(-1)).squeeze(-1)


def log_chances(outputs: Tensor) -> Tensor:
    """Compute the logarithm of each class's probability, by logits of standing beyond each place.

    σ(a) − σ(b) is σ(a)·σ(−b)·(1 − exp(b − a)), and the last of these is σ(gap) where a − b is
    log(1 + exp(gap)).
    """
    import torch
    from torch.nn.functional import logsigmoid

    stands, first, gaps = outputs[..., :1], outputs[..., 1:2], outputs[..., 2:]
    places = torch.cat([first, -logsigmoid(-gaps)], -1).cumsum(-1)  # (..., classes − 1)
    beyond, none = stands - places, torch.zeros_like(stands)
    above, below = logsigmoid(beyond), logsigmoid(-beyond)
    between = torch.cat([none, logsigmoid(gaps), none], -1)
    return torch.cat([none, above], -1) + torch.cat([below, none], -1) + between


@part
class Perceptron(Loss):
    """How far the true class's score lags behind the best other; nothing where it leads.

    So mistakes alone teach. Rosenblatt's rule is its slope: the row is added to the true class's
    weights and taken from the winner's. A tie is a mistake as well, or weights that start at zero
    would stay there.
    """

    task = "classification"
    chances = "threshold"

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        true = targets.unsqueeze(-1)
        others = outputs.scatter(-1, true, float("-inf"))
        winner = others.argmax(-1, keepdim=True)  # one alone, also among equals
        lag = (outputs.gather(-1, winner) - outputs.gather(-1, true)).squeeze(-1)
        return lag.clamp(min=0)  # which has a slope at 0, where relu has none
