"""A model says which tensors decay and at which share of the learning rate each moves, as torch's groups do."""

import pytest
import torch

from nnrun.engine.feed import Feed
from nnrun.engine.members import layout
from nnrun.engine.state import begin
from nnrun.parts.optimizer import Adam, AdamW, Sgd

FACTORS = {"linears.0.weight": 0.1, "linears.1.bias": 6.0, "linears.2.bias": 0.1}
RULES = {
    "adam": (Adam(1e-2, (0.9, 0.95), 1e-8), torch.optim.Adam, {"betas": (0.9, 0.95)}),
    "adamw": (
        AdamW(1e-2, (0.9, 0.999), 1e-8, weight_decay=0.1),
        torch.optim.AdamW,
        {"weight_decay": 0.1},
    ),
    "sgd": (Sgd(1e-2, 0.9, False), torch.optim.SGD, {"momentum": 0.9}),
}


def factor(name):
    return FACTORS.get(name, 1.0)


def decays(name, axes):
    return name in ("linears.0.weight", "linears.2.bias")


@pytest.mark.parametrize("name", RULES)
def test_tensors_move_as_torchs_groups_of_other_rates_do(name, cohort, member, trained):
    rule, theirs, settings = RULES[name]
    given = cohort([member(rule=rule)], factor=factor, decays=decays)
    network = given.networks[0]
    groups = [
        {
            "params": [tensor],
            "lr": 1e-2 * factor(own),
            **({} if decays(own, 2) or name != "adamw" else {"weight_decay": 0.0}),
        }
        for own, tensor in network.named_parameters()
    ]

    _, state = trained(given)

    optimizer = theirs(groups, lr=1e-2, **settings)
    feed = Feed(given, 1)
    for epoch in range(given.epochs):
        for slot in feed.steps(epoch, [1.0]):
            x, (y,) = slot.batch.x.clone(), slot.batch.wanted
            optimizer.zero_grad()
            given.loss(0)(network(x, None), y.clone()).backward()
            optimizer.step()
    for own, tensor in network.named_parameters():
        moved = dict(state.network.named_parameters())[own]
        torch.testing.assert_close(moved, tensor, rtol=1e-4, atol=1e-5)


def test_what_decays_comes_first_and_what_moves_alike_side_by_side(cohort, member):
    given = cohort([member()], factor=factor, decays=decays)

    where = layout(given.networks[0], decays, factor)

    names = where.learnt_names()
    assert {*names[:2]} == {"linears.0.weight", "linears.2.bias"}
    assert where.weights == sum(
        where.columns[one].stop - where.columns[one].start for one in names[:2]
    )
    assert set(where.rates) == {1.0, 0.1, 6.0}
    plain = layout(given.networks[0])
    assert plain.rates == (1.0,)
    assert where.total == plain.total


def test_members_of_several_rates_train_together_as_alone(cohort, member, trained, alone):
    given = cohort(
        [member(seed, dropout=0.2, weight_decay=0.1 * seed) for seed in range(3)],
        factor=factor,
        decays=decays,
    )

    _, together = trained(given)

    for m in range(3):
        _, single = trained(alone(given, m))
        assert torch.equal(together.numbers[m], single.numbers[0])


def test_dropout_and_decay_follow_their_courses(cohort, member, trained):
    def over(step):
        return step * 0.0

    steady = dict(dropout=0.3, weight_decay=0.5)
    without = cohort([member()])
    ended = cohort([member(**steady, dropout_rate=over, decay_rate=over)])
    alive = cohort([member(**steady)])

    states = [trained(given)[1].numbers for given in (without, ended, alive)]

    torch.testing.assert_close(states[0], states[1])
    assert not torch.allclose(states[0], states[2])


def test_masks_of_an_epoch_silence_a_share_that_falls(cohort, member):
    def falling(step):
        return 1 - step / 5

    given = cohort([member(dropout=0.5, dropout_rate=falling)])

    shares = [
        float((mask == 0).float().mean())
        for mask in Feed(given, begin(given).layout.learnt).masks(0)
    ]

    assert shares == pytest.approx([0.5, 0.4, 0.3, 0.2, 0.1], abs=0.08)
