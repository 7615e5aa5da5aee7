"""What torch is asked: the calls that reach a kernel, its gradients' too.

Torch's dispatch modes are experimental; they are touched here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

# what makes a tensor like another, and reads none of its numbers
LIKE = {
    f"aten::{name}"
    for name in (
        *("ones_like", "zeros_like", "full_like", "empty_like"),
        *("new_ones", "new_zeros", "new_full", "new_empty"),
    )
}
RESIZING = {"aten::resize_", "aten::resize_as_", "aten::set_"}
HANDED_OVER = {Tensor.tolist, Tensor.numpy, Tensor.__array__, Tensor.__dlpack__}


@dataclass(frozen=True)
class Call:
    """A call that reached a kernel, and what came of it."""

    kernel: OpOverload
    args: tuple
    kwargs: dict[str, Any]
    result: Any

    @property
    def name(self) -> str:
        return self.kernel._schema.name

    @cached_property
    def outputs(self) -> list[Tensor]:
        return list(tensors(self.result))

    @cached_property
    def looks(self) -> set[int]:
        """The memory of all tensors that it was handed."""
        return {memory(tensor) for tensor in tensors((self.args, self.kwargs))}

    @cached_property
    def reads(self) -> set[int]:
        """The memory whose numbers it takes."""
        return set() if self.name in LIKE else self.looks

    @cached_property
    def writes(self) -> set[int]:
        """The memory that was there before, and whose numbers it changes."""
        return {memory(tensor) for tensor in tensors(written(self.kernel, self.args, self.kwargs))}

    @cached_property
    def makes(self) -> set[int]:
        """The memory that was not there before."""
        return {memory(tensor) for tensor in self.outputs} - self.looks

    @property
    def turns(self) -> bool:
        """Whether it only makes a tensor another view of its memory."""
        return torch.Tag.inplace_view in self.kernel.tags and self.name not in RESIZING

    @property
    def draws(self) -> bool:
        """Whether it takes random numbers."""
        return torch.Tag.nondeterministic_seeded in self.kernel.tags


def written(kernel: OpOverload, args: tuple, kwargs: dict[str, Any]) -> list:
    """List the arguments that a kernel writes into."""
    places = enumerate(kernel._schema.arguments)
    names = [
        (place, one.name) for place, one in places if one.alias_info and one.alias_info.is_write
    ]
    return [args[place] if place < len(args) else kwargs.get(name) for place, name in names]


def memory(tensor: Tensor) -> int:
    """Name the memory that a tensor is a window on, as long as that is kept."""
    return tensor.untyped_storage()._cdata


def tensors(given: Any) -> Iterator[Tensor]:
    """Find the tensors among arguments or results."""
    if isinstance(given, Tensor):
        yield given
    elif isinstance(given, dict):
        yield from tensors(tuple(given.values()))
    elif isinstance(given, list | tuple):
        for one in given:
            yield from tensors(one)


class Watch(TorchDispatchMode):
    """Notes each call that reaches a kernel, and lets it go on as it wants."""

    def __init__(self, go_on: Callable[..., Any]):
        super().__init__()
        self.go_on = go_on
        self.calls: list[Call] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # otherwise torch._dynamo would be loaded, which takes a second

    def __torch_dispatch__(
        self, kernel: OpOverload, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        lying = as_they_lie(args), as_they_lie(kwargs)  # as another call may turn them in place
        result = self.go_on(kernel, args, kwargs)
        self.calls.append(Call(kernel, lying[0], lying[1], as_they_lie(result)))
        return result


def as_they_lie(given: Any) -> Any:
    """Give arguments or results whose tensors keep the shapes that they have now."""
    if isinstance(given, Tensor):
        return given.detach()
    if isinstance(given, dict):
        return {name: as_they_lie(one) for name, one in given.items()}
    if isinstance(given, list | tuple):
        return type(given)(map(as_they_lie, given))
    return given


class NumbersReadBack(TorchFunctionMode):
    """Refuses that numbers are handed to Python, which reaches no kernel."""

    def __torch_function__(
        self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        if function in HANDED_OVER:
            raise RuntimeError(f"Tensor.{function.__name__} reads numbers back")
        return function(*args, **(kwargs or {}))


def recorded(function: Callable[[], object]) -> list[Call]:
    """Run a function, and list the calls it made."""
    with NumbersReadBack():
        return watched(function)


def watched(function: Callable[[], object]) -> list[Call]:
    """Run a function that may read numbers back, and list the calls it made."""
    with Watch(lambda kernel, args, kwargs: kernel(*args, **kwargs)) as watch:
        function()
    return watch.calls


def alike(calls: list[Call], others: list[Call]) -> bool:
    """Tell whether two recordings are of the same calls on the same numbers."""
    if [call.kernel for call in calls] != [call.kernel for call in others]:
        return False
    places: dict[int, int] = {}  # of what the calls made, where the others made it
    for call, other in zip(calls, others, strict=True):
        if not same((call.args, call.kwargs), (other.args, other.kwargs), places):
            return False
        for one, its_like in zip(call.outputs, other.outputs, strict=True):
            if memory(one) in call.makes:
                places[memory(one)] = memory(its_like)
    return True


def same(one: Any, other: Any, places: dict[int, int]) -> bool:
    """Tell whether two arguments are the same; what lies elsewhere has to hold the same numbers."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        if (one.shape, one.stride(), one.dtype) != (other.shape, other.stride(), other.dtype):
            return False
        lies = places.get(memory(one), memory(one))
        return lies == memory(other) or (memory(one) not in places and torch.equal(one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and same(list(one.values()), list(other.values()), places)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(same(a, b, places) for a, b in pairs)
    return type(one) is type(other) and one == other


def reached(function: Callable[[], object]) -> list[Call]:
    """List the calls that a function makes, without running any of them."""
    with Watch(lambda kernel, args, kwargs: unchanged(kernel, args, kwargs)) as watch:
        function()
    return watch.calls


def unchanged(kernel: OpOverload, args: tuple, kwargs: dict[str, Any]) -> Any:
    """Give what a kernel that writes would give, without a change to it."""
    given = written(kernel, args, kwargs)
    if not given:
        raise TypeError(f"{kernel} makes a tensor of its own")
    return given[0] if len(given) == 1 else tuple(given)
