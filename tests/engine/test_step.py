"""A step's gradient, penalty, limit and move, each beside torch's own."""

from math import inf

import numpy as np
import pytest
import torch

from nnrun.engine import step as steps
from nnrun.engine.state import begin
from nnrun.engine.step import Batch, parts, prepare, rule_numbers
from nnrun.parts.optimizer import Adam, AdamW, Sgd
from nnrun.parts.scheduler import Cosine

DOWN = Sgd(1.0, 0.0, False)  # its move is the gradient itself


@pytest.fixture
def gradient(cohort, member):
    """What one step of a cohort takes off each member's weights, and the cohort."""

    def take(*members):
        own = cohort([member(i, DOWN, **changes) for i, changes in enumerate(members)])
        state = begin(own)
        before = state.numbers.clone()
        names = dict(state.network.named_parameters())
        leaves = [names[name] for name in state.layout.learnt_names()]
        lead = (len(members), -1) if len(members) > 1 else (-1,)
        x, y = own.train.x[:32], own.train.y[:32]
        x, y = (t.expand(len(members), *t.shape) if len(members) > 1 else t for t in (x, y))
        batch = Batch(x, y, None, rule_numbers(own, 0)[0].unbind(0))
        loss = prepare(own, state)(state.network, leaves, parts(state.layout, state.numbers, state.memory), batch)
        assert loss.reshape(lead).numel() == len(members)
        return before - state.numbers, before, state.layout

    return take


def by_autograd(numbers, where, x, y, l2):
    """The slope of mse + l2·‖weights‖² for a network of three tanh layers."""
    numbers = numbers.clone().requires_grad_()
    w1, w2, w3, b1, b2, b3 = where.views(numbers[None]).values()
    hidden = torch.tanh(torch.tanh(x @ w1.T + b1) @ w2.T + b2)
    penalty = l2 * numbers[: where.weights].square().sum()
    ((hidden @ w3.T + b3 - y).square().mean() + penalty).backward()
    return numbers.grad


@pytest.mark.parametrize("l2", [0.0, 1e-3, 0.5])
def test_the_gradient_is_that_of_the_loss_and_the_squared_weights(l2, gradient, rows):
    data = rows(140, seed=1)

    moved, before, where = gradient({"l2": l2})

    expected = by_autograd(before[0], where, data.x[:32], data.y[:32], l2)
    torch.testing.assert_close(moved[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("clip_norm", [1e-3, 0.1, 100.0])
def test_the_gradient_is_shortened_as_by_clip_grad_norm(clip_norm, gradient, rows):
    data = rows(140, seed=1)

    moved, before, where = gradient({"clip_norm": clip_norm, "l2": 0.01})

    expected = torch.nn.Parameter(before[0].clone())
    expected.grad = by_autograd(before[0], where, data.x[:32], data.y[:32], 0.01)
    torch.nn.utils.clip_grad_norm_([expected], clip_norm)
    torch.testing.assert_close(moved[0], expected.grad, rtol=1e-4, atol=1e-6)
    assert moved.norm() <= clip_norm * 1.001


def test_penalty_and_limit_of_one_member_leave_the_others_alone(gradient):
    together, _, _ = gradient({}, {"l2": 0.3}, {"clip_norm": 0.01})
    free, _, _ = gradient({}, {}, {})

    assert torch.equal(together[0], free[0])
    assert not torch.equal(together[1], free[1])
    assert together[2].norm() == pytest.approx(0.01, rel=1e-3)


def test_members_without_a_limit_take_an_infinite_one(cohort, member):
    with_limit = cohort([member(0, clip_norm=1.0), member(1)])
    without = cohort([member(0), member(1)])

    assert prepare(with_limit, begin(with_limit)).clip_norm.flatten().tolist() == [1.0, inf]
    assert prepare(without, begin(without)).clip_norm is None


@pytest.mark.parametrize("rule", [Adam(0.1, (0.9, 0.999), 1e-8), AdamW(0.1, (0.9, 0.999), 1e-8, 0.1), DOWN])
def test_the_rule_passes_over_a_few_members_as_over_all(rule, cohort, member, trained, monkeypatch):
    together = cohort([member(i, rule) for i in range(5)])
    whole = trained(together)[1]

    monkeypatch.setattr(steps, "CACHED", 2500)  # room for two members of 1,012 numbers
    few = trained(together)[1]

    assert torch.equal(whole.numbers, few.numbers)


def test_the_rules_numbers_go_on_from_epoch_to_epoch(cohort, member):
    schedule = Cosine("3 steps", "100%", 0.0)
    own = cohort([member(0, Adam(1e-2, (0.9, 0.99), 1e-8), schedule), member(1, Adam(1e-3, (0.8, 0.9), 1e-8))])

    table = torch.cat([rule_numbers(own, 0), rule_numbers(own, 1)])

    done = np.arange(10.0)
    for m, each in enumerate(own.members):
        for kind, expected in enumerate(each.rule.numbers(done + 1, each.rate(done))):
            found = table[:, kind, m, 0].numpy()
            assert (found == np.broadcast_to(expected, 10).astype(np.float32)).all()


def test_in_bfloat16_the_products_are_rounded_and_the_weights_are_not(cohort, member, trained):
    exact, rough = (trained(cohort([member(0)], precision=kind)) for kind in (torch.float32, torch.bfloat16))

    assert rough[1].numbers.dtype == torch.float32
    assert rough[0][-1].val_loss != exact[0][-1].val_loss
    assert rough[0][-1].val_loss == pytest.approx(exact[0][-1].val_loss, rel=0.05)
