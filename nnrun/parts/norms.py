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
    norm.eval()
    norm.train = lambda mode=True: norm


@torch.no_grad()
def refresh(network: nn.Module, x: Tensor) -> None:
    """Let the running statistics be those of the rows x, seen all at once.

    Each norm takes its own on the way through, so that those behind it see what they will see in use.
    """

    def take(norm: Any, seen: tuple[Tensor]) -> None:
        variance, mean = torch.var_mean(seen[0], dim=-2)  # unbiased, as the running one
        norm.mean.copy_(mean)
        norm.variance.copy_(variance)

    hooks = [norm.register_forward_pre_hook(take) for norm in running(network)]
    network.eval()
    network(x, None)
    for hook in hooks:
        hook.remove()


@torch.no_grad()
def fold(network: Any) -> None:
    """Let each linear layer of an Mlp do what the norm behind it does, and take the norm away."""
    for linear, norm in zip(network.linears, network.norms, strict=False):  # the last layer has none
        scale = norm.weight * (norm.variance + norm.eps).rsqrt()
        bias = 0 if linear.bias is None else linear.bias
        linear.bias = nn.Parameter(norm.bias + (bias - norm.mean) * scale)
        linear.weight = nn.Parameter(linear.weight * scale[:, None])
    network.norms = None
