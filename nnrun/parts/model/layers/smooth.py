"""Smooth activations and their slopes, of torch's quickest functions.

On a processor torch takes longer to find its own gelu than to compute it where there are few
numbers, and computes mish and tanh by detours. Here nothing is computed twice, and what forward
found serves backward.
"""

import os
from math import log, pi
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

# of single precision and on the processor, wherever tensors go while this is loaded
HALF = torch.tensor(0.5, dtype=torch.float32, device="cpu")
# log2 of 1/√2π, and what the square in the exponent of a normal density is multiplied by
AT_ZERO = torch.tensor(-log(2 * pi) / log(4), dtype=torch.float32, device="cpu")
PER_SQUARE = -1 / log(4)

STRAIGHT = 2.0**-7  # up to here tanh(x) is x, but for a share of 2e-5
BEYOND = STRAIGHT * (1 + 2.0**-23)  # the next number
FULL = 20.0  # from here on tanh(softplus(x)) is 1, and exp(x)² not yet too large


def tanh_is_slow() -> bool:
    """Tell whether torch leaves tanh to MKL on a processor of another maker than MKL's own.

    On Intel's it takes a third of the time of the short way, on AMD's twice as long.
    """
    return torch.backends.mkl.is_available() and "GenuineIntel" not in described_processor()


def described_processor() -> str:
    """Give what the system tells about the first processor; empty where it tells nothing."""
    try:
        with Path("/proc/cpuinfo").open() as told:
            return told.read(2**10)
    except OSError:
        return os.environ.get("PROCESSOR_IDENTIFIER", "")


class Gelu(Function):
    """x·Φ(x), with the share Φ(x) of normal numbers below x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        share = torch.add(HALF, (x * 2**-0.5).erf(), alpha=0.5)
        ctx.save_for_backward(x, share)
        return x * share

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        (slope,), (x, share) = slopes, ctx.saved_tensors
        density = torch.addcmul(AT_ZERO, x, x, value=PER_SQUARE).exp2()
        return slope * torch.addcmul(share, density, x)


class Mish(Function):
    """x·tanh(log(1 + eˣ)), where tanh(log(1 + n)) = n(n + 2) / (n(n + 2) + 2)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        n = x.clamp(max=FULL).exp()
        product = n * (n + 2)
        share = product / (product + 2)
        ctx.save_for_backward(x, share)
        return x * share

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        (slope,), (x, share) = slopes, ctx.saved_tensors
        return slope * (share + torch.ops.aten.tanh_backward(x * x.sigmoid(), share))


class Tanh(Function):
    """2·sigmoid(2x) − 1, off by 2e-7 at most.

    Numbers close to 0, which that would swallow, stay as they are, off by a share of 2e-5 at most.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        others = F.hardshrink(x, STRAIGHT)
        close = torch.ops.aten.hardtanh_backward(x, x, -BEYOND, BEYOND)  # x there, 0 elsewhere
        y = torch.add(close, (others * 2).sigmoid() - 0.5, alpha=2)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        (slope,), (y,) = slopes, ctx.saved_tensors
        return torch.ops.aten.tanh_backward(slope, y)
