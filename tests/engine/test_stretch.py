"""Steps taken in one go come to the same as one by one, in a loop and as a GPU takes them."""

from contextlib import nullcontext
from functools import partial

import pytest
import torch

from nnrun.engine import feed, script
from nnrun.engine.feed import Feed, Slot
from nnrun.engine.stretch import Graphs, Taped, launcher, step_by_step
from nnrun.engine.tape import Tape

CPU = torch.device("cpu")
STEPS, ROWS = 5, 8


class Sums:
    """A step that adds what it is fed, times a factor, to a total, and counts itself."""

    def __init__(self):
        stream = torch.Generator().manual_seed(0)
        self.x = torch.randn(40, 3, generator=stream)
        self.tables = [
            torch.randint(40, (STEPS, ROWS), generator=stream),
            torch.randn(STEPS, 1, generator=stream),
        ]
        rows, factor, summed = torch.empty(ROWS, 3), torch.empty(1), torch.empty(3)
        self.total, self.count = torch.zeros(3), torch.zeros(1)
        self.slot = Slot(ROWS, None, [(self.x, rows)], [factor])
        calls = [
            partial(torch.sum, rows, 0, out=summed),
            partial(self.total.addcmul_, summed, factor),
            partial(self.count.add_, torch.ones(1)),
        ]
        self.tape = Tape(calls, CPU)

    def expected(self):
        total = torch.zeros(3)
        for named, factor in zip(*self.tables, strict=True):
            total.addcmul_(self.x[named].sum(0), factor)
        return total


@pytest.mark.parametrize("way", [Graphs, partial(partial, step_by_step), "loop"])
def test_each_step_finds_its_rows_and_its_numbers(way):
    sums = Sums()
    if way == "loop":
        take = script.looped(sums.tape.calls, sums.slot.gathered, sums.slot.copied)
    else:
        take = way(sums.tape, sums.slot)

    with torch.inference_mode():
        take(sums.tables)
        take([table[:2] for table in sums.tables])
        take([table[2:] for table in sums.tables])

    assert torch.allclose(sums.total, 2 * sums.expected(), atol=1e-6)
    assert sums.count == 2 * STEPS


def test_a_graph_reads_the_tables_of_its_turn():
    sums = Sums()
    graphs = Graphs(sums.tape, sums.slot)
    graphs([table.clone() for table in sums.tables])
    first = sums.total.clone()
    graphs([table.flip(0) for table in sums.tables])

    assert list(graphs.known) == [STEPS]
    assert torch.allclose(sums.total, 2 * first, atol=1e-6)


def test_calls_that_no_graph_holds_are_made_step_by_step():
    sums = Sums()

    def python():
        sums.count.add_(len(str(sums.x)) > 0)

    calls = [*sums.tape.calls, python]
    assert script.looped(calls, sums.slot.gathered, sums.slot.copied) is None
    taped = Taped(Tape(calls, CPU), sums.slot)
    assert taped.take.func is step_by_step
    taped.take(sums.tables)
    assert sums.count == 2 * STEPS


def test_what_goes_wrong_in_a_step_is_told_as_the_kernel_tells_it():
    sums = Sums()
    take = script.looped(sums.tape.calls, sums.slot.gathered, sums.slot.copied)
    with pytest.raises(RuntimeError, match=r"^index out of range in self$"):
        take([sums.tables[0] + 40, sums.tables[1]])


def test_a_graph_is_captured_once_its_calls_have_been_made(monkeypatch):
    made = []

    class Graph:
        def replay(self):
            made.append("replayed")

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", lambda _: nullcontext())
    launched = launcher(partial(made.append, "called"), torch.device("cuda"))
    for _ in range(3):
        launched()

    assert made == ["called", "called", "replayed", "replayed"]  # the second while it is captured


def test_calls_that_cannot_be_captured_are_made_each_time(monkeypatch):
    made = []

    def refused(_):
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(torch.cuda, "CUDAGraph", object)
    monkeypatch.setattr(torch.cuda, "graph", refused)
    launched = launcher(partial(made.append, "called"), torch.device("cuda"))
    for _ in range(3):
        launched()

    assert made == ["called"] * 3


def test_what_is_drawn_depends_neither_on_the_steps_in_one_go_nor_on_those_drawn_for(
    cohort, member, monkeypatch
):
    given = cohort([member(i, dropout=0.3, gradient_noise=0.1) for i in range(2)], batch_size=8)

    def drawn(most):
        slots = Feed(given, 5, most).steps(1, [1.0, 1.0])
        return [torch.cat([one.flatten() for one in slot.inputs()]) for slot in slots]

    expected = drawn(1)
    for least in (1, 2000, 2**20):
        monkeypatch.setattr(feed, "DRAWN", {"cpu": least})
        for most in (2, 64):
            found = drawn(most)
            assert len(found) == len(expected) == given.steps
            assert all(map(torch.equal, found, expected))
