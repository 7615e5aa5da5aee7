"""What is right by itself and wrong together: a rule for each, named after what it forbids.

Each looks at a situation, and answers nothing as long as it does not know what it needs.
"""

from __future__ import annotations

from collections.abc import Callable

from nnrun import tasks
from nnrun.config.situation import Situation
from nnrun.errors import Problem, Problems
from nnrun.parts.interface import Reasons
from nnrun.parts.scheduler.durations import Clock

Rule = Callable[[Situation], Problems]


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


def dropout_without_hidden_units(situation: Situation) -> Problems:
    rate, model = situation.regularisation.dropout, situation.model
    if not rate or model.hidden_units or rate == model.dropout:
        return []
    wrong = f"has no effect on model={situation.option('model')}"
    return [Problem("regularisation.dropout", f"{rate:g}", wrong, "use model=mlp")]


def dropout_set_twice(situation: Situation) -> Problems:
    rate, model = situation.regularisation.dropout, situation.model
    if not rate or not model.hidden_units or rate == model.dropout:
        return []
    wrong = f"has no effect, as model.dropout={model.dropout:g} stands for itself"
    return [Problem("regularisation.dropout", f"{rate:g}", wrong, "set only one")]


def smoothing_without_classes(situation: Situation) -> Problems:
    rate, loss = situation.regularisation.label_smoothing, f"loss={situation.option('loss')}"
    if not rate:
        return []
    if situation.task == "regression":
        loss = f"{loss} for numbers"
    elif situation.loss.smoothing is not None:
        return []
    wrong = f"has no effect on {loss}"
    advice = "it is for classes, with loss=cross_entropy or kl_div"
    return [Problem("regularisation.label_smoothing", f"{rate:g}", wrong, advice)]


def smoothing_set_twice(situation: Situation) -> Problems:
    rate = situation.regularisation.label_smoothing
    taken = situation.loss.smoothing
    if not rate or taken in (None, rate) or situation.task == "regression":
        return []
    wrong = f"has no effect, as loss.label_smoothing={taken:g} stands for itself"
    return [Problem("regularisation.label_smoothing", f"{rate:g}", wrong, "set only one")]


def decay_set_twice(situation: Situation) -> Problems:
    decay = situation.regularisation.weight_decay
    if not decay or not situation.settings.optimizer.decays:
        return []
    wrong = f"optimizer={situation.option('optimizer')} has a decay of its own"
    advice = f"set optimizer.weight_decay={decay:g} instead, or take optimizer=adam"
    return [Problem("regularisation.weight_decay", f"{decay:g}", wrong, advice)]


def torchs_optimizer_compiled(situation: Situation) -> Problems:
    if not situation.settings.training.compile or not situation.settings.optimizer.by_torch:
        return []
    wrong = f"cannot reach into optimizer={situation.option('optimizer')}"
    advice = "leave it out, or take one of nnrun's own, such as adam"
    return [Problem("training.compile", "true", wrong, advice)]


CHANGE_THE_SURFACE = (
    *("clip_norm", "gradient_noise", "dropout", "input_noise"),
    *("shift", "rotation", "elastic", "new_poses", "mixup"),
)


def randomness_or_clipping_on_one_surface(situation: Situation) -> Problems:
    """Forbid what changes between two looks at it the surface whose curvature is guessed."""
    if not situation.settings.optimizer.one_surface:
        return []
    optimizer = f"optimizer={situation.option('optimizer')}"
    wrong = f"changes from look to look what {optimizer} takes for one surface"
    advice = "leave it out, or use optimizer=adam"
    active = situation.regularisation.active(*CHANGE_THE_SURFACE)
    return [Problem(f"regularisation.{name}", value, wrong, advice) for name, value in active]


def new_poses_without_arm(situation: Situation) -> Problems:
    share = situation.regularisation.new_poses
    if not share or situation.dataset.draws:
        return []
    wrong, advice = "draws poses of the arm", "use dataset=arkoma, or leave it out"
    return [Problem("regularisation.new_poses", f"{share:g}", wrong, advice)]


# Batches, norms and the length of the training


def norm_of_single_rows(situation: Situation) -> Problems:
    if situation.settings.batch_size != 1 or not situation.model.normalises_batches:
        return []
    wrong = f"model.norm={situation.model.normalised_by} needs at least 2 rows in a batch"
    return [Problem("training.batch_size", "1", wrong, "raise it or use model.norm=layer")]


def batch_larger_than_the_training(situation: Situation) -> Problems:
    size, rows = situation.settings.batch_size, situation.train_rows
    if rows is None or size == "full" or size <= rows:
        return []
    wrong = f"there are only {rows} training rows"
    advice = "lower it or use training.batch_size=full"
    return [Problem("training.batch_size", str(size), wrong, advice)]


def last_batch_of_one_row(situation: Situation) -> Problems:
    size, rows = situation.settings.batch_size, situation.train_rows
    if rows is None or size == "full" or not 1 < size < rows:
        return []
    if rows % size != 1 or not situation.model.normalises_batches:
        return []
    norm = f"model.norm={situation.model.normalised_by}"
    wrong = f"leaves a last batch of one row of {rows}, which {norm} cannot normalise"
    better = next(other for other in range(size + 1, rows + 2) if rows % other != 1)
    advice = f"use training.batch_size={better} or model.norm=layer"
    return [Problem("training.batch_size", str(size), wrong, advice)]


def refresh_or_fold_without_batch_norm(situation: Situation) -> Problems:
    """Forbid what is to happen to batch norms in the end, where there are none."""
    training, model = situation.settings.training, situation.model
    if model.normalises_batches or not (training.refresh_norm or training.fold_norm):
        return []
    key = "training.refresh_norm" if training.refresh_norm else "training.fold_norm"
    option = situation.option("model")
    wrong = f"is about batch norm, but model={option} has norm {model.normalised_by}"
    advice = "use model=mlp model.norm=batch, or leave it out"
    return [Problem(key, "true", wrong, advice)]


def fold_without_linear_layer(situation: Situation) -> Problems:
    model = situation.model
    if not situation.settings.training.fold_norm or not model.normalises_batches or model.foldable:
        return []
    option = situation.option("model")
    wrong = f"in model={option} no linear layer stands in front of each norm"
    return [Problem("training.fold_norm", "true", wrong, "use model=mlp, or leave it out")]


def patience_longer_than_the_training(situation: Situation) -> Problems:
    patience = situation.regularisation.patience
    epochs = situation.settings.training.epochs
    if patience is None or patience < epochs:
        return []
    wrong = f"can never stop a training of {epochs} epochs"
    advice = "lower it or raise training.epochs"
    return [Problem("regularisation.patience", str(patience), wrong, advice)]


def average_unlike_the_training(situation: Situation) -> Problems:
    epochs = Clock(situation.settings.training.epochs, 1)
    problems = situation.regularisation.unfit_for_clock(epochs)
    return [problem.under("regularisation") for problem in problems]


def schedule_unlike_the_training(situation: Situation) -> Problems:
    if situation.clock is None:
        return []
    problems = situation.settings.scheduler.unfit_for_clock(situation.clock)
    return [problem.under("scheduler") for problem in problems]


# Data


def model_of_other_data(situation: Situation) -> Problems:
    if situation.data is None:
        return []
    problems = situation.model.unfit_for_data(situation.data, situation.loss.per_target)
    return [problem.under("model") for problem in problems]


def image_changes_without_images(situation: Situation) -> Problems:
    data = situation.data
    if data is None or data.image_shape or not situation.regularisation.distorts:
        return []
    wrong = f"move images, but {data.title} has none"
    advice = "use dataset=mnist, fashion_mnist or digits, or leave it out"
    return [Problem("regularisation.shift, rotation, elastic", None, wrong, advice)]


def images_moved_whose_pixels_are_unlike(situation: Situation) -> Problems:
    data, kind = situation.data, situation.input_kind
    if data is None or not data.image_shape or kind in ("pixels", "signed", "none"):
        return []
    if not situation.regularisation.distorts:
        return []
    wrong = "scales each pixel in its own way, so that images cannot be moved"
    return [Problem("dataset.scale.inputs", kind, wrong, "use dataset.scale.inputs=pixels")]


def loss_of_other_classes(situation: Situation) -> Problems:
    if situation.data is None:
        return []
    problems = situation.loss.unfit_for_classes(situation.data.classes)
    return [problem.under("loss") for problem in problems]


def model_of_other_features(situation: Situation) -> Problems:
    if situation.data is None:
        return []
    problems = situation.model.unfit_for_features(situation.data.features)
    return [problem.under("model") for problem in problems]


# What was typed


def typed_without_effect(situation: Situation) -> Problems:
    typed = [word.partition("=") for word in situation.typed]
    return [
        Problem(key, value, f"has no effect, as {why}", advice)
        for setting, (why, advice) in without_effect(situation).items()
        for key, _, value in typed
        if f"{key}.".startswith(f"{setting}.")
    ]


def without_effect(situation: Situation) -> Reasons:
    """Name settings that do nothing beside what was chosen: why, and what to do."""
    settings = situation.settings
    names: Reasons = {}
    for part in (settings.optimizer, settings.model, settings.dataset):
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
        torchs_optimizer_compiled,
        randomness_or_clipping_on_one_surface,
        new_poses_without_arm,
        norm_of_single_rows,
        batch_larger_than_the_training,
        last_batch_of_one_row,
        refresh_or_fold_without_batch_norm,
        fold_without_linear_layer,
        patience_longer_than_the_training,
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
        loss_of_other_classes,
        model_of_other_features,
    ],
]
