"""What the curves say, in one sentence: under-, over- or well fitted."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import NamedTuple

from nnrun.runs.epochs import EpochRecord

FEW = "too few epochs to judge: raise training.epochs"
NEAR = 1e-3  # share of the height at the start, at which the goal counts as reached


class Curves(NamedTuple):
    """The losses of all epochs, and which epoch was the best."""

    train: list[float]
    val: list[float]
    best_epoch: int

    @classmethod
    def of(cls, epochs: list[EpochRecord], best_epoch: int) -> Curves:
        train = [epoch.train_loss for epoch in epochs]
        return cls(train, [epoch.val_loss for epoch in epochs], best_epoch)

    @property
    def best_val(self) -> float:
        return self.val[self.best_epoch - 1]

    @property
    def train_at_best(self) -> float:
        return self.train[self.best_epoch - 1]

    @property
    def best_at(self) -> str:
        return f"best at epoch {self.best_epoch} of {len(self.val)}"


class Reached(NamedTuple):
    """A score on the test rows, beside what simple answers have there."""

    name: str
    score: float
    constant: float  # of one answer for all rows
    linear: float | None  # of a linear model, where one was asked


def verdict(curves: Curves, reached: Reached | None) -> str:
    """Read the curves, and the score that was reached, if one tells how good the network is."""
    if len(curves.val) < 3:
        return FEW
    if reached is None:
        return overfitted(curves) or unfinished(curves) or fitted(curves)
    return (
        learnt_nothing(curves, reached)
        or overfitted(curves)
        or unfinished(curves)
        or beside_linear(reached)
        or almost_faultless(curves, reached)
        or fitted(curves)
    )


# Each gives its sentence, or nothing where it does not apply, nor where a score is no number


def learnt_nothing(curves: Curves, reached: Reached) -> str:
    """Say that one answer for all rows is as good."""
    name, score, constant, _ = reached
    if not score < constant + 0.05 * (1 - constant):
        return ""
    told = f"{name} {score:.3g}, where one answer for all rows has {constant:.3g}"
    if overfitted(curves):
        advice = "more rows or other columns would help"
        return f"learnt by heart, and nothing that holds for new rows: {told}; {advice}"
    return f"learnt next to nothing: {told}; try another optimizer.lr or more epochs"


def overfitted(curves: Curves) -> str:
    """Say that the losses part."""
    train, val, best = curves.train, curves.val, curves.best_val
    size = scale_of(train, val)
    if size(val[-1]) <= 1.1 * size(best) or train[-1] >= curves.train_at_best:
        return ""
    return (
        f"overfitted after epoch {curves.best_epoch}: validation loss rose from {best:.3g} to"
        f" {val[-1]:.3g} while training loss still fell; the best weights are kept,"
        " regularisation=[dropout,l2] or more rows may help"
    )


def unfinished(curves: Curves) -> str:
    """Say that the loss falls to the end."""
    epochs, size = len(curves.val), scale_of(curves.val)
    best, earlier = size(curves.best_val), size(min(curves.val[: max(1, int(epochs * 0.9))]))
    if curves.best_epoch <= 0.9 * epochs or best >= 0.95 * earlier:
        return ""
    fall = f"validation loss still fell by {1 - best / earlier:.0%} in the last tenth"
    return f"not finished: {fall}; raise training.epochs"


def beside_linear(reached: Reached) -> str:
    """Say that less than a tenth of what a linear model misses is closed."""
    name, score, _, linear = reached
    if linear is None or not score < linear + 0.1 * (1 - linear):
        return ""
    if linear > 0.9:
        told = f"no better than a linear model, whose {name} is {linear:.3f} already"
        return f"{told}: model=linear would do"
    told = f"underfitted: {name} {score:.3f} beside a linear model's {linear:.3f}"
    return f"{told}; train longer or widen it"


def almost_faultless(curves: Curves, reached: Reached) -> str:
    """Say that there are almost no mistakes."""
    if not reached.score > 0.995:
        return ""
    told = f"{reached.name} {reached.score:.3f} on rows it never saw"
    return f"well fitted: {curves.best_at}, {told}"


def fitted(curves: Curves) -> str:
    """Say that the losses stay together, or nearly."""
    size = scale_of(curves.train, curves.val)
    val, train = size(curves.best_val), size(curves.train_at_best)
    if val <= 2 * train:
        return f"well fitted: {curves.best_at}, validation and training loss lie close together"
    times = "more than the training rows, which cost nothing"
    if train:
        times = f"{val / train:.1f} times the training loss"
    return f"well fitted, though new rows cost {times}: more data would help most"


def scale_of(*losses: list[float]) -> Callable[[float], float]:
    """Compare losses as they are, or where some are below zero by what they allow for."""
    return allowed if min(map(min, losses)) < 0 else float


def allowed(loss: float) -> float:
    """Give the deviation that a likelihood allows for, up to a factor.

    Below zero, losses have no shares of each other.
    """
    return exp(min(loss, 700))


# A point that moves


def arrival(epochs: list[EpochRecord]) -> str:
    """Say whether a point has found its goal."""
    steps = steps_to_goal(epochs)
    if steps is not None:
        return f"reached the goal after {steps} steps"
    least = min(epoch.val_loss for epoch in epochs)
    told = f"did not reach the goal in {len(epochs)} steps: the lowest height was {least:.3g}"
    return f"{told}; try another optimizer.lr"


def steps_to_goal(epochs: list[EpochRecord]) -> int | None:
    """Count the steps after which a point stays near its goal; None where it does not.

    It makes one step in an epoch, and the training loss is the height before it.
    """
    near = NEAR * epochs[0].train_loss if epochs else 0.0
    away = max((epoch.number for epoch in epochs if not epoch.val_loss <= near), default=0)
    return away + 1 if away < len(epochs) else None
