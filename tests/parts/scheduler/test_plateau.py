"""A plateau follows the losses."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torchs

from nnrun.parts.scheduler import Plateau
from nnrun.parts.scheduler.durations import Clock

CLOCK = Clock(epochs=10, epoch_steps=20)  # 200 steps


def at(schedule, *steps, clock=CLOCK):
    return schedule.rate(np.array(steps, dtype=np.float64), clock).tolist()


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
        "training.epochs=6",
    )

    rates = [float(row.split(",")[4]) for row in never.read("metrics.csv").splitlines()[1:]]

    assert rates == [rates[0], rates[0], *(rates[0] / 2**i for i in range(1, 5))]
