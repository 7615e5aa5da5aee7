"""Schedules at points computed by hand, durations in every unit, and what is told of those that cannot work."""

import numpy as np
import pytest

from nnrun.parts.scheduler import Clock, Constant, Cosine, Step, in_steps

CLOCK = Clock(epochs=10, epoch_steps=20)  # 200 steps


def at(schedule, *steps, clock=CLOCK):
    return schedule.rate(np.array(steps, dtype=np.float64), clock).tolist()


# Durations


@pytest.mark.parametrize(
    ("duration", "steps"),
    [
        (3, 60),
        (0.5, 10),
        (0, 0),
        ("3", 60),
        ("3 epochs", 60),
        ("10%", 20),
        ("100%", 200),
        ("2.5 %", 5),
        ("500 steps", 500),
        ("1e2steps", 100),
        ("0 steps", 0),
    ],
)
def test_a_duration_is_in_epochs_or_a_share_or_in_steps(duration, steps):
    assert in_steps(duration, CLOCK) == pytest.approx(steps)


def test_a_clock_counts_the_steps_of_all_epochs():
    assert CLOCK.steps == 200


# Factors


def test_constant_is_always_one():
    assert at(Constant(), 0, 1, 199, 5000) == [1, 1, 1, 1]


@pytest.mark.parametrize("every", [2, "2 epochs", "20%", "40 steps"])
def test_step_multiplies_at_regular_intervals(every):
    schedule = Step(every, 0.5)

    assert at(schedule, 0, 39, 40, 79, 80, 199, 200) == [1, 1, 0.5, 0.5, 0.25, 0.0625, 0.03125]


@pytest.mark.parametrize(
    ("step", "factor"),
    [
        (0, 1 / 21),
        (9, 10 / 21),
        (19, 20 / 21),
        (20, 1),  # the warm-up is over
        (65, 0.1 + 0.9 * (1 + 0.5**0.5) / 2),  # a quarter of the way
        (110, 0.55),  # half
        (155, 0.1 + 0.9 * (1 - 0.5**0.5) / 2),
        (200, 0.1),
        (201, 0.1),
        (5000, 0.1),
    ],
)
@pytest.mark.parametrize(("warmup", "length"), [(1, 10), ("10%", "100%"), ("20 steps", "200 steps"), ("1 epochs", 10)])
def test_cosine_rises_falls_and_stays(warmup, length, step, factor):
    assert at(Cosine(warmup, length, 0.1), step) == [pytest.approx(factor)]


def test_cosine_without_warm_up_begins_at_one_and_ends_at_the_floor():
    assert at(Cosine(0, "50%", 0.0), 0, 50, 100, 150) == pytest.approx([1, 0.5, 0, 0])


@pytest.mark.parametrize("schedule", [Constant(), Step("30%", 0.3), Cosine("5%", "90%", 0.01), Cosine(0.3, "99%", 0)])
def test_factors_lie_between_zero_and_one_and_change_without_leaps_upward(schedule):
    factors = np.array(at(schedule, *range(400)))

    assert (factors >= 0).all()
    assert (factors <= 1).all()
    assert np.diff(factors).max() < 0.15  # the steepest warm-up here takes six steps, a seventh each


@pytest.mark.parametrize("schedule", [Constant(), Step(2, 0.5), Cosine(1, 10, 0.1)])
def test_one_step_is_asked_like_many(schedule):
    many = at(schedule, *range(250))

    assert many == [float(schedule.rate(np.array(float(step)), CLOCK)) for step in range(250)]


# Errors


@pytest.mark.parametrize("duration", ["soon", "", "%", "ten%", "-1", "-5%", "nan", "3 weeks", "1 2"])
def test_a_duration_that_cannot_be_read_is_told(duration):
    told = "expected epochs (30), a share ('10%') or steps ('500 steps')"

    assert Step(duration, 0.5).problems() == [f"scheduler.every={duration!r}: {told}"]
    assert Cosine(duration, 3, 0.0).problems() == [f"scheduler.warmup={duration!r}: {told}"]
    assert Cosine(0, duration, 0.0).problems() == [f"scheduler.length={duration!r}: {told}"]


def test_both_durations_of_a_cosine_are_told():
    assert len(Cosine("x", "y", 0.0).problems()) == 2


@pytest.mark.parametrize("every", [0, 0.0, "0%", "0 steps"])
def test_an_interval_of_nothing_is_told(every):
    assert Step(every, 0.5).problems() == [f"scheduler.every={every}: expected more than 0"]


@pytest.mark.parametrize(("every", "given"), [(11.0, "11"), ("201 steps", "201 steps"), ("101%", "101%"), (10.5, 10.5)])
def test_a_duration_longer_than_the_training_is_told(every, given):
    told = "is longer than the training of 10 epochs; lower it or raise training.epochs"

    assert Step(every, 0.5).conflicts(CLOCK) == [f"scheduler.every={given}: {told}"]
    assert Cosine(0, every, 0.0).conflicts(CLOCK) == [f"scheduler.length={given}: {told}"]
    assert f"scheduler.warmup={given}: {told}" in Cosine(every, 10, 0.0).conflicts(CLOCK)


@pytest.mark.parametrize(("warmup", "length"), [(5, 5), ("50%", "100 steps"), (3, "10%")])
def test_a_warm_up_no_shorter_than_the_whole_is_told(warmup, length):
    assert Cosine(warmup, length, 0.0).conflicts(CLOCK) == [
        f"scheduler.warmup={warmup}: is not shorter than scheduler.length={length}; lower it"
    ]


@pytest.mark.parametrize("schedule", [Step(9, 0.5), Step("199 steps", 1), Cosine(0, 10, 0), Cosine("99%", "100%", 0.5)])
def test_a_schedule_as_long_as_the_training_is_right(schedule):
    assert schedule.problems() == []
    assert schedule.conflicts(CLOCK) == []
