"""Which of many to average: begin with the best, and add whichever helps the mean most.

Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble Selection from Libraries of Models (2004).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from math import inf, isnan
from typing import NamedTuple

from numpy import ndarray

MOST = 25  # are taken; one may be taken several times
ROUNDING = 1e-9  # share of a cost by which the mean of equal predictions may seem better

Cost = Callable[[ndarray], float]
Mean = Callable[[Sequence[ndarray], Sequence[int]], ndarray]  # of some that count so often


class Selection(NamedTuple):
    """Who was taken, and what that costs."""

    counts: dict[int, int]  # by place, in the order in which they were first taken
    costs: list[float]  # of the mean, each time one was taken
    alone: list[float]  # of each by itself

    @property
    def best(self) -> int:
        """The place of the best one alone."""
        return next(iter(self.counts))


def select(said: Sequence[ndarray], cost: Cost, mean: Mean) -> Selection:
    """Take the best, then whichever lowers the cost of the mean most, until none does."""
    alone = [known(cost(predicted)) for predicted in said]
    taken = [least(alone)]
    costs, so_far = [alone[taken[0]]], said[taken[0]]
    while len(taken) < MOST:
        means = [mean([so_far, predicted], [len(taken), 1]) for predicted in said]
        reached = [known(cost(predicted)) for predicted in means]
        place = least(reached)
        if not costs[-1] - reached[place] > ROUNDING * abs(costs[-1]):
            break
        taken.append(place)
        costs.append(reached[place])
        so_far = means[place]
    return Selection(dict(Counter(taken)), costs, alone)


def least(costs: Sequence[float]) -> int:
    return min(range(len(costs)), key=lambda place: costs[place])


def known(cost: float) -> float:
    """Count what is no number as worst."""
    return inf if isnan(cost) else cost
