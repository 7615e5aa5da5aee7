"""Networks that give several answers to a row: an axis over which losses are averaged."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def loss_of_all(
    loss: Callable[..., Tensor], outputs: Tensor, wanted: Sequence[Tensor], lead: int
) -> Tensor:
    """Average a loss over the answers: ([members,] [answers,] rows, outputs).

    `lead` counts the axes in front of the rows of what is wanted.
    """
    if outputs.dim() == lead + 2:
        return loss(outputs, *wanted)
    answers = outputs.shape[-3]
    beside = [torch.cat([of_rows] * answers, lead) for of_rows in wanted]
    return loss(outputs.flatten(-3, -2), *beside)
