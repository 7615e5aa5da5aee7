"""A step as a straight line: recorded once, laid out over memory that never moves, and replayed.

Autograd builds a graph in each step and takes memory for each of its numbers; here nothing is left
of it but its kernels, one after the other, so the bits are the same. A tensor is a window on
memory, so what only gives another view of some numbers is no call at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import Any

import torch
from torch import Tensor, UntypedStorage

from nnrun.engine import kernels
from nnrun.engine.dispatch import Call, alike, memory, recorded, tensors
from nnrun.engine.kernels import Line
from nnrun.engine.script import scripted
from nnrun.errors import first_line

READS_BACK = {"aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select", "aten::equal"}
SLACK = 4  # times the memory that a result needs, at most, is taken for it
SMALL = 4096  # bytes, or this

Place = tuple[UntypedStorage, int]  # and the byte at which it begins


class Untapable(Exception):
    """What a tape cannot hold."""


@dataclass
class Pool:
    """Memory that tapes share, since one of them runs at a time."""

    device: torch.device
    free: dict[int, UntypedStorage] = field(default_factory=dict)  # by address
    bytes: int = 0

    def take(self, size: int) -> UntypedStorage:
        """Give the smallest memory that is free and large enough, or new."""
        most = max(SLACK * size, SMALL)
        # of the smallest, that which was in use last, as the cache may still have it
        latest = reversed(self.free.values())
        fitting = [one for one in latest if size <= one.nbytes() <= most]
        if fitting:
            return self.free.pop(min(fitting, key=UntypedStorage.nbytes).data_ptr())
        self.bytes += max(size, 64)
        return torch.empty(max(size, 64), dtype=torch.uint8, device=self.device).untyped_storage()

    def give_back(self, places: Iterable[Place]) -> None:
        for storage, _ in places:
            self.free.pop(storage.data_ptr(), None)
            self.free[storage.data_ptr()] = storage


@dataclass(frozen=True)
class Tape:
    """Calls that do again, with what their inputs hold now, what was recorded."""

    calls: list[Line]
    device: torch.device

    @cached_property
    def lines(self) -> list[Line]:
        """The same in fewer calls, unless a GPU's graph is to hold them all."""
        return scripted(self.calls) if self.device.type == "cpu" else self.calls

    def __call__(self) -> None:
        for line in self.lines:
            line()


def record(function: Callable[[], object], inputs: Iterable[Tensor], pool: Pool) -> Tape:
    """Run a function, and give a tape that runs it again.

    What it changes has to lie in tensors that stay where they are; of the other tensors that it
    takes, only the inputs may be changed from run to run.
    """
    with refusals_told():
        return laid_out(recorded(function), inputs, pool)


def record_twice(
    function: Callable[[], object],
    inputs: Iterable[Tensor],
    pool: Pool,
    undone: Callable[[], AbstractContextManager],
) -> Tape:
    """Give a tape of a function that did the same twice, each time with its changes undone."""
    with refusals_told():
        with undone():
            calls = recorded(function)
        with undone():
            again = recorded(function)
        if not alike(calls, again):
            raise Untapable("its network does not do the same in each step")
        return laid_out(again, inputs, pool)


def repeated(
    function: Callable[[], object], inputs: Iterable[Tensor], pool: Pool
) -> Callable[[], object]:
    """Run a function, and give what runs it again: a tape, or itself where there can be none."""
    try:
        return record(function, inputs, pool)
    except Untapable:
        by_itself = torch.inference_mode(False)(function)
        by_itself()
        return by_itself


@contextmanager
def refusals_told() -> Iterator[None]:
    """Record in here, where autograd works; what torch refuses is not for a tape."""
    try:
        with torch.inference_mode(False):
            yield
    except (RuntimeError, TypeError) as error:
        raise Untapable(first_line(error)) from error


def laid_out(calls: list[Call], inputs: Iterable[Tensor], pool: Pool) -> Tape:
    """Give the tape of calls."""
    calls = [call for call in calls if not call.turns]
    for call in calls:
        refuse(call)
    with torch.inference_mode():
        layout = Layout(calls, {memory(tensor) for tensor in inputs}, pool)
        return Tape(layout.lines(), pool.device)


def refuse(call: Call) -> None:
    """Stop where what follows depends on numbers, or numbers are seen otherwise than they lie."""
    if sized_by_numbers(call):
        raise Untapable(f"{call.name} gives as many numbers as others say")
    if torch.Tag.inplace_view in call.kernel.tags:
        raise Untapable(f"{call.name} gives a tensor other memory")
    if call.writes and call.makes:
        raise Untapable(f"{call.name} both changes numbers and makes some")
    if call.name in READS_BACK or torch.Tag.data_dependent_output in call.kernel.tags:
        raise Untapable(f"{call.name} reads numbers back")
    if any(tensor.is_complex() or tensor.is_neg() for tensor in call.outputs):
        raise Untapable(f"{call.name} gives complex numbers")


def sized_by_numbers(call: Call) -> bool:
    """Tell whether the shape of a result depends on numbers."""
    if call.kernel is kernels.aten.index.Tensor:  # on those of masks alone
        return any(one.dtype in (torch.bool, torch.uint8) for one in tensors(call.args[1]))
    return torch.Tag.dynamic_output_shape in call.kernel.tags


class Layout:
    """The calls that are to be made again, and where their results lie."""

    def __init__(self, calls: list[Call], inputs: set[int], pool: Pool):
        self.pool, self.places = pool, dict[int, Place]()
        made = {one for call in calls for one in call.makes}
        written = {one for call in calls for one in call.writes}
        moving = moved(calls, inputs | (written - made), written)
        self.kept = needed(calls, written - made, moving)
        self.last = {one: i for i, call in enumerate(self.kept) for one in touched(call)}
        self.parts = joined(self.kept, self.last)

    def lines(self) -> list[Line]:
        """Lay the calls out one by one; a result's memory is free after its last reader."""
        lines = []
        for i, call in enumerate(self.kept):
            if not self.written_in_place(call):
                lines += self.laid_out(call, i)
            over = [one for one in touched(call) if self.last[one] == i and one in self.places]
            self.pool.give_back(self.places.pop(one) for one in over if one not in self.parts)
        self.pool.give_back(self.places.values())
        return lines

    def written_in_place(self, call: Call) -> bool:
        """Tell whether a call would only join what already lies where it is wanted."""
        return call.kernel is kernels.aten.cat.default and call.makes <= self.places.keys()

    def laid_out(self, call: Call, i: int) -> list[Line]:
        args, kwargs = self.here(call.args), self.here(call.kwargs)
        if call.writes:
            return [kernels.in_place(call.kernel, args, kwargs)]
        old = self.replaceable(call, i)
        if old is not None:
            (output,) = call.makes
            self.places[output] = self.places.pop(memory(old))
            if old is call.args[0] and (other := kernels.overwriting(call.kernel)):
                return [kernels.in_place(other, args, kwargs)]
        outputs = [self.window(tensor, self.place(tensor)) for tensor in call.outputs]
        if call.name.startswith(("aten::empty", "aten::new_empty")):
            return []  # memory alone
        return kernels.into(outputs, call.kernel, args, kwargs, call.result)

    def replaceable(self, call: Call, i: int) -> Tensor | None:
        """Find an argument that nobody misses, and in whose place the result fits."""
        one_by_one = torch.Tag.pointwise in call.kernel.tags
        if len(call.outputs) != 1 or not (one_by_one or kernels.overwriting(call.kernel)):
            return None
        y, given = call.outputs[0], list(tensors((call.args, call.kwargs)))
        if self.last[memory(y)] == i or memory(y) in self.parts:
            return None
        # a product's numbers are wanted after the first of its sums is written
        replaced = given if one_by_one else given[:1] if alone(given[0], given) else []
        return next((x for x in replaced if self.over(x, i) and fits(x, y, given)), None)

    def over(self, x: Tensor, i: int) -> bool:
        """Tell whether nobody looks at a tensor's memory after a call."""
        own = memory(x)
        return own in self.places and self.last[own] == i and own not in self.parts

    def place(self, tensor: Tensor) -> Place:
        """Give the memory of a result: a part of what it will be joined to, or its own."""
        own = memory(tensor)
        if own in self.places:
            return self.places[own]
        if own in self.parts:
            whole, offset = self.parts[own]
            storage, first = self.place(whole)
            self.places[own] = storage, first + offset
        else:
            self.places[own] = self.pool.take(tensor.untyped_storage().nbytes()), 0
        return self.places[own]

    def here(self, given: Any) -> Any:
        """Give arguments as they stand on the tape."""
        if isinstance(given, Tensor):
            place = self.places.get(memory(given))
            return given.detach() if place is None else self.window(given, place)
        if isinstance(given, dict):
            return {name: self.here(one) for name, one in given.items()}
        if isinstance(given, list | tuple):
            return type(given)(self.here(one) for one in given)
        return given

    @staticmethod
    def window(tensor: Tensor, place: Place) -> Tensor:
        """Give the tensor that is to memory here what another was to its own."""
        storage, first = place
        offset = first // tensor.element_size() + tensor.storage_offset()
        empty = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
        return empty.set_(storage, offset, tensor.shape, tensor.stride())


def fits(x: Tensor, y: Tensor, given: list[Tensor]) -> bool:
    """Tell whether a result y may lie where one of its arguments does, x."""
    # numbers of another length are rounded elsewhere on the way
    alike = all(one.dtype == x.dtype for one in given) and kernels.exact(x)
    clear = all(form(one) == form(x) for one in given if memory(one) == memory(x))
    return form(x) == form(y) and alike and clear


def alone(x: Tensor, given: list[Tensor]) -> bool:
    """Tell whether of all that is given only one lies in a tensor's memory."""
    return sum(memory(one) == memory(x) for one in given) == 1


def form(tensor: Tensor) -> tuple:
    """Tell how a tensor lies in its memory."""
    size = tensor.untyped_storage().nbytes()
    return tensor.shape, tensor.stride(), tensor.storage_offset(), tensor.dtype, size


def touched(call: Call) -> set[int]:
    return call.looks | call.makes


def moved(calls: list[Call], moving: set[int], written: set[int]) -> set[int]:
    """Find all memory whose numbers are others in each run."""
    moving = set(moving)
    for call in calls:
        if call.draws or call.reads & moving or call.makes & written:
            moving |= call.makes
    return moving


def needed(calls: list[Call], outside: set[int], moving: set[int]) -> list[Call]:
    """Leave out calls that only look, that come to the same in each run, or that nobody reads."""
    wanted, kept = set(outside), []
    for call in reversed(calls):
        changes = call.writes | call.makes
        if call.draws or changes & moving & wanted:
            wanted |= call.looks
            kept.append(call)
    return kept[::-1]


def joined(calls: list[Call], last: dict[int, int]) -> dict[int, tuple[Tensor, int]]:
    """Find results that are only joined to others: to what, and at which of its bytes."""
    parts: dict[int, tuple[Tensor, int]] = {}
    made: set[int] = set()
    for i, call in enumerate(calls):
        if call.kernel is kernels.aten.cat.default and lie_in_a_row(call):
            pieces = {memory(piece): piece for piece in call.args[0]}
            alone = all(last[one] == i and one in made and one not in parts for one in pieces)
            if alone and len(pieces) == len(call.args[0]):
                sizes = [piece.untyped_storage().nbytes() for piece in pieces.values()]
                offsets = accumulate(sizes, initial=0)
                parts |= {
                    one: (call.outputs[0], n) for one, n in zip(pieces, offsets, strict=False)
                }
        made |= call.makes
    return parts


def lie_in_a_row(call: Call) -> bool:
    """Tell whether the pieces that a call joins lie one after the other in what it makes."""
    pieces, axis = call.args[0], call.args[1] if len(call.args) > 1 else 0
    whole = call.outputs[0]
    alike = all(piece.dtype == whole.dtype and fills(piece) for piece in pieces)
    return prod(whole.shape[:axis]) == 1 and whole.is_contiguous() and alike


def fills(tensor: Tensor) -> bool:
    """Tell whether a tensor shows all of its memory, in order."""
    size = tensor.numel() * tensor.element_size()
    return tensor.is_contiguous() and tensor.untyped_storage().nbytes() == size
