"""Intervals around predicted numbers, as wide as a trained model's margins say they have to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, listing
from nnrun.parts.model.margins import Margins

if TYPE_CHECKING:
    from nnrun.parts.model.saved import TrainedModel

MIDDLE = 0.5
USUAL = 0.9
ENDS = ("low", "high")


def problems_of(about: TrainedModel, level: float, mark: str = "") -> Problems:
    """Tell why there is no interval at a level; the mark makes its name what was typed."""
    key = f"{mark}interval {level:g}" if mark else f"interval={level:g}"
    if about.classes:
        wrong = f"the run predicts classes ({listing(about.classes, 3)}), which have probabilities"
        return [Problem(key, None, wrong, "leave it out")]
    if not 0 < level < 1:
        wrong = "expected a share of the rows, between 0 and 1"
        return [Problem(key, None, wrong, f"give {mark}interval {USUAL}" if mark else "give 0.9")]
    if about.margins is None:
        wrong = (
            "the run kept no errors of validation rows: it had none, or is of an earlier version"
        )
        return [Problem(key, None, wrong, "train again, with dataset.split.val=0.2")]
    return target_as_end(about, key) or about.margins.problems(level, key)


def target_as_end(about: TrainedModel, key: str) -> Problems:
    """Find a target that has the name of another one's end."""
    names = about.target_names
    ends = {f"{end}_{name}": name for name in names for end in ENDS}
    return [
        Problem(key, None, f"'{end}' is a target, and the end of '{name}'", "leave it out")
        for end, name in ends.items()
        if end in names
    ]


def unit(
    about: TrainedModel, by: str, floors: ndarray, predicted: ndarray, spreads: ndarray
) -> ndarray:
    """Tell what a row's errors are measured in, (rows, targets)."""
    targets = len(about.target_names)
    if by == "deviation":
        return predicted[:, targets:]
    if by == "spread":
        return np.hypot(spreads, floors).clip(np.finfo(np.float64).tiny)
    return np.ones((len(predicted), targets))


def misses(about: TrainedModel, predicted: ndarray, true: ndarray) -> ndarray:
    """Tell by how much targets lie outside: of a quantile, on the side where few of them lie."""
    apart = true.astype(np.float64) - predicted[:, : len(about.target_names)]
    if about.share_below is None:
        return np.abs(apart)
    return apart if about.share_below > MIDDLE else -apart


def limits(
    about: TrainedModel, margins: Margins, level: float, predicted: ndarray, spreads: ndarray
) -> tuple[ndarray, ndarray]:
    """Give the lower and upper end of each interval; a quantile's has one end alone."""
    widths = unit(about, margins.by, np.array(margins.floors), predicted, spreads)
    reach, means = widths * margins.reach(level), predicted[:, : len(about.target_names)]
    nowhere = np.full(means.shape, np.inf)
    low = -nowhere if (about.share_below or 0) > MIDDLE else means - reach
    high = nowhere if (about.share_below or 1) < MIDDLE else means + reach
    return low, high


def columns(about: TrainedModel, low: ndarray, high: ndarray) -> dict[str, ndarray]:
    """Name the ends that there are, target by target."""
    told = {}
    for place, name in enumerate(about.target_names):
        for end, values in zip(ENDS, (low, high), strict=True):
            if not np.isinf(values).all():
                told[f"{end}_{name}"] = values[:, place]
    return told
