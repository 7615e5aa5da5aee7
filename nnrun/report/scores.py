"""How scores are written in pictures, and between which numbers they can lie."""

from math import inf

Bounds = tuple[float, float]

ANY: Bounds = (-inf, inf)
ERROR: Bounds = (0.0, inf)
SHARE: Bounds = (0.0, 1.0)
BOUNDS: dict[str, Bounds] = {
    **dict.fromkeys(("accuracy", "precision", "recall", "balanced_accuracy", "f1"), SHARE),
    **dict.fromkeys(("auc", "average_precision", "calibration_error", "nearness"), SHARE),
    **dict.fromkeys(("below", "coverage_50", "coverage_90"), SHARE),
    **dict.fromkeys(("rmse", "mae", "mse", "median_error", "max_error"), ERROR),
    **dict.fromkeys(("log_loss", "crps", "pinball", "height"), ERROR),
    "brier": (0.0, 2.0),
    "mcc": (-1.0, 1.0),
    "r2": (-inf, 1.0),
}


SHORT = {"r2": "R²", "rmse": "RMSE", "mae": "MAE", "mse": "MSE", "f1": "F1", "auc": "AUC"}
SHORT |= {"mcc": "MCC", "crps": "CRPS"}


def written(score: str) -> str:
    """Write the name of a score as people do: R², log loss."""
    return SHORT.get(score, score.replace("_", " "))


def bounds(score: str) -> Bounds:
    """Give the least and the greatest number that a score can be."""
    return BOUNDS.get(score, ANY)


def axis_ends(ends: Bounds, possible: Bounds, margin: float = 0.05) -> Bounds:
    """Leave a margin around the ends of an axis, but none where nothing can be."""
    low, high = ends
    room = margin * ((high - low) or abs(high) or 1)
    least, greatest = possible
    return max(low - room, least), min(high + room, greatest)
