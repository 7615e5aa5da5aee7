"""A model without its numbers: whether a file of tensors can be its own, before that is read."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Generator
from torch.nn.modules import module as registration

from nnrun.parts.interface import Inputs, Model
from nnrun.reading.tensors import Header, Told

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


def refuse_unlike(
    header: Header, model: Model, inputs: Inputs, outputs: int, networks: int = 1
) -> None:
    """Stop where a file does not hold the tensors of this model, which may promise gigabytes."""
    if not model.sketched:
        return
    with at_most(PIECES + 8 * len(header.tensors)), torch.device("meta"):
        network = model.build(inputs, outputs, Generator())
    axis = (networks,) if networks > 1 else ()
    wanted = {
        name: Told(TYPES.get(tensor.dtype, "another type"), (*axis, *tensor.shape))
        for name, tensor in network.state_dict().items()
    }
    if wanted != header.tensors:
        odd = sorted(dict(wanted.items() ^ header.tensors.items()))
        raise ValueError(f"its tensors are not those of this model, as {odd[0]!a} shows")


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
