"""Durations are read and judged by the length of the training."""

import pytest

from nnrun.parts.scheduler import Cosine, CosineRestarts, Linear, MultiStep, OneCycle, Step
from nnrun.parts.scheduler.durations import Clock, in_steps

CLOCK = Clock(epochs=10, epoch_steps=20)  # 200 steps


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


def told_by(problems):
    """The lines that a person reads."""
    return [str(problem.under("scheduler")) for problem in problems]


@pytest.mark.parametrize(
    "duration", ["soon", "", "%", "ten%", "-1", "-5%", "nan", "3 weeks", "1 2"]
)
def test_a_duration_that_cannot_be_read_is_told(duration):
    told = "expected epochs (30), a share ('10%') or steps ('500 steps')"

    assert told_by(Step(duration, 0.5).problems()) == [f"scheduler.every={duration!r}: {told}"]
    assert told_by(Cosine(duration, 3, 0.0).problems()) == [
        f"scheduler.warmup={duration!r}: {told}"
    ]
    assert told_by(Cosine(0, duration, 0.0).problems()) == [
        f"scheduler.length={duration!r}: {told}"
    ]
    assert told_by(MultiStep((3, duration), 0.5).problems()) == [
        f"scheduler.milestones={duration!r}: {told}"
    ]
    assert told_by(Linear(1.0, 0.0, duration).problems()) == [
        f"scheduler.length={duration!r}: {told}"
    ]
    assert told_by(CosineRestarts(duration, 1.0, 0.0).problems()) == [
        f"scheduler.period={duration!r}: {told}"
    ]
    assert told_by(OneCycle(duration, 0.1, 0.0).problems()) == [
        f"scheduler.peak={duration!r}: {told}"
    ]


def test_both_durations_of_a_cosine_are_told():
    assert len(Cosine("x", "y", 0.0).problems()) == 2


@pytest.mark.parametrize("every", [0, 0.0, "0%", "0 steps"])
def test_an_interval_of_nothing_is_told(every):
    told = "expected more than 0"

    assert told_by(Step(every, 0.5).problems()) == [f"scheduler.every={every}: {told}"]
    assert told_by(Linear(1.0, 0.0, every).problems()) == [f"scheduler.length={every}: {told}"]
    assert told_by(CosineRestarts(every, 1.0, 0.0).problems()) == [
        f"scheduler.period={every}: {told}"
    ]


def test_a_list_of_no_milestones_is_told():
    assert told_by(MultiStep((), 0.5).problems()) == [
        "scheduler.milestones=[]: expected at least one; for none, use scheduler=constant"
    ]


def test_a_line_that_stays_at_zero_is_told():
    assert told_by(Linear(0.0, 0.0, 3).problems()) == [
        "scheduler.start=0: no step would move, as scheduler.end is 0 as well; raise one of them"
    ]


@pytest.mark.parametrize(
    ("period", "given"), [("1 step", "1 step"), (0.05, "0.05"), ("0.4%", "0.4%")]
)
def test_a_period_too_short_to_fall_in_is_told(period, given):
    assert told_by(CosineRestarts(period, 2.0, 0.0).unfit_for_clock(CLOCK)) == [
        f"scheduler.period={given}: is a single step, in which nothing can fall; raise it"
    ]


@pytest.mark.parametrize(
    ("moment", "given"), [(10.0, "10"), ("200 steps", "200 steps"), ("100%", "100%")]
)
def test_a_moment_at_the_end_of_the_training_is_told(moment, given):
    told = "comes only when the training is over; lower it"

    assert told_by(Step(moment, 0.5).unfit_for_clock(CLOCK)) == [f"scheduler.every={given}: {told}"]
    assert told_by(MultiStep((1, moment), 0.5).unfit_for_clock(CLOCK)) == [
        f"scheduler.milestones={given}: {told}"
    ]
    assert told_by(CosineRestarts(moment, 1.0, 0.0).unfit_for_clock(CLOCK)) == [
        f"scheduler.period={given}: {told}"
    ]
    assert told_by(OneCycle(moment, 0.1, 0.0).unfit_for_clock(CLOCK)) == [
        f"scheduler.peak={given}: {told}"
    ]


def test_all_of_any_training_is_not_longer_than_it():
    assert not [
        steps
        for steps in range(1, 2000)
        if Cosine("5%", "100%", 0.0).unfit_for_clock(Clock(1, steps))
    ]


@pytest.mark.parametrize(
    ("every", "given"), [(11.0, "11"), ("201 steps", "201 steps"), ("101%", "101%"), (10.5, 10.5)]
)
def test_a_duration_longer_than_the_training_is_told(every, given):
    told = "is longer than the training of 10 epochs; lower it or raise training.epochs"

    assert told_by(Step(every, 0.5).unfit_for_clock(CLOCK)) == [f"scheduler.every={given}: {told}"]
    assert told_by(Cosine(0, every, 0.0).unfit_for_clock(CLOCK)) == [
        f"scheduler.length={given}: {told}"
    ]
    assert told_by(MultiStep((1, every), 0.5).unfit_for_clock(CLOCK)) == [
        f"scheduler.milestones={given}: {told}"
    ]
    assert told_by(Linear(1.0, 0.0, every).unfit_for_clock(CLOCK)) == [
        f"scheduler.length={given}: {told}"
    ]
    assert told_by(CosineRestarts(every, 1.0, 0.0).unfit_for_clock(CLOCK)) == [
        f"scheduler.period={given}: {told}"
    ]
    assert told_by(OneCycle(every, 0.1, 0.0).unfit_for_clock(CLOCK)) == [
        f"scheduler.peak={given}: {told}"
    ]
    assert f"scheduler.warmup={given}: {told}" in told_by(
        Cosine(every, 10, 0.0).unfit_for_clock(CLOCK)
    )


@pytest.mark.parametrize(("warmup", "length"), [(5, 5), ("50%", "100 steps"), (3, "10%")])
def test_a_warm_up_no_shorter_than_the_whole_is_told(warmup, length):
    assert told_by(Cosine(warmup, length, 0.0).unfit_for_clock(CLOCK)) == [
        f"scheduler.warmup={warmup}: is not shorter than scheduler.length={length}; lower it"
    ]


@pytest.mark.parametrize(
    "schedule",
    [
        Step(9, 0.5),
        Step("199 steps", 1),
        MultiStep((0, "199 steps"), 0.5),
        Linear(0.5, 0.0, 10),
        Cosine(0, 10, 0),
        Cosine("99%", "100%", 0.5),
        CosineRestarts("199 steps", 3.0, 0.0),
        CosineRestarts("2 steps", 1.0, 0.0),
        OneCycle(0, 0.0, 0.0),
        OneCycle("199 steps", 0.0, 0.0),
    ],
)
def test_a_schedule_as_long_as_the_training_is_right(schedule):
    assert schedule.problems() == []
    assert schedule.unfit_for_clock(CLOCK) == []
