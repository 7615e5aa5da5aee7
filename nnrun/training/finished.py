"""A run that is over, as its verdict and its pictures see it."""

from dataclasses import replace

import numpy as np
from numpy import ndarray

from nnrun.bundle.bundle import Bundle
from nnrun.config.experiment import Experiment
from nnrun.report.scores import written
from nnrun.runs.epochs import EpochRecord
from nnrun.tasks.interface import FinishedRun
from nnrun.training.introduction import option_name
from nnrun.training.out_of_fold import RunThatSaid, once


def finished_run(
    experiment: Experiment, bundle: Bundle, epochs: list[EpochRecord], best_epoch: int
) -> FinishedRun:
    data, dataset = experiment.data, experiment.settings.dataset
    title = f"{data.title}, {experiment.choices['model']}"
    score, rows = experiment.score, experiment.rows
    auto = experiment.settings.training.score == "auto"
    best_by = "validation loss" if auto else f"validation {written(score.name)}"
    loss = loss_drawn(experiment).replace("_", " ")
    about = title, score, dataset, data, rows, bundle
    return FinishedRun(*about, epochs, best_epoch, best_by, loss)


def loss_drawn(experiment: Experiment) -> str:
    """Name the loss, and that which teaches before it; validation rows have one all the way."""
    (_, first), *others = experiment.loss.stages
    before = f"; of training rows {option_name(first)} at first" if others else ""
    return option_name(experiment.loss) + before


def out_of_fold_run(
    experiment: Experiment,
    bundle: Bundle,
    said: ndarray,
    epochs: list[EpochRecord],
    best_epoch: int,
) -> FinishedRun:
    """Give a run of several folds, with what each predicts of the rows it never saw."""
    run = run_that_said(experiment, bundle, said, epochs, best_epoch)
    tested = [fold.rows.test for fold in once(experiment, experiment.each_fold)]
    return replace(run, rows=replace(run.rows, val=run.rows.val[:0], test=np.concatenate(tested)))


def run_that_said(
    experiment: Experiment,
    bundle: Bundle,
    said: ndarray,
    epochs: list[EpochRecord],
    best_epoch: int,
) -> RunThatSaid:
    """Give a run with what it predicts of the rows that judge."""
    run = finished_run(experiment, bundle, epochs, best_epoch)
    return RunThatSaid(**vars(run), said=said)
