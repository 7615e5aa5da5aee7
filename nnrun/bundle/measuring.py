"""What is measured of predictions: the usual metrics, and those that a data set brings along."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy import ndarray

from nnrun.bundle import certainty, metrics
from nnrun.parts.model.saved import TrainedModel


def measure(
    about: TrainedModel,
    asked: ndarray,
    predicted: ndarray,
    true: ndarray,
    weights: ndarray | None = None,
) -> dict:
    """Compute every metric of rows, of which `asked` is known, and perhaps how much they count."""
    if about.classes:
        how = about.threshold, weights, about.ordered
        return metrics.classification(true, predicted, about.classes, *how)
    means, _ = parted(about, predicted)
    if about.own_metrics.replaces_usual:
        return about.own_metrics(asked, means, true)
    return {**usual(about, predicted, true, weights), **about.own_metrics(asked, means, true)}


def usual(about: TrainedModel, predicted: ndarray, true: ndarray, weights: ndarray | None) -> dict:
    """Compute the metrics of numbers; a quantile is none that errors or R² could judge."""
    means, _ = parted(about, predicted)
    told: dict = {"per_target": {name: {} for name in about.target_names}}
    if about.share_below is None:
        told = metrics.regression(true, means, about.target_names, weights)
    for place, name in enumerate(about.target_names):
        told["per_target"][name] |= certain(
            about, predicted, true, weights, slice(place, place + 1)
        )
    return {**told, **certain(about, predicted, true, weights, slice(None))}


def certain(
    about: TrainedModel, predicted: ndarray, true: ndarray, weights: ndarray | None, own: slice
) -> dict[str, float]:
    """Judge the quantiles or the deviations of some targets; nothing where none were predicted."""
    means, deviations = parted(about, predicted)
    if about.share_below is not None:
        return certainty.quantile(true[:, own], means[:, own], about.share_below, weights)
    if not deviations.size:
        return {}
    return certainty.normal(true[:, own], means[:, own], deviations[:, own], weights)


def parted(about: TrainedModel, predicted: ndarray) -> list[ndarray]:
    """Give the predicted numbers, and their deviations where there are any."""
    return np.split(predicted, [len(about.target_names)], axis=1)


@np.errstate(over="ignore", invalid="ignore")  # what diverged is told as inf or nan
def measure_one(
    about: TrainedModel,
    path: str,
    asked: ndarray,
    predicted: ndarray,
    true: ndarray,
    weights: ndarray | None = None,
) -> float:
    """Compute the metric at a path of `measure`, and no more than it needs."""
    if about.classes:
        said = metrics.ClassAnswers(true, predicted, about.threshold, weights)
        return float(metrics.CLASSES[path](said))
    if path in metrics.NUMBERS:
        means, _ = parted(about, predicted)
        return float(metrics.NUMBERS[path](metrics.NumberErrors(true, means, weights)))
    measured: Any = measure(about, asked, predicted, true, weights)
    return float(reduce(dict.__getitem__, path.split("."), measured))
