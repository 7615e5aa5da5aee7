"""What is computed of several epochs at once is what each of them would have computed alone."""

from dataclasses import replace

import pytest
import torch

from nnrun.engine.timetable import STEPS, LearningRates, Timetable, table, together

LAST = 84, 85, 199  # of 3 steps an epoch: the end of those that go together, the next, the last


@pytest.fixture
def given(member, cohort):
    """Three steps an epoch; one member slows down and averages, the other does not."""
    falling = replace(
        member(0, weight_decay=0.01, newest=lambda step: 1 / (2 + step)),
        rate=lambda step: 1 / (1 + step),
    )
    return replace(cohort([falling, member(3)], count=70), epochs=200)


def test_coefficients_are_those_of_each_epoch_alone_whichever_comes_first(given) -> None:
    forwards, backwards = Timetable(given, (1.0, 0.5)), Timetable(given, (1.0, 0.5))
    seen = {epoch: forwards.of(epoch, [1.0, 1.0]).clone() for epoch in (0, 1, *LAST)}
    for epoch in (*reversed(LAST), 1, 0):
        alone = table(given, range(epoch, epoch + 1), [1.0, 1.0], (1.0, 0.5))
        assert torch.equal(seen[epoch], alone)
        assert torch.equal(backwards.of(epoch, [1.0, 1.0]), alone)


def test_another_level_counts_from_its_epoch_on(given) -> None:
    kept = Timetable(given)
    kept.of(6, [1.0, 1.0])
    assert torch.equal(kept.of(7, [0.5, 1.0]), table(given, range(7, 8), [0.5, 1.0]))


def test_short_epochs_are_computed_together_and_long_ones_alone(given, rows) -> None:
    assert together(given, 7) == together(given, 84) == range(85)
    assert together(given, 199) == range(170, 200)
    long = replace(given, train=rows(32 * STEPS + 1, set_of=(0, 0)))
    assert together(long, 7) == range(7, 8)
    mixing = replace(given, members=(replace(given.members[0], mixup=0.3), given.members[1]))
    assert together(mixing, 7) == range(7, 8)


def test_learning_rates_are_those_of_the_last_step(given) -> None:
    rates = LearningRates(given)
    for epoch in (0, 150, 3):
        last = 3 * epoch + 2
        assert rates.of(epoch, [0.5, 1.0]) == [1e-2 * (0.5 * (1 / (1 + last))), 1e-2]
