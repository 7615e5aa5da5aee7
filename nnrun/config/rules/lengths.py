"""Batches, and what counts the epochs, beside the length of a training."""

from __future__ import annotations

from nnrun.config.rules.rule import Found
from nnrun.config.situation import Situation
from nnrun.errors import Problems, under
from nnrun.parts.dataset.wording import counted
from nnrun.parts.interface import Model
from nnrun.parts.kinds import REFUSED, convert, kinds_of
from nnrun.parts.scheduler.durations import Clock


def norm_of_single_rows(situation: Situation) -> Found:
    model = situation.model
    if situation.settings.batch_size == 1 and model.normalises_batches:
        wrong = f"model.norm={model.normalised_by} needs at least 2 rows in a batch"
        advice = f"raise it or use model.norm={norm_of_rows(model)}"
        yield situation.problem_with("training.batch_size", wrong, advice)


def takes_norm(model: Model, norm: str) -> bool:
    cls: type = type(model)
    kinds = kinds_of(cls)
    return "norm" in kinds and convert(norm, kinds["norm"]) is not REFUSED


def norm_of_rows(model: Model) -> str:
    """Name the norm of a model that can do with a row."""
    return "layer" if takes_norm(model, "layer") else "none"


def typed_batch_larger_than_the_training(situation: Situation) -> Found:
    """Forbid what cannot be; a size that nobody typed gives way to a small table."""
    size, rows = situation.settings.batch_size, situation.train_rows
    typed = any(word.lstrip("+").startswith("training.batch_size=") for word in situation.typed)
    if typed and rows is not None and isinstance(size, int) and size > rows:
        wrong = f"there are only {rows} training rows"
        advice = "lower it or use training.batch_size=full"
        yield situation.problem_with("training.batch_size", wrong, advice)


def last_batch_of_one_row(situation: Situation) -> Found:
    size, rows = situation.settings.batch_size, situation.train_rows
    if rows is None or not isinstance(size, int) or not 1 < size < rows or rows % size != 1:
        return
    if situation.model.normalises_batches:
        norm = f"model.norm={situation.model.normalised_by}"
        wrong = f"leaves a last batch of one row of {rows}, which {norm} cannot normalise"
        better = next(other for other in range(size + 1, rows + 2) if rows % other != 1)
        advice = f"use training.batch_size={better} or model.norm={norm_of_rows(situation.model)}"
        yield situation.problem_with("training.batch_size", wrong, advice)


def refresh_or_fold_without_batch_norm(situation: Situation) -> Found:
    """Forbid what is to happen to batch norms in the end, where there are none."""
    training, model = situation.settings.training, situation.model
    if (training.refresh_norm or training.fold_norm) and not model.normalises_batches:
        key = "training.refresh_norm" if training.refresh_norm else "training.fold_norm"
        choice = situation.choice("model")
        wrong = f"is about batch norm, but {choice} has norm {model.normalised_by}"
        fits = takes_norm(model, "batch") and (model.foldable or not training.fold_norm)
        advice = f"use {'' if fits else 'model=mlp '}model.norm=batch, or leave it out"
        yield situation.problem_with(key, wrong, advice)


def fold_without_linear_layer(situation: Situation) -> Found:
    model = situation.model
    if situation.settings.training.fold_norm and model.normalises_batches and not model.foldable:
        wrong = f"in {situation.choice('model')} no linear layer stands in front of each norm"
        advice = "use model=mlp, or leave it out"
        yield situation.problem_with("training.fold_norm", wrong, advice)


def patience_longer_than_the_training(situation: Situation) -> Found:
    patience = situation.regularisation.patience
    epochs = situation.epochs
    if isinstance(patience, int) and epochs is not None and patience >= epochs:
        wrong = f"can never stop a training of {counted(epochs, 'epoch')}"
        advice = "lower it or raise training.epochs"
        yield situation.problem_with("regularisation.patience", wrong, advice)


def average_unlike_the_training(situation: Situation) -> Problems:
    if situation.epochs is None:
        return []
    epochs = Clock(situation.epochs, 1)
    return under("regularisation", situation.regularisation.unfit_for_clock(epochs))


def schedule_unlike_the_training(situation: Situation) -> Found:
    if situation.clock:
        problems = situation.settings.scheduler.unfit_for_clock(situation.clock)
        yield from under("scheduler", problems)
