"""A step's gradient, penalty, limit and move, each beside torch's own."""

from math import inf

import numpy as np
import pytest
import torch
from scipy.stats import kstest
from torch.nn import functional as F

from nnrun.engine import lanes
from nnrun.engine.chance import mixture
from nnrun.engine.feed import Feed
from nnrun.engine.state import begin
from nnrun.engine.step import Batch, Coefficients, Moving, blocks, clip, prepare
from nnrun.engine.tape import Pool
from nnrun.engine.timetable import table
from nnrun.parts.loss import CrossEntropy
from nnrun.parts.optimizer import Adam, AdamW, Sgd
from nnrun.parts.scheduler import Cosine

DOWN = Sgd(1.0, 0.0, False)  # its move is the gradient itself


@pytest.fixture
def gradient(cohort, member):
    """What one step of a cohort takes off each member's weights, and the cohort."""

    def take(*members, penalised="weights"):
        many = [member(i, DOWN, **changes) for i, changes in enumerate(members)]
        given = cohort(many, penalised=penalised)
        state = begin(given)
        before = state.numbers.clone()
        names = dict(state.network.named_parameters())
        leaves = [names[name] for name in state.layout.learnt_names()]
        lead = (len(members), -1) if len(members) > 1 else (-1,)
        x, y = given.train.x[:32], given.train.y[:32]
        x, y = (t.expand(len(members), *t.shape) if len(members) > 1 else t for t in (x, y))
        feed = Feed(given, state.layout.learnt)
        batch = Batch(
            x,
            (y,),
            None,
            next(feed.noise(0))[0] if feed.noisy else None,
            Coefficients.of(table(given, range(1), [1.0] * len(many))[0]),
        )
        moving = Moving(state.network, leaves, blocks(state.layout, state.numbers, state.memory))
        loss = prepare(given)(moving, batch)
        assert loss.reshape(lead).numel() == len(members)
        return before - state.numbers, before, state.layout

    return take


def by_autograd(numbers, where, x, y, l2=0.0, l1=0.0, mixed=()):
    """The slope of mse + l1·|weights| + l2·‖weights‖² for three tanh layers; rows may be mixed with other rows."""
    numbers = numbers.clone().requires_grad_()
    w1, w2, w3, b1, b2, b3 = where.views(numbers[None]).values()
    share, other_x, other_y = mixed or (1.0, x, y)
    hidden = torch.tanh((share * x + (1 - share) * other_x) @ w1.T + b1)
    said = torch.tanh(hidden @ w2.T + b2) @ w3.T + b3
    loss = share * (said - y).square().mean() + (1 - share) * (said - other_y).square().mean()
    weights = numbers[: where.weights]
    (loss + l2 * weights.square().sum() + l1 * weights.abs().sum()).backward()
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


@pytest.mark.parametrize("blocks", range(1, 12))
def test_a_gradient_of_several_blocks_is_shortened_the_same_in_company(blocks):
    stream = torch.Generator().manual_seed(blocks)
    gradient = [torch.randn(5, 30 + i, generator=stream) for i in range(blocks)]
    most = torch.tensor([[0.01], [0.1], [0.5], [1.0], [100.0]])
    alone = [[g[m : m + 1].clone() for g in gradient] for m in range(5)]
    expected = [torch.cat(own, 1).clone().requires_grad_() for own in alone]

    clip(gradient, most)
    for m, own in enumerate(alone):
        clip(own, most[m : m + 1])

    together = torch.cat(gradient, 1)
    assert torch.equal(together, torch.cat([torch.cat(own, 1) for own in alone]))
    for whole, limit, found in zip(expected, most[:, 0], together, strict=True):
        whole.grad = whole.detach().clone()
        torch.nn.utils.clip_grad_norm_([whole], limit.item())
        torch.testing.assert_close(found, whole.grad[0])


def test_l1_pulls_each_weight_towards_zero_and_with_l2_it_is_an_elastic_net(gradient, rows):
    data = rows(140, seed=1)

    moved, before, where = gradient({"l1": 0.01, "l2": 0.1})

    expected = by_autograd(before[0], where, data.x[:32], data.y[:32], l2=0.1, l1=0.01)
    torch.testing.assert_close(moved[0], expected, rtol=1e-5, atol=1e-6)


def test_penalties_reach_biases_only_when_asked(gradient):
    free, before, where = gradient({}, {})
    weights, all_of_them = (
        gradient({"l1": 0.5}, {})[0],
        gradient({"l1": 0.5}, {}, penalised="all")[0],
    )

    assert torch.equal(weights[0, where.weights :], free[0, where.weights :])
    torch.testing.assert_close(all_of_them[0], free[0] + 0.5 * before[0].sign())


def test_weights_decay_by_a_share_of_the_learning_rate(gradient):
    free, before, where = gradient({}, {})
    decayed = gradient({"weight_decay": 0.25}, {})[0]

    torch.testing.assert_close(
        decayed[0, : where.weights], (free + 0.25 * before)[0, : where.weights]
    )
    assert torch.equal(decayed[0, where.weights :], free[0, where.weights :])
    assert torch.equal(decayed[1], free[1])


@pytest.mark.parametrize("many", [1, 3])
def test_the_weights_into_a_unit_are_shortened_as_by_renorm(many, gradient):
    free, before, where = gradient(*[{}] * many)
    limited = gradient(*[{"max_norm": 0.5}] * many)[0]

    for name, moved in where.views(before - free).items():
        ours = where.views(before - limited)[name]
        if len(where.shapes[name]) == 1:
            assert torch.equal(ours, moved)
            continue
        for linear_weights, expected in zip(
            ours.view(many, *ours.shape[-2:]), moved.view(many, *moved.shape[-2:]), strict=True
        ):
            torch.testing.assert_close(linear_weights, expected.renorm(2, 0, 0.5))
            assert linear_weights.norm(dim=1).max() < 0.5001


def test_noise_on_the_gradient_is_normal_and_fades(gradient, cohort, member):
    free = gradient({}, {})[0]
    noisy = gradient({"gradient_noise": 0.3}, {})[0]

    noise = noisy[0] - free[0]
    assert noise.std() == pytest.approx(0.3, rel=0.1)
    assert abs(noise.mean()) < 0.03
    assert torch.equal(noisy[1], free[1])

    given = cohort([member(0, DOWN, gradient_noise=0.3)])
    (drawn,) = torch.cat([*Feed(given, begin(given).layout.learnt).noise(0)]).transpose(0, 1)
    assert drawn.std(1).tolist() == pytest.approx(
        [0.3 / (1 + i) ** 0.275 for i in range(given.steps)], rel=0.1
    )


def test_mixed_rows_have_the_losses_of_both_in_the_same_shares(gradient, rows):
    data = rows(140, seed=1)
    x, y = data.x[:32], data.y[:32]

    moved, before, where = gradient({"mixup": 0.4})

    share = float(mixture(0, 0, 0.4, 5)[0])
    assert 0 < share < 1
    expected = by_autograd(before[0], where, x, y, mixed=(share, x.roll(1, 0), y.roll(1, 0)))
    torch.testing.assert_close(moved[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("weights", ["none", (0.5, 2.0, 1.0, 3.0)])
def test_mixed_rows_of_classes_have_the_losses_of_both(weights, cohort, member):
    loss = CrossEntropy(0.1, weights)
    given = cohort([member(0, DOWN, loss=loss, mixup=0.4)], loss=loss)
    state = begin(given)
    x, y = given.train.x[:32], given.train.y[:32]
    leaves = [dict(state.network.named_parameters())[name] for name in state.layout.learnt_names()]
    share = float(mixture(0, 0, 0.4, given.steps)[0])
    kind = {"label_smoothing": 0.1, "weight": None if weights == "none" else torch.tensor(weights)}
    said = state.network(share * x + (1 - share) * x.roll(1, 0))
    mixed = share * F.cross_entropy(said, y, **kind) + (1 - share) * F.cross_entropy(
        said, y.roll(1, 0), **kind
    )
    expected = [
        leaf.detach() - slope
        for leaf, slope in zip(leaves, torch.autograd.grad(mixed, leaves), strict=True)
    ]

    batch = Batch(x, (y,), None, None, Coefficients.of(table(given, range(1), [1.0])[0]))
    moving = Moving(state.network, leaves, blocks(state.layout, state.numbers, state.memory))
    told = prepare(given)(moving, batch)

    torch.testing.assert_close(told, mixed.detach())
    for leaf, moved in zip(leaves, expected, strict=True):
        torch.testing.assert_close(leaf.detach(), moved, rtol=1e-5, atol=1e-6)


def test_shares_of_mixtures_come_from_a_beta_distribution():
    shares = np.concatenate([mixture(seed, 0, 0.3, 500) for seed in range(40)])

    assert kstest(shares, "beta", (0.3, 0.3)).pvalue > 1e-3


def test_penalty_and_limit_of_one_member_leave_the_others_alone(gradient):
    together, _, _ = gradient({}, {"l2": 0.3}, {"clip_norm": 0.01})
    free, _, _ = gradient({}, {}, {})

    assert torch.equal(together[0], free[0])
    assert not torch.equal(together[1], free[1])
    assert together[2].norm() == pytest.approx(0.01, rel=1e-3)


def test_members_without_a_limit_take_an_infinite_one(cohort, member):
    with_limit = cohort([member(0, clip_norm=1.0), member(1)])
    without = cohort([member(0), member(1)])

    assert prepare(with_limit).clip_norm.flatten().tolist() == [1.0, inf]
    assert prepare(without).clip_norm is None


@pytest.mark.parametrize(
    "rule", [Adam(0.1, (0.9, 0.999), 1e-8), AdamW(0.1, (0.9, 0.999), 1e-8, 0.1), DOWN]
)
def test_the_rule_passes_over_a_few_members_as_over_all(rule, cohort, member, trained, monkeypatch):
    together = cohort([member(i, rule) for i in range(5)])
    whole = trained(together)[1]

    monkeypatch.setattr(lanes, "CACHE", 23_000)  # room for two members
    few = trained(together)[1]

    steppers = lanes.make_steppers(together, few, Pool(torch.device("cpu")))
    assert [len(stepper.cohort.members) for stepper in steppers] == [2, 2, 1]
    assert torch.equal(whole.numbers, few.numbers)


def test_the_rules_numbers_go_on_from_epoch_to_epoch(cohort, member):
    schedule = Cosine("3 steps", "100%", 0.0)
    given = cohort(
        [
            member(0, Adam(1e-2, (0.9, 0.99), 1e-8), schedule),
            member(1, Adam(1e-3, (0.8, 0.9), 1e-8)),
        ]
    )

    whole = table(given, range(2), [1.0, 1.0])[:, 3:]

    done = np.arange(10.0)
    for m, one in enumerate(given.members):
        for kind, expected in enumerate(one.rule.numbers(done + 1, one.rate(done))):
            numbers = whole[:, kind, m, 0].numpy()
            assert (numbers == np.broadcast_to(expected, 10).astype(np.float32)).all()


def test_a_level_scales_the_rate_of_a_whole_epoch(cohort, member):
    given = cohort([member(0, DOWN), member(1, DOWN)])

    sizes = table(given, range(1), [1.0, 0.25])[:, -1, :, 0]

    assert sizes.tolist() == [[-1.0, -0.25]] * given.steps


def test_in_bfloat16_the_products_are_rounded_and_the_weights_are_not(cohort, member, trained):
    exact, rough = (
        trained(cohort([member(0)], precision=kind)) for kind in (torch.float32, torch.bfloat16)
    )

    assert rough[1].numbers.dtype == torch.float32
    assert rough[0][-1].val_loss != exact[0][-1].val_loss
    assert rough[0][-1].val_loss == pytest.approx(exact[0][-1].val_loss, rel=0.05)
