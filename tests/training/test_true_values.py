"""What is true of rows is worked out once, and said of each member's own rows."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.interface import OwnMetrics
from nnrun.training.true_values import TrueValues, TrueValuesCache


class Counting(OwnMetrics):
    """Own metrics that count how often they were asked."""

    def asked(self, cells, true):
        calls.append(len(cells))
        return cells * 2


calls: list[int] = []
NONE = OwnMetrics()


def numbers(rows=6) -> Data:
    cells = np.arange(rows, dtype=float)[:, None]
    return Data("", (Column("x"),), cells, target_names=("y",), targets=cells / 3)


def classes() -> Data:
    cells, labels = np.zeros((3, 1)), np.array([0, 1, 0])
    names = ("in, or so", 'a "quoted" one')
    return Data("", (Column("x"),), cells, ("kind",), labels, classes=names, task="classification")


def experiment(data: Data, own_metrics=NONE):
    dataset = SimpleNamespace(own_metrics=lambda: own_metrics)
    return SimpleNamespace(data=data, settings=SimpleNamespace(dataset=dataset))


def test_a_line_begins_with_the_row_and_what_is_true_of_it():
    truths = TrueValues(numbers(), OwnMetrics())

    assert truths.lines(np.array([4, 1])) == ["4,1.3333333333333333", "1,0.3333333333333333"]


def test_names_of_classes_are_quoted_where_a_table_needs_it():
    truths = TrueValues(classes(), OwnMetrics())

    assert truths.lines(np.arange(3)) == ['0,"in, or so"', '1,"a ""quoted"" one"', '2,"in, or so"']


def test_rows_that_one_member_has_written_are_written_the_same_by_the_next():
    truths, alone = TrueValues(numbers(), OwnMetrics()), TrueValues(numbers(), OwnMetrics())
    truths.lines(np.array([0, 2, 4]))

    assert truths.lines(np.array([2, 3, 4, 5])) == alone.lines(np.array([2, 3, 4, 5]))


def test_what_one_member_does_with_its_lines_changes_nothing_for_the_next():
    truths = TrueValues(numbers(), OwnMetrics())

    truths.lines(np.arange(2)).clear()

    assert len(truths.lines(np.arange(2))) == 2


def test_own_metrics_are_asked_once_for_all_rows_of_all_members():
    calls.clear()
    cache, data = TrueValuesCache(), numbers()
    member = experiment(data, Counting())
    bundle = SimpleNamespace(measure=lambda asked, predicted, true, weights: asked.tolist())

    first = cache.truths(member).measure(bundle, np.array([1]), np.zeros(1))
    second = cache.truths(member).measure(bundle, np.array([5, 2]), np.zeros(2))

    assert (first, second) == ([[2]], [[10], [4]])
    assert calls == [6]


@pytest.mark.parametrize("other", [numbers, lambda: numbers(8), classes])
def test_each_data_set_has_truths_of_its_own(other):
    cache, data = TrueValuesCache(), numbers()

    assert cache.truths(experiment(data)) is cache.truths(experiment(data))
    assert cache.truths(experiment(other())) is not cache.truths(experiment(data))
