"""Linear maps, by the same arithmetic for one member and for many."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nnrun.parts.model.layers.pooling import halved

SMALL = 400  # multiplications below which torch multiplies one matrix in another way than many
FEW = 12  # outputs below which a product that begins at a bias takes twice as long as without
# rows over which sums are taken in pieces of so many: threads share the pieces, where torch lets
# them share the sums, each of which needs all rows
MANY, PIECE = 4096, 1024
SIDE_BY_SIDE = 16  # of many rows, when a few numbers are added to each
WIDE = 128 * 128  # numbers of a weight beyond which there is enough to share


class Linear(nn.Module):
    """x·Wᵀ + b, by the same arithmetic for one member and for many."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True, pieces: int = 1):
        super().__init__()
        self.pieces = pieces  # maps laid on each other, whose first weights are drawn one by one
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    @property
    def filters(self) -> Tensor:
        """The weight in the shape that tells how much goes into an output."""
        return self.weight

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.weight, self.bias
        # torch takes one output or one input for a vector when there is one member
        if 1 in weight.shape[-2:]:
            sums = (x.unsqueeze(-2) * weight.unsqueeze(-3)).sum(-1)
            return sums if bias is None else sums + bias.unsqueeze(-2)
        if bias is not None and weight.shape[-2] < FEW:
            sums = self.mapped(x, weight, None)
            return plus(sums, bias.to(sums.dtype))
        return self.mapped(x, weight, bias)

    def mapped(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if weight.dim() == 3:
            return products(x, weight, bias)
        if x.shape[-2] * weight.numel() < SMALL or pieces(x.shape[-2], weight.numel()) > 1:
            return products(x[None], weight[None], bias if bias is None else bias[None]).squeeze(0)
        return F.linear(x, weight, bias)


def plus(x: Tensor, bias: Tensor) -> Tensor:
    """Add the same few numbers to each row: of many rows to some at once, side by side."""
    rows = x.shape[-2]
    if rows < MANY or rows % SIDE_BY_SIDE:
        return x + bias.unsqueeze(-2)
    wide = x.unflatten(-2, (-1, SIDE_BY_SIDE)).flatten(-2)
    biases = bias.unsqueeze(-2).expand(*bias.shape[:-1], SIDE_BY_SIDE, -1).flatten(-2)
    return (wide + biases.unsqueeze(-2)).view(x.shape)


def products(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Compute x·Wᵀ + b for each member."""
    given = [x, weight] if bias is None else [x, weight, bias]
    return Products.apply(*as_products_take(*given))


def as_products_take(*tensors: Tensor) -> list[Tensor]:
    """Give tensors in the precision that products have, as torch does for its own."""
    kind = tensors[0].device.type
    if not torch.is_autocast_enabled(kind):
        return [*tensors]
    return [tensor.to(torch.get_autocast_dtype(kind)) for tensor in tensors]


class Products(torch.autograd.Function):
    """x·Wᵀ + b for each member, and the weights' slopes as the weights lie.

    For one matrix torch sees to that by itself, for many it does not; narrow products take three
    times as long the other way.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        ctx.save_for_backward(x, weight)
        if bias is None:
            return torch.bmm(x, weight.mT)
        return torch.baddbmm(bias.unsqueeze(-2), x, weight.mT)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        (slope,), (x, weight) = slopes, ctx.saved_tensors
        of_rows, _, of_biases = (*ctx.needs_input_grad, False)[:3]
        by_outputs = weight.stride(-1) == 1
        return (
            torch.bmm(slope, weight) if of_rows else None,
            product(slope, x) if by_outputs else product(x, slope).mT,
            summed(slope, pieces(slope.shape[-2], weight[0].numel())) if of_biases else None,
        )[: len(ctx.needs_input_grad)]


def product(x: Tensor, y: Tensor) -> Tensor:
    """Compute xᵀ·y for each member: sums over its rows."""
    many = pieces(x.shape[-2], x.shape[-1] * y.shape[-1])
    if many == 1:
        return torch.bmm(x.mT, y)
    first, second = (one.unflatten(1, (many, -1)).flatten(0, 1) for one in (x, y))
    return torch.bmm(first.mT, second).unflatten(0, (-1, many)).sum(1)


def summed(x: Tensor, many: int) -> Tensor:
    """Sum up each member's rows, in so many pieces."""
    return x.sum(-2) if many == 1 else x.unflatten(1, (many, -1)).sum(-2).sum(1)


def pieces(rows: int, weights: int) -> int:
    """Tell in how many pieces, of as many rows each, sums over rows are taken."""
    if rows < MANY or weights > WIDE:
        return 1
    return next(many for many in range(rows // PIECE, 0, -1) if rows % many == 0)


class Convolution(Linear):
    """The same linear map of each pixel's neighbourhood.

    Where it halves the image, of each 2×2 outputs the largest. Zeros lie around the image. Members
    go one after the other: torch's convolution is up to four times as fast as one product for all
    of them.
    """

    def __init__(
        self, channels: int, filters: int, kernel: int, bias: bool = True, halves: bool = True
    ):
        super().__init__(channels * kernel**2, filters, bias)
        self.neighbourhood = channels, kernel, kernel
        self.halves = halves

    @property
    def filters(self) -> Tensor:
        """The weight as it lies over an image: ([members,] filters, channels, kernel, kernel)."""
        return self.weight.unflatten(-1, self.neighbourhood)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 4:  # (rows, side, side, channels)
            return convolved(x, self.filters, self.bias, self.halves)
        biases = [None] * len(x) if self.bias is None else self.bias
        members = zip(x, self.filters, biases, strict=True)
        return torch.stack([convolved(*member, self.halves) for member in members])


def convolved(x: Tensor, filters: Tensor, bias: Tensor | None, halves: bool) -> Tensor:
    """Convolve one member's images, and halve them if asked: (rows, side, side, filters).

    A pixel's channels lie side by side in memory, which takes half the time; a single channel has
    to say so, too.
    """
    side_by_side = x.flatten(-2).unflatten(-1, x.shape[-2:])
    images = side_by_side.movedim(-1, -3)
    filters = filters.contiguous(memory_format=torch.channels_last)
    found = F.conv2d(images, filters, bias, padding="same").movedim(-3, -1)
    return halved(found) if halves else found
