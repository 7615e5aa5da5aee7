"""Images made half as large, as torch.nn.functional.max_pool2d(image, 2) makes them.

torch goes through the channels of a pixel by vectors, and through fewer than make one by one. Then
it takes half the time to compare neighbours in a row, and after that whole rows of pixels.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

FEW = 8  # channels below which a pixel's are no vector
LARGE = 2048  # numbers of an image from which more calls are less work


def halved(x: Tensor) -> Tensor:
    """Take of each 2×2 pixels the largest, channel by channel: (rows, side, side, channels)."""
    meant = x.device.type == "cpu" and x.dtype == torch.float32
    if meant and x.shape[-1] < FEW and x.shape[1:].numel() >= LARGE:
        return Halved.apply(x)
    return F.max_pool2d(x.movedim(-1, 1), 2).movedim(1, -1)


def pairs(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Show what stands first and second in each pair along an axis; an odd one out is in none."""
    even = x.narrow(axis, 0, x.shape[axis] // 2 * 2).unflatten(axis, (-1, 2))
    return even.select(axis + 1, 0), even.select(axis + 1, 1)


class Halved(Function):
    """The largest of two neighbours, and then of two rows of pixels; of alike ones the first."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        columns = torch.maximum(*pairs(x, 2))
        ctx.save_for_backward(x, columns)
        return torch.maximum(*pairs(columns, 1))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        (slope,), (x, columns) = slopes, ctx.saved_tensors
        return parted(parted(slope, columns, 1), x, 2)


def parted(slope: Tensor, x: Tensor, axis: int) -> Tensor:
    """Give the slope of each pair's larger one to that, which is the first of two alike."""
    of_both = torch.empty_like(x) if x.shape[axis] % 2 == 0 else torch.zeros_like(x)
    of_first, of_second = pairs(of_both, axis)
    first, second = pairs(x, axis)
    # a copy takes less than to compute where few numbers lie side by side
    slope_of_second = torch.ops.aten.threshold_backward(slope, second - first, 0)
    of_second.copy_(slope_of_second)
    torch.sub(slope, slope_of_second, out=of_first)
    return of_both
