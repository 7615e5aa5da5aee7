"""Smooth activations and their slopes beside torch's own in double precision."""

import pytest
import torch
import torch.nn.functional as F

from nnrun.parts.model.layers import smooth
from nnrun.parts.model.layers.activations import MANY, VECTOR, activations, tanh_by_sigmoid
from nnrun.parts.model.layers.smooth import BEYOND, STRAIGHT

BESIDE = {"gelu": F.gelu, "mish": F.mish, "tanh": torch.tanh}
ALL_SIZES = torch.cat([torch.linspace(-30, 30, 2 * MANY), torch.logspace(-30, 4, MANY)])


def activated(name, x):
    if name == "tanh":  # which a processor may do without
        return tanh_by_sigmoid(x)
    (function,) = activations(name, 0.0, [x.shape[-1]])
    return function(x)


def with_slopes(function, x):
    x = x.detach().requires_grad_()
    y = function(x)
    (slopes,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), slopes


@pytest.mark.parametrize("name", BESIDE)
def test_values_and_slopes_are_torchs_in_all_sizes(name):
    x = torch.cat([ALL_SIZES, -ALL_SIZES]).view(VECTOR, -1)

    found, slopes = with_slopes(lambda x: activated(name, x), x)

    expected, their_slopes = with_slopes(BESIDE[name], x.double())
    # torch's own gelu and mish are as far off
    assert ((found - expected).abs() / x.abs().clamp(min=1)).max() < 3e-7
    assert (slopes - their_slopes).abs().max() < 2e-6


@pytest.mark.parametrize("name", BESIDE)
def test_numbers_close_to_0_keep_their_digits(name):
    x = torch.logspace(-30, -2, MANY).copysign(torch.tensor([1.0, -1.0]).repeat(MANY // 2))
    x[:4] = torch.tensor([STRAIGHT, BEYOND, -STRAIGHT, -BEYOND])

    found, expected = activated(name, x.view(VECTOR, -1)), BESIDE[name](x.double())

    assert (found.flatten() / expected - 1).abs().max() < 3e-5


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_no_number_stays_none_and_the_infinite_ends_are_torchs(name):
    ends = torch.tensor([torch.inf, -torch.inf, torch.nan, 0.0, -0.0, 3e38, -3e38, 1e-40])
    x = ends.repeat(MANY // len(ends)).view(VECTOR, -1)

    found, slopes = with_slopes(lambda x: activated(name, x), x)

    expected = BESIDE[name](x.double()).float()  # of float32 some processors' gelu says otherwise
    torch.testing.assert_close(found, expected, equal_nan=True)
    assert slopes.isnan().any(0).view(-1, len(ends))[0, 2]


@pytest.mark.parametrize("name", ["gelu", "mish"])
def test_a_slope_of_slopes_is_refused_and_not_told_wrongly(name):
    x = ALL_SIZES.view(VECTOR, -1).requires_grad_()
    (slopes,) = torch.autograd.grad(activated(name, x).square().sum(), x, create_graph=True)

    with pytest.raises(RuntimeError, match="once_differentiable"):
        slopes.sum().backward()


@pytest.mark.parametrize(
    ("processor", "mkl", "slow"),
    [
        ("vendor_id : AuthenticAMD", True, True),
        ("vendor_id : GenuineIntel", True, False),
        ("AMD64 Family 25 Model 33 Stepping 2, AuthenticAMD", True, True),
        ("", True, True),
        ("CPU implementer : 0x41", False, False),
    ],
)
def test_tanh_takes_the_short_way_where_mkl_takes_a_long_one(processor, mkl, slow, monkeypatch):
    monkeypatch.setattr(smooth, "described_processor", lambda: processor)
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: mkl)

    assert smooth.tanh_is_slow() is slow
