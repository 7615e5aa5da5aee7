"""Whether a point that moves on a landscape has found its goal."""

from nnrun.report.numbers import number
from nnrun.runs.epochs import EpochRecord

NEARNESS = "nearness"  # the score of a point
NEAR = 1e-3  # share of the height at the start, at which the goal counts as reached


def arrival(epochs: list[EpochRecord]) -> str:
    """Say whether a point has found its goal."""
    steps = steps_to_goal(epochs)
    if steps is not None:
        return f"reached the goal after {steps} steps"
    start, least = epochs[0].train_loss, min(epoch.val_loss for epoch in epochs)
    lowest = f"{number(start)}, at the start" if start <= least else number(least)
    told = f"did not reach the goal in {len(epochs)} steps: the lowest height was {lowest}"
    return f"{told}; try another optimizer.lr"


def steps_to_goal(epochs: list[EpochRecord]) -> int | None:
    """Count the steps after which a point stays near its goal; None where it does not.

    It makes one step in an epoch, and the training loss is the height before it.
    """
    near = NEAR * epochs[0].train_loss if epochs else 0.0
    away = max((epoch.number for epoch in epochs if not epoch.val_loss <= near), default=0)
    return away + 1 if away < len(epochs) else None
