"""A model without its numbers: how large it would be, and whether a file of tensors is its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Generator, Tensor
from torch.nn.modules import module as registration
from torch.overrides import TorchFunctionMode

from nnrun.reading.tensors import Header, Told

if TYPE_CHECKING:
    from nnrun.parts.model.saved import TrainedModel

TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.bool: "BOOL",
}
PIECES = 1000  # that a network may have beside its tensors, such as activations


def refuse_unlike(header: Header, models: Mapping[str, TrainedModel]) -> None:
    """Stop where a file does not hold the tensors of these models, which may promise gigabytes.

    The names of a model's tensors begin with its key.
    """
    rest = dict(header.tensors)
    for prefix, about in models.items():
        told = {name: rest.pop(name) for name in [*rest] if name.startswith(prefix)}
        if about.model.sketched:
            refuse_difference(sketch(prefix, about, len(told)), told)
    refuse_difference({}, rest)


def refuse_difference(wanted: dict[str, Told], told: dict[str, Told]) -> None:
    if wanted != told:
        odd = sorted(dict(wanted.items() ^ told.items()))
        raise ValueError(f"its tensors are not those of this model, as {odd[0]!a} shows")


def sketch(prefix: str, about: TrainedModel, tensors: int) -> dict[str, Told]:
    """Tell which tensors a model has, of which there are said to be so many."""
    with at_most(PIECES + 8 * tensors), without_numbers():
        network = about.model.build(about.inputs.reads, about.outputs, Generator())
    axis = (about.networks,) if about.networks > 1 else ()
    return {
        prefix + name: Told(TYPES.get(tensor.dtype, "another type"), (*axis, *tensor.shape))
        for name, tensor in network.state_dict().items()
    }


@contextmanager
def without_numbers() -> Iterator[None]:
    """Let tensors that are made in here have no numbers."""
    with torch.device("meta"), Undrawn():
        yield


class Undrawn(TorchFunctionMode):
    """Draws and computes nothing in place: to do so without numbers, torch loads its compiler."""

    def __torch_function__(
        self, function: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        name = function.__name__
        in_place = name.endswith("_") and not name.startswith("_") and name != "requires_grad_"
        if in_place and args and isinstance(args[0], Tensor):
            return args[0]
        return function(*args, **(kwargs or {}))


@contextmanager
def at_most(pieces: int) -> Iterator[None]:
    """Let a network be made in here of no more pieces than that."""
    made = iter(range(pieces))

    def one_more(*_: object) -> None:
        if next(made, None) is None:
            raise ValueError("its model has more pieces than there are tensors")

    hooks = [
        registration.register_module_module_registration_hook(one_more),
        registration.register_module_parameter_registration_hook(one_more),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
