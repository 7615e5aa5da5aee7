"""Losses equal torch's, for one member and with an axis of members."""

from functools import partial

import pytest
import torch
from torch.nn import functional as F

from nnrun.parts.loss import Auto, CrossEntropy, Mae, Mse

MEMBERS, ROWS, WIDTH = 3, 11, 4


def numbers(seed=0):
    stream = torch.Generator().manual_seed(seed)
    return torch.randn(2, MEMBERS, ROWS, WIDTH, generator=stream)


def scores(seed=0):
    stream = torch.Generator().manual_seed(seed)
    outputs = 5 * torch.randn(MEMBERS, ROWS, WIDTH, generator=stream)
    return outputs, torch.randint(0, WIDTH, (MEMBERS, ROWS), generator=stream)


CASES = [
    pytest.param(Mse(), F.mse_loss, numbers, id="mse"),
    pytest.param(Mae(), F.l1_loss, numbers, id="mae"),
    pytest.param(CrossEntropy(0.0), F.cross_entropy, scores, id="cross entropy"),
    *(
        pytest.param(
            CrossEntropy(share), partial(F.cross_entropy, label_smoothing=share), scores, id=f"smoothed {share}"
        )
        for share in (0.05, 0.5, 0.99)
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_the_loss_of_one_member_is_torchs(ours, theirs, given):
    outputs, targets = given()

    found = ours(outputs[0], targets[0])

    assert found.shape == ()
    torch.testing.assert_close(found, theirs(outputs[0], targets[0]))


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_the_losses_of_members_are_torchs_of_each(ours, theirs, given):
    outputs, targets = given()

    found = ours(outputs, targets)

    torch.testing.assert_close(found, torch.stack([theirs(x, y) for x, y in zip(outputs, targets, strict=True)]))


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_the_slope_is_torchs(ours, theirs, given):
    outputs, targets = given()
    x = outputs.clone().requires_grad_()

    (found,) = torch.autograd.grad(ours(x, targets).sum(), x)

    (expected,) = torch.autograd.grad(sum(theirs(a, b) for a, b in zip(x, targets, strict=True)), x)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_a_member_without_numbers_leaves_the_others_theirs(ours, theirs, given):
    outputs, targets = given()
    expected = ours(outputs, targets)

    outputs[1] = torch.nan
    found = ours(outputs, targets)

    assert found.isnan().tolist() == [False, True, False]
    assert torch.equal(found[[0, 2]], expected[[0, 2]])


def test_one_target_is_a_column():
    outputs, targets = torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0], [4.0]])

    assert Mse()(outputs, targets).item() == 2.5
    assert Mae()(outputs, targets).item() == 1.5


def test_a_certain_wrong_answer_costs_its_score_and_nothing_overflows():
    outputs = torch.tensor([[1000.0, 0.0]])

    assert CrossEntropy(0.0)(outputs, torch.tensor([1])).item() == 1000
    assert CrossEntropy(0.0)(outputs, torch.tensor([0])).item() == 0


def test_what_fits_the_data_is_mse_for_numbers_and_cross_entropy_for_classes():
    assert Auto().for_task("regression") == Mse()
    assert Auto().for_task("classification") == CrossEntropy(0.0)


def test_each_loss_says_what_it_is_for():
    assert [loss.task for loss in (Auto(), Mse(), Mae(), CrossEntropy(0.1))] == [
        "any",
        "regression",
        "regression",
        "classification",
    ]
