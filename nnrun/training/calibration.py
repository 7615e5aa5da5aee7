"""A temperature by which probabilities are as sure as the validation rows say they should be."""

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log
from statistics import fmean

import numpy as np
from numpy import ndarray

from nnrun.bundle.bundle import Bundle
from nnrun.bundle.certainty import average
from nnrun.bundle.measuring import measure_one
from nnrun.bundle.predictions import tempered
from nnrun.config.experiment import Experiment
from nnrun.parts.model.saved import TrainedModel
from nnrun.training.training import Trained

LEAST, MOST = 1 / 20, 20.0  # temperatures
HALVINGS = 50
TOLD = ("log_loss", "calibration_error")


def temperature_of(experiment: Experiment, said: dict[str, ndarray]) -> float:
    """Find the temperature of the least log loss on the validation rows; 1 where none is asked."""
    rows, data = experiment.rows.val, experiment.data
    if not experiment.settings.training.calibrate:
        return 1.0
    return least_temperature(said["val"], data.targets[rows], data.weights_of(rows))


def least_temperature(
    probabilities: ndarray, labels: ndarray, weights: ndarray | None = None
) -> float:
    """Find the temperature of the least log loss, which is convex in its inverse.

    Where no row is missed, nothing tells how sure one may be, and probabilities stay as they are.
    """
    if (probabilities.argmax(1) == labels).all():
        return 1.0
    logarithms = np.log(probabilities.clip(np.finfo(np.float64).tiny))
    given = logarithms[np.arange(len(labels)), labels]

    def too_sure(temperature: float) -> bool:
        """Tell whether the log loss falls as it gets warmer."""
        expected = (tempered(probabilities, temperature) * logarithms).sum(1)
        return average(expected - given, weights) > 0

    low, high = log(LEAST), log(MOST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if too_sure(exp(middle)) else (low, middle)
    return exp((low + high) / 2)


def middle_temperature(each: Sequence[float]) -> float:
    """Take one temperature for several; twice as sure and half as sure are once as sure."""
    return exp(fmean(map(log, each)))


def calibrated(trained: Trained, temperature: float) -> Trained:
    """Give what was trained with its probabilities at a temperature."""
    if temperature == 1:
        return trained
    said = {name: tempered(each, temperature) for name, each in trained.predictions.items()}
    return replace(trained, predictions=said, uncalibrated=trained.predictions)


def calibration_told(experiment: Experiment, about: Bundle, trained: Trained) -> dict:
    """Tell how good probabilities of rows that were not learnt are, before and after."""
    if not experiment.settings.training.calibrate:
        return {}
    before = trained.uncalibrated or trained.predictions
    told = {
        name: {
            metric: [
                measured(experiment, about, metric, rows, said[name])
                for said in (before, trained.predictions)
            ]
            for metric in TOLD
        }
        for name, rows in experiment.rows.items()
        if name != "train"
    }
    model, *_ = about.members  # of bags, each has the same temperature
    return {"calibration": {"temperature": model.temperature, **told}}


def measured(
    experiment: Experiment, about: TrainedModel, metric: str, rows: ndarray, said: ndarray
) -> float:
    data = experiment.data
    true, weights = data.targets[rows], data.weights_of(rows)
    return measure_one(about, metric, data.inputs[rows], said, true, weights)
