"""The first steps of a network of one's own, which may hide state in Python.

A tape would freeze that. So a step may change nothing but tensors, two recordings have to agree,
and what the tape gives has to be what autograd gives.
"""

from __future__ import annotations

import random
import sys
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from operator import attrgetter
from types import ModuleType

import numpy as np
import torch
from torch import Tensor, nn

from nnrun.engine.dispatch import memory
from nnrun.engine.tape import Tape, Untapable
from nnrun.errors import first_line
from nnrun.streams import Standing

# as of memory that does not fit a tape, which shows in the bits; once and for all, since Python
# forgets with each change of this what it has warned of
warnings.filterwarnings("ignore", "An output with one or more elements was resized")
KEEPS = "its network keeps something in Python from step to step"
DRAWS = "its network draws random numbers in Python"
DEEPEST = 100  # of values within values, as far as they are looked at
TRIED = 20  # steps that are taken in both ways
LIBRARIES = ("torch", "builtins", "nnrun")  # whose classes keep nothing of a network
PLAIN = (int, float, complex, str, bytes, list, set, deque, Mapping, Tensor, np.ndarray)
BEHIND: dict[type, Callable[..., object]] = {  # what objects show that have it under no name
    weakref.ref: weakref.ref.__call__,
    torch.Generator: torch.Generator.get_state,
    random.Random: random.Random.getstate,
    np.random.RandomState: np.random.RandomState.get_state,
    np.random.Generator: attrgetter("bit_generator.state"),
}
REGISTERED = {"_parameters", "_buffers", "_modules"}

Tensors = dict[str, Tensor]


def trial(
    network: nn.Module,
    step: Callable[[], object],
    changing: Tensors,
    record: Callable[[], Tape],
) -> Iterator[Tape | None]:
    """Take a step at each turn; the last one gives the tape for those that follow.

    Where there can be none, `Untapable` is raised, when the turn's step has been taken.
    """
    step()  # in which a network may make what it will keep
    yield None
    before, drawn = hidden(network), pythons_streams()
    step()
    if pythons_streams() != drawn:
        raise Untapable(DRAWS)
    if hidden(network) != before:
        raise Untapable(KEEPS)
    tape = record()
    yield None
    for _ in range(TRIED - 1):
        compare(step, tape, changing)
        yield None
    compare(step, tape, changing)
    yield tape


def compare(step: Callable[[], object], tape: Tape, changing: Tensors) -> None:
    """Take a step by autograd, and stop where the tape gives other bits, or none."""
    try:
        with as_it_was(changing):
            tape()
            taped = copies(changing)
    except RuntimeError as error:
        step()
        raise Untapable(f"its tape failed ({first_line(error)})") from error
    step()
    if not all(same_bits(taped[name], tensor) for name, tensor in changing.items()):
        raise Untapable("its network's steps are not the same once they are recorded")


def hidden(network: nn.Module) -> list[object]:
    """Note what modules and their classes hold besides tensors, and their files in plain values."""
    # the memory of these is the step's to change; a network may list them, as nn.LSTM does
    seen = {memory(tensor) for tensor in (*network.parameters(), *network.buffers())}
    kept = []
    for module in network.modules():
        if package(type(module)) != "nnrun":  # whose wrappers keep accounts of their own
            kept += [value for name, value in vars(module).items() if name not in REGISTERED]
    kinds = dict.fromkeys(kind for module in network.modules() for kind in type(module).__mro__)
    own = [kind for kind in kinds if package(kind) not in LIBRARIES]
    kept += [value for kind in own for value in vars(kind).values()]
    for file in dict.fromkeys(sys.modules.get(kind.__module__) for kind in own):
        named = vars(file).items() if file else ()
        kept += [value for name, value in named if name[:2] != "__" and isinstance(value, PLAIN)]
    return [noted(value, seen) for value in kept]


def package(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def pythons_streams() -> object:
    """Note where the streams stand that torch knows nothing of."""
    return noted(Standing().others, set())


def noted(value: object, seen: set[int], depth: int = 0) -> object:
    """Note a value so that it can be compared later; what cannot be looked into, by where it is."""
    if isinstance(value, int | float | complex | str | bytes | None):
        return repr(value)
    if isinstance(value, Tensor):
        return numbers_of(value, seen)
    if id(value) in seen or isinstance(value, ModuleType | type) or depth > DEEPEST:
        return id(value)
    seen.add(id(value))
    inside = partial(noted, seen=seen, depth=depth + 1)
    if kind := next((one for one in BEHIND if isinstance(value, one)), None):
        return noted(BEHIND[kind](value), {*seen}, depth + 1)
    if isinstance(value, np.ndarray):
        return value.shape, blake2b(value.tobytes()).digest()
    if isinstance(value, list | tuple | set | frozenset | deque):
        return [inside(one) for one in value]
    if isinstance(value, Mapping):
        return [(inside(key), inside(one)) for key, one in value.items()]
    slots = [inside(getattr(value, name, None)) for name in slots_of(type(value))]
    try:
        return id(value), inside(vars(value)), slots
    except TypeError:  # it keeps nothing by name, but perhaps tells what it is at
        return id(value), repr(value) if type(value).__module__ == "itertools" else "", slots


def numbers_of(tensor: Tensor, seen: set[int]) -> object:
    """Note a tensor's numbers; which one it is where nobody can read them, as later of vmap's."""
    try:
        if memory(tensor) in seen:
            return None
        numbers = tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy()
    except RuntimeError:
        return id(tensor)
    return tensor.shape, blake2b(numbers.tobytes()).digest()


def slots_of(kind: type) -> list[str]:
    """Name what objects of a class keep without a dictionary."""
    named = [vars(one).get("__slots__", ()) for one in kind.__mro__]
    each = [(name,) if isinstance(name, str) else name for name in named]
    return [name for names in each for name in names]


class Moment:
    """All that a step changes as it stands: tensors, and where random numbers come from."""

    def __init__(self, changing: Tensors):
        self.tensors = [(tensor, tensor.clone()) for tensor in changing.values()]
        self.streams = Standing()

    def restore(self) -> None:
        for tensor, numbers in self.tensors:
            tensor.copy_(numbers)
        self.streams.restore()


@contextmanager
def as_it_was(changing: Tensors) -> Iterator[None]:
    """Take back, at the end, what was changed in here."""
    before = Moment(changing)
    try:
        yield
    finally:
        before.restore()


def copies(tensors: Tensors) -> Tensors:
    return {name: tensor.clone() for name, tensor in tensors.items()}


def same_bits(one: Tensor, other: Tensor) -> bool:
    """Compare numbers bit by bit, so that one NaN is another."""
    return torch.equal(one.view(torch.uint8), other.view(torch.uint8))
