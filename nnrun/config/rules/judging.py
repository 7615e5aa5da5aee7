"""What is to be chosen or told by rows that are not there, or that cannot tell."""

from __future__ import annotations

from nnrun import tasks
from nnrun.config.rules.rule import Found
from nnrun.config.situation import Situation
from nnrun.errors import Problem, did_you_mean, listing, nearest


def watching_without_validation_rows(situation: Situation) -> Found:
    """Forbid what follows the validation loss where no rows validate."""
    if situation.validated:
        return
    wrong = "follows the validation loss, but there are no validation rows"
    advice = "leave it out, or give dataset.split.val a share of the rows"
    if isinstance(situation.regularisation.patience, int):
        yield situation.problem_with("regularisation.patience", wrong, advice)
    if situation.settings.scheduler.follows_losses:
        yield Problem("scheduler", situation.options.get("scheduler", ""), wrong, advice)
    if situation.settings.training.score != "auto":
        wrong = "would choose the best epoch, but there are no validation rows"
        yield situation.problem_with("training.score", wrong, advice)
    if situation.settings.training.threshold:
        wrong = "would choose on validation rows, but there are none"
        yield situation.problem_with("training.threshold", wrong, advice)


def score_of_something_else(situation: Situation) -> Found:
    typed, task = situation.settings.training.score, situation.task
    if typed == "auto" or task is None:
        return
    loss, own = situation.model.loss or situation.loss, situation.dataset.own_metrics()
    known = ["auto", *(score.name for score in tasks.of(task).scores(loss, own))]
    if typed not in known:
        taught = situation.choice("model" if situation.model.loss else "loss")
        wrong = f"ranks nothing of {situation.choice('dataset')} with {taught}"
        first_below = next((name for name in known if name.startswith(f"{typed}.")), None)
        meant = first_below or nearest(typed, known)
        advice = did_you_mean(meant) or f"use {listing(known)}"
        yield situation.problem_with("training.score", wrong, advice)


def score_of_a_single_class(situation: Situation) -> Found:
    score, task = situation.settings.training.score, situation.task
    if task and situation.val_classes == 1 and score in tasks.of(task).of_several_classes:
        wrong = "says nothing of validation rows that are all of one class"
        advice = "split the rows otherwise, or leave it out"
        yield situation.problem_with("training.score", wrong, advice)


def calibration_without_probabilities(situation: Situation) -> Found:
    """Forbid a temperature where nothing says how likely each class is, or no rows tell."""
    if not situation.settings.training.calibrate or situation.task is None:
        return
    loss, wrong = situation.model.loss or situation.loss, ""
    if situation.task != "classification":
        wrong = f"is about classes, but {situation.choice('dataset')} has none"
    elif loss.chances == "threshold":
        wrong = f"{situation.choice('model')} gives classes no probabilities"
    elif not situation.validated:
        wrong = "would choose on validation rows, but there are none"
    if wrong:
        yield situation.problem_with("training.calibrate", wrong, "leave it out")


def threshold_without_two_probabilities(situation: Situation) -> Found:
    """Forbid a threshold where there are no two classes, or none of them has a probability."""
    if not situation.settings.training.threshold or situation.task is None:
        return
    loss, data = situation.model.loss or situation.loss, situation.data
    wrong = ""
    if situation.task != "classification":
        wrong = f"is about two classes, but {situation.choice('dataset')} has none"
    elif loss.chances == "threshold":
        wrong = f"{situation.choice('model')} gives classes no probabilities"
    elif data and len(data.classes) != 2:
        wrong = f"is about two classes, but there are {len(data.classes)}"
    if wrong:
        yield situation.problem_with("training.threshold", wrong, "leave it out")
