"""Steps taken in one go come to the same as one by one, in a loop and as a GPU takes them."""

from functools import partial

import pytest
import torch

from nnrun.engine import script
from nnrun.engine.feed import Slot
from nnrun.engine.stretch import Graphs, Taped, step_by_step
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
