"""Norms, and what may be done to batch norms once training is over.

Their statistics can be taken from all rows, and they themselves away. Any norm serves that has
`weight`, `bias`, the running `mean` and `variance`, and an `eps` beside the variance.
"""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nnrun.parts.model.layers.embeddings import Embedded


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
        mean, variance = self.mean, self.variance
        if self.training and not self.resting:
            mean, variance = self.of_batch(x)
        scale = self.weight * (variance + self.eps).rsqrt()
        return x * scale.unsqueeze(-2) + (self.bias - mean * scale).unsqueeze(-2)

    def of_batch(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the statistics of a batch, and let the running ones follow them."""
        # bfloat16 rounds what is left of a mean, and of a deviation, to two or three digits
        variance, mean = torch.var_mean(x.float(), dim=-2, correction=0)
        unbiased = x.shape[-2] / (x.shape[-2] - 1)
        with torch.no_grad():
            self.mean.lerp_(mean, self.memory)
            self.variance.lerp_(variance * unbiased, self.memory)
        return mean, variance


class BatchRenorm(BatchNorm):
    """A batch norm that goes over from the batch's statistics to those of use (Ioffe 2017).

    What is left between the two is corrected by r and d, which no gradient sees, within bounds
    that open slowly.
    """

    steps: Tensor
    # steps of plain batch norm, in which the running statistics forget how they began
    closed = 50
    # steps until the bounds are widest, so that a training of a few hundred feels them too
    opened = 500
    widest = 3.0, 5.0  # of r and of d, as in the paper

    def __init__(self, units: int):
        super().__init__(units)
        self.register_buffer("steps", torch.zeros(()))  # taken so far

    def forward(self, x: Tensor) -> Tensor:
        if self.resting or not self.training:
            return super().forward(x)
        known = self.mean.clone(), (self.variance + self.eps).sqrt()
        mean, variance = self.of_batch(x)
        deviation = (variance.detach() + self.eps).sqrt()
        r, d = self.corrections(mean.detach(), deviation, *known)
        self.steps.add_(1)
        scale = self.weight * r * (variance + self.eps).rsqrt()
        shift = self.bias + self.weight * d - mean * scale
        return x * scale.unsqueeze(-2) + shift.unsqueeze(-2)

    def corrections(
        self, mean: Tensor, deviation: Tensor, known_mean: Tensor, known: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Compute what turns the batch's statistics into the known ones, within bounds."""
        way = (self.steps - self.closed) / (self.opened - self.closed)
        open_by = way.clamp(0, 1).unsqueeze(-1)
        most_r, most_d = 1 + (self.widest[0] - 1) * open_by, self.widest[1] * open_by
        r, d = deviation / known, (mean - known_mean) / known
        return r.clamp(1 / most_r, most_r), d.clamp(-most_d, most_d)


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
    """Find the norms that remember statistics."""
    return (module for module in network.modules() if {"mean", "variance"} <= set(module._buffers))


def rest(norm: Any) -> None:
    """Let a norm go by the statistics that it has, also while the network around it trains."""
    norm.resting = True


@torch.no_grad()
def refresh(network: nn.Module, x: Tensor, rows: int) -> None:
    """Let the running statistics be those of all rows of x, so many of which pass at a time.

    Norms take theirs one after the other, so that each sees what those in front of it will
    give in use.
    """
    network.eval()
    for norm in running(network):
        sums = Sums(norm)
        hook = norm.register_forward_pre_hook(sums.add)
        for part in x.split(rows, dim=-2):
            network(part, None)
        hook.remove()
        mean = sums.values / sums.count
        squares = sums.squares - sums.values.square() / sums.count
        norm.mean.copy_(mean)
        norm.variance.copy_(squares / (sums.count - 1))  # unbiased, as the running one


class Sums:
    """How many values went into each unit of a norm, and the sums of them and of their squares."""

    def __init__(self, norm: Any):
        zeros = torch.zeros_like(norm.mean, dtype=torch.float64)
        self.count, self.values, self.squares = zeros, zeros.clone(), zeros.clone()

    def add(self, _: Any, arguments: tuple[Tensor]) -> None:
        """Add the rows that a norm is called with."""
        values = arguments[0].double()
        self.count += torch.ones_like(values).sum(-2)
        self.values += values.sum(-2)
        self.squares += values.square().sum(-2)


@torch.no_grad()
def fold(network: Any) -> None:
    """Let each linear layer of an Mlp do what the norm behind it does, and take the norm away."""
    network = network.network if isinstance(network, Embedded) else network
    for linear, norm in zip(network.linears[:-1], network.norms, strict=True):
        scale = norm.weight * (norm.variance + norm.eps).rsqrt()
        bias = 0 if linear.bias is None else linear.bias
        linear.bias = nn.Parameter(norm.bias + (bias - norm.mean) * scale)
        linear.weight = nn.Parameter(linear.weight * scale[:, None])
    network.norms = None
