"""Which columns matter to a trained run: what its score loses where a column is shuffled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy import ndarray

from nnrun import tasks
from nnrun.bundle.bundle import Bundle
from nnrun.bundle.loading import load
from nnrun.bundle.measuring import measure_one
from nnrun.config.experiment import Experiment
from nnrun.errors import Mistake, Problem
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.dates import names_of_parts
from nnrun.report.statistics import LEVEL, students_t
from nnrun.runs.record import read_job, read_record, refuse_refit
from nnrun.tasks.interface import Score
from nnrun.training.bagging import answer_of_all, experiment_of_all
from nnrun.training.rebuilding import rebuilt, refuse_changed_data

MOST = 5_000  # rows that are shuffled at most


@dataclass(frozen=True)
class ColumnLoss:
    """What a score loses without a column, on average over shuffles, and how sure that is."""

    name: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Importance:
    """How much each column matters to a run, the one that matters most first."""

    score: str
    part: str  # of the rows that were shuffled
    rows: int
    reached: float  # the score as it is
    columns: list[ColumnLoss]


def importance(run: Path, repeats: int, seed: int = 0) -> Importance:
    """Shuffle each column of the rows that judge, so many times."""
    experiment, bundle = opened(run)
    score, columns = experiment.score, columns_of(bundle)
    judged = judged_rows(experiment, bundle)
    losses = {
        name: [
            fmean(rows.loss(name, np.random.default_rng([seed, repeat])) for rows in judged)
            for repeat in range(repeats)
        ]
        for name in columns
    }
    told = [over_repeats(name, each) for name, each in losses.items()]
    told.sort(key=lambda one: -one.mean)
    reached, many = fmean(rows.reached for rows in judged), sum(len(rows.rows) for rows in judged)
    return Importance(score.name, experiment.rows.judged_by, many, reached, told)


def opened(run: Path) -> tuple[Experiment, Bundle]:
    """Read a run and the very rows that it was judged by."""
    refuse_refit(run, "ask")
    record, bundle = read_record(run), load(run)
    experiment = rebuilt(read_job(run))
    if tasks.of(experiment.data.task).race:
        wrong = "is a point on a landscape, which has no columns"
        raise Mistake(Problem(str(run), None, wrong, "give a run on a table"))
    refuse_changed_data(run, record, experiment)
    return experiment, bundle


def columns_of(bundle: Bundle) -> list[str]:
    """Name the columns as the table has them: of a date, all parts are one."""
    whole = names_of_parts(bundle.dates)
    names = (column.name for column in bundle.knows.columns)
    return list(dict.fromkeys(whole.get(name, name) for name in names))


def judged_rows(experiment: Experiment, bundle: Bundle) -> Sequence[JudgedRows | HeldOutRows]:
    """Give each model with the rows that judge it; those of bags are one set."""
    each, score = experiment.each_fold, experiment.score
    bagged = experiment.settings.split.bagged
    if bagged and len(experiment.rows.test):
        return [JudgedRows(each, bundle, score)]
    models = bundle.members if experiment.folds else [bundle]
    pairs = zip(each, models, strict=True)
    judged = [JudgedRows([fold], model, score) for fold, model in pairs]
    return [HeldOutRows(judged, bundle, experiment_of_all(experiment).data)] if bagged else judged


class JudgedRows:
    """Rows that judge a bundle, as each of its bags reads them, and what its score is of them."""

    def __init__(self, each: Sequence[Experiment], bundle: Bundle, score: Score):
        self.bundle, self.score = bundle, score
        self.rows = each[0].rows.judged[:MOST]
        self.cells = [bag.data.inputs[self.rows] for bag in each]
        data = each[0].data
        self.true, self.weights = data.targets[self.rows], data.weights_of(self.rows)
        self.asked = bundle.asked(self.cells[0], self.true)
        self.reached = self.measured(self.said(self.cells))

    def said(self, cells: Sequence[ndarray]) -> ndarray:
        several = len(cells) > 1
        return answer_of_all(self.bundle, cells) if several else self.bundle.infer(cells[0])

    def measured(self, said: ndarray) -> float:
        about = self.asked, said, self.true, self.weights
        return measure_one(self.bundle, self.score.name, *about)

    def loss(self, name: str, rng: np.random.Generator) -> float:
        """Tell by how much the score is worse with a column in another order."""
        return self.score.better * (self.reached - self.measured(self.said_without(name, rng)))

    def said_without(self, name: str, rng: np.random.Generator) -> ndarray:
        """Tell what is said of the rows with a column in another order."""
        order, places = rng.permutation(len(self.rows)), [*self.places(name)]
        shuffled = [cells.copy() for cells in self.cells]
        for cells, before in zip(shuffled, self.cells, strict=True):
            cells[:, places] = before[order][:, places]
        return self.said(shuffled)

    def places(self, name: str) -> Iterator[int]:
        whole = names_of_parts(self.bundle.dates)
        for place, column in enumerate(self.bundle.knows.columns):
            if whole.get(column.name, column.name) == name:
                yield place


class HeldOutRows:
    """What bags held out, as one set of rows: each bag's networks are asked about their own."""

    def __init__(self, parts: Sequence[JudgedRows], bundle: Bundle, data: Data):
        self.parts, self.bundle, self.score = parts, bundle, parts[0].score
        self.rows = np.concatenate([one.rows for one in parts])
        self.true, self.weights = data.targets[self.rows], data.weights_of(self.rows)
        self.asked = bundle.asked(data.inputs[self.rows], self.true)
        self.reached = self.measured([one.said(one.cells) for one in parts])

    def measured(self, said: Sequence[ndarray]) -> float:
        about = self.asked, np.concatenate(said), self.true, self.weights
        return measure_one(self.bundle, self.score.name, *about)

    def loss(self, name: str, rng: np.random.Generator) -> float:
        said = [one.said_without(name, rng) for one in self.parts]
        return self.score.better * (self.reached - self.measured(said))


def over_repeats(name: str, losses: list[float]) -> ColumnLoss:
    """Average what shuffles cost, with a 95 % interval of the mean over shuffles."""
    mean, many = fmean(losses), len(losses)
    half = students_t(many - 1, 1 - LEVEL / 2) * float(np.std(losses, ddof=1)) / many**0.5
    return ColumnLoss(name, mean, mean - half, mean + half)
