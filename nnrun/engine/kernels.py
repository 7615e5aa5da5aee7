"""The quickest ways into torch's kernels, with the memory that their results go to.

torch.mul(a, b, out=c) takes half the time of torch.ops.aten.mul.out(a, b, out=c), which comes to
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

from nnrun.engine.dispatch import reached, tensors

aten = torch.ops.aten
# what takes a number does what it does with a tensor that holds it
TAKING_A_NUMBER = [
    *(aten.add, aten.sub, aten.mul, aten.div),
    *(aten.add_, aten.sub_, aten.mul_, aten.div_),
]
OF_A_NUMBER = {
    way: packet.Tensor for packet in TAKING_A_NUMBER for way in (packet.Scalar, packet.Tensor)
}
COPIES = {aten.clone.default, aten._to_copy.default}

Line = Callable[[], object]


def in_place(kernel: OpOverload, args: tuple, kwargs: dict[str, Any]) -> Line:
    """Give the call of a kernel that writes into what it is handed."""
    kernel, args = as_tensors(kernel, args)
    way = getattr(args[0], kernel.overloadpacket.__name__, None)
    if way is not None:
        call = partial(way, *args[1:], **kwargs)
        if leads_to(kernel, call, args):
            return call
    return partial(kernel._op, *args, **kwargs)


def overwriting(kernel: OpOverload) -> OpOverload | None:
    """Find the kernel that does the same to its first argument, in place."""
    packet = getattr(aten, f"{kernel.overloadpacket.__name__}_", None)
    other = getattr(packet, kernel._overloadname, None)
    if other is None or taken(other, out=False) != taken(kernel, out=False):
        return None
    return other


def into(
    outputs: list[Tensor], kernel: OpOverload, args: tuple, kwargs: dict[str, Any], result: Any
) -> list[Line]:
    """Give the calls of a kernel whose results go to given tensors."""
    if kernel in COPIES:
        return [partial(outputs[0].copy_, args[0])]
    if (
        kernel is aten.mean.dim
        and outputs[0].device.type == "cpu"
        and exact(args[0])
        and not kwargs
    ):
        return mean(outputs[0], *args)
    kernel, args = same_by_another_name(kernel, args)
    several = result if isinstance(result, list | tuple) else [result]
    target, names = writing(kernel, len(several))
    # some leave out what nobody asked for
    if target is None or len(outputs) < len(several):
        return [partial(copied, kernel, args, kwargs, outputs)]
    out = outputs[0] if len(outputs) == 1 else tuple(outputs)
    for way in ways(kernel):
        call = partial(way, *args, **kwargs, out=out)
        if leads_to(target, call, args):
            return [call]
    return [partial(target._op, *args, **kwargs, **dict(zip(names, outputs, strict=True)))]


def mean(output: Tensor, x: Tensor, axes: list[int], keep: bool = False) -> list[Line]:
    """Give the two calls that torch's mean consists of on a processor."""
    count = prod(x.shape[axis] for axis in axes or range(x.dim()))
    summing = partial(torch.sum, x, axes, keep, out=output)
    return [summing, partial(output.div_, torch.tensor(count, dtype=output.dtype))]


def same_by_another_name(kernel: OpOverload, args: tuple) -> tuple[OpOverload, tuple]:
    """Give what torch itself does in a kernel's place, where that has a quicker way in."""
    if kernel is aten.relu.default:
        return aten.clamp_min.default, (*args, 0)
    if kernel is aten.pow.Tensor_Scalar and args[1] == 2:
        return aten.mul.Tensor, (args[0], args[0])
    if kernel is aten.rsub.Scalar and len(args) == 2 and exact(args[0]):
        return aten.sub.Tensor, (torch.tensor(args[1], dtype=args[0].dtype), args[0])
    return as_tensors(kernel, args)


def as_tensors(kernel: OpOverload, args: tuple) -> tuple[OpOverload, tuple]:
    """Hold a number as a tensor, which torch would otherwise make in each call."""
    if kernel not in OF_A_NUMBER or len(args) != 2 or isinstance(args[1], Tensor):
        return kernel, args
    x, number = args
    if not exact(x):
        return kernel, args  # shorter ones are computed with the whole number
    return OF_A_NUMBER[kernel], (x, torch.tensor(number, dtype=x.dtype))


def exact(x: Tensor) -> bool:
    """Tell whether a tensor's numbers are computed as they are, and not as longer ones."""
    return x.dtype in (torch.float32, torch.float64)


def writing(kernel: OpOverload, results: int) -> tuple[OpOverload | None, list[str]]:
    """Find the kernel that does the same and writes into given tensors; name these."""
    packet, wanted = kernel.overloadpacket, taken(kernel, out=False)
    for name in packet.overloads():
        other = getattr(packet, name)
        outs = taken(other, out=True)
        each_its_own = len(outs) == results and all(kind == "Tensor" for _, kind in outs)
        if each_its_own and taken(other, out=False) == wanted:
            return other, [argument for argument, _ in outs]
    return None, []


def taken(kernel: OpOverload, out: bool) -> list[tuple[str, str]]:
    """List a kernel's arguments by name and type: what it reads, or what it writes into."""
    arguments = kernel._schema.arguments
    return [(one.name, str(one.type)) for one in arguments if one.is_out == out]


def ways(kernel: OpOverload) -> Iterator[Callable]:
    """Find functions of torch that bear a kernel's name."""
    name = kernel.overloadpacket.__name__
    for place in (torch, torch._C._nn):
        if way := getattr(place, name, None):
            yield way


def leads_to(kernel: OpOverload, call: Line, args: tuple) -> bool:
    """Tell whether a call would reach this kernel, and with these arguments, and nothing else."""
    try:
        calls = reached(call)
    except (TypeError, RuntimeError, NotImplementedError):
        return False
    if len(calls) != 1 or calls[0].kernel is not kernel:
        return False
    return len(args) <= len(calls[0].args) and all(map(same, args, calls[0].args))


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.data_ptr() == other.data_ptr() and one.stride() == other.stride()
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def copied(kernel: OpOverload, args: tuple, kwargs: dict[str, Any], outputs: list[Tensor]) -> None:
    """Copy what a kernel makes to where it is wanted."""
    for output, made in zip(outputs, tensors(kernel(*args, **kwargs)), strict=True):
        output.copy_(made)
