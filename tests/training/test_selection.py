"""Greedy selection: it begins with the best, and each one that is added lowers the cost most."""

import numpy as np
import pytest

from nnrun.training.selection import MOST, select


def mean(each, counts):
    return np.average(each, 0, counts)


def test_each_step_takes_what_helps_the_mean_most_until_none_does():
    random = np.random.default_rng(0)
    true = random.normal(size=40)
    said = [true + random.normal(size=40) + bias for bias in (0.3, -0.2, 0.1, 2.0, -0.4)]

    def cost(predicted):
        return float(np.square(predicted - true).mean())

    chosen = select(said, cost, mean)

    taken = [min(range(5), key=lambda place: cost(said[place]))]
    while True:
        means = [cost(np.mean([said[one] for one in [*taken, more]], 0)) for more in range(5)]
        if min(means) >= cost(np.mean([said[one] for one in taken], 0)):
            break
        taken.append(int(np.argmin(means)))
    assert chosen.best == taken[0]
    assert chosen.counts == {place: taken.count(place) for place in dict.fromkeys(taken)}
    assert chosen.costs[-1] == pytest.approx(cost(np.mean([said[one] for one in taken], 0)))
    assert 1 < len(chosen.counts) < 5
    assert chosen.costs == sorted(chosen.costs, reverse=True)
    assert chosen.alone == [cost(predicted) for predicted in said]


def test_one_may_be_taken_several_times():
    said = [np.array([-1.0]), np.array([2.0])]

    chosen = select(said, lambda predicted: abs(float(predicted[0]) - 0.1), mean)

    assert chosen.counts == {0: 2, 1: 1}
    assert sum(chosen.counts.values()) <= MOST


def test_nobody_is_taken_again_for_what_rounding_gives():
    said, costs = [np.array([0.1])], iter([1.0, 1.0 - 1e-15, 1.0 - 2e-15])

    assert select(said, lambda _: next(costs), mean).counts == {0: 1}


def test_what_is_no_number_is_never_taken():
    said = [np.array([np.nan]), np.array([3.0])]

    chosen = select(said, lambda predicted: float(predicted[0]), mean)

    assert chosen.counts == {1: 1}
