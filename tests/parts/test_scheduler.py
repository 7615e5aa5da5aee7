"""Schedules at points computed by hand, durations in every unit, and what is told of those that cannot work."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torchs

from nnrun.parts.scheduler import (
    Chained,
    Clock,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    Linear,
    MultiStep,
    OneCycle,
    Plateau,
    Step,
    in_steps,
)

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
@pytest.mark.parametrize(
    ("warmup", "length"), [(1, 10), ("10%", "100%"), ("20 steps", "200 steps"), ("1 epochs", 10)]
)
def test_cosine_rises_falls_and_stays(warmup, length, step, factor):
    assert at(Cosine(warmup, length, 0.1), step) == [pytest.approx(factor)]


def test_cosine_without_warm_up_begins_at_one_and_ends_at_the_floor():
    assert at(Cosine(0, "50%", 0.0), 0, 50, 100, 150) == pytest.approx([1, 0.5, 0, 0])


@pytest.mark.parametrize(
    ("milestones", "factors"),
    [
        ((2, "50%", "150 steps"), [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]),
        (("150 steps", 2.0, "5 epochs"), [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]),
        (("20%", "20%"), [1, 1, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]),
        ((0,), [0.5] * 8),
    ],
)
def test_multistep_multiplies_at_each_milestone(milestones, factors):
    assert at(MultiStep(milestones, 0.5), 0, 39, 40, 99, 100, 149, 150, 5000) == factors


def test_exponential_multiplies_in_each_epoch_evenly():
    assert at(Exponential(0.25), 0, 20, 10, 30, 200) == pytest.approx(
        [1, 0.25, 0.5, 0.125, 0.25**10]
    )


@pytest.mark.parametrize("length", [5, "50%", "100 steps"])
def test_linear_goes_straight_and_stays(length):
    assert at(Linear(1.0, 0.2, length), 0, 25, 50, 100, 101, 500) == pytest.approx(
        [1, 0.8, 0.6, 0.2, 0.2, 0.2]
    )
    assert at(Linear(0.0, 1.0, length), 0, 25, 100, 150) == pytest.approx([0, 0.25, 1, 1])


@pytest.mark.parametrize("period", [2, "20%", "40 steps"])
def test_cosine_restarts_begins_anew_after_each_period(period):
    same, growing = CosineRestarts(period, 1.0, 0.1), CosineRestarts(period, 1.5, 0.1)

    assert at(same, 0, 20, 40, 60, 160, 180) == pytest.approx([1, 0.55, 1, 0.55, 1, 0.55])
    assert at(growing, 0, 20, 40, 70, 100, 145, 190) == pytest.approx(
        [1, 0.55, 1, 0.55, 1, 0.55, 1]
    )


@pytest.mark.parametrize("peak", [2, "20%", "40 steps"])
def test_one_cycle_rises_once_and_falls_to_the_last_step(peak):
    schedule = OneCycle(peak, 0.2, 0.01)

    assert at(schedule, 0, 19.5, 39, 119, 199, 300) == pytest.approx(
        [0.2, 0.6, 1, 0.505, 0.01, 0.01]
    )
    assert at(OneCycle(0, 0.2, 0.0), 0, 199) == pytest.approx([1, 0])


TORCHS = {
    "multistep": (
        MultiStep((3, 7, 7.5), 0.3),
        lambda optimizer: torchs.MultiStepLR(optimizer, [60, 140, 150], 0.3),
    ),
    "step": (Step(3, 0.3), lambda optimizer: torchs.StepLR(optimizer, 60, 0.3)),
    "exponential": (
        Exponential(0.9),
        lambda optimizer: torchs.ExponentialLR(optimizer, 0.9 ** (1 / 20)),
    ),
    "linear": (
        Linear(0.3, 0.9, "70%"),
        lambda optimizer: torchs.LinearLR(optimizer, 0.3, 0.9, 140),
    ),
    "cosine": (Cosine(0, 10, 0.1), lambda optimizer: torchs.CosineAnnealingLR(optimizer, 200, 0.1)),
    "cosine, restarts": (
        CosineRestarts("30 steps", 1.0, 0.05),
        lambda optimizer: torchs.CosineAnnealingWarmRestarts(optimizer, 30, 1, 0.05),
    ),
    "cosine, growing restarts": (
        CosineRestarts(1, 2.0, 0.0),
        lambda optimizer: torchs.CosineAnnealingWarmRestarts(optimizer, 20, 2, 0.0),
    ),
    "one cycle": (
        OneCycle("30%", 0.04, 4e-6),
        lambda optimizer: torchs.OneCycleLR(optimizer, 1.0, 200, 0.3, cycle_momentum=False),
    ),
}


@pytest.mark.parametrize("name", TORCHS)
def test_factors_are_torchs(name):
    schedule, make = TORCHS[name]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    theirs, factors = make(optimizer), []

    for _ in range(CLOCK.steps):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()

    assert at(schedule, *range(CLOCK.steps)) == pytest.approx(factors, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "schedule",
    [
        Constant(),
        Step("30%", 0.3),
        MultiStep(("30%", "70%"), 0.3),
        Exponential(0.5),
        Linear(1.0, 0.0, "90%"),
        Linear(0.1, 1.0, "20%"),
        OneCycle("30%", 0.04, 0.0),
        Cosine("5%", "90%", 0.01),
        Cosine(0.3, "99%", 0),
    ],
)
def test_factors_lie_between_zero_and_one_and_change_without_leaps_upward(schedule):
    factors = np.array(at(schedule, *range(400)))

    assert (factors >= 0).all()
    assert (factors <= 1).all()
    assert (
        np.diff(factors).max() < 0.15
    )  # the steepest warm-up here takes six steps, a seventh each


@pytest.mark.parametrize(
    "schedule",
    [
        Constant(),
        Step(2, 0.5),
        MultiStep((2, "50%"), 0.5),
        Exponential(0.5),
        Linear(1.0, 0.1, 3),
        Cosine(1, 10, 0.1),
        CosineRestarts("13 steps", 1.7, 0.1),
        CosineRestarts("10.3%", 1.0, 0.1),
        OneCycle("30%", 0.1, 0.01),
    ],
)
def test_one_step_is_asked_like_many(schedule):
    many = at(schedule, *range(250))

    single = [float(schedule.rate(np.array(float(step)), CLOCK)) for step in range(250)]
    assert many == pytest.approx(
        single, rel=1e-15, abs=0
    )  # numpy's power of an array may differ in the last digit


# Errors


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
        f"scheduler.period={given}: is no longer than a step, which cannot fall; raise it"
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


# Plateau and chained


@pytest.mark.parametrize("seed", range(5))
def test_plateau_is_torchs_which_waits_an_epoch_longer(seed):
    losses = (np.random.default_rng(seed).normal(1, 0.3, 60) * 0.97 ** np.arange(60)).tolist()
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    theirs = torchs.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=2, threshold=0.01, min_lr=0.01, eps=0
    )

    ours = Plateau(0.5, 3, 0.01, 0.01)

    assert ours.level([]) == 1
    for i, loss in enumerate(losses):
        theirs.step(loss)
        assert ours.level(losses[: i + 1]) == optimizer.param_groups[0]["lr"]


def test_plateau_also_watches_losses_below_zero():
    ours = Plateau(0.5, 2, 1e-2, 0.0)

    assert ours.level([-2.0] * 5) == 0.25
    assert ours.level([-2.0, -2.1, -2.2, -2.3, -2.4]) == 1
    assert ours.level([-2.0, -1.9, -1.8, -1.7, -1.6]) == 0.25


def test_plateau_lowers_the_rate_of_a_run(small):
    never = small(
        "dataset.rows=200",
        "scheduler=plateau",
        "scheduler.patience=1",
        "scheduler.threshold=0.9",
        LONGER,
    )

    rates = [float(row.split(",")[4]) for row in never.read("metrics.csv").splitlines()[1:]]

    assert rates == [rates[0], rates[0], *(rates[0] / 2**i for i in range(1, 5))]


LONGER = "training.epochs=6"
STAGE = {"_target_": "nnrun.parts.scheduler.Linear", "start": 0.0, "end": 1.0, "length": "100%"}
FALL = {"_target_": "nnrun.parts.scheduler.Exponential", "factor": 0.5}


def test_chained_schedules_each_take_their_part_for_the_whole():
    steps = np.arange(200.0)

    rate = Chained(STAGE, FALL, "25%").rate(steps, CLOCK)

    assert rate[:50] == pytest.approx(steps[:50] / 50)
    assert rate[50:] == pytest.approx(0.5 ** ((steps[50:] - 50) / 20))


def test_chained_schedules_are_those_of_torchs_sequential():
    warm, fall, clock = STAGE | {"start": 0.1}, FALL, Clock(10, 1)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    parts = [
        torchs.LinearLR(optimizer, 0.1, 1.0, total_iters=4),
        torchs.ExponentialLR(optimizer, 0.5),
    ]
    theirs = torchs.SequentialLR(optimizer, parts, milestones=[4])

    for ours in Chained(warm, fall, 4.0).rate(np.arange(10.0), clock):
        assert ours == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()


def test_a_chain_may_be_a_link_of_another():
    inner = {
        "_target_": "nnrun.parts.scheduler.Chained",
        "first": FALL,
        "then": FALL | {"factor": 1.0},
        "switch": 1.0,
    }

    rate = Chained(STAGE, inner, 2.0).rate(np.arange(200.0), CLOCK)

    assert rate[40] == 1
    assert rate[59] == pytest.approx(0.5 ** (19 / 20))
    assert (rate[60:] == 1).all()


@pytest.mark.parametrize(
    ("first", "switch", "told"),
    [
        (
            {**STAGE, "length": "100%", "end": 7.0},
            2.0,
            "scheduler.first.end=7.0: expected a number >= 0 and <= 1",
        ),
        ({**STAGE, "length": -1.0}, 2.0, "scheduler.first.length=-1.0: expected"),
        (
            {**STAGE, "length": 5.0},
            2.0,
            "scheduler.first.length=5: is longer than its part of 2 epochs; lower it",
        ),
        (STAGE, 10.0, "scheduler.switch=10: comes only when the training is over"),
        (STAGE, 0.0, "scheduler.switch=0.0: expected more than 0"),
        (STAGE, "0.01%", "scheduler.switch=0.01%: leaves one of both schedules no step; move it"),
        (STAGE, "99.99%", "scheduler.switch=99.99%: leaves one of both schedules no step; move it"),
        (
            {"_target_": "os.system"},
            2.0,
            "scheduler.first._target_='os.system': names no scheduler",
        ),
        ({"_target_": "nnrun.parts.scheduler.Plateau"}, 2.0, "scheduler.first.factor: is missing"),
    ],
)
def test_a_wrong_link_is_told_by_its_place(first, switch, told):
    chain = Chained(first, FALL, switch)

    lines = told_by(chain.problems() or chain.unfit_for_clock(CLOCK))

    assert lines[0].startswith(told), lines


def test_links_are_chosen_on_the_command_line(small):
    ran = small(
        "dataset.rows=200", "scheduler=chained", "scheduler@scheduler.then=step", "scheduler.then.every=1", LONGER,
        "scheduler.switch=2", "scheduler.then.factor=0.5", "scheduler@scheduler.first=constant"
    )  # fmt: skip

    rates = [float(row.split(",")[4]) for row in ran.read("metrics.csv").splitlines()[1:]]
    assert rates == [rates[0] * share for share in (1, 1, 1, 0.5, 0.25, 0.125)]


def test_plateau_is_no_link(nnrun):
    ran = nnrun("scheduler=chained", "scheduler@scheduler.then=plateau")

    assert ran.code == 2
    assert "scheduler.then: plateau follows the losses" in ran.err
