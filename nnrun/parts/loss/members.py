"""Numbers of a loss, which may be a tensor with a value for each member."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def at_rows(number: float | Tensor, rows: Tensor) -> Tensor:
    """Give a loss's number, rounded once, the shape in which it meets the rows of its member."""
    if isinstance(number, float):
        return rows.new_full((), number)
    axes = [1] * (rows.dim() - 1)
    return number.view(-1, *axes)  # (members, 1, 1) beside (members, rows, outputs)
