"""What is true of rows, worked out once for all members of a sweep that share them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from nnrun import tasks
from nnrun.bundle.bundle import Bundle
from nnrun.config.experiment import Experiment
from nnrun.parts.dataset.data import Data
from nnrun.parts.interface import Dataset, OwnMetrics
from nnrun.report.baselines import MOST
from nnrun.runs.tables import Column, lines, names_at
from nnrun.training.evidence import judge_of
from nnrun.training.measured import best_threshold


class SimpleMethods(NamedTuple):
    """What simple methods, taught by the training rows, say of others."""

    predictions: dict[str, ndarray]  # of all rows that are not trained on
    metrics: dict[str, dict]  # of the rows that judge


class TrueValues:
    """What is known of the rows of a data set, whoever predicts them."""

    def __init__(self, data: Data, own_metrics: OwnMetrics):
        self.data, self.own_metrics = data, own_metrics
        self.written: dict[int, str] = {}  # lines so far, by the rows' numbers
        self.simple: dict[Hashable, SimpleMethods] = {}  # by split and scaling
        self.known: dict[str, ndarray] = {}  # of simple methods, from whoever asked them already

    @cached_property
    def asked(self) -> ndarray:
        """Facts about all rows that the data set's own metrics want to know."""
        return self.own_metrics.asked(self.data.inputs, self.data.targets)

    def measure(self, bundle: Bundle, rows: ndarray, predicted: ndarray) -> dict:
        """Compute every metric of the predictions of some rows."""
        true, weights = self.data.targets.take(rows, 0), self.data.weights_of(rows)
        return bundle.measure(self.asked.take(rows, 0), predicted, true, weights)

    def simple_methods(self, experiment: Experiment, bundle: Bundle) -> SimpleMethods:
        """Ask simple methods, once for all that share a split."""
        key = simple_key(experiment)
        if key not in self.simple:
            said = self.known or self.taught(experiment)
            self.simple[key] = self.measured(experiment, bundle, said)
        return self.simple[key]

    def know(self, experiment: Experiment, bundle: Bundle, said: dict[str, ndarray]) -> None:
        """Take what simple methods said elsewhere of the rows that an experiment does not learn."""
        self.simple[simple_key(experiment)] = self.measured(experiment, bundle, said)

    def measured(
        self, experiment: Experiment, bundle: Bundle, said: dict[str, ndarray]
    ) -> SimpleMethods:
        metrics = {
            name: self.measure_simple(experiment, bundle, predicted)
            for name, predicted in said.items()
        }
        return SimpleMethods(said, metrics)

    def measure_simple(self, experiment: Experiment, bundle: Bundle, predicted: ndarray) -> dict:
        """Compute the metrics of a simple method, whose threshold is its own where one is asked."""
        rows = experiment.rows
        cut = best_threshold(experiment, {"val": predicted[: len(rows.val)]})
        decided = replace(bundle, threshold=cut)
        return self.measure(decided, rows.judged, predicted[-len(rows.judged) :])

    def taught(self, experiment: Experiment) -> dict[str, ndarray]:
        """Teach simple methods by the training rows, and let them predict the others."""
        data, rows, prepared = self.data, experiment.rows, experiment.prepared
        learnt, asked = rows.train[:MOST], rows.new if len(rows.new) else rows.judged
        x, new = prepared.features(learnt), prepared.features(asked)
        true, weights = data.targets[learnt], data.weights_of(learnt)
        middle = tasks.of(data.task).baselines(x, true, new, data, weights)
        return judge_of(experiment).aimed(middle)

    def lines(self, rows: ndarray) -> list[str]:
        """Write each row's number, what is true of it and counts: members write most rows again."""
        new = np.array([row for row in rows.tolist() if row not in self.written], np.int64)
        true = tasks.of(self.data.task).true_columns(self.data, new)
        weights = [] if self.data.weights is None else [self.data.weights[new]]
        written = lines([self.data.places(new), *self.ids_of(new), *true, *weights])
        self.written.update(zip(new.tolist(), written, strict=True))
        return [self.written[row] for row in rows.tolist()]

    def ids_of(self, rows: ndarray) -> list[Column]:
        """Give what the rows are called, as a column where the data tell it."""
        if not self.data.ids:
            return []
        return [names_at([self.data.ids[row] for row in rows.tolist()], np.arange(len(rows)))]


def simple_key(experiment: Experiment) -> Hashable:
    """Gather what simple methods depend on."""
    settings = experiment.settings
    return settings.rows_key, experiment.loss.share_below, settings.training.threshold


class TrueValuesCache:
    """Where members of a sweep find the truths about data that they share."""

    def __init__(self) -> None:
        self.known: dict[Data, TrueValues] = {}
        self.drawn: dict[Dataset, dict[str, TrueValues]] = {}

    def truths(self, experiment: Experiment) -> TrueValues:
        data = experiment.data
        if data not in self.known:
            self.known[data] = TrueValues(data, experiment.settings.dataset.own_metrics())
        return self.known[data]

    def tests(self, experiment: Experiment) -> dict[str, TrueValues]:
        """Draw the tests that the data set brings along, once for all who learn from it."""
        dataset = experiment.settings.dataset
        if dataset not in self.drawn:
            own = dataset.own_metrics()
            drawn = {name: TrueValues(data, own) for name, data in dataset.tests().items()}
            self.drawn[dataset] = drawn
        return self.drawn[dataset]
