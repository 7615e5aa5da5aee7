"""Chained schedules each take their part of the training for the whole."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torchs

from nnrun.parts.scheduler import Chained
from nnrun.parts.scheduler.durations import Clock

CLOCK = Clock(epochs=10, epoch_steps=20)  # 200 steps


def at(schedule, *steps, clock=CLOCK):
    return schedule.rate(np.array(steps, dtype=np.float64), clock).tolist()


def told_by(problems):
    """The lines that a person reads."""
    return [str(problem.under("scheduler")) for problem in problems]


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
