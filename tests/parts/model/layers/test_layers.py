"""Layers and networks equal torch's own, for one member and for several."""

from copy import deepcopy
from functools import partial
from typing import get_args

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from nnrun.engine.members import bind, layout, row
from nnrun.parts.model.choices import Activation
from nnrun.parts.model.layers.activations import Prelu, activations
from nnrun.parts.model.layers.linear import MANY, Convolution, Linear
from nnrun.parts.model.layers.networks import (
    Cnn,
    Maxout,
    Perceptrons,
    Polynomial,
    Residual,
    activated,
)
from nnrun.parts.model.layers.norms import BatchNorm, BatchRenorm, LayerNorm

MEMBERS, SLOPE = 3, 0.2
BESIDE = {
    "identity": nn.Identity(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(SLOPE),
    "prelu": nn.PReLU(init=SLOPE),
    "shared_prelu": nn.PReLU(init=SLOPE),
    "elu": nn.ELU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
    "softplus": nn.Softplus(),
    "selu": nn.SELU(),
    "mish": nn.Mish(),
}


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def randomised(module, seed=0):
    """A module whose every tensor has been drawn; variances stay positive."""
    own = stream(seed)
    for tensor in module.state_dict().values():
        tensor.uniform_(0.2, 1.5, generator=own)
    return module


def together(modules):
    """Modules of one kind as one with a member axis."""
    module = deepcopy(modules[0])
    where = layout(module)
    bind(module, where, torch.stack([row(each, where) for each in modules]))
    return module


# Layers


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("inputs", "outputs", "rows"), [(5, 3, 7), (12, 8, 30), (12, 30, 30), (5, 1, 7), (1, 4, 7)]
)
def test_a_linear_layer_equals_torchs(inputs, outputs, rows, bias):
    ours, theirs = randomised(Linear(inputs, outputs, bias)), nn.Linear(inputs, outputs, bias)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(rows, inputs, generator=stream())

    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("rows", [MANY - 1, MANY, 5000, 4099])  # a prime has no pieces
@pytest.mark.parametrize(("inputs", "outputs"), [(6, 32), (32, 5), (130, 130), (3, 2)])
def test_sums_over_many_rows_are_torchs_and_those_of_members_each_as_alone(inputs, outputs, rows):
    modules = [randomised(Linear(inputs, outputs), seed) for seed in range(MEMBERS)]
    x = torch.randn(MEMBERS, rows, inputs, generator=stream())
    pull = torch.randn(MEMBERS, rows, outputs, generator=stream(1))
    joint = together(modules)

    found = slopes_of(joint, x, pull)

    each = [together([module]) for module in modules]
    alone = [slopes_of(*own) for own in zip(each, x, pull, strict=True)]
    assert all(map(torch.equal, found, map(torch.stack, zip(*alone, strict=True))))
    theirs = nn.Linear(inputs, outputs)
    theirs.load_state_dict(modules[0].state_dict())
    for ours, expected in zip(alone[0], slopes_of(theirs, x[0], pull[0]), strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-3)


def slopes_of(module: nn.Module, x: Tensor, pull: Tensor) -> tuple[Tensor, ...]:
    given = [x.clone().requires_grad_(), *module.parameters()]
    return torch.autograd.grad(module(given[0]), given, pull)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("channels", "kernel", "side"), [(1, 5, 8), (3, 3, 8), (2, 1, 4), (3, 5, 7), (2, 7, 2)]
)
def test_a_convolution_equals_torchs_with_its_slopes(channels, kernel, side, bias):
    ours = randomised(Convolution(channels, 6, kernel, bias))
    theirs = nn.Conv2d(channels, 6, kernel, padding="same", bias=bias)
    theirs.load_state_dict(
        {name: t.view_as(theirs.state_dict()[name]) for name, t in ours.state_dict().items()}
    )
    x = torch.randn(7, side, side, channels, generator=stream(), requires_grad=True)

    found = ours(x)

    expected = nn.MaxPool2d(2)(theirs(x.movedim(-1, 1))).movedim(1, -1)
    assert found.shape == (7, side // 2, side // 2, 6)
    assert_close(found, expected)
    slopes = [
        torch.autograd.grad(y.square().sum(), [x, layer.weight])
        for y, layer in ((found, ours), (expected, theirs))
    ]
    assert_close(slopes[0][0], slopes[1][0])
    assert_close(slopes[0][1], slopes[1][1].flatten(1), rtol=1e-5, atol=1e-4)


def test_a_convolution_that_halves_nothing_leaves_an_image_of_the_same_size():
    whole, halved = (randomised(Convolution(3, 6, 3, True, halves)) for halves in (False, True))
    x = torch.randn(7, 8, 8, 3, generator=stream())

    found = whole(x)

    assert found.shape == (7, 8, 8, 6)
    assert_close(nn.functional.max_pool2d(found.movedim(-1, 1), 2).movedim(1, -1), halved(x))


@pytest.mark.parametrize("channels", [1, 3])
def test_torch_is_told_that_channels_lie_side_by_side(channels, monkeypatch):
    images, convolve = [], torch.nn.functional.conv2d
    noting = lambda x, *given, **named: images.append(x) or convolve(x, *given, **named)  # noqa: E731
    monkeypatch.setattr(torch.nn.functional, "conv2d", noting)
    one_after_the_other = torch.randn(5, channels, 8, 8, generator=stream())

    randomised(Convolution(channels, 6, 3))(one_after_the_other.movedim(1, -1))

    # the strides by which torch chooses, for a single channel too
    assert images[0].stride() == (64 * channels, 1, 8 * channels, channels)


@pytest.mark.parametrize("bias", [True, False])
def test_convolutions_of_members_equal_each_alone_to_the_last_bit(bias):
    modules = [randomised(Convolution(3, 5, 3, bias), seed) for seed in range(MEMBERS)]
    x = torch.randn(MEMBERS, 9, 8, 8, 3, generator=stream())

    found = together(modules)(x)

    assert torch.equal(
        found, torch.stack([module(own) for module, own in zip(modules, x, strict=True)])
    )


def test_a_batch_norm_equals_torchs_in_training_and_in_use():
    ours, theirs = randomised(BatchNorm(6)), nn.BatchNorm1d(6)
    names = {"weight": "weight", "bias": "bias", "mean": "running_mean", "variance": "running_var"}
    theirs.load_state_dict({names[name]: t for name, t in ours.state_dict().items()}, strict=False)

    for seed in range(5):
        x = torch.randn(9, 6, generator=stream(seed)) * 3 + 1
        assert_close(ours(x), theirs(x))
        assert_close(ours.mean, theirs.running_mean)
        assert_close(ours.variance, theirs.running_var)

    ours.eval()
    theirs.eval()
    assert_close(ours(x), theirs(x))


def test_the_slope_of_a_batch_norm_equals_torchs():
    ours, theirs = BatchNorm(6), nn.BatchNorm1d(6)
    x, pull = (torch.randn(9, 6, generator=stream(seed)) for seed in (0, 1))
    slopes = []

    for norm in (ours, theirs):
        given = x.clone().requires_grad_()
        (norm(given) * pull).sum().backward()
        slopes.append((given.grad, norm.weight.grad, norm.bias.grad))

    assert_close(*slopes)


def test_in_use_a_batch_norm_keeps_what_training_saw():
    norm = randomised(BatchNorm(6)).eval()
    before = deepcopy(norm.state_dict())

    norm(torch.randn(9, 6, generator=stream()))

    assert all(torch.equal(tensor, before[name]) for name, tensor in norm.state_dict().items())


def renorm(steps, units=6):
    """A batch renorm in training that has taken so many steps."""
    module = randomised(BatchRenorm(units))
    module.steps.fill_(steps)
    return module


def test_at_first_a_batch_renorm_is_a_batch_norm():
    ours, theirs = BatchRenorm(6), BatchNorm(6)

    for seed in range(BatchRenorm.closed):
        x = torch.randn(9, 6, generator=stream(seed)) * 3 + 1
        assert_close(ours(x), theirs(x))

    assert torch.equal(ours.mean, theirs.mean)
    assert torch.equal(ours.variance, theirs.variance)
    assert ours.steps == BatchRenorm.closed


def test_within_wide_bounds_a_batch_renorm_trains_as_it_is_used():
    training = renorm(steps=500)
    used = deepcopy(training).eval()
    x = torch.randn(9, 6, generator=stream())

    assert_close(training(x), used(x), rtol=1e-5, atol=1e-5)


def test_a_batch_renorm_on_paper():
    """Half open, r stays within 1/2 and 2, and d within ±2.5, half of 3 and 5 beyond 1 and 0."""
    norm = renorm(steps=275, units=4)
    norm.mean.copy_(torch.tensor([0.0, 0, 0, 40]))
    norm.variance.copy_(torch.tensor([1.0, 100, 0.01, 1]))
    x = torch.tensor([[-1.0, -1, -1, -1], [1, 1, 1, 1]])  # mean 0 and deviation 1 in each unit

    found = norm(x)

    r, d = torch.tensor([1.0, 0.5, 2, 1]), torch.tensor([0, 0, 0, -2.5])
    assert_close(found, norm.weight * (x * r + d) + norm.bias, rtol=1e-4, atol=1e-4)
    assert_close(norm.mean, torch.tensor([0.0, 0, 0, 36]))
    assert_close(norm.variance, torch.tensor([1.1, 90.2, 0.209, 1.1]))  # a tenth of the unbiased 2
    assert norm.steps == 276


def test_no_gradient_passes_through_the_corrections():
    norm = renorm(steps=275)
    x, pull = (torch.randn(9, 6, generator=stream(seed)) for seed in (0, 1))
    mean, deviation = norm.mean.clone(), (norm.variance + norm.eps).sqrt()
    slopes = []

    for way in (norm, None):
        given = x.clone().requires_grad_()
        own = (given.var(0, correction=0) + norm.eps).sqrt()
        r = (own / deviation).clamp(1 / 2, 2).detach()
        d = ((given.mean(0) - mean) / deviation).clamp(-2.5, 2.5).detach()
        said = (
            way(given) if way else norm.weight * ((given - given.mean(0)) / own * r + d) + norm.bias
        )
        slopes.append(torch.autograd.grad((said * pull).sum(), [given, norm.weight, norm.bias]))

    assert_close(*slopes, rtol=1e-4, atol=1e-5)


def test_a_layer_norm_equals_torchs():
    ours, theirs = randomised(LayerNorm(6)), nn.LayerNorm(6)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(9, 6, generator=stream()) * 3 + 1

    assert_close(ours(x), theirs(x))


@pytest.mark.parametrize(
    "make", [lambda: Linear(6, 4), lambda: Linear(6, 4, bias=False)], ids=["bias", "no bias"]
)
def test_linear_layers_of_members_equal_each_alone(make):
    modules = [randomised(make(), seed) for seed in range(MEMBERS)]
    x = torch.randn(MEMBERS, 9, 6, generator=stream())

    found = together(modules)(x)

    assert_close(found, torch.stack([module(own) for module, own in zip(modules, x, strict=True)]))


@pytest.mark.parametrize("make", [BatchNorm, BatchRenorm, LayerNorm, partial(Prelu, slope=SLOPE)])
@pytest.mark.parametrize("training", [True, False])
def test_norms_of_members_equal_each_alone(make, training):
    modules = [randomised(make(6), seed).train(training) for seed in range(MEMBERS)]
    x = torch.randn(MEMBERS, 9, 6, generator=stream())
    joint = together(modules)

    found = joint(x)

    assert_close(found, torch.stack([module(own) for module, own in zip(modules, x, strict=True)]))
    for name, tensor in joint.state_dict().items():
        assert_close(tensor, torch.stack([module.state_dict()[name] for module in modules]))


def test_open_batch_renorms_of_members_equal_each_alone_each_by_its_own_steps():
    modules = [renorm(steps) for steps in (0, 275, 1000)]
    x = torch.randn(MEMBERS, 9, 6, generator=stream()) * 20
    joint = together(modules)

    found = joint(x)

    assert torch.equal(
        found, torch.stack([module(own) for module, own in zip(modules, x, strict=True)])
    )
    assert joint.steps.tolist() == [1, 276, 1001]


@pytest.mark.parametrize("make", [BatchNorm, BatchRenorm])
def test_norms_of_bfloat16_know_their_statistics_well_and_those_of_members_each_as_alone(make):
    modules = [randomised(make(40), seed) for seed in range(MEMBERS)]  # more than a vector holds
    x = (3 + 0.1 * torch.randn(MEMBERS, 64, 40, generator=stream())).bfloat16()

    found = together(modules)(x)
    alone = torch.stack([module(own) for module, own in zip(modules, x, strict=True)])
    plain = make(40)(x[0])

    assert torch.equal(found, alone)
    assert plain.mean(0).abs().max() < 1e-4
    assert_close(plain.std(0, correction=0), torch.ones(40), rtol=0.01, atol=0)


@pytest.mark.parametrize("name", BESIDE)
def test_activations_and_their_slopes_are_torchs(name):
    (ours,), theirs = activations(name, SLOPE, [1]), BESIDE[name]
    x = torch.linspace(-40, 40, 1001)[:, None].requires_grad_()

    found, expected = ours(x), theirs(x)

    assert_close(found, expected)
    assert_close(*(torch.autograd.grad(y.sum(), x)[0] for y in (found, expected)))


def test_every_activation_but_the_one_that_is_refused_has_an_oracle():
    assert {*get_args(Activation)} == {*BESIDE, "threshold", "maxout"}


def test_each_unit_learns_a_slope_of_its_own_that_no_penalty_reaches():
    network = Perceptrons([5, 8, 6, 2], "prelu", slope=SLOPE)

    learnt = dict(network.named_parameters())

    slopes = [learnt.pop(f"activations.{i}.weight") for i in (0, 1)]
    assert [slope.tolist() for slope in slopes] == [
        [pytest.approx(SLOPE)] * 8,
        [pytest.approx(SLOPE)] * 6,
    ]
    where = layout(network)
    assert where.weights == 5 * 8 + 8 * 6 + 6 * 2
    assert where.learnt == where.weights + 2 * (8 + 6) + 2  # biases and slopes


@pytest.mark.parametrize(("name", "slopes"), [("prelu", 6), ("shared_prelu", 1)])
def test_slopes_are_learnt_as_torch_learns_them(name, slopes):
    (ours,), theirs = activations(name, SLOPE, [6]), nn.PReLU(slopes, SLOPE)
    x, pull = (torch.randn(9, 6, generator=stream(seed)) for seed in (0, 1))

    (found,) = torch.autograd.grad((ours(x) * pull).sum(), ours.weight)

    (expected,) = torch.autograd.grad((theirs(x) * pull).sum(), theirs.weight)
    assert found.shape == (slopes,)
    assert_close(found, expected)


# Networks


@pytest.mark.parametrize("activation", sorted({*BESIDE} - {"prelu", "shared_prelu"}))
def test_perceptrons_equal_layers_in_a_row(activation):
    network = randomised(Perceptrons([5, 8, 6, 2], activation, slope=SLOPE))
    one, two, three = network.linears
    act = BESIDE[activation]
    x = torch.randn(7, 5, generator=stream())

    found = network(x)

    assert_close(found, three(act(two(act(one(x))))))


@pytest.mark.parametrize("norm", ["batch", "batch_renorm", "layer"])
def test_each_hidden_layer_is_normalised_before_its_activation(norm):
    network = randomised(Perceptrons([5, 8, 6, 2], "tanh", norm)).eval()
    one, two, three = network.linears
    first, second = network.norms
    x = torch.randn(7, 5, generator=stream())

    found = network(x)

    assert_close(found, three(second(two(first(one(x)).tanh())).tanh()))


@pytest.mark.parametrize(
    ("norm", "biases"), [("none", [True, True, True]), ("batch", [False, False, True])]
)
def test_a_layer_in_front_of_a_norm_has_no_bias(norm, biases):
    network = Perceptrons([5, 8, 6, 2], "relu", norm)

    assert [linear.bias is not None for linear in network.linears] == biases


def test_masks_silence_the_hidden_units_they_name():
    network = randomised(Perceptrons([5, 3, 4, 2], "relu"))
    one, two, three = network.linears
    masks = torch.randint(0, 2, (7, 7), generator=stream()) * 2.0
    x = torch.randn(7, 5, generator=stream())

    found = network(x, masks)

    hidden = one(x).relu() * masks[:, :3]
    assert_close(found, three(two(hidden).relu() * masks[:, 3:]))


def test_without_hidden_layers_a_network_is_linear():
    network = randomised(Perceptrons([5, 2], "relu"))
    x = torch.randn(7, 5, generator=stream())

    assert torch.equal(network(x), network.linears[0](x))


@pytest.mark.parametrize("norm", ["none", "batch", "batch_renorm", "layer"])
def test_networks_of_members_equal_each_alone(norm):
    networks = [
        randomised(Perceptrons([5, 8, 6, 2], "relu", norm), seed) for seed in range(MEMBERS)
    ]
    x, masks = (
        torch.randn(MEMBERS, 9, 5, generator=stream()),
        torch.rand(MEMBERS, 9, 14, generator=stream(1)),
    )

    found = together(networks)(x, masks)

    alone = [network(own, mask) for network, own, mask in zip(networks, x, masks, strict=True)]
    assert_close(found, torch.stack(alone), rtol=1e-5, atol=1e-5)


def test_a_polynomial_sums_the_powers_of_its_input():
    network = randomised(Polynomial(4, 2))
    x = torch.randn(7, 1, generator=stream())

    found = network(x)

    powers = torch.cat([x, x**2, x**3, x**4], 1)
    assert_close(found, powers @ network.linear.weight.T + network.linear.bias)


def test_a_unit_of_maxout_is_the_largest_of_its_maps():
    network = randomised(Maxout([5, 3, 2], pieces=4))
    (maps,) = network.linears
    x, masks = torch.randn(7, 5, generator=stream()), torch.tensor([2.0, 0, 2])

    found = network(x, masks.expand(7, 3))

    hidden = [
        max(maps(x)[row, unit + 3 * piece] for piece in range(4))
        for row in range(7)
        for unit in range(3)
    ]
    assert_close(found, network.last(torch.stack(hidden).view(7, 3) * masks))


def test_maxout_of_a_map_and_zero_is_relu():
    network = randomised(Maxout([5, 3, 2], pieces=2))
    (maps,) = network.linears
    with torch.no_grad():
        maps.weight[3:], maps.bias[3:] = 0, 0
    x = torch.randn(7, 5, generator=stream())

    assert_close(network(x), network.last(maps(x)[:, :3].relu()))


@pytest.mark.parametrize("norm", ["none", "batch", "batch_renorm", "layer"])
def test_a_residual_block_adds_to_what_it_was_given(norm):
    network = randomised(Residual((5, 6, 8, 2), 2, "relu", norm, 0.0)).eval()
    x, masks = torch.randn(7, 5, generator=stream()), torch.rand(7, 16, generator=stream(1))

    found = network(x, masks)

    x = network.first(x)
    for i in (0, 1):
        x = x + network.narrow[i](
            network.wide[i](network.norms[i](x)).relu() * masks[:, 8 * i : 8 * i + 8]
        )
    assert_close(found, network.last(network.norms[2](x).relu()))


@pytest.mark.parametrize(
    ("norm", "activation"), [("none", "relu"), ("none", "prelu"), ("batch", "relu")]
)
def test_a_convolutional_network_equals_torchs_layers_in_a_row(norm, activation):
    """Rising activations after the pooling are those before it, as the textbooks have them."""
    network = randomised(Cnn((2, 8), (3, 4), 5, [16, 6, 3], activation, norm, SLOPE)).eval()
    x, masks = torch.randn(7, 128, generator=stream()), torch.rand(7, 6, generator=stream(1))

    found = network(x, masks)

    images = x.view(7, 2, 8, 8)
    for i, layer in enumerate(network.convolutions):
        images = nn.functional.conv2d(
            images, layer.weight.unflatten(1, (-1, 5, 5)), layer.bias, padding=2
        )
        if norm == "batch":
            own = network.norms[i]
            images = nn.functional.batch_norm(images, own.mean, own.variance, own.weight, own.bias)
        slope = network.activations[i].weight[:, None, None] if activation == "prelu" else 0
        images = nn.functional.max_pool2d(images.where(images > 0, slope * images), 2)
    assert_close(found, network.head(images.permute(0, 2, 3, 1).flatten(1), masks))


@pytest.mark.parametrize(("norm", "activation"), [("none", "prelu"), ("batch", "relu")])
def test_the_blocks_of_a_convolutional_network_add_to_what_they_were_given(norm, activation):
    given = (2, 8), (3, 4), 5, [16, 6, 3], activation, norm, SLOPE
    network, x = randomised(Cnn(*given, blocks=2)).eval(), torch.randn(7, 128, generator=stream())

    found = network(x)

    images = x.view(7, 2, 8, 8).movedim(1, -1)
    for i, layer in enumerate(network.convolutions):
        images = activated(
            layer(images), network.norms and network.norms[i], network.activations[i]
        )
        for block in network.blocks[i]:
            own = block.convolution
            filters = own.weight.unflatten(1, (-1, 5, 5))
            moved = nn.functional.conv2d(images.movedim(-1, 1), filters, own.bias, padding=2)
            norm_of_block = block.norms and block.norms[0]
            images = images + activated(moved.movedim(1, -1), norm_of_block, block.activations[0])
    assert_close(found, network.head(images.flatten(1)))


def test_a_mirrored_network_answers_in_use_by_the_mean_of_an_image_and_its_mirror_image():
    mirrored = randomised(Cnn((2, 8), (3, 4), 5, [16, 6, 3], "relu", "batch", SLOPE, True)).eval()
    x = torch.randn(7, 128, generator=stream())
    in_mirror = x.view(7, 2, 8, 8).flip(3).flatten(1)

    found = mirrored(x)

    mirrored.mirrored = False
    assert_close(found, (mirrored(x) + mirrored(in_mirror)) / 2)
    mirrored.mirrored = True
    taught = mirrored.train()(x)
    mirrored.mirrored = False
    assert_close(taught, mirrored(x))


@pytest.mark.parametrize(
    ("make", "inputs", "hidden"),
    [
        (lambda: Polynomial(4, 2), 1, 0),
        (lambda: Maxout([5, 3, 4, 2], 3), 5, 7),
        (lambda: Residual((5, 6, 8, 2), 2, "prelu", "layer", SLOPE), 5, 16),
        (lambda: Residual((5, 6, 8, 2), 2, "tanh", "batch", SLOPE), 5, 16),
        (lambda: Cnn((1, 8), (3, 4), 3, [16, 6, 2], "prelu", "batch", SLOPE), 64, 6),
        (lambda: Cnn((3, 6), (4,), 5, [36, 2], "tanh", "none", SLOPE), 108, 0),
        (lambda: Cnn((1, 8), (3, 4), 3, [16, 6, 2], "prelu", "batch", SLOPE, blocks=2), 64, 6),
    ],
    ids=[
        "polynomial",
        "maxout",
        "residual",
        "residual, batch norm",
        "cnn, batch norm",
        "cnn, colours",
        "cnn, blocks",
    ],
)
def test_other_networks_of_members_equal_each_alone(make, inputs, hidden):
    networks = [randomised(make(), seed) for seed in range(MEMBERS)]
    x = torch.randn(MEMBERS, 9, inputs, generator=stream())
    masks = torch.rand(MEMBERS, 9, hidden, generator=stream(1)) if hidden else None

    found = together(networks)(x, masks)

    alone = [
        network(own, None if masks is None else masks[i])
        for i, (network, own) in enumerate(zip(networks, x, strict=True))
    ]
    assert_close(found, torch.stack(alone), rtol=1e-5, atol=1e-5)
