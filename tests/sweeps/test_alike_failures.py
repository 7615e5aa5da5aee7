"""Which failures of members count as alike."""

from nnrun.errors import Problem
from nnrun.sweeps.dispatch import kind


def failed(wrong: str) -> Problem:
    return Problem("", None, wrong)


def test_failures_are_alike_whatever_their_numbers_and_the_tensor_that_went_first():
    one = failed("training loss became nan in epoch 1, step 2, where a.weight had reached 5e29, at")
    other = failed("training loss became nan in epoch 3, step 4, where b.bias had reached 6e29, at")

    assert kind(one) == kind(other)


def test_errors_that_only_begin_alike_are_not():
    assert kind(failed("RuntimeError: no room, for a")) != kind(failed("RuntimeError: no room, b"))
