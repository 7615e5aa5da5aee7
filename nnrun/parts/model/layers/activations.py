"""Activations, which round alike for one member and for many."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nnrun.parts.model.layers.smooth import Gelu, Mish, Tanh, tanh_is_slow

Function = Callable[[Tensor], Tensor]

# Numbers that torch's vectorised loops take at once; some round what is left over in another way.
VECTOR = 32
MANY = 4096  # numbers of a member from which more calls are less work


def rounded_alike(quick: Function, even: Function) -> Function:
    """Take the quick function for whole vectors of numbers, else the one that rounds all alike."""

    def apply(x: Tensor) -> Tensor:
        left_over = x.shape[-1] * x.shape[-2] % VECTOR
        return even(x) if left_over else quick(x)

    return apply


def on_processor(quick: Function, usual: Function, least: int = 0) -> Function:
    """Take the quick function for so many of a processor's usual numbers, in whole vectors."""
    alike = rounded_alike(quick, usual)

    def apply(x: Tensor) -> Tensor:
        meant = x.device.type == "cpu" and x.dtype == torch.float32
        many = x.shape[-1] * x.shape[-2] >= least
        return alike(x) if meant and many else usual(x)

    return apply


def sigmoid(x: Tensor) -> Tensor:
    return F.logsigmoid(x).exp()


def below(x: Tensor) -> Tensor:
    """Compute exp(x) − 1 where x is below 0, else 0."""
    return x.clamp(max=0).expm1()


def selu(x: Tensor) -> Tensor:
    return 1.0507009873554805 * (x.relu() + 1.6732632423543772 * below(x))


def mish(x: Tensor) -> Tensor:
    """Compute F.mish, whose last digit depends on how large a tensor is."""
    return x * (-F.logsigmoid(-x)).tanh()


tanh_by_sigmoid = on_processor(Tanh.apply, torch.tanh, MANY)

ACTIVATIONS: dict[str, Function] = {
    "identity": lambda x: x,
    "sigmoid": rounded_alike(torch.sigmoid, sigmoid),
    "tanh": tanh_by_sigmoid if tanh_is_slow() else torch.tanh,
    "relu": torch.relu,
    "elu": rounded_alike(F.elu, lambda x: x.relu() + below(x)),
    "gelu": on_processor(Gelu.apply, F.gelu),
    "silu": rounded_alike(F.silu, lambda x: x * sigmoid(x)),
    "softplus": rounded_alike(F.softplus, lambda x: -F.logsigmoid(-x)),
    "selu": rounded_alike(F.selu, selu),
    "mish": on_processor(Mish.apply, mish),
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
        return [lambda x: F.leaky_relu(x, slope)] * len(widths)
    return [ACTIVATIONS[name]] * len(widths)
