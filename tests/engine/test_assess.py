"""Scores equal the metrics told at the end; the best weights are kept, and who waits in vain is taken out."""

from math import inf, nan

import numpy as np
import pytest
import torch

from nnrun.bundle import metrics
from nnrun.engine import assess as assessing
from nnrun.engine.assess import assess, keep_best, of_members, outputs
from nnrun.engine.cohort import Rows
from nnrun.engine.state import begin
from nnrun.parts.loss import CrossEntropy, KlDiv
from nnrun.parts.model import Linear, Mlp
from nnrun.parts.model.embedding import UNEMBEDDED

NAMES = ("a", "b", "c", "d")


@pytest.mark.parametrize("members", [1, 3])
def test_members_are_assessed_each_on_its_own_rows(members, cohort, member):
    given = cohort([member(i) for i in range(members)], sets=members)
    state = begin(given)

    losses, scores = assess(given, state)

    said = outputs(state.network, given.val).view(members, 77, 4)
    true = given.val.y.view(members, 77, 4)
    expected = [torch.nn.functional.mse_loss(a, b).item() for a, b in zip(said, true, strict=True)]
    assert losses.reshape(-1).tolist() == pytest.approx(expected)
    r2 = [
        metrics.regression(b.numpy(), a.numpy(), NAMES)["r2"]
        for a, b in zip(said, true, strict=True)
    ]
    assert scores.reshape(-1).tolist() == pytest.approx(r2, rel=1e-5)


def test_an_untrained_network_of_zeros_is_as_surprised_as_a_guess(cohort, member):
    given = cohort([member(0)], Linear("zeros", **UNEMBEDDED), CrossEntropy(0.0, "none"))

    loss, _ = assess(given, begin(given))

    assert loss.item() == pytest.approx(np.log(4))


@pytest.mark.parametrize("members", [1, 3])
def test_without_validation_rows_the_last_weights_are_kept(members, cohort, member, rows, trained):
    given = cohort([member(i) for i in range(members)], val=rows(0, set_of=(0,) * members))

    epochs, state = trained(given)

    assert torch.equal(state.best, state.numbers)
    assert [progress.best_epoch for progress in state.progress] == [len(epochs)] * members
    assert np.isnan([epoch.val_loss + epoch.score for epoch in epochs]).all()


# Outputs


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_outputs_in_portions_are_the_outputs_at_once(
    norm, members, cohort, member, rows, monkeypatch
):
    given = cohort(
        [member(i) for i in range(members)],
        Mlp((24, 24), "relu", "torch", norm, 0.0, 0.1, **UNEMBEDDED),
    )
    state, many = begin(given), rows(300, set_of=(0,) * members)
    at_once = outputs(state.network, many)

    monkeypatch.setattr(assessing, "CHUNK", 64)
    in_portions = outputs(state.network, many)

    assert at_once.shape == ((members, 300, 4) if members > 1 else (300, 4))
    torch.testing.assert_close(in_portions, at_once, rtol=1e-5, atol=1e-6)


def test_asking_for_outputs_changes_nothing(cohort, member):
    given = cohort([member(0)], Mlp((24, 24), "relu", "torch", "batch", 0.0, 0.1, **UNEMBEDDED))
    state = begin(given)
    before = state.numbers.clone()

    first, second = (outputs(state.network, given.val) for _ in range(2))

    assert torch.equal(first, second)
    assert torch.equal(state.numbers, before)
    assert state.network.training
    assert not first.requires_grad


def test_each_member_gets_the_rows_of_its_set():
    flat = torch.arange(6).view(6, 1)

    shared = of_members(flat, Rows(flat, flat, 6, (0, 0)))
    several = of_members(flat, Rows(flat, flat, 3, (1, 0, 1)))
    single = of_members(flat, Rows(flat, flat, 6, (0,)))

    assert shared[..., 0].tolist() == [[0, 1, 2, 3, 4, 5]] * 2
    assert several[..., 0].tolist() == [[3, 4, 5], [0, 1, 2], [3, 4, 5]]
    assert single[..., 0].tolist() == [0, 1, 2, 3, 4, 5]


def test_rows_are_judged_without_the_smoothing_that_training_has(cohort, member):
    smooth, plain = (cohort([member(0)], loss=CrossEntropy(share, "none")) for share in (0.3, 0.0))
    mixed = cohort([member(0, loss=CrossEntropy(0.3, "none")), member(1, loss=CrossEntropy(0.0, "none"))],
                   loss=CrossEntropy(0.0, "none"))  # fmt: skip

    assert torch.equal(assess(smooth, begin(smooth))[0], assess(plain, begin(plain))[0])
    assert torch.equal(assess(mixed, begin(mixed))[0][0], assess(smooth, begin(smooth))[0])
    assert KlDiv(0.1).validated == KlDiv(0.0)


# Who is best, stopped or lost


def test_what_scored_before_an_average_begins_does_not_compete_with_it(course):
    _, progress = course([1.0, 0.2, 0.5, 0.9, 0.8], averaged_from=4, patience=1)

    assert progress.best_epoch == 5
    assert progress.active


@pytest.fixture
def course(cohort, member):
    """The best weights and the progress after a member has shown these validation losses."""

    def follow(losses, scores=None, **settings):
        given = cohort([member(0, **settings)], Linear("torch", **UNEMBEDDED))
        state = begin(given)
        shown = zip(losses, scores or losses, strict=True)
        for epoch, (loss, score) in enumerate(shown, start=1):
            state.epoch = epoch
            state.numbers.fill_(epoch)
            keep_best(given, state, [[0.5], [loss], [score]])
        return state.best, state.progress[0]

    return follow


def test_the_weights_of_the_lowest_validation_loss_are_kept(course):
    best, progress = course([3.0, 1.0, 2.0, 1.0])

    assert (best == 2).all()
    assert (progress.best_epoch, progress.lowest_loss, progress.active) == (2, 1.0, True)


@pytest.mark.parametrize(("losses", "active"), [([3.0, 2.9, 2.5], False), ([3.0, 2.9, 2.4], True)])
def test_an_improvement_of_no_more_than_min_delta_is_kept_but_does_not_count(
    losses, active, course
):
    best, progress = course(losses, min_delta=0.5, patience=2)

    assert (progress.best_epoch, progress.lowest_loss) == (3, losses[-1])
    assert (best == 3).all()
    assert progress.active == active


@pytest.mark.parametrize(
    ("losses", "active"), [([1, 2, 2], True), ([1, 2, 2, 2], False), ([1, 2, 2, 0.5, 2], True)]
)
def test_a_member_is_stopped_after_patience_epochs_without_improvement(losses, active, course):
    _, progress = course(losses, patience=3)

    assert progress.active == active
    assert not progress.failed


@pytest.mark.parametrize(
    ("scores", "chooses", "expected"),
    [
        ([0.1, 0.9, 0.5], 1, 2),
        ([0.1, 0.9, 0.5], -1, 1),
        ([0.9, 0.9, 0.5], 1, 2),  # of equals, the lower loss
        ([nan, 0.9, 0.5], 1, 2),
        ([nan, nan, nan], 1, 3),
        ([0.1, 0.9, 0.5], 0, 3),
    ],
)
def test_a_score_that_chooses_goes_before_the_loss(scores, chooses, expected, course):
    best, progress = course([3.0, 2.0, 1.0], scores, chooses=chooses)

    assert progress.best_epoch == expected
    assert (best == expected).all()


def test_patience_counts_epochs_without_a_better_score(course):
    _, progress = course([3.0, 2.0, 1.0], [0.5, 0.4, 0.3], chooses=1, patience=2)

    assert not progress.active


def test_a_score_of_ones_own_is_measured_of_each_members_outputs(cohort, member):
    given = cohort([member(i, measure=lambda said: float(said.sum())) for i in range(3)])
    state = begin(given)

    _, scores = assess(given, state)

    said = outputs(state.network, given.val)
    assert scores.tolist() == pytest.approx(said.sum((1, 2)).tolist())


def test_a_stopped_member_does_not_come_back(course):
    best, progress = course([1.0, 2.0, 0.1], patience=1)

    assert (progress.best_epoch, progress.lowest_loss, progress.active) == (1, 1.0, False)
    assert (best == 1).all()


@pytest.mark.parametrize("lost", [nan, inf, -inf])
def test_a_member_with_a_loss_that_is_no_number_is_out_and_keeps_its_best(lost, course):
    best, progress = course([1.0, lost, 0.5])

    assert (progress.failed, progress.active) == (True, False)
    assert (best == 1).all()
