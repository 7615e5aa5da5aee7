"""How scores are written in pictures, and where an axis of them ends."""

from collections.abc import Sequence
from math import inf
from statistics import median
from typing import Protocol

LOST = 10  # times the distance from the best to the middle one: what is farther off is cut
Bounds = tuple[float, float]
SHORT = {"r2": "R²", "rmse": "RMSE", "mae": "MAE", "mse": "MSE", "f1": "F1", "auc": "AUC"}
SHORT |= {"mcc": "MCC", "crps": "CRPS"}
UNITS = {"mm": "mm", "deg": "degrees"}  # at the end of a metric's name

SHARES = (
    *("accuracy", "balanced_accuracy", "precision", "recall", "f1", "auc", "average_precision"),
    *("calibration_error", "below", "coverage_50", "coverage_90", "nearness"),
    *("outside_limits", "unreachable"),
)
ERRORS = (
    *("mse", "rmse", "mae", "median_error", "max_error", "pinball", "crps"),
    *("log_loss", "class_error"),
)
BOUNDS: dict[str, Bounds] = {
    **dict.fromkeys(SHARES, (0.0, 1.0)),
    **dict.fromkeys(ERRORS, (0.0, inf)),
    **dict.fromkeys(("mcc", "quadratic_kappa"), (-1.0, 1.0)),
    "r2": (-inf, 1.0),
    "brier": (0.0, 2.0),
}


def bounds(name: str) -> Bounds:
    """Tell between which numbers a metric can be at all; errors of an arm have a unit."""
    metric, _, _ = name.partition(".")
    unit = metric.rpartition("_")[-1]
    return (0.0, inf) if unit in UNITS else BOUNDS.get(metric, (-inf, inf))


class Watched(Protocol):
    """A score: what decides which epochs and which members are better."""

    @property
    def name(self) -> str: ...

    @property
    def better(self) -> int: ...  # 1 where more of it is better, -1 where less is

    @property
    def lowest(self) -> float: ...

    @property
    def highest(self) -> float: ...

    @property
    def share_below(self) -> float | None: ...  # of the quantile that it judges


def written(name: str) -> str:
    """Write the name of a score as people do: R², log loss, median position error in mm."""
    metric, _, of = name.partition(".")
    *words, last = SHORT.get(metric, metric).split("_")
    unit = f"in {UNITS[last]}" if last in UNITS else last
    return " ".join(filter(None, [of, *words, unit]))


def with_direction(name: str, better: int) -> str:
    """Add to a score's name that less is better, where that is so."""
    return name if better > 0 else f"{name} (less is better)"


def worst_shown(turned: Sequence[float], reach: float = 1e-3) -> float:
    """Find the worst score that is drawn at its place, so that lost ones press no others together.

    Scores are turned so that more is better. What is within reach of the best is never lost.
    """
    best, middle = max(turned), median(turned)
    threshold = best - max(LOST * (best - middle), reach)
    return min(score for score in turned if score >= threshold)


def axis_ends(drawn: Bounds, possible: Bounds = (-inf, inf), margin: float = 0.05) -> Bounds:
    """Leave a margin around what is drawn, but none where nothing can be."""
    (low, high), (least, greatest) = drawn, possible
    room = margin * ((high - low) or abs(high) or 1)
    return max(low - room, least), min(high + room, greatest)
