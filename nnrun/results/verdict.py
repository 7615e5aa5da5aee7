"""What the curves say, in one sentence: under-, over- or well fitted."""

from math import exp

from nnrun.results.course import Seen, steps_to_goal


def verdict(
    train: list[float],
    val: list[float],
    best_epoch: int,
    gauge: str,
    reached: float,
    constant: float,
    linear: float | None,
) -> str:
    """The reading of the curves and of the gauge reached on test rows.

    `constant` is what the same gauge gives to one answer for all rows, `linear` to a linear model, where one was asked.
    """
    if reached < constant + 0.05 * (1 - constant):
        return (
            f"learnt next to nothing: {gauge} {reached:.3g}, where one answer for all rows has {constant:.3g};"
            " try another optimizer.lr or more epochs"
        )
    if linear is not None and reached < linear + 0.1 * (1 - linear):  # closes less than a tenth of what is missing
        if linear > 0.9:
            return f"no better than a linear model, whose {gauge} is {linear:.3f} already: model=linear would do"
        return f"underfitted: {gauge} {reached:.3f} beside a linear model's {linear:.3f}; train longer or widen it"
    return reading(train, val, best_epoch)


def reading(train: list[float], val: list[float], best_epoch: int) -> str:
    """What the two curves say of each other."""
    best, beside = val[best_epoch - 1], train[best_epoch - 1]
    if len(val) < 3:
        return "too few epochs to judge: raise training.epochs"
    size = allowed if min(train + val) < 0 else float
    if size(val[-1]) > 1.1 * size(best) and train[-1] < beside:
        return (
            f"overfitted after epoch {best_epoch}: validation loss rose from {best:.3g} to {val[-1]:.3g} while training"
            " loss still fell; the best weights are kept, regularisation=[dropout,early_stopping] may help"
        )
    earlier = min(val[: max(1, int(len(val) * 0.9))])
    if best_epoch > 0.9 * len(val) and size(best) < 0.95 * size(earlier):
        fall = 1 - size(best) / size(earlier)
        return f"not finished: validation loss still fell by {fall:.0%} in the last tenth; raise training.epochs"
    if size(best) > 2 * size(beside):
        times = (
            f"{size(best) / size(beside):.1f} times the training loss"
            if size(beside)
            else "more than the training rows, which cost nothing"
        )
        return f"well fitted, though new rows cost {times}: more data would help most"
    return f"well fitted: best at epoch {best_epoch} of {len(val)}, validation and training loss lie close together"


def allowed(loss: float) -> float:
    """The deviation that a likelihood allows for, up to a factor; below zero, losses have no shares of each other."""
    return exp(min(loss, 700))


def arrival(seen: list[Seen]) -> str:
    """Whether a point on a landscape has found its goal."""
    steps = steps_to_goal(seen)
    if steps is not None:
        return f"reached the goal after {steps} steps"
    least = min(epoch.val_loss for epoch in seen)
    return f"did not reach the goal in {len(seen)} steps: the lowest height was {least:.3g}; try another optimizer.lr"
