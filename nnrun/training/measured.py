"""What is measured of a training: its score after each epoch, how sure it is, a threshold."""

from collections.abc import Callable
from dataclasses import fields
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from torch import Tensor

from nnrun import tasks
from nnrun.bundle.measuring import measure_one
from nnrun.bundle.metrics import DECIDED, MIDDLE, ClassAnswers
from nnrun.bundle.predictions import as_predictions, averaged
from nnrun.config.experiment import Experiment
from nnrun.parts.interface import Dataset
from nnrun.parts.model.saved import TrainedModel
from nnrun.report.ties import leaving_out_error
from nnrun.runs.summary import ranked_by

# settings of a table
READING = ("decimal", "missing_values", "delimiter", "encoding", "id", "weight", "order")
GROUPS = 20  # of rows, each of which is left out once
CUTS = 500  # thresholds that are tried at most


def trained_model(
    experiment: Experiment, threshold: float = MIDDLE, temperature: float = 1.0
) -> TrainedModel:
    """Describe what an experiment trains, so that it can be used without its configuration."""
    settings, prepared, data = experiment.settings, experiment.prepared, experiment.data
    return TrainedModel(
        model=settings.saved_model,
        inputs=prepared.inputs,
        targets=prepared.targets,
        target_names=data.target_names,
        classes=data.classes,
        own_metrics=settings.dataset.own_metrics(),
        reading=reading_of(settings.dataset) | dict(data.reading),
        chances=experiment.loss.chances,
        per_target=experiment.per_target,
        share_below=experiment.loss.share_below,
        threshold=threshold,
        temperature=temperature,
        networks=settings.training.ensemble,
        margins=None,
    )


def reading_of(dataset: Dataset) -> dict:
    """Tell how a table is read; nothing of what is none."""
    return {
        field.name: getattr(dataset, field.name)
        for field in fields(dataset)
        if field.name in READING
    }


def predictions(about: TrainedModel, outputs: Tensor) -> list[ndarray]:
    """Turn what each head of a network says, of one or more, into the data's own terms."""
    terms = about.classes, about.target_names, about.targets
    every = outputs if outputs.dim() > 2 else [outputs]
    return [as_predictions(of_one, *terms, about.chances) for of_one in every]


class EpochScore:
    """The score of a member after an epoch, by its outputs for the validation rows."""

    def __init__(self, experiment: Experiment):
        data, rows = experiment.data, experiment.rows.val
        self.about, self.path = trained_model(experiment), experiment.score.name
        self.true = data.targets[rows]
        self.asked = self.about.own_metrics.asked(data.inputs[rows], self.true)
        self.weights = data.weights_of(rows)

    def __call__(self, outputs: Tensor) -> float:
        predicted = averaged(predictions(self.about, outputs), self.about)
        return measure_one(self.about, self.path, self.asked, predicted, self.true, self.weights)


# How sure it is

Said = dict[str, ndarray]  # predictions of each part of the rows


class Sureness(NamedTuple):
    """How sure the score of some rows is, and what it is without each of some groups of them."""

    standard_error: float
    without: ndarray  # (groups,)


def sureness(
    experiment: Experiment, about: TrainedModel, said: Said, asked: ndarray
) -> dict[str, Sureness]:
    """Tell how sure the score is for so few rows of each part."""
    if tasks.of(experiment.data.task).race:
        return {}
    rows = experiment.rows.items()
    return {name: sure(experiment, about, said[name], asked, own) for name, own in rows}


def sure(
    experiment: Experiment, about: TrainedModel, predicted: ndarray, asked: ndarray, rows: ndarray
) -> Sureness:
    """Tell it by what is missed of each row; of any other score, by leaving rows out."""
    data, task, score = experiment.data, tasks.of(experiment.data.task), experiment.score.name
    if score == task.usual and about.threshold == MIDDLE:
        misses = task.misses(data, rows, predicted)
        return Sureness(task.standard_error(misses), means_without(1 - misses))

    def measured(some: ndarray) -> float:
        numbers = rows[some]
        true, weights = data.targets[numbers], data.weights_of(numbers)
        return measure_one(about, score, asked[numbers], predicted[some], true, weights)

    without = by_leaving_out(measured, len(rows))
    return Sureness(leaving_out_error(without), without)


def groups_of(rows: int) -> ndarray:
    """Put rows into groups, by chance and always alike."""
    return np.random.default_rng(0).permutation(rows) % min(GROUPS, rows)


def by_leaving_out(measured: Callable[[ndarray], float], rows: int) -> ndarray:
    """Measure rows without each of some groups of them."""
    if rows < 2:
        return np.empty(0)
    group_of = groups_of(rows)
    groups = range(int(group_of.max()) + 1)
    return np.array([measured(np.flatnonzero(group_of != group)) for group in groups])


def means_without(values: ndarray) -> ndarray:
    """Average values of rows without each of the same groups."""
    if len(values) < 2:
        return np.empty(0)
    group_of = groups_of(len(values))
    sums, counts = np.bincount(group_of, values), np.bincount(group_of)
    return (values.sum() - sums) / (len(values) - counts)


def kept_for_pairs(experiment: Experiment, sure: dict[str, Sureness]) -> dict:
    """Give what tells members of a sweep apart that were ranked by the same rows."""
    if not sure:
        return {}
    part = ranked_by(sure)
    data, rows = experiment.data, dict(experiment.rows.items())[part]
    shown = rows.tobytes() + data.targets[rows].tobytes() + data.weigh(rows, rows).tobytes()
    return {"of_rows": sha256(shown).hexdigest()[:16], "scores": sure[part].without.tolist()}


# Where one of two classes begins


def best_threshold(experiment: Experiment, said: Said) -> float:
    """Find the probability of the second class above which it is to be taken.

    It is the one of the best metric on the validation rows; of equals, the nearest to a half.
    """
    wanted = experiment.settings.training.threshold
    if wanted is None:
        return MIDDLE
    data, rows, predicted = experiment.data, experiment.rows.val, said["val"]
    labels, weights = data.targets[rows], data.weights_of(rows)
    reached = {
        cut: DECIDED[wanted](ClassAnswers(labels, predicted, cut, weights))
        for cut in cuts(predicted)
    }
    return min(reached, key=lambda cut: (-reached[cut], abs(cut - MIDDLE)))


def cuts(predicted: ndarray) -> list[float]:
    """List places between the probabilities of the second class."""
    levels = np.unique(predicted[:, 1])
    between = (levels[1:] + levels[:-1]) / 2
    some = between[:: max(1, len(between) // CUTS)]
    return [MIDDLE, *some.tolist()]
