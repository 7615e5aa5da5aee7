"""What is right by itself and wrong together: a rule for each, named after what it forbids.

Each looks at a situation, and answers nothing as long as it does not know what it needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from nnrun import tasks
from nnrun.config.situation import Situation
from nnrun.errors import Problem, Problems, did_you_mean, listing, nearest, under
from nnrun.parts.dataset.wording import counted
from nnrun.parts.interface import Part, Reasons
from nnrun.parts.scheduler.durations import Clock

Found = Iterator[Problem]
Rule = Callable[[Situation], Iterable[Problem]]


def problems_of(situation: Situation) -> Problems:
    """Tell what a group of rules forbids, if the groups before it allow all."""
    for group in RULES:
        if problems := [problem for rule in group for problem in rule(situation)]:
            return problems
    return []


# Parts


def parts_unlike_the_dataset(situation: Situation) -> Problems:
    return situation.dataset.unfit_beside(situation)


def model_or_loss_out_of_place(situation: Situation) -> Problems:
    """Forbid a model, or else a loss, that does not go with the task or with each other."""
    problems = situation.model.unfit_beside(situation)
    return problems or situation.loss.unfit_beside(situation)


def dropout_without_hidden_units(situation: Situation) -> Found:
    rate, model = situation.regularisation.dropout, situation.model
    if rate and rate != model.dropout and not model.hidden_units:
        wrong = f"has no effect on {situation.choice('model')}"
        yield situation.problem_with("regularisation.dropout", wrong, "use model=mlp")


def dropout_set_twice(situation: Situation) -> Found:
    rate, model = situation.regularisation.dropout, situation.model
    if rate and rate != model.dropout and model.hidden_units:
        wrong = f"has no effect, as model.dropout={model.dropout:g} stands for itself"
        yield situation.problem_with("regularisation.dropout", wrong, "set only one")


def smoothing_without_classes(situation: Situation) -> Found:
    loss, numbers = situation.choice("loss"), situation.task == "regression"
    if situation.regularisation.label_smoothing and (numbers or situation.loss.smoothing is None):
        wrong = f"has no effect on {loss} for numbers" if numbers else f"has no effect on {loss}"
        advice = "it is for classes, with loss=cross_entropy or kl_div"
        yield situation.problem_with("regularisation.label_smoothing", wrong, advice)


def smoothing_set_twice(situation: Situation) -> Found:
    rate, taken = situation.regularisation.label_smoothing, situation.loss.smoothing
    if rate and taken not in (None, rate) and situation.task != "regression":
        wrong = f"has no effect, as loss.label_smoothing={taken:g} stands for itself"
        yield situation.problem_with("regularisation.label_smoothing", wrong, "set only one")


def decay_set_twice(situation: Situation) -> Found:
    decay = situation.regularisation.weight_decay
    if decay and situation.settings.optimizer.decays:
        wrong = f"{situation.choice('optimizer')} has a decay of its own"
        advice = f"set optimizer.weight_decay={decay:g} instead, or take optimizer=adam"
        yield situation.problem_with("regularisation.weight_decay", wrong, advice)


def rates_of_tensors_by_torch(situation: Situation) -> Found:
    """Forbid a rule of one rate for all where the model's tensors have rates of their own."""
    if situation.settings.optimizer.by_torch and situation.settings.model.own_rates:
        wrong = f"moves all tensors at one rate, and {situation.choice('model')} wants several"
        yield situation.problem("optimizer", wrong, "use optimizer=adam")


CHANGE_THE_SURFACE = (
    *("clip_norm", "gradient_noise", "dropout", "input_noise"),
    *("shift", "rotation", "elastic", "new_poses", "mixup"),
)


def randomness_or_clipping_on_one_surface(situation: Situation) -> Found:
    """Forbid what changes between two looks at it the surface whose curvature is guessed."""
    if not situation.settings.optimizer.one_surface:
        return
    optimizer = situation.choice("optimizer")
    wrong = f"changes the loss at every look, and {optimizer} needs it to stay the same"
    for name, _ in situation.regularisation.active(*CHANGE_THE_SURFACE):
        advice = "leave it out, or use optimizer=adam"
        yield situation.problem_with(f"regularisation.{name}", wrong, advice)


def new_poses_without_arm(situation: Situation) -> Found:
    if situation.regularisation.new_poses and not situation.dataset.draws:
        wrong, advice = "draws poses of the arm", "use dataset=arkoma, or leave it out"
        yield situation.problem_with("regularisation.new_poses", wrong, advice)


def split_by_a_column_without_a_table(situation: Situation) -> Found:
    if not situation.dataset.of_columns:
        for key, name in situation.settings.split.columns.items():
            wrong = f"{situation.choice('dataset')} has no columns to split by"
            yield Problem(key, name, wrong, "use dataset=table, or leave it out")


def folds_of_given_test_rows(situation: Situation) -> Found:
    folds, dataset = situation.settings.split.folds, situation.dataset
    if folds and dataset.tests_apart:
        wrong = f"the test rows of {situation.choice('dataset')} are given, and no others are drawn"
        yield Problem("dataset.split.folds", str(folds), wrong, "leave it out")


# Batches, norms and the length of the training


def norm_of_single_rows(situation: Situation) -> Found:
    model = situation.model
    if situation.settings.batch_size == 1 and model.normalises_batches:
        wrong = f"model.norm={model.normalised_by} needs at least 2 rows in a batch"
        advice = "raise it or use model.norm=layer"
        yield situation.problem_with("training.batch_size", wrong, advice)


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
        advice = f"use training.batch_size={better} or model.norm=layer"
        yield situation.problem_with("training.batch_size", wrong, advice)


def refresh_or_fold_without_batch_norm(situation: Situation) -> Found:
    """Forbid what is to happen to batch norms in the end, where there are none."""
    training, model = situation.settings.training, situation.model
    if (training.refresh_norm or training.fold_norm) and not model.normalises_batches:
        key = "training.refresh_norm" if training.refresh_norm else "training.fold_norm"
        choice = situation.choice("model")
        wrong = f"is about batch norm, but {choice} has norm {model.normalised_by}"
        advice = "use model=mlp model.norm=batch, or leave it out"
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
        wrong = f"can never stop a training of {epochs} epochs"
        advice = "lower it or raise training.epochs"
        yield situation.problem_with("regularisation.patience", wrong, advice)


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


def ensemble_that_cannot_be(situation: Situation) -> Found:
    """Forbid several networks where the rule moves one at a time, or where none answers."""
    if situation.settings.training.ensemble == 1:
        return
    if situation.settings.optimizer.by_torch:
        wrong = f"{situation.choice('optimizer')} trains one network at a time"
        advice = "leave it out, or use optimizer=adam"
        yield situation.problem_with("training.ensemble", wrong, advice)
    elif situation.task and tasks.of(situation.task).race:
        wrong = "averages what networks predict, and a point predicts nothing"
        yield situation.problem_with("training.ensemble", wrong, "leave it out")


def average_unlike_the_training(situation: Situation) -> Problems:
    if situation.epochs is None:
        return []
    epochs = Clock(situation.epochs, 1)
    return under("regularisation", situation.regularisation.unfit_for_clock(epochs))


def schedule_unlike_the_training(situation: Situation) -> Found:
    if situation.clock:
        problems = situation.settings.scheduler.unfit_for_clock(situation.clock)
        yield from under("scheduler", problems)


# Data


def model_of_other_data(situation: Situation) -> Found:
    if situation.data:
        model, per_target = situation.model, situation.loss.per_target
        yield from under("model", model.unfit_for_data(situation.data, per_target))


def image_changes_without_images(situation: Situation) -> Found:
    data = situation.data
    if data and not data.image_shape and situation.regularisation.distorts:
        wrong = f"move images, but {data.title} has none"
        advice = "use dataset=mnist, fashion_mnist or digits, or leave it out"
        yield Problem("regularisation.shift, rotation, elastic", None, wrong, advice)


def images_moved_whose_pixels_are_unlike(situation: Situation) -> Found:
    data, kind = situation.data, situation.input_kind
    alike = kind in ("pixels", "signed", "none")
    if data and data.image_shape and situation.regularisation.distorts and not alike:
        wrong = "scales each pixel in its own way, so that images cannot be moved"
        yield Problem("dataset.scale.inputs", kind, wrong, "use dataset.scale.inputs=pixels")


def logarithms_of_what_is_not_positive(situation: Situation) -> Found:
    data = situation.data
    if not data or data.classes or situation.target_kind != "log":
        return
    for name, targets in zip(data.target_names, data.targets.T, strict=True):
        if rows := int((targets <= 0).sum()):
            found = f"target '{name}' is zero or below in {counted(rows, 'row')}"
            wrong = f"{found}, the least {targets.min():g}, and has no logarithm there"
            advice = "use dataset.scale.targets=standard"
            yield Problem("dataset.scale.targets", "log", wrong, advice)


def hidden_without_categories(situation: Situation) -> Found:
    data, share = situation.data, situation.dataset.hidden
    if data and share and not any(column.levels for column in data.columns):
        wrong = "hides categories, but the data have none"
        yield Problem("dataset.unseen", f"{share:g}", wrong, "leave it out")


def loss_of_other_classes(situation: Situation) -> Found:
    if situation.data:
        yield from under("loss", situation.loss.unfit_for_classes(situation.data.classes))


def order_of_classes_that_have_none(situation: Situation) -> Found:
    data = situation.data
    if data and situation.loss.chances == "ordered" and not data.in_order:
        wrong = f"wants classes in an order, but {listing(data.classes, 3)} have none"
        advice = "give it by dataset.order=[first,next,last], or use loss=cross_entropy"
        yield situation.problem("loss", wrong, advice)


def embedding_typed_without_numbers(situation: Situation) -> Found:
    """Forbid a wish that nothing can fulfil; an embedding of a recipe has nothing to do there."""
    if situation.data is None or situation.data.reads.numbers:
        return
    wrong = "is of numbers, but all columns are categories"
    for word in situation.typed:
        key, _, kind = word.lstrip("+").partition("=")
        if key == "model.embedding" and kind != "none":
            yield Problem(key, kind, wrong, "leave it out")


def model_of_other_features(situation: Situation) -> Found:
    if situation.data:
        yield from under("model", situation.model.unfit_for_features(situation.data.reads))


# What was typed


def typed_without_effect(situation: Situation) -> Found:
    typed = [word.lstrip("+").partition("=") for word in situation.typed]
    for setting, (why, advice) in without_effect(situation).items():
        for key, _, value in typed:
            if is_about(key, value, setting):
                yield Problem(key, value, f"has no effect, as {why}", advice)


def is_about(key: str, value: str, setting: str) -> bool:
    """Tell whether what was typed sets a setting: by itself, by one in it, or among others."""
    block, _, name = setting.rpartition(".")
    among_others = key == block and re.search(rf"\b{name}\s*:", value)
    return f"{key}.".startswith(f"{setting}.") or bool(among_others)


def without_effect(situation: Situation) -> Reasons:
    """Name settings that do nothing beside what was chosen: why, and what to do."""
    settings = situation.settings
    names: Reasons = {}
    part: Part
    chosen = settings.optimizer, settings.model, settings.dataset
    for part in (*chosen, settings.split, settings.training, settings.output):
        names |= part.without_effect()
    if situation.task:
        names |= tasks.of(situation.task).without_effect()
    if settings.batch_size == settings.training.batch_size:  # which is taken anyway
        names.pop("training.batch_size", None)
    return names


RULES: list[list[Rule]] = [
    [
        parts_unlike_the_dataset,
    ],
    [
        model_or_loss_out_of_place,
        dropout_without_hidden_units,
        dropout_set_twice,
        smoothing_without_classes,
        smoothing_set_twice,
        decay_set_twice,
        rates_of_tensors_by_torch,
        randomness_or_clipping_on_one_surface,
        new_poses_without_arm,
        split_by_a_column_without_a_table,
        folds_of_given_test_rows,
        norm_of_single_rows,
        typed_batch_larger_than_the_training,
        last_batch_of_one_row,
        refresh_or_fold_without_batch_norm,
        fold_without_linear_layer,
        patience_longer_than_the_training,
        watching_without_validation_rows,
        score_of_something_else,
        threshold_without_two_probabilities,
        calibration_without_probabilities,
        ensemble_that_cannot_be,
        average_unlike_the_training,
        schedule_unlike_the_training,
        typed_without_effect,
    ],
    [
        model_of_other_data,
    ],
    [
        image_changes_without_images,
        images_moved_whose_pixels_are_unlike,
        score_of_a_single_class,
        hidden_without_categories,
        logarithms_of_what_is_not_positive,
        loss_of_other_classes,
        order_of_classes_that_have_none,
        embedding_typed_without_numbers,
        model_of_other_features,
    ],
]
