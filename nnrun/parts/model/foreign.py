"""Networks from outside, which know nothing of members and masks."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from nnrun.errors import Mistake, TrainingFailed


class Foreign(nn.Module):
    """A network of one's own as the engine calls it."""

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner
        self.rank = next(inner.parameters()).dim()

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        try:
            if next(self.inner.parameters()).dim() == self.rank:
                return self.inner(x)
            return self.of_many(x)
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError) as error:
            first = str(error).strip().partition("\n")[0]
            raise TrainingFailed(
                f"{type(self.inner).__name__} failed on rows {tuple(x.shape)}: {first}"
            ) from error

    def of_many(self, x: Tensor) -> Tensor:
        """What each member says; vmap keeps running statistics only where they lie close together, so in copies."""
        kept = {name: buffer.clone() for name, buffer in self.inner.named_buffers()}
        said = vmap(self.of_one, randomness="different")(
            dict(self.inner.named_parameters()) | kept, x
        )
        for name, buffer in self.inner.named_buffers():
            buffer.copy_(kept[name])
        return said

    def of_one(self, tensors: dict[str, Tensor], x: Tensor) -> Tensor:
        return functional_call(self.inner, tensors, (x,))


def adopt(
    cls: type, sizes: tuple[int, int], arguments: dict[str, Any], generator: torch.Generator
) -> Foreign:
    """A network of a trusted class; its first weights, and later its own draws, follow from the generator's seed."""
    torch.manual_seed(generator.initial_seed())
    try:
        inner = cls(*sizes, **arguments)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise Mistake(
            f"model.module={cls.__name__}: {sizes[0]}, {sizes[1]} and {arguments} do not make one ({told})"
        ) from error
    if not any(True for _ in inner.parameters()):
        raise Mistake(f"model.module={cls.__name__}: has no parameters to train")
    return Foreign(inner.float())
