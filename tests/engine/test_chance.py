"""The same three words give the same numbers, others give others, and masks silence what they should."""

from itertools import product

import pytest
import torch

from nnrun.engine.chance import DropoutMasks, generator, order


def draws(*words):
    return torch.rand(8, generator=generator(*words))


def test_the_same_three_words_give_the_same_stream():
    assert torch.equal(draws(3, "order", 7), draws(3, "order", 7))


def test_another_seed_purpose_or_epoch_gives_another_stream():
    words = list(product((0, 1, 11), ("init", "order", "x"), (0, 1, 11)))

    streams = {tuple(draws(*each).tolist()) for each in words}

    assert len(streams) == len(words)


def test_torchs_own_stream_is_left_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()

    draws(0, "init", 0)
    order((0, 1), 0, 10)
    DropoutMasks((0,), 0, (0.5,), torch.device("cpu")).draw(2, 3, 4)

    assert torch.equal(torch.get_rng_state(), before)


# Orders


def test_each_epochs_order_holds_every_row_once():
    for epoch in range(5):
        orders = order((0, 1, 2), epoch, 50)

        assert orders.shape == (3, 50)
        assert torch.equal(orders.sort(1).values, torch.arange(50).expand(3, 50))


def test_orders_differ_from_epoch_to_epoch_and_from_member_to_member():
    orders = torch.cat([order((0, 1, 2), epoch, 50) for epoch in range(5)])

    assert len({tuple(ranks) for ranks in orders.tolist()}) == 15


def test_a_members_order_does_not_depend_on_its_neighbours():
    assert torch.equal(order((5, 9, 7), 2, 50)[1], order((9,), 2, 50)[0])


# Dropout


def masks(seeds=(0,), rates=(0.3,), steps=4, rows=16, units=10, epoch=0):
    return DropoutMasks(seeds, epoch, rates, torch.device("cpu")).draw(steps, rows, units)


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.1, 0.3, 0.5, 0.75, 0.9, 0.99])
def test_masks_silence_the_given_share_and_keep_the_mean(rate):
    drawn = masks(rates=(rate,), steps=20, rows=100, units=100)

    deviation = (rate * (1 - rate) / drawn.numel()) ** 0.5
    assert (drawn == 0).double().mean().item() == pytest.approx(rate, abs=5 * deviation + 2**-17)
    assert drawn.double().mean().item() == pytest.approx(1, abs=5 * deviation / (1 - rate))
    heard = drawn[drawn > 0].unique()
    assert len(heard) == 1
    assert heard.item() == pytest.approx(1 / (1 - rate), rel=2**-17 / (1 - rate))


def test_without_dropout_a_mask_changes_nothing():
    assert (masks(rates=(0.0,)) == 1).all()


def test_a_rate_next_to_one_gives_finite_masks():
    assert masks(rates=(0.999999,)).isfinite().all()


@pytest.mark.parametrize("units", [10, 7, 1])
@pytest.mark.parametrize("rows", [16, 3])
def test_masks_are_the_same_however_many_steps_are_drawn_at_once(rows, units):
    seeds, rates, device = (0, 4), (0.3, 0.6), torch.device("cpu")
    single, several = (DropoutMasks(seeds, 3, rates, device) for _ in range(2))

    one_by_one = torch.cat([single.draw(1, rows, units) for _ in range(6)])
    together = torch.cat([several.draw(2, rows, units), several.draw(4, rows, units)])

    assert torch.equal(one_by_one, together)


def test_a_members_masks_do_not_depend_on_its_neighbours():
    together = masks(seeds=(5, 9, 7), rates=(0.1, 0.4, 0.0))

    assert together.shape == (4, 3, 16, 10)
    for m, (seed, rate) in enumerate(zip((5, 9, 7), (0.1, 0.4, 0.0), strict=True)):
        assert torch.equal(together[:, m], masks(seeds=(seed,), rates=(rate,)))


def test_masks_differ_from_step_to_step_epoch_to_epoch_and_seed_to_seed():
    drawn = [masks(seeds=(seed,), epoch=epoch) for seed in (0, 1) for epoch in (0, 1)]

    assert len({tuple(step.flatten().tolist()) for each in drawn for step in each}) == 16


def test_units_are_silenced_independently_of_each_other():
    drawn = (masks(rates=(0.5,), steps=1, rows=20_000, units=8)[0] > 0).double()

    correlations = torch.corrcoef(drawn.T) - torch.eye(8)

    assert correlations.abs().max() < 5 / 20_000**0.5
