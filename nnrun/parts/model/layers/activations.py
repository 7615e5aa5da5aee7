"""Activations, which round alike for one member and for many."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nnrun.parts.model.layers.smooth import Gelu, Mish, Tanh, tanh_is_slow

Function = Callable[[Tensor], Tensor]

# Numbers that torch's vectorised loops take at once; some round what is left over in another way.
VECTOR = 32
MANY = 4096  # numbers of a member from which more calls are less work


# Each is a function of this module or torch, or a partial of one, so that a model can be pickled.


def rounded_alike(quick: Function, even: Function, x: Tensor) -> Tensor:
    """Take the quick function for whole vectors of numbers, else the one that rounds all alike."""
    left_over = x.shape[-1] * x.shape[-2] % VECTOR
    return even(x) if left_over else quick(x)


def on_processor(quick: Function, usual: Function, least: int, x: Tensor) -> Tensor:
    """Take the quick function for so many of a processor's usual numbers, in whole vectors."""
    meant = x.device.type == "cpu" and x.dtype == torch.float32
    many = x.shape[-1] * x.shape[-2] >= least
    return rounded_alike(quick, usual, x) if meant and many else usual(x)


def identity(x: Tensor) -> Tensor:
    return x


def sigmoid(x: Tensor) -> Tensor:
    return F.logsigmoid(x).exp()


def below(x: Tensor) -> Tensor:
    """Compute exp(x) − 1 where x is below 0, else 0."""
    return x.clamp(max=0).expm1()


def elu(x: Tensor) -> Tensor:
    return x.relu() + below(x)


def silu(x: Tensor) -> Tensor:
    return x * sigmoid(x)


def softplus(x: Tensor) -> Tensor:
    return -F.logsigmoid(-x)


def selu(x: Tensor) -> Tensor:
    return 1.0507009873554805 * (x.relu() + 1.6732632423543772 * below(x))


def mish(x: Tensor) -> Tensor:
    """Compute F.mish, whose last digit depends on how large a tensor is."""
    return x * (-F.logsigmoid(-x)).tanh()


tanh_by_sigmoid = partial(on_processor, Tanh.apply, torch.tanh, MANY)

ACTIVATIONS: dict[str, Function] = {
    "identity": identity,
    "sigmoid": partial(rounded_alike, torch.sigmoid, sigmoid),
    "tanh": tanh_by_sigmoid if tanh_is_slow() else torch.tanh,
    "relu": torch.relu,
    "elu": partial(rounded_alike, F.elu, elu),
    "gelu": partial(on_processor, Gelu.apply, F.gelu, 0),
    "silu": partial(rounded_alike, F.silu, silu),
    "softplus": partial(rounded_alike, F.softplus, softplus),
    "selu": partial(rounded_alike, F.selu, selu),
    "mish": partial(on_processor, Mish.apply, mish, 0),
}


class Prelu(nn.Module):
    """A straight line with a bend at 0, whose slope below is learnt.

    Each unit learns one of its own, or all of a layer one together.
    """

    def __init__(self, slopes: int, slope: float):
        super().__init__()
        # one axis, so that no decay or penalty reaches it
        self.weight = nn.Parameter(torch.full((slopes,), slope))

    def forward(self, x: Tensor) -> Tensor:
        return x.where(x > 0, self.weight.unsqueeze(-2) * x)


def activations(name: str, slope: float, widths: Sequence[int]) -> Sequence[Function]:
    """Make one for each hidden layer; `slope` is leaky_relu's below 0, and the first of a prelu."""
    if name == "prelu":
        return nn.ModuleList(Prelu(width, slope) for width in widths)  # type: ignore[return-value]
    if name == "shared_prelu":
        return nn.ModuleList(Prelu(1, slope) for _ in widths)  # type: ignore[return-value]
    if name == "leaky_relu":
        return [partial(F.leaky_relu, negative_slope=slope)] * len(widths)
    return [ACTIVATIONS[name]] * len(widths)
