"""The numbers that a training will leave, known before it begins."""

import numpy as np
from numpy import ndarray

from nnrun.bundle.measuring import measure
from nnrun.config.experiment import Experiment
from nnrun.parts.model.saved import TrainedModel
from nnrun.training.measured import trained_model

BROUGHT_BY = {
    "val": "validation rows are told of where rows are split once, with dataset.split.val=0.2",
    "baselines": "add output.baselines=true",
    "interval_90": "intervals are of numbers, where rows validate and others test",
    "threshold": "a threshold is of two classes",
    "calibration": "add training.calibrate=true, which is of classes",
    "out_of_fold": "add dataset.split.folds=5",
}
FEW = 100  # rows of each part; which metrics there are, does not depend on more


@np.errstate(all="ignore")
def metrics_to_come(experiment: Experiment) -> dict[str, dict]:
    """Measure what a network might say of some rows of each part: the names are those to come."""
    about = trained_model(experiment)
    parts = {name: rows[:FEW] for name, rows in experiment.rows.items() if len(rows)}
    return {name: measure_some(experiment, about, rows) for name, rows in parts.items()}


def measure_some(experiment: Experiment, about: TrainedModel, rows: ndarray) -> dict:
    data = experiment.data
    asked = about.own_metrics.asked(data.inputs[rows], data.targets[rows])
    return measure(about, asked, anything(about, len(rows)), data.targets[rows])


def anything(about: TrainedModel, rows: int) -> ndarray:
    """Make up predictions: all classes as likely, all numbers and their deviations 1."""
    classes = len(about.classes)
    if classes:
        return np.full((rows, classes), 1 / classes)
    return np.ones((rows, len(about.target_names) + len(about.deviation_names)))


def missing(experiment: Experiment) -> dict[str, str]:
    """Tell which parts of a summary this one will lack, and what would bring each."""
    settings, classes = experiment.settings, len(experiment.data.classes)
    rows, folded = experiment.rows, bool(experiment.folds) and not settings.split.bagged
    widths = not classes and len(rows.test) and (folded or len(rows.val))
    there = {
        "val": not folded and len(rows.val),
        "baselines": settings.output.baselines,
        "interval_90": widths,
        "threshold": classes == 2,
        "calibration": settings.training.calibrate,
        "out_of_fold": folded,
    }
    return {name: BROUGHT_BY[name] for name in there if not there[name]}
