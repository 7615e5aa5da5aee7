"""From what a network says to predictions in the data's own terms.

They are the probability of each class, or numbers and perhaps how far these stray.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy import ndarray
from torch import Tensor

from nnrun.parts.dataset.scaling import Scaling
from nnrun.parts.kinds import Names
from nnrun.parts.loss.classes import log_chances
from nnrun.parts.loss.numbers import LEAST_VARIANCE

if TYPE_CHECKING:
    from nnrun.parts.model.saved import TrainedModel


def as_predictions(
    outputs: Tensor,
    classes: Names,
    target_names: Names,
    targets: Scaling,
    chances: str,
) -> ndarray:
    """Turn outputs, (rows, outputs), into predictions."""
    outputs = outputs.double()
    if classes:
        return CHANCES[chances](outputs).numpy(force=True)
    means, log_variances = np.split(outputs.numpy(force=True), [len(target_names)], axis=1)
    predicted = targets.invert(means)
    if not log_variances.size:
        return predicted
    return np.concatenate([predicted, deviations(means, log_variances, targets)], axis=1)


# Of several networks


def averaged(
    each: Sequence[ndarray], about: TrainedModel, counts: Sequence[float] | None = None
) -> ndarray:
    """Average predictions: probabilities, numbers; a deviation is that of the mixture.

    Each may count for more than one.
    """
    if about.classes:
        return tempered(np.average(each, 0, counts), about.temperature)
    if len(each) == 1:
        return each[0]
    mean, targets = np.average(each, 0, counts), len(about.target_names)
    if mean.shape[1] == targets:
        return mean
    numbers, own = np.split(np.stack(each), [targets], axis=2)
    within, between = np.average(np.square(own), 0, counts), variance(numbers, counts)
    mean[:, targets:] = np.sqrt(within + between)
    return mean


def spread(
    each: Sequence[ndarray], about: TrainedModel, counts: Sequence[float] | None = None
) -> ndarray:
    """Tell how far predictions differ, (rows, targets): a deviation of their numbers.

    Of classes it is that of the probability of the likeliest one. Of one there is none.
    """
    if len(each) == 1:
        return np.empty((len(each[0]), 0))
    every = np.stack(each)
    if not about.classes:
        return np.sqrt(variance(every[..., : len(about.target_names)], counts))
    likeliest = np.average(every, 0, counts).argmax(-1)[None, :, None]
    return np.sqrt(variance(np.take_along_axis(every, likeliest, axis=-1), counts))


def variance(each: ndarray, counts: Sequence[float] | None) -> ndarray:
    """Compute the variance over the first axis, where each may count for more than one."""
    return np.average(np.square(each - np.average(each, 0, counts)), 0, counts)


def tempered(probabilities: ndarray, temperature: float) -> ndarray:
    """Make probabilities less sure above a temperature of 1, surer below; the order stays."""
    if temperature == 1:
        return probabilities
    logarithms = np.log(probabilities.clip(np.finfo(np.float64).tiny)) / temperature
    shares = np.exp(logarithms - logarithms.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


# Numbers


def deviations(means: ndarray, log_variances: ndarray, targets: Scaling) -> ndarray:
    """Compute how far targets stray: half the way from a deviation below the mean to one above."""
    with np.errstate(over="ignore", invalid="ignore"):  # what diverged is told as inf or nan
        scaled = np.sqrt(np.exp(log_variances).clip(LEAST_VARIANCE))
        return (targets.invert(means + scaled) - targets.invert(means - scaled)) / 2


# Classes


def softmax(scores: Tensor) -> Tensor:
    return scores.softmax(-1)


def sigmoids(scores: Tensor) -> Tensor:
    """Give each class its probability against the rest, divided by their sum."""
    logarithms = torch.nn.functional.logsigmoid(scores)  # as all of them may be almost 0
    return logarithms.softmax(-1)


def ordered(scores: Tensor) -> Tensor:
    """Give the classes of an order their probabilities."""
    return log_chances(scores).softmax(-1)  # which they add up to but for rounding


def threshold(scores: Tensor) -> Tensor:
    """Give the winner all."""
    return torch.zeros_like(scores).scatter(-1, scores.argmax(-1, keepdim=True), 1)


# how scores become probabilities, as losses and bundles name it
CHANCES: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": softmax,
    "sigmoid": sigmoids,
    "threshold": threshold,
    "ordered": ordered,
}
