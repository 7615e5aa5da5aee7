"""Numbers beside each other as dots on one axis, each with how sure it is."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from markupsafe import Markup

from nnrun.report.numbers import number
from nnrun.report.pages.svg import LETTER, Axis, around, bottom, cut, dots, drawing, line, text

WIDTH, NUMBERS, ROW, TOP = 460, 62, 26, 10
LEAST, MOST = 60, 190  # units that the names take


class Interval(NamedTuple):
    """A number with its ends, which are the number itself where nobody knows how sure it is."""

    name: str
    value: float
    low: float
    high: float
    look: str = "own"

    @property
    def ends(self) -> tuple[float, float, float]:
        return self.low, self.value, self.high


def intervals(shown: Sequence[Interval], label: str, mark: float | None = None) -> Markup:
    """Draw a row for each; a line stands where a number is marked, such as no difference."""
    shown = [one for one in shown if all(map(isfinite, one.ends))]
    if not shown:
        return Markup("")
    ends = [end for one in shown for end in one.ends] + ([] if mark is None else [mark])
    names = min(MOST, max(LEAST, 14 + LETTER * max(len(one.name) for one in shown)))
    axis = Axis(*around(ends), names, WIDTH - NUMBERS)
    foot = TOP + ROW * len(shown)
    made = [bottom(axis, foot, TOP)]
    if mark is not None:
        made.append(line(axis.at(mark), TOP, axis.at(mark), foot, "mark"))
    for place, one in enumerate(shown):
        made.append(row_of(one, axis, TOP + ROW * (place + 0.5)))
    return drawing(WIDTH, foot + 24, label, *made, kind="intervals")


def row_of(one: Interval, axis: Axis, y: float) -> Markup:
    """Draw a name, a bar from end to end, a dot, and the number."""
    across = axis.at(one.value)
    return Markup("").join(
        [
            text(axis.start - 10, y + 4, cut(one.name, axis.start - 10), f"name {one.look}", "end"),
            line(axis.at(one.low), y, axis.at(one.high), y, f"bar {one.look}"),
            dots([(across, y)], one.look),
            text(WIDTH - NUMBERS + 8, y + 4, number(one.value), f"value {one.look}"),
        ]
    )


def strips(shown: Sequence[tuple[str, Sequence[float]]], label: str) -> Markup:
    """Draw a row of dots for each, and a line at their mean."""
    kept = [(name, [one for one in values if isfinite(one)]) for name, values in shown]
    kept = [(name, values) for name, values in kept if values]
    if not kept:
        return Markup("")
    names = min(MOST, max(LEAST, 14 + LETTER * max(len(name) for name, _ in kept)))
    ends = around([value for _, values in kept for value in values])
    axis = Axis(*ends, names, WIDTH - NUMBERS)
    foot = TOP + ROW * len(kept)
    made = [bottom(axis, foot, TOP)]
    for place, (name, values) in enumerate(kept):
        y, middle = TOP + ROW * (place + 0.5), sum(values) / len(values)
        made += [
            text(axis.start - 10, y + 4, cut(name, axis.start - 10), "name own", "end"),
            dots([(axis.at(value), y) for value in values], "own read"),
            line(axis.at(middle), y - 8, axis.at(middle), y + 8, "bar middle"),
            text(WIDTH - NUMBERS + 8, y + 4, number(middle), "value own"),
        ]
    return drawing(WIDTH, foot + 24, label, *made, kind="intervals")
