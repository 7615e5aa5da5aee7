"""Each sentence is said of a curve made for it."""

import pytest

from nnrun.report.verdict import Curves, Reached, steps_to_goal, verdict
from nnrun.runs.epochs import EpochRecord

FALLING = [1.0, 0.5, 0.3, 0.25, 0.22, 0.21, 0.205, 0.202, 0.201, 0.2]  # has come to rest


def said(
    train=FALLING, val=FALLING, best_epoch=None, score="r2", reached=0.95, constant=0.0, linear=None
):
    best_epoch = best_epoch or val.index(min(val)) + 1
    curves = Curves(train, val, best_epoch)
    return verdict(curves, Reached(score, reached, constant, linear))


def test_curves_that_end_together_are_well_fitted():
    assert (
        said()
        == "well fitted: best at epoch 10 of 10, validation and training loss lie close together"
    )


def test_a_wide_gap_asks_for_more_data():
    train = [loss / 4 for loss in FALLING]

    assert (
        said(train)
        == "well fitted, though new rows cost 4.0 times the training loss: more data would help most"
    )


@pytest.mark.parametrize(("factor", "wide"), [(1.9, False), (2.1, True)])
def test_a_gap_is_wide_from_twice_the_training_loss(factor, wide):
    train = [loss / factor for loss in FALLING]

    assert ("more data" in said(train)) == wide


def test_a_rising_validation_loss_under_a_falling_training_loss_is_overfitted():
    val = [1.0, 0.5, 0.4, 0.42, 0.45, 0.5, 0.52, 0.55, 0.58, 0.6]

    assert said(val=val) == (
        "overfitted after epoch 3: validation loss rose from 0.4 to 0.6 while training loss still fell;"
        " the best weights are kept, regularisation=[dropout,l2] or more rows may help"
    )


@pytest.mark.parametrize(("last", "overfitted"), [(0.43, False), (0.45, True)])
def test_a_tenth_more_is_needed_to_be_overfitted(last, overfitted):
    val = [1.0, 0.5, 0.4, 0.41, 0.41, 0.41, 0.41, 0.41, 0.41, last]

    assert said(val=val).startswith("overfitted") == overfitted


def test_when_both_losses_rise_it_is_not_overfitted():
    train = [1.0, 0.5, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1]

    assert (
        said(train, train)
        == "well fitted: best at epoch 3 of 10, validation and training loss lie close together"
    )


def test_a_validation_loss_that_still_falls_is_not_finished():
    curve = [2.0**-i for i in range(20)]

    assert said(curve, curve) == (
        "not finished: validation loss still fell by 75% in the last tenth; raise training.epochs"
    )


@pytest.mark.parametrize("epochs", [1, 2])
def test_two_epochs_are_too_few_to_judge(epochs):
    assert (
        said(FALLING[:epochs], FALLING[:epochs]) == "too few epochs to judge: raise training.epochs"
    )


def test_three_epochs_can_be_judged():
    assert "too few" not in said(FALLING[:3], FALLING[:3])


@pytest.mark.parametrize(
    ("reached", "constant", "told"),
    [
        (0.01, -0.002, "r2 0.01, where one answer for all rows has -0.002"),
        (-3.0, 0.0, "r2 -3, where one answer for all rows has 0"),
        (0.61, 0.6, "r2 0.61, where one answer for all rows has 0.6"),
    ],
)
def test_who_is_as_good_as_one_answer_has_learnt_next_to_nothing(reached, constant, told):
    assert said(reached=reached, constant=constant) == (
        f"learnt next to nothing: {told}; try another optimizer.lr or more epochs"
    )


def test_who_does_not_leave_a_linear_model_behind_is_underfitted():
    assert said(reached=0.62, linear=0.6) == (
        "underfitted: r2 0.620 beside a linear model's 0.600; train longer or widen it"
    )


def test_where_a_linear_model_does_it_is_said():
    assert said(reached=0.95, linear=0.96, score="accuracy", constant=0.1) == (
        "no better than a linear model, whose accuracy is 0.960 already: model=linear would do"
    )


RISING = [1.0, 0.5, 0.4, 0.42, 0.45, 0.5, 0.52, 0.55, 0.58, 0.6]
HALVING = [2.0**-i for i in range(20)]


@pytest.mark.parametrize("linear", [0.6, 0.95])
def test_what_the_curves_say_comes_before_the_linear_model(linear):
    assert said(val=RISING, reached=linear, linear=linear).startswith("overfitted after epoch 3")
    assert said(HALVING, HALVING, reached=linear, linear=linear).startswith("not finished")
    assert said(FALLING[:2], FALLING[:2], reached=linear, linear=linear).startswith(
        "too few epochs"
    )


def test_what_was_learnt_by_heart_is_not_told_to_train_longer():
    assert said(val=RISING, reached=0.01) == (
        "learnt by heart, and nothing that holds for new rows: r2 0.01, where one answer for all rows has 0;"
        " more rows or other columns would help"
    )


def test_who_makes_almost_no_mistakes_needs_no_more_data():
    train = [loss / 700 for loss in FALLING]

    assert said(train, score="accuracy", reached=1.0) == (
        "well fitted: best at epoch 10 of 10, accuracy 1.000 on rows it never saw"
    )


@pytest.mark.parametrize(("reached", "better"), [(0.63, False), (0.65, True)])
def test_a_tenth_of_what_a_linear_model_misses_has_to_be_closed(reached, better):
    assert said(reached=reached, linear=0.6).startswith("well fitted") == better


def test_without_a_linear_model_it_is_not_compared():
    assert said(reached=0.3, linear=None).startswith("well fitted")


@pytest.mark.parametrize(
    "train", [[1.0, 0.1, 0.01, 0.001], [1.0, 0.1, 0.0, 0.0]], ids=["validation", "both"]
)
def test_a_validation_loss_of_zero_can_be_judged(train):
    assert said(train, [1.0, 0.1, 0.0, 0.0]) == (
        "well fitted: best at epoch 3 of 4, validation and training loss lie close together"
    )


def test_a_validation_loss_that_has_just_reached_zero_is_not_finished():
    assert said([1.0, 0.1, 0.0], [1.0, 0.1, 0.0], reached=1.0).startswith(
        "not finished: validation loss still fell by 100%"
    )


def test_a_training_loss_of_zero_can_be_judged():
    assert said([1.0, 0.0, 0.0, 0.0], [1.0, 0.5, 0.4, 0.4]) == (
        "well fitted, though new rows cost more than the training rows, which cost nothing: more data would help most"
    )


def test_likelihoods_below_zero_are_compared_by_what_they_allow_for():
    falling = [1.0, -1.0, -2.0, -2.01]

    assert said(falling, falling).startswith("well fitted: best at epoch 4")
    assert said([1.0, -1.0, -2.0, -3.0], [1.0, -1.0, -0.9, -0.5]).startswith(
        "overfitted after epoch 2"
    )
    assert said([1.0, -1.0, -2.0, -3.0], [1.0, -1.0, -2.0, -3.0]).startswith(
        "not finished: validation loss still"
    )


@pytest.mark.parametrize(
    ("heights", "steps"),
    [
        ([0.5, 1e-3, 1e-4], 2),
        ([1e-4, 0.5, 1e-4], 3),
        ([1e-4, 1e-4, 2e-3], None),
        ([float("nan")] * 3, None),
    ],
)
def test_steps_are_counted_until_a_point_is_near_its_goal_for_good(heights, steps):
    seen = [EpochRecord(i + 1, 1.0, height, 0, 0, 0) for i, height in enumerate(heights)]

    assert steps_to_goal(seen) == steps
