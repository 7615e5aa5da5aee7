"""Activations, which round alike for one member and for many."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VECTOR = 16  # numbers that torch's vectorised loops take at once; some round what is left over in another way


def steady(
    quick: Callable[[Tensor], Tensor], even: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    """The quick function where a member's numbers fill whole vectors, and else the one that rounds them all alike."""
    return lambda x: (even if x.shape[-1] * x.shape[-2] % VECTOR else quick)(x)


def sigmoid(x: Tensor) -> Tensor:
    return F.logsigmoid(x).exp()


def below(x: Tensor) -> Tensor:
    """exp(x) − 1 where x is below 0, else 0."""
    return x.clamp(max=0).expm1()


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda x: x,
    "sigmoid": steady(torch.sigmoid, sigmoid),
    "tanh": torch.tanh,
    "relu": torch.relu,
    "elu": steady(F.elu, lambda x: x.relu() + below(x)),
    "gelu": F.gelu,
    "silu": steady(F.silu, lambda x: x * sigmoid(x)),
    "softplus": steady(F.softplus, lambda x: -F.logsigmoid(-x)),
    "selu": steady(
        F.selu, lambda x: 1.0507009873554805 * (x.relu() + 1.6732632423543772 * below(x))
    ),
    "mish": lambda x: (
        x * (-F.logsigmoid(-x)).tanh()
    ),  # F.mish, whose last digit depends on how large a tensor is
}


class Prelu(nn.Module):
    """A straight line with a bend at 0, whose slope below is learnt: by each unit, or one by all of a layer."""

    def __init__(self, slopes: int, slope: float):
        super().__init__()
        self.weight = nn.Parameter(
            torch.full((slopes,), slope)
        )  # one axis, so that no decay or penalty reaches it

    def forward(self, x: Tensor) -> Tensor:
        return x.where(x > 0, self.weight.unsqueeze(-2) * x)


def activations(
    name: str, slope: float, widths: Sequence[int]
) -> Sequence[Callable[[Tensor], Tensor]]:
    """An activation for each hidden layer; `slope` is that of leaky_relu below 0, and the first of a prelu."""
    if name in ("prelu", "shared_prelu"):
        slopes = widths if name == "prelu" else [1] * len(widths)
        return nn.ModuleList(Prelu(own, slope) for own in slopes)  # type: ignore[return-value]
    own = (lambda x: F.leaky_relu(x, slope)) if name == "leaky_relu" else ACTIVATIONS[name]
    return [own] * len(widths)
