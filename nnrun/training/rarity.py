"""Whether a class is so rare that a network may do without it, told before the training."""

import numpy as np

from nnrun.config.experiment import Experiment
from nnrun.report.numbers import share

RARE = 0.05  # share of the training rows, below which a class is told to be rare


def rare_class(experiment: Experiment) -> list[str]:
    """Tell of the rarest class of the training rows, if it is rare, and how it is made to weigh."""
    data, learnt = experiment.data, experiment.rows.train
    if not data.classes:
        return []
    counts = np.bincount(data.targets[learnt], minlength=len(data.classes))
    name, part = data.classes[counts.argmin()], counts.min() / len(learnt)
    if part >= RARE or experiment.loss.class_weights != ():
        return []
    told = f"'{name}' is the class of {share(part)} of the training rows"
    advice = "loss=cross_entropy loss.weights=balanced makes every class count the same"
    if len(data.classes) == 2 and experiment.settings.training.threshold is None:
        advice += f", training.threshold=f1 finds where '{data.classes[1]}' begins"
    return [f"{told}; {advice}"]
