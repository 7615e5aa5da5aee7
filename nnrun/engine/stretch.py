"""Steps of a tape that are taken in one go, so that Python has no part in them.

On a processor they are a loop of TorchScript, on a GPU a graph that launches all their kernels at
once. Both find what the steps take in tables, step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property, partial

import torch
from torch import Tensor

from nnrun.engine.feed import Slot, Stretch
from nnrun.engine.script import looped
from nnrun.engine.tape import Tape

Tables = list[Tensor]  # the first of them holds indices


@dataclass
class Taped:
    """Takes all steps of a stretch from a tape."""

    tape: Tape
    slot: Slot

    @cached_property
    def take(self) -> Callable[[Tables], object]:
        if self.tape.device.type == "cuda":
            return Graphs(self.tape, self.slot)
        loop = looped(self.tape.calls, self.slot.gathered, self.slot.copied)
        return loop or partial(step_by_step, self.tape, self.slot)

    def __call__(self, stretch: Stretch) -> None:
        self.take([stretch.indices, *stretch.tables])


@dataclass
class Graphs:
    """A GPU's graphs of steps, one for each number of them, and the tables that each reads."""

    tape: Tape
    slot: Slot
    known: dict[int, tuple[Tables, Callable[[], object]]] = field(default_factory=dict)

    def __call__(self, tables: Tables) -> None:
        steps = tables[0].shape[0]
        if steps not in self.known:
            kept = [table.clone() for table in tables]
            calls = partial(step_by_step, self.tape, self.slot, kept)
            self.known[steps] = kept, launcher(calls, self.tape.device)
        kept, launch = self.known[steps]
        for own, table in zip(kept, tables, strict=True):
            own.copy_(table)
        launch()


def step_by_step(tape: Tape, slot: Slot, tables: Tables) -> None:
    """Take each step by itself."""
    for indices, *numbers in zip(*tables, strict=True):
        slot.fill(indices, numbers)
        tape()


def launcher(calls: Callable[[], object], device: torch.device) -> Callable[[], object]:
    """Give what launches all calls at once, on a GPU."""
    return Launched(calls, device) if device.type == "cuda" else calls


@dataclass
class Launched:
    """Calls that are made one by one for the first time, and launched at once from then on.

    What kernels do only at their first call finds no place in a graph, nor does what they do only
    at their first call on its stream.
    """

    calls: Callable[[], object]
    device: torch.device
    made: bool = False

    @cached_property
    def launch(self) -> Callable[[], object]:
        graph, before = torch.cuda.CUDAGraph(), torch.cuda.current_stream(self.device)
        try:
            with torch.cuda.graph(graph, stream=side_stream(self.device)):
                self.calls()
        except RuntimeError:  # a kernel that waits for the processor
            torch.cuda.set_stream(before)  # torch stays on the other where its graph fails
            return self.calls
        return graph.replay

    def __call__(self) -> None:
        if self.made:
            self.launch()
        else:
            self.make()
            self.made = True

    def make(self) -> None:
        """Make the calls one by one, where they will be captured."""
        stream, before = side_stream(self.device), torch.cuda.current_stream(self.device)
        stream.wait_stream(before)
        with torch.cuda.stream(stream):
            self.calls()
        before.wait_stream(stream)


@cache
def side_stream(device: torch.device) -> torch.cuda.Stream:
    """Give the stream on which a GPU's graphs are captured, on that very GPU."""
    return torch.cuda.Stream(device)
