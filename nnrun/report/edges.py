"""Whether the best value of a setting lies on the edge of those that were tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nnrun.report.numbers import setting
from nnrun.report.pictures.spacing import MARKED, Spacing, is_number, spacing
from nnrun.runs.names import as_text, exact

FEWEST = 3  # values that have an edge and something inside
BORDER = 0.1  # of a range that was drawn from, which counts as its edge


@dataclass(frozen=True)
class Edge:
    """The best value, which lies on the edge, how far others went, and what to try beyond it."""

    setting: str
    best: str
    low: str
    high: str
    beyond: str  # empty where nothing is known

    def __str__(self) -> str:
        advice = f"widen it, try {self.beyond}" if self.beyond else "widen it"
        tried = f"{self.low} to {self.high}"
        return (
            f"the best {self.setting}, {self.best}, lies on the edge of what you tried"
            f" ({tried}): {advice}"
        )


def edge(key: str, values: Sequence[Any], best: Sequence[Any]) -> Edge | None:
    """Find whether the first of the best lies on the edge, and no other of them inside."""
    different = list({exact(value): value for value in values}.values())
    if len(different) < FEWEST:
        return None
    if all(map(is_number, different)):
        return edge_of_numbers(key, spacing(different), best)
    return edge_of_lists(key, different, best)


def edge_of_numbers(key: str, scale: Spacing, best: Sequence[float]) -> Edge | None:
    """Find the edge of numbers; nothing lies below zero of those that have no sign."""
    border = BORDER if len(scale.values) > MARKED else 0.0
    shares = scale.shares(best)
    upper = shares[0] > 0.5
    near = shares[0] >= 1 - border if upper else shares[0] <= border
    inside = any(border < share < 1 - border for share in shares)
    low, high = scale.values[0], scale.values[-1]
    if not near or inside or (low == 0 and not upper):
        return None
    return Edge(key, setting(best[0]), setting(low), setting(high), beyond(scale, upper))


def beyond(scale: Spacing, upper: bool) -> str:
    """Say what comes next: by the same factor, or the same step."""
    ends = scale.values[-2:] if upper else scale.values[1::-1]
    inner, end = (float(value) for value in ends)
    if len(scale.values) > MARKED:
        inner = end / 3 if upper else end * 3  # of draws, the last two may lie close together
    if scale.kind == "even":
        following = 2 * end - inner
    else:
        following = end * end / inner
    low, high = scale.values[0], scale.values[-1]
    if low >= 0 and following <= 0:
        following = end / 2
    if low >= 0 and high < 1 <= following and scale.kind == "even":
        return setting((1 + end) / 2)  # it may be a share
    if all(isinstance(value, int) for value in scale.values):
        return setting(max(1, round(following))) if round(following) != end else ""
    return setting(float(f"{following:.2g}"))


def edge_of_lists(key: str, values: Sequence[Any], best: Sequence[Any]) -> Edge | None:
    """Find the edge of lists of numbers, where one after the other is longer or has more."""
    if not all(isinstance(value, list | tuple) and all(map(is_number, value)) for value in values):
        return None
    order = sorted(values, key=lambda value: (len(value), sum(value)))
    if not all(sum(one) < sum(other) for one, other in pairwise(order)):
        return None
    places = [order.index(value) for value in best]
    if 0 < places[0] < len(order) - 1 or any(0 < place < len(order) - 1 for place in places):
        return None
    return Edge(key, as_text(best[0]), as_text(order[0]), as_text(order[-1]), "")
