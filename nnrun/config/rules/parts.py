"""Parts that do not go together, or that say the same thing twice."""

from __future__ import annotations

from nnrun import tasks
from nnrun.config.rules.rule import Found
from nnrun.config.situation import Situation
from nnrun.errors import Problem, Problems


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
        advice = "leave it out, or use model=mlp"
        yield situation.problem_with("regularisation.dropout", wrong, advice)


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
    *("shift", "rotation", "elastic", "mirror", "new_poses", "mixup"),
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


def bags_of_given_rows(situation: Situation) -> Found:
    bags, dataset = situation.settings.split.bags, situation.dataset
    if bags and dataset.splits_itself:
        wrong = f"the rows of {situation.choice('dataset')} are split already"
        yield Problem("dataset.split.bags", str(bags), wrong, "set it to null")


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
