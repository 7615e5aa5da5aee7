"""Numbers of a loss, which may be a tensor with a value for each member."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def beside(number: float | Tensor, rows: Tensor) -> Tensor:
    """A loss's number, rounded once, in the shape in which it meets the rows of its member."""
    if isinstance(number, float):
        return rows.new_full((), number)
    return number.view(
        -1, *[1] * (rows.dim() - 1)
    )  # (members, 1, 1) beside (members, rows, outputs)
