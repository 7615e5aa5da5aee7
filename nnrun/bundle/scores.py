"""The metrics by which epochs, members and runs may be ranked: which is better, and its bounds."""

from __future__ import annotations

from math import inf
from typing import Literal, NamedTuple


class Score(NamedTuple):
    """A metric that ranks."""

    name: str  # its path in summary.json
    better: Literal[1, -1]  # 1 where more of it is better, -1 where less is: rank by better * score
    lowest: float = -inf
    highest: float = inf
    share_below: float | None = None  # of the quantile that it judges: others are other scores


def error(name: str) -> Score:
    """Describe a metric that is 0 at best."""
    return Score(name, -1, lowest=0)


def share(name: str) -> Score:
    """Describe a metric between 0 and 1, of which more is better."""
    return Score(name, 1, 0, 1)


# of each kind of predictions; the first is the one that is taken where none is named
NUMBERS = (
    Score("r2", 1, highest=1),
    *map(error, ("rmse", "mse", "mae", "median_error", "max_error")),
)
DEVIATIONS = (error("crps"), Score("log_likelihood", 1))
QUANTILE = (error("pinball"),)
DECIDED = (
    *map(share, ("accuracy", "balanced_accuracy", "f1")),
    Score("mcc", 1, -1, 1),
)
PROBABLE = (
    *map(share, ("auc", "average_precision")),
    error("log_loss"),
    Score("brier", -1, 0, 2),
)
ORDERED = (error("class_error"), Score("quadratic_kappa", 1, -1, 1))
POINT = (share("nearness"),)
