"""Numbers beside each other as dots on one axis, each with how sure it is."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from markupsafe import Markup

from nnrun.report.numbers import number
from nnrun.report.pages.svg import Axis, around, bottom, cut, dots, drawing, line, text

WIDTH, NAMES, NUMBERS, ROW, TOP = 460, 136, 62, 26, 10


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
    axis = Axis(*around(ends), NAMES, WIDTH - NUMBERS)
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
            text(NAMES - 10, y + 4, cut(one.name, NAMES - 10), f"name {one.look}", "end"),
            line(axis.at(one.low), y, axis.at(one.high), y, f"bar {one.look}"),
            dots([(across, y)], one.look),
            text(WIDTH - NUMBERS + 8, y + 4, number(one.value), f"value {one.look}"),
        ]
    )
