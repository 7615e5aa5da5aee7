"""First weights equal those of torch's own recipes, and keep the size of what passes through."""

from typing import get_args

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from nnrun.engine.members import layout, row
from nnrun.parts import model as models
from nnrun.parts.interface import Inputs
from nnrun.parts.model.choices import Activation
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.model.layers.first_weights import draw, gain_of, initialise, maxout_gain
from nnrun.parts.model.layers.linear import Convolution, Linear
from nnrun.parts.model.layers.networks import Perceptrons

SLOPE = 0.2
ACTIVATIONS = [name for name in get_args(Activation) if name not in ("threshold", "maxout")]
OF_TORCH = {  # recipes of torch.nn.init, by the names used here
    "xavier_uniform": lambda w, name, slope, **own: nn.init.xavier_uniform_(
        w, gain(name, slope), **own
    ),
    "xavier_normal": lambda w, name, slope, **own: nn.init.xavier_normal_(
        w, gain(name, slope), **own
    ),
    "kaiming_uniform": lambda w, name, slope, **own: nn.init.kaiming_uniform_(
        w, slope or 0, nonlinearity=name, **own
    ),
    "kaiming_normal": lambda w, name, slope, **own: nn.init.kaiming_normal_(
        w, slope or 0, nonlinearity=name, **own
    ),
    "orthogonal": lambda w, name, slope, **own: nn.init.orthogonal_(w, gain(name, slope), **own),
}


def gain(name, slope):
    return nn.init.calculate_gain(name, slope)


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def randomised(module, seed=0):
    """A module whose every tensor has been drawn; variances stay positive."""
    own = stream(seed)
    for tensor in module.state_dict().values():
        tensor.uniform_(0.2, 1.5, generator=own)
    return module


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("init", OF_TORCH)
def test_first_weights_equal_those_of_torch_nn_init(init, activation):
    layer, beside = Linear(30, 20), torch.empty(20, 30)
    name, slope = {
        "identity": ("linear", None),
        "leaky_relu": ("leaky_relu", SLOPE),
        "prelu": ("leaky_relu", SLOPE),
        "shared_prelu": ("leaky_relu", SLOPE),
        **{known: (known, None) for known in ("sigmoid", "tanh", "selu")},
    }.get(activation, ("relu", None))

    draw(layer, init, gain_of(activation, SLOPE), stream(5))

    OF_TORCH[init](beside, name, slope, generator=stream(5))
    assert_close(layer.weight.detach(), beside, rtol=1e-5, atol=1e-6)
    assert (layer.bias == 0).all()


@pytest.mark.parametrize("init", OF_TORCH)
def test_first_filters_equal_those_of_torch_nn_init(init):
    layer, beside = Convolution(4, 6, 3), torch.empty(6, 4, 3, 3)

    draw(layer, init, gain_of("relu", 0), stream(5))

    OF_TORCH[init](beside, "relu", None, generator=stream(5))
    assert_close(layer.weight.detach(), beside.flatten(1), rtol=1e-5, atol=1e-6)


def test_torchs_own_first_filters_equal_those_of_a_convolution():
    layer = Convolution(4, 6, 3)

    draw(layer, "torch", 1.0, stream(5))

    with torch.random.fork_rng():
        torch.manual_seed(5)
        beside = nn.Conv2d(4, 6, 3)
    assert_close(layer.weight, beside.weight.flatten(1))
    assert_close(layer.bias, beside.bias)


def test_torchs_own_first_weights_equal_those_of_nn_linear():
    network = initialise(Perceptrons([30, 20, 4], "relu"), "torch", 1.0, stream(5))

    with torch.random.fork_rng():
        torch.manual_seed(5)
        beside = [nn.Linear(30, 20), nn.Linear(20, 4)]
    for ours, theirs in zip(network.linears, beside, strict=True):
        assert_close(ours.weight, theirs.weight)
        assert_close(ours.bias, theirs.bias)


def test_zeros_are_zeros():
    network = initialise(randomised(Perceptrons([3, 4, 2])), "zeros", 1.0, stream())

    assert all((linear.weight == 0).all() for linear in network.linears)


def test_constant_weights_are_all_alike():
    network = initialise(Perceptrons([3, 4, 2]), "constant", 1.0, stream())

    assert all((linear.weight == 0.01).all() for linear in network.linears)


def test_normal_weights_keep_the_variance_of_what_comes_in():
    layer = Linear(400, 500)

    draw(layer, "normal", gain_of("relu", 0), stream())

    assert layer.weight.var().item() == pytest.approx(1 / 400, rel=0.02)
    assert layer.weight.mean().item() == pytest.approx(0, abs=1e-3)
    assert (layer.bias == 0).all()


def test_orthogonal_rows_stand_upright_on_each_other():
    layer = Linear(30, 20)

    draw(layer, "orthogonal", 1.0, stream())

    assert_close(layer.weight.detach() @ layer.weight.detach().T, torch.eye(20), rtol=0, atol=1e-5)


@pytest.mark.parametrize("init", ["torch", "normal", *OF_TORCH])
def test_the_same_stream_gives_the_same_first_weights_and_another_gives_others(init):
    def first(seed):
        network = initialise(
            Perceptrons([5, 4, 2], "tanh", "batch"), init, gain_of("tanh", 0), stream(seed)
        )
        return row(network, layout(network))

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))


@pytest.mark.parametrize(
    "model",
    [
        models.Mlp((64,), "tanh", "kaiming_normal", "none", 0.0, SLOPE, **UNEMBEDDED),
        models.Residual(64, 64, 1, "tanh", "kaiming_normal", "none", 0.0, SLOPE, **UNEMBEDDED),
        models.Cnn((8,), 3, 1, (32,), "tanh", "kaiming_normal", "none", 0.0, SLOPE, False, 0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_models_draw_their_first_weights_with_the_gain_of_their_activation(model):
    layer = next(
        own for own in model.build(Inputs(64), 3, stream(1)).modules() if isinstance(own, Linear)
    )

    expected = 5 / 3 * layer.filters[0].numel() ** -0.5
    assert layer.weight.std().item() == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("init", ["kaiming_normal", "xavier_uniform", "orthogonal"])
@pytest.mark.parametrize("pieces", [2, 4])
def test_maxout_keeps_the_size_of_what_passes_through(pieces, init):
    network = models.Maxout((128,) * 6, pieces, init, 0.0, **UNEMBEDDED).build(
        Inputs(128), 128, stream(3)
    )
    x = torch.randn(512, 128, generator=stream(4))

    with torch.no_grad():
        assert network(x).square().mean().sqrt().item() == pytest.approx(
            maxout_gain(pieces), rel=0.35
        )


@pytest.mark.parametrize("pieces", [1, 2, 3, 5])
def test_the_gain_of_the_largest_is_what_draws_say(pieces):
    largest = torch.randn(200_000, pieces, generator=stream(2)).amax(1)

    assert maxout_gain(pieces) == pytest.approx(largest.square().mean().item() ** -0.5, rel=0.01)
