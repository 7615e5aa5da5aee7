"""What may be done to batch norms once training is over: their statistics taken anew, and themselves taken away.

Any norm serves that has `weight`, `bias`, the running `mean` and `variance`, and an `eps` beside the variance.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn


def running(network: nn.Module) -> Iterator[Any]:
    """The norms that remember statistics."""
    return (module for module in network.modules() if {"mean", "variance"} <= set(module._buffers))


def rest(norm: Any) -> None:
    """Let a norm go by the statistics that it has, also while the network around it trains."""
    norm.resting = True


@torch.no_grad()
def refresh(network: nn.Module, x: Tensor, rows: int) -> None:
    """Let the running statistics be those of all rows of x, of which so many pass through at a time.

    Norms take theirs one after the other, so that each sees what those in front of it will give in use.
    """
    network.eval()
    for norm in running(network):
        sums = [torch.zeros_like(norm.mean, dtype=torch.float64) for _ in range(3)]

        def add(_: Any, seen: tuple[Tensor], sums: list[Tensor] = sums) -> None:
            values = seen[0].double()
            for total, part in zip(
                sums, (torch.ones_like(values), values, values.square()), strict=True
            ):
                total += part.sum(-2)

        hook = norm.register_forward_pre_hook(add)
        for part in x.split(rows, dim=-2):
            network(part, None)
        hook.remove()
        count, total, squares = sums
        norm.mean.copy_(total / count)
        norm.variance.copy_(
            (squares - total.square() / count) / (count - 1)
        )  # unbiased, as the running one


@torch.no_grad()
def fold(network: Any) -> None:
    """Let each linear layer of an Mlp do what the norm behind it does, and take the norm away."""
    for linear, norm in zip(
        network.linears, network.norms, strict=False
    ):  # the last layer has none
        scale = norm.weight * (norm.variance + norm.eps).rsqrt()
        bias = 0 if linear.bias is None else linear.bias
        linear.bias = nn.Parameter(norm.bias + (bias - norm.mean) * scale)
        linear.weight = nn.Parameter(linear.weight * scale[:, None])
    network.norms = None
