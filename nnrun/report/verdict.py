"""What the curves say, in one sentence: under-, over- or well fitted."""

from collections.abc import Callable
from math import exp
from typing import NamedTuple

from nnrun.runs.epochs import EpochRecord


class Reached(NamedTuple):
    """A score on the test rows, beside what simple answers have there."""

    name: str
    score: float
    constant: float  # of one answer for all rows
    linear: float | None  # of a linear model, where one was asked


def verdict(train: list[float], val: list[float], best_epoch: int, reached: Reached) -> str:
    """Read the curves and the score that was reached."""
    name, score, constant, linear = reached
    if len(val) < 3:
        return FEW
    spoilt = overfitted(train, val, best_epoch)
    if score < constant + 0.05 * (1 - constant):
        found = f"{name} {score:.3g}, where one answer for all rows has {constant:.3g}"
        if spoilt:
            return f"learnt by heart, and nothing that holds for new rows: {found}; more rows or other columns would help"
        return f"learnt next to nothing: {found}; try another optimizer.lr or more epochs"
    if early := spoilt or unfinished(val, best_epoch):
        return early
    if linear is not None and score < linear + 0.1 * (
        1 - linear
    ):  # closes less than a tenth of what is missing
        if linear > 0.9:
            return f"no better than a linear model, whose {name} is {linear:.3f} already: model=linear would do"
        return f"underfitted: {name} {score:.3f} beside a linear model's {linear:.3f}; train longer or widen it"
    if score > 0.995:
        return f"well fitted: best at epoch {best_epoch} of {len(val)}, {name} {score:.3f} on rows it never saw"
    return fitted(train, val, best_epoch)


FEW = "too few epochs to judge: raise training.epochs"


def reading(train: list[float], val: list[float], best_epoch: int) -> str:
    """What the two curves say of each other, when nothing else tells how good they are."""
    if len(val) < 3:
        return FEW
    return (
        overfitted(train, val, best_epoch)
        or unfinished(val, best_epoch)
        or fitted(train, val, best_epoch)
    )


def overfitted(train: list[float], val: list[float], best_epoch: int) -> str:
    """The sentence for losses that part, empty when they do not."""
    best, size = val[best_epoch - 1], scale_of(train, val)
    if size(val[-1]) <= 1.1 * size(best) or train[-1] >= train[best_epoch - 1]:
        return ""
    return (
        f"overfitted after epoch {best_epoch}: validation loss rose from {best:.3g} to {val[-1]:.3g} while training"
        " loss still fell; the best weights are kept, regularisation=[dropout,l2] or more rows may help"
    )


def unfinished(val: list[float], best_epoch: int) -> str:
    """The sentence for a loss that falls to the end, empty when it has come to rest."""
    best, size = val[best_epoch - 1], scale_of(val)
    earlier = min(val[: max(1, int(len(val) * 0.9))])
    if best_epoch <= 0.9 * len(val) or size(best) >= 0.95 * size(earlier):
        return ""
    fall = 1 - size(best) / size(earlier)
    return f"not finished: validation loss still fell by {fall:.0%} in the last tenth; raise training.epochs"


def fitted(train: list[float], val: list[float], best_epoch: int) -> str:
    """The sentence for losses that stay together, or nearly."""
    best, beside, size = val[best_epoch - 1], train[best_epoch - 1], scale_of(train, val)
    if size(best) <= 2 * size(beside):
        return f"well fitted: best at epoch {best_epoch} of {len(val)}, validation and training loss lie close together"
    times = (
        f"{size(best) / size(beside):.1f} times the training loss"
        if size(beside)
        else "more than the training rows, which cost nothing"
    )
    return f"well fitted, though new rows cost {times}: more data would help most"


def scale_of(*losses: list[float]) -> Callable[[float], float]:
    """How losses are compared: as they are, or where some are below zero by what they allow for."""
    return allowed if min(map(min, losses)) < 0 else float


def allowed(loss: float) -> float:
    """The deviation that a likelihood allows for, up to a factor; below zero, losses have no shares of each other."""
    return exp(min(loss, 700))


def arrival(epochs: list[EpochRecord]) -> str:
    """Say whether a point has found its goal."""
    steps = steps_to_goal(epochs)
    if steps is not None:
        return f"reached the goal after {steps} steps"
    least = min(epoch.val_loss for epoch in epochs)
    return (
        f"did not reach the goal in {len(epochs)} steps: the lowest height was {least:.3g};"
        " try another optimizer.lr"
    )


NEAR = 1e-3  # share of the height at the start, at which the goal counts as reached


def steps_to_goal(epochs: list[EpochRecord]) -> int | None:
    """Count the steps after which a point stays near its goal; None where it does not.

    It makes one step in an epoch, and the training loss is the height before it.
    """
    near = NEAR * epochs[0].train_loss if epochs else 0.0
    away = max((epoch.number for epoch in epochs if not epoch.val_loss <= near), default=0)
    return away + 1 if away < len(epochs) else None
