"""Each verdict is said of evidence made for it."""

from dataclasses import replace

import numpy as np
import pytest

from nnrun.report import verdict as verdicts
from nnrun.report.numbers import number
from nnrun.report.verdict import SURE, Course, Evidence, InFolds, Misses, lead, verdict
from nnrun.runs.epochs import EpochRecord

AT_REST = [1.0, 0.5, 0.3, 0.25, 0.22, 0.21, 0.205, 0.202, 0.201, 0.2]
RNG = np.random.default_rng(0)
ROWS = RNG.exponential(size=400)  # what one answer misses of each row


def course(train, val=None, rates=None):
    """Epochs with these losses."""
    val, rates = val or train, rates or [0.1] * len(train)
    lines = zip(train, val, rates, strict=True)
    return [EpochRecord(i + 1, a, b, 0.5, lr, 1.0) for i, (a, b, lr) in enumerate(lines)]


def shares(best, last=None, rows=200):
    """Shares of what one answer misses, after the best epoch and the last."""
    constant = ROWS[:rows]
    return Misses(best * constant, (best if last is None else last) * constant, constant)


def evidence(network=0.2, linear=0.6, neighbours=0.5, **changes):
    """A training that came to rest, and misses a fifth of what one answer does."""
    methods = {"constant": 1.0, "linear": linear, "nearest neighbours": neighbours}
    new = {name: share * ROWS for name, share in ({"network": network} | methods).items()}
    usual = Evidence(
        score="r2",
        epochs=course(AT_REST),
        best_epoch=10,
        train=shares(network),
        val=shares(network),
        new=new,
        ranking=0.0,
        straight=False,
    )
    return replace(usual, **changes)


def said(**changes):
    return verdict(evidence(**changes)).kind


def test_better_than_every_simple_method_and_at_rest_is_fitted():
    told = verdict(evidence())

    missed = ROWS.mean()
    assert told.kind == verdicts.FITTED
    assert str(told) == (
        "fitted as well as these rows can tell:"
        f" r2 {number(1 - 0.2 * missed)} on new rows, nearest neighbours {number(1 - 0.5 * missed)}"
    )


def test_without_simple_methods_nobody_says_fitted():
    new = {
        name: misses for name, misses in evidence().new.items() if name in ("network", "constant")
    }

    assert verdict(evidence(new=new))[:2] == (
        verdicts.CANNOT_TELL,
        "no simple method was asked: output.baselines=true",
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"epochs": course([1.0, 0.5])}, "after 2 epochs there is no course to judge"),
        (
            {"new": {"network": ROWS[:19], "constant": ROWS[:19]}},
            "19 validation and test rows are no evidence",
        ),
    ],
)
def test_of_too_little_it_cannot_tell(changes, told):
    assert verdict(evidence(**changes))[:2] == (verdicts.CANNOT_TELL, told)


def test_a_straight_model_under_a_curve_is_too_simple_though_its_loss_leaps():
    epochs = course([1.0, 1.3] * 5)

    assert said(network=0.9, linear=0.9, neighbours=0.1, straight=True, epochs=epochs) == (
        verdicts.TOO_SIMPLE
    )
    assert said(network=0.3, linear=0.3, neighbours=0.5, straight=True) == verdicts.FITTED


@pytest.mark.parametrize(
    "losses",
    [
        [1.0, 5.0, 1.0, 1.0, 1.0],  # a burst
        [1000.0, 1.0, 1.0, 1.0, 1.0],  # thrown far away at first
        [1.0, 1.3] * 5,  # leaps
    ],
)
def test_training_rows_that_came_to_nothing_after_leaps_ask_for_a_lower_rate(losses):
    lost = {"train": shares(1.0), "epochs": course(losses), "best_epoch": 1}

    assert said(network=1.0, **lost) == verdicts.RATE_TOO_LARGE
    assert said(network=0.5, **lost) == verdicts.DIVERGED  # it had learnt something before


def test_predictions_that_are_no_numbers_are_diverged():
    new = evidence().new | {"network": np.full(400, np.inf)}

    assert said(new=new) == verdicts.DIVERGED


def test_losses_of_zero_can_be_judged():
    assert said(epochs=course([1.0, 0.1, 0.0, 0.0]), best_epoch=3) == verdicts.FITTED
    assert said(epochs=course([0.0] * 5), train=shares(0.0), val=shares(0.0)) == verdicts.MEMORISED


def test_what_is_known_by_heart_alone_is_memorised():
    told = verdict(evidence(network=1.02, linear=1.0, neighbours=1.1, train=shares(0.9, 0.1)))

    assert told.kind == verdicts.MEMORISED
    assert told.told.endswith(
        "on training rows in the end; more rows to learn from would help most"
    )


def test_validation_rows_that_were_told_better_before_are_overfitted():
    changes = {"train": shares(0.3, 0.1), "best_epoch": 4}

    assert said(val=shares(0.3, 0.5), **changes) == verdicts.OVERFITTED
    assert said(val=shares(0.3, 0.31), **changes) != verdicts.OVERFITTED  # within its uncertainty
    assert said(val=shares(0.3, 0.5), best_epoch=4) != verdicts.OVERFITTED  # training rows as well


FALLING = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
SLOWLY = [1 - i / 50 for i in range(12)]


@pytest.mark.parametrize(
    ("losses", "kind"), [(FALLING, verdicts.UNFINISHED), (SLOWLY, verdicts.RATE_TOO_SMALL)]
)
def test_losses_that_fall_to_the_end_have_not_come_to_rest(losses, kind):
    ends = {"epochs": course(losses), "best_epoch": len(losses)}

    assert said(**ends, train=shares(0.7)) == kind
    assert said(**ends, val=shares(0.2)) == verdicts.UNFINISHED  # which knows its training rows
    assert (
        said(**ends | {"epochs": course(losses, [1.0] + [0.2] * (len(losses) - 1))})
        == verdicts.FITTED
    )
    assert said(**(ends | {"best_epoch": 2})) == verdicts.FITTED
    assert said(network=0.001, linear=0.01, neighbours=0.01, **ends) == verdicts.FITTED


@pytest.mark.parametrize("losses", [FALLING, SLOWLY, [1.0, 0.5, 0.0]])
def test_half_of_a_straight_fall_comes_in_the_second_half_of_the_way(losses):
    assert Course.of(course(losses)).late == pytest.approx(0.5)


def test_the_way_is_measured_by_the_learning_rate():
    rates = [1.0, 1.0, 1.0, 0.1, 0.1, 0.1]

    # epochs stand at .5, 1.5, 2.5, 3.275, 3.6 and 3.7, so that half is at 2.1, where the loss is .84
    assert Course.of(course(FALLING, rates=rates)).late == pytest.approx(0.68)
    assert Course.of(course(AT_REST)).late < 0.05


def test_the_first_of_three_epochs_is_judged_as_the_others_though_half_of_the_way_is_gone():
    cosine = [0.75, 0.25, 0.0]

    assert 0.3 < Course.of(course([1.056, 0.842, 0.715], rates=cosine)).late < 0.6


@pytest.mark.parametrize("losses", [[1.0, 3.0, 2.0, 0.9], [1.0, 0.5, 0.7, 0.8], [1.0, 2.0, 1.0]])
def test_no_more_than_all_of_a_fall_comes_late(losses):
    assert 0 <= Course.of(course(losses)).late <= 1


def test_validation_losses_that_fell_steeply_in_the_last_epochs_go_on_wherever_the_rest_fell():
    steep = course(AT_REST, [*AT_REST[:7], 0.195, 0.185, 0.18])

    told = verdict(evidence(epochs=steep, best_epoch=10))

    assert str(told) == "not finished: the last 3 epochs lowered the lowest validation loss by 12%"


def test_a_course_on_which_the_loss_changes_is_judged_by_validation_rows():
    mixed = [0.8] * 10 + [300.0, 290.0]  # the losses of two units
    slowly = [loss + 1 for loss in SLOWLY]
    thrown = evidence(train=shares(0.99), epochs=course(mixed, slowly), best_epoch=12)

    changed = verdict(replace(thrown, one_loss=False))

    assert verdict(thrown).kind == verdicts.DIVERGED
    assert changed.kind == verdicts.RATE_TOO_SMALL
    assert changed.told == (
        "50% of the fall of the validation loss came in the second half of the way,"
        " by the learning rate"
    )


def test_where_no_method_beats_one_answer_there_is_nothing_to_learn():
    told = verdict(evidence(network=1.0, linear=1.01, neighbours=1.2, train=shares(0.9)))

    assert told.kind == verdicts.NOTHING
    assert "one answer for all" in told.told


def test_a_ranking_that_may_be_chance_is_not_called_memorised():
    new = dict.fromkeys(("constant", "network", "linear"), 1.0 * (np.arange(200) % 20 == 0))

    told = verdict(evidence(new=new, ranking=2.0))

    assert told.kind == verdicts.CANNOT_TELL
    assert told.told.endswith("ranked above the others, which so few rows may show by chance")


def test_classes_that_are_ranked_better_than_by_chance_are_learnt():
    assert said(network=1.0, linear=1.0, neighbours=1.0, ranking=4.0) == verdicts.FITTED


@pytest.mark.parametrize(
    ("train", "epochs", "kind"),
    [
        (0.6, AT_REST, verdicts.TOO_SIMPLE),
        (0.2, AT_REST, verdicts.WORSE),
        (0.6, [1.0, 1.3, 0.9, 1.2, 0.8, 1.1, 0.7, 0.9, 0.8, 0.7], verdicts.RATE_TOO_LARGE),
    ],
)
def test_beaten_by_a_simple_method_training_rows_tell_why(train, epochs, kind):
    told = verdict(
        evidence(network=0.6, linear=0.3, train=shares(train), epochs=course(epochs), best_epoch=3)
    )

    assert told.kind == kind
    assert "linear" in told.told
    assert told.better == ("linear" if kind == verdicts.WORSE else "")


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": course([1.0, 0.5, 0.45, 0.4, 0.35, 0.3, 0.28, 0.27])},  # which still fall
        {"epochs": course([1.0, 1.3, 0.9, 1.2])},  # or leap, which may be chance
        {"held": ("regularisation.l2=1.0",)},
        {"train": shares(0.8), "network": 0.8},  # a straight line, which it could draw, does better
    ],
)
def test_a_network_that_could_have_learnt_more_is_not_called_too_simple(changes):
    beaten = {"network": 0.6, "linear": 0.3, "train": shares(0.6), "best_epoch": 3}

    assert said(**beaten) == verdicts.TOO_SIMPLE
    assert said(**beaten | changes) == verdicts.WORSE


def test_shares_of_a_likelihood_are_told_of_its_exponential():
    falling = Course.of(course([0.5, 0.3, 0.2, 0.1, 0.0, -0.1, -0.2, -0.3]))

    assert falling.told_still.startswith(
        "the last 2 epochs lowered the exponential of the lowest validation loss by 18%"
    )
    assert "of the fall of the exponential of the training loss" in falling.told_late


def test_a_network_that_has_hardly_begun_is_not_finished_unless_something_holds_it():
    beaten = {"network": 0.6, "linear": 0.3, "train": shares(0.6), "best_epoch": 3, "steps": 36}

    told = verdict(evidence(**beaten))

    assert told.kind == verdicts.UNFINISHED
    assert told.told.endswith("on training rows, after 36 steps")
    assert said(**beaten, held=("regularisation.l2=1.0",)) == verdicts.WORSE


@pytest.mark.parametrize(
    ("known", "held", "cause"),
    [
        (0.9, ("regularisation.dropout=0.9",), "regularisation.dropout=0.9"),
        (0.4, ("regularisation.dropout=0.9",), ""),
        (0.9, ("regularisation.l1=1.0", "regularisation.l2=1.0"), ""),
    ],
)
def test_what_holds_a_network_back_is_told_and_suspected_where_little_was_learnt(
    known, held, cause
):
    told = verdict(evidence(network=known, linear=0.2, train=shares(known), held=held))

    assert told.kind == verdicts.WORSE
    assert told.told.endswith(f"on training rows, with {' and '.join(held)}")
    assert told.cause == cause


def test_leaps_of_the_training_loss_alone_are_noise_such_as_that_of_dropout():
    leaps = [1.0, 1.3] * 5

    assert Course.of(course(leaps)).leaping
    assert not Course.of(course(leaps, AT_REST)).leaping


def test_the_same_answer_for_all_rows_is_nothing_learnt_though_the_loss_falls_to_the_end():
    alike = {"network": 1.0, "train": shares(1.0), "alike": True, "held": ("model.init=zeros",)}

    told = verdict(evidence(**alike, epochs=course(SLOWLY), best_epoch=12))

    assert told.kind == verdicts.NOTHING
    assert told.told.endswith("; it gives the same answer for all rows, with model.init=zeros")
    assert told.cause == "model.init=zeros"


def test_training_rows_told_far_better_than_new_ones_are_memorised():
    assert said(train=shares(0.2, 0.04)) == verdicts.MEMORISED
    assert said(train=shares(0.2, 0.06)) == verdicts.FITTED
    assert said(network=0.04, train=shares(0.04, 0.001)) == verdicts.FITTED  # little is missed


def test_a_lead_is_counted_in_standard_errors_of_the_same_rows():
    theirs, ours = RNG.random(50), RNG.random(50)
    gains = theirs - ours

    assert lead(theirs, ours) == pytest.approx(gains.mean() / (gains.std(ddof=1) / 50**0.5))
    assert lead(theirs, theirs) == 0
    assert lead(theirs + 1, theirs) > 1e6


def test_likelihoods_below_zero_are_compared_by_the_deviation_that_they_allow_for():
    falling = Course.of(course([0.0, -1.0, -1.5, -1.6, -1.6, -1.6]))

    assert falling.train[1] == pytest.approx(np.exp(-1))
    assert not falling.goes_on


def test_folds_that_differ_are_less_sure_than_as_many_rows_of_their_own():
    constant, luck = np.ones(60), np.repeat([0.2, 0.5, 1.2], 20)
    in_folds = InFolds(np.repeat(range(3), 20), overlap=0.5)

    assert lead(constant, luck) > SURE
    assert 0 < lead(constant, luck, in_folds) < SURE
    assert lead(constant, luck / 100, in_folds) > SURE


def test_in_folds_that_all_say_the_same_rows_say_how_sure_that_is():
    ours, theirs = np.random.default_rng(0).uniform(size=(2, 15))
    in_folds = InFolds(np.repeat(range(4), 15), overlap=0.3)

    assert lead(np.tile(theirs, 4), np.tile(ours, 4), in_folds) == lead(
        np.tile(theirs, 4), np.tile(ours, 4)
    )
