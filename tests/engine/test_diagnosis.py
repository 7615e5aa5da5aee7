"""What went wrong first in an epoch that gave no numbers: found by taking its steps again."""

from math import inf, isfinite, nan

import pytest
import torch

from nnrun.engine.diagnosis import culprit
from nnrun.engine.fit import fit
from nnrun.engine.state import begin
from nnrun.parts.loss import Mse
from nnrun.parts.optimizer import Sgd


class Cliff(Mse):
    """A loss of 0, whose slope is no number."""

    def __call__(self, outputs, targets, weights=None):
        return (super().__call__(outputs, targets, weights) * 0).sqrt()


@pytest.fixture
def trained(cohort, member):
    """A cohort of one, and what it was after its first epoch."""

    def make(lr, loss=None):
        alone = cohort([member(0, rule=Sgd(lr, 0.0, False))], loss=loss)
        state = begin(alone)
        epochs = fit(alone, state)
        next(epochs)
        return alone, state

    return make


def test_weights_that_run_away_are_found_with_step_tensor_and_rate(trained):
    alone, state = trained(1e30)

    first = culprit(alone, None, 1)

    assert not state.active[0]
    assert (first.step, first.what) == (2, "loss")
    assert first.tensor in state.layout.learnt_names()
    assert first.value > 1e20
    assert first.lr == pytest.approx(1e30)


def test_a_weight_or_a_gradient_is_named_where_it_is_the_first_that_is_no_number(trained):
    for lr, loss, what in ((1e39, None, "weight"), (0.01, Cliff(), "gradient")):
        alone, state = trained(lr, loss)

        first = culprit(alone, None, 1)

        assert (first.step, first.what) == (1, what)
        assert first.tensor == state.layout.learnt_names()[0]
        assert not isfinite(first.value)


@pytest.mark.parametrize("value", [nan, inf])
def test_behind_a_loss_stands_the_weight_that_is_largest_or_no_number(value, trained):
    alone, state = trained(0.01)
    leaves = dict(state.leaves(0))
    name = state.layout.learnt_names()[-1]
    moved = leaves["numbers"].clone()
    moved[:, state.layout.columns[name]] = value
    leaves["numbers"] = moved

    first = culprit(alone, leaves, 2)

    assert first[:4] == (1, "loss", name, inf)


def test_an_epoch_that_goes_well_has_no_culprit(trained):
    alone, state = trained(0.01)

    assert culprit(alone, state.leaves(0), 2) is None


def test_it_goes_on_to_the_epoch_from_an_earlier_one(trained):
    alone, state = trained(0.01)

    assert culprit(alone, None, 2) is None
    assert culprit(alone, state.leaves(0), 1) is None  # which is over


def test_the_best_weights_are_not_those_of_an_epoch_that_ended_in_no_numbers(cohort, member):
    alone = cohort([member(0)], epochs=5)
    state = begin(alone)
    epochs = fit(alone, state)
    next(epochs)
    best = state.best.clone()
    state.numbers[0, 0] = inf

    for _ in epochs:
        pass

    assert state.progress[0].failed
    assert torch.equal(state.best, best)
