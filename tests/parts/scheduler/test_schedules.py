"""Factors are those that each schedule promises, and torch's where torch has it."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torchs

from nnrun.parts.scheduler import (
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    Linear,
    MultiStep,
    OneCycle,
    Step,
)
from nnrun.parts.scheduler.durations import Clock

CLOCK = Clock(epochs=10, epoch_steps=20)  # 200 steps


def at(schedule, *steps, clock=CLOCK):
    return schedule.rate(np.array(steps, dtype=np.float64), clock).tolist()


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
