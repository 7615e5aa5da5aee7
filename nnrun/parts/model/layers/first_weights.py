"""First weights of every linear layer, drawn in order."""

import torch
from torch import Tensor, nn

from nnrun.parts.model.layers.linear import Linear

CONSTANT = 0.01  # small enough that a sum over hundreds of inputs stays near 1
GAINS = {"identity": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "selu": 3 / 4}


def initialise(network: nn.Module, init: str, gain: float, generator: torch.Generator) -> nn.Module:
    """Draw the first weights of every linear layer, in order, from the generator."""
    for layer in network.modules():
        if isinstance(layer, Linear):
            draw(layer, init, gain, generator)
    return network


def draw(layer: Linear, init: str, gain: float, generator: torch.Generator) -> None:
    """Draw first weights by their recipe; torch's own draws biases too, others leave them at 0."""
    with torch.no_grad():
        for weight in layer.filters.chunk(layer.pieces):
            fill(weight, init, gain, generator)
        if init == "torch" and layer.bias is not None:
            reach = layer.filters[0].numel() ** -0.5
            layer.bias.uniform_(-reach, reach, generator=generator)


def fill(weight: Tensor, init: str, gain: float, generator: torch.Generator) -> None:
    inputs = weight[0].numel()
    if init == "torch":
        weight.uniform_(-(inputs**-0.5), inputs**-0.5, generator=generator)
    elif init == "xavier_uniform":
        nn.init.xavier_uniform_(weight, gain, generator=generator)
    elif init == "xavier_normal":
        nn.init.xavier_normal_(weight, gain, generator=generator)
    elif init == "kaiming_uniform":
        weight.uniform_(-1, 1, generator=generator).mul_(gain * (3 / inputs) ** 0.5)
    elif init == "kaiming_normal":
        weight.normal_(0, gain * inputs**-0.5, generator=generator)
    elif init == "orthogonal":
        nn.init.orthogonal_(weight, gain, generator=generator)
    elif init == "normal":
        weight.normal_(0, inputs**-0.5, generator=generator)
    elif init == "constant":
        weight.fill_(CONSTANT)
    else:
        weight.zero_()


def gain_of(activation: str, slope: float) -> float:
    """Make up for what an activation takes away, as torch.nn.init does."""
    if activation in ("leaky_relu", "prelu", "shared_prelu"):
        return (2 / (1 + slope**2)) ** 0.5
    return GAINS.get(activation, 2**0.5)  # gelu, silu and their like pass for relu


def maxout_gain(pieces: int) -> float:
    """Make up for taking the largest of several normal numbers: 1/√E[max²]."""
    x = torch.linspace(-9, 9, 4001, dtype=torch.float64, device="cpu")
    mean_square = torch.trapezoid(x.square(), torch.special.ndtr(x) ** pieces)
    return float(mean_square) ** -0.5
