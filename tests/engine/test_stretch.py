"""Steps taken in one go come to the same as one by one, in a loop and as a GPU takes them."""

from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
import torch

from nnrun.engine import feed, script, stretch
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


class Streams:
    """Which of a GPU's streams torch is on, as torch.cuda tells it."""

    def __init__(self, monkeypatch, fails=False):
        self.now, self.fails, self.made = "its own", fails, []

        class Graph:
            def replay(graph):
                self.made.append(f"replayed on {self.now}")

        stretch.side_stream.cache_clear()
        for name, stand_in in {
            "CUDAGraph": Graph,
            "Stream": lambda device: self.Stream(f"the side of {device}"),
            "current_stream": lambda device: self.Stream(self.now),
            "set_stream": self.go_to,
            "stream": self.on,
            "graph": self.graph,
        }.items():
            monkeypatch.setattr(torch.cuda, name, stand_in)

    class Stream(str):
        def wait_stream(self, other):
            pass

    def go_to(self, stream):
        self.now = stream

    @contextmanager
    def on(self, stream):
        before, self.now = self.now, stream
        yield
        self.now = before

    @contextmanager
    def graph(self, graph, stream):
        with self.on(stream):
            yield
            if self.fails:  # where torch ends it, before it leaves the stream
                raise RuntimeError("operation failed due to a previous error during capture")

    def call(self):
        self.made.append(f"called on {self.now}")

    def launched(self, times):
        launch = launcher(self.call, torch.device("cuda:1"))
        for _ in range(times):
            launch()
        return self.made


def test_a_graph_is_captured_where_its_calls_have_been_made_once(monkeypatch):
    streams = Streams(monkeypatch)
    side = "called on the side of cuda:1"  # the second time while it is captured

    assert streams.launched(3) == [side, side, "replayed on its own", "replayed on its own"]


def test_calls_that_cannot_be_captured_are_made_each_time(monkeypatch):
    streams = Streams(monkeypatch, fails=True)
    side, own = "called on the side of cuda:1", "called on its own"

    assert streams.launched(4) == [side, side, own, own, own]


def test_what_is_drawn_depends_neither_on_the_steps_in_one_go_nor_on_those_drawn_for(
    cohort, member, monkeypatch
):
    given = cohort([member(i, dropout=0.3, gradient_noise=0.1) for i in range(2)], batch_size=8)

    def drawn(most):
        slots = Feed(given, 5, most).steps(1, [1.0, 1.0])
        return [torch.cat([one.flatten() for one in slot.inputs()]) for slot in slots]

    expected = drawn(1)
    for least in (1, 2000, 2**20):
        monkeypatch.setattr(feed, "DRAWN", least)
        for most in (2, 64):
            found = drawn(most)
            assert len(found) == len(expected) == given.steps
            assert all(map(torch.equal, found, expected))


def test_on_a_gpu_what_is_drawn_at_once_does_not_depend_on_the_company(cohort, member, monkeypatch):
    monkeypatch.setattr(feed, "DRAWN_OF_EACH", 2**14)

    def portion(members):
        given = cohort(
            [member(i, dropout=0.3) for i in range(members)], count=40_000, batch_size=64
        )
        return Feed(replace(given, device=torch.device("cuda")), learnt=5).portion

    assert portion(1) == portion(300) > 1
