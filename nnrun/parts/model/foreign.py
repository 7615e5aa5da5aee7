"""Networks from outside, which know nothing of members and masks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from nnrun.errors import Mistake, Problem, TrainingFailed, first_line


class Foreign(nn.Module):
    """A network of one's own as the engine calls it."""

    def __init__(self, inner: nn.Module, outputs: int):
        super().__init__()
        self.inner = inner
        self.outputs = outputs
        self.rank = next(inner.parameters()).dim()

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        own = x.clone()  # which it may change
        try:
            if self.training:
                return self.fitting(self.answer(own), x)
            with seeded(0):  # whatever it draws in use, the same rows get the same answer
                return self.fitting(self.answer(own), x)
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError) as error:
            failed = f"{type(self.inner).__name__} failed on rows {tuple(x.shape)}"
            raise TrainingFailed(f"{failed}: {first_line(error)}") from error

    def fitting(self, said: Any, x: Tensor) -> Tensor:
        """Give what the network said, if that is an answer to each row."""
        wanted = *x.shape[:-1], self.outputs
        if isinstance(said, Tensor) and said.shape == wanted:
            return said
        given = tuple(said.shape) if isinstance(said, Tensor) else f"a {type(said).__name__}"
        raise ValueError(f"it gives {given} where a tensor of {wanted} is wanted")

    def answer(self, x: Tensor) -> Tensor:
        """Ask the network, whose buffers stay views of the numbers, also where it replaces one."""
        buffers = dict(self.inner.named_buffers())
        if next(self.inner.parameters()).dim() == self.rank:
            said = self.inner(x)
            put_back(self.inner, buffers)
        else:
            said, changed = self.of_many(x, buffers)
            for name, buffer in buffers.items():
                buffer.copy_(changed[name].detach())
        return said

    def of_many(self, x: Tensor, buffers: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Ask each member; vmap changes buffers only where they lie together, so in copies."""
        copies = {name: buffer.clone() for name, buffer in buffers.items()}
        parameters: dict[str, Tensor] = dict(self.inner.named_parameters())
        return vmap(self.of_one, randomness="different")(parameters, copies, x)

    def of_one(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        tensors = parameters | buffers
        said = functional_call(self.inner, tensors, (x,))
        return said, {name: tensors[name] for name in buffers}


@torch.no_grad()
def put_back(network: nn.Module, buffers: dict[str, Tensor]) -> None:
    """Give a network its buffers again, with the numbers of those that it put in their place."""
    now = dict(network.named_buffers())
    for name, buffer in buffers.items():
        if now[name] is not buffer:
            owner, _, own_name = name.rpartition(".")
            network.get_submodule(owner)._buffers[own_name] = buffer.copy_(now[name])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let torch's own stream begin at a seed in here, and go on outside as if nothing was drawn."""
    # CUDA has none before its first use
    streams = torch.default_generator, *torch.cuda.default_generators
    with torch.random.fork_rng(range(len(streams) - 1), device_type="cuda"):
        for stream in streams:
            stream.manual_seed(seed)
        yield


def adopt(
    cls: type, sizes: tuple[int, int], arguments: dict[str, Any], generator: torch.Generator
) -> Foreign:
    """Make a network of a trusted class, whose first weights follow from the generator's seed."""
    if not issubclass(cls, nn.Module):
        raise Mistake(Problem("model.module", cls.__name__, "is no torch.nn.Module"))
    try:
        with seeded(generator.initial_seed()):
            inner = cls(*sizes, **arguments)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        wrong = f"{sizes[0]}, {sizes[1]} and {arguments} cannot make one ({told})"
        raise Mistake(Problem("model.module", cls.__name__, wrong)) from error
    if not any(True for _ in inner.parameters()):
        raise Mistake(Problem("model.module", cls.__name__, "has no parameters to train"))
    return Foreign(inner.float(), sizes[1])
