"""Norms, and what may be done to batch norms once training is over.

Their statistics can be taken anew, and they themselves away. Any norm serves that has `weight`, `bias`, the running
`mean` and `variance`, and an `eps` beside the variance.
"""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BatchNorm(nn.Module):
    """Each unit has mean 0 and deviation 1 over the batch; in use, over what training saw."""

    mean: Tensor
    variance: Tensor
    memory = 0.1  # weight of the newest batch in the running statistics
    eps = 1e-5
    resting = False  # whether it goes by what it has seen, also while the network around it trains

    def __init__(self, units: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(units))
        self.bias = nn.Parameter(torch.zeros(units))
        self.register_buffer("mean", torch.zeros(units))
        self.register_buffer("variance", torch.ones(units))

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = (
            self.seen(x) if self.training and not self.resting else (self.mean, self.variance)
        )
        scale = self.weight * (variance + self.eps).rsqrt()
        return x * scale.unsqueeze(-2) + (self.bias - mean * scale).unsqueeze(-2)

    def seen(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The statistics of this batch, which the running ones follow."""
        variance, mean = torch.var_mean(x, dim=-2, correction=0)
        unbiased = x.shape[-2] / (x.shape[-2] - 1)
        with torch.no_grad():
            self.mean.lerp_(mean.float(), self.memory)
            self.variance.lerp_(variance.float() * unbiased, self.memory)
        return mean, variance


class BatchRenorm(BatchNorm):
    """A batch norm that goes over from the batch's statistics to those of use, whatever the batch (Ioffe 2017).

    What is left between the two is corrected by r and d, which no gradient sees, within bounds that open slowly.
    """

    steps: Tensor
    closed = 50  # steps of plain batch norm, after which the running statistics have forgotten how they began
    opened = (
        500  # steps until the bounds are widest, so that a training of a few hundred feels them too
    )
    widest = 3.0, 5.0  # of r and of d, as in the paper

    def __init__(self, units: int):
        super().__init__(units)
        self.register_buffer("steps", torch.zeros(()))  # taken so far

    def forward(self, x: Tensor) -> Tensor:
        if self.resting or not self.training:
            return super().forward(x)
        known = self.mean.clone(), (self.variance + self.eps).sqrt()
        mean, variance = self.seen(x)
        r, d = self.corrections(
            mean.detach().float(), (variance.detach().float() + self.eps).sqrt(), *known
        )
        self.steps.add_(1)
        scale = self.weight * r * (variance + self.eps).rsqrt()
        return x * scale.unsqueeze(-2) + (self.bias + self.weight * d - mean * scale).unsqueeze(-2)

    def corrections(
        self, mean: Tensor, deviation: Tensor, known_mean: Tensor, known: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What turns the batch's statistics into the known ones, as far as the bounds of this step allow."""
        open_by = (
            ((self.steps - self.closed) / (self.opened - self.closed)).clamp(0, 1).unsqueeze(-1)
        )
        most_r, most_d = 1 + (self.widest[0] - 1) * open_by, self.widest[1] * open_by
        return (deviation / known).clamp(1 / most_r, most_r), ((mean - known_mean) / known).clamp(
            -most_d, most_d
        )


class LayerNorm(nn.Module):
    """Each row has mean 0 and deviation 1 over its units."""

    def __init__(self, units: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(units))
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, x: Tensor) -> Tensor:
        plain = F.layer_norm(x, x.shape[-1:])
        return plain * self.weight.unsqueeze(-2) + self.bias.unsqueeze(-2)


NORMS = {"batch": BatchNorm, "batch_renorm": BatchRenorm, "layer": LayerNorm}


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
