"""Images are halved as torch halves them, with their slopes."""

import pytest
import torch
import torch.nn.functional as F

from nnrun.parts.model.layers.pooling import FEW, LARGE, Halved, halved

SIDES = [2, 3, 8, 28, 47]


def torchs(x):
    return F.max_pool2d(x.movedim(-1, 1), 2).movedim(1, -1)


def with_slopes(function, x):
    x = x.detach().requires_grad_()
    y = function(x)
    (slopes,) = torch.autograd.grad(y, x, torch.linspace(-1, 1, y.numel()).view_as(y))
    return y.detach(), slopes


def image(side, channels):
    return torch.randn(5, side, side, channels, generator=torch.Generator().manual_seed(side))


@pytest.mark.parametrize("channels", [1, 6, FEW])
@pytest.mark.parametrize("side", SIDES)
def test_the_largest_of_four_and_its_slope_are_torchs(side, channels):
    x = image(side, channels)

    for way in (halved, Halved.apply):
        for found, expected in zip(with_slopes(way, x), with_slopes(torchs, x), strict=True):
            assert torch.equal(found, expected)


@pytest.mark.parametrize("kinds", [1, 2, 3])
def test_of_alike_ones_the_first_has_the_slope(kinds):
    x = torch.randint(kinds, (3, 46, 46, 2), generator=torch.Generator().manual_seed(0)).float()
    assert x[0].numel() >= LARGE

    _, slopes = with_slopes(halved, x)

    assert torch.equal(slopes, with_slopes(torchs, x)[1])


def test_what_is_no_number_stays_none():
    x = image(28, 6)
    x[:, ::3] = torch.nan

    torch.testing.assert_close(halved(x), torchs(x), rtol=0, atol=0, equal_nan=True)
