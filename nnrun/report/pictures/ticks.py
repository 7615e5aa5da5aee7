"""Numbers beside the axes of a page, with their ticks and grid: few artists, where there are many.

matplotlib makes five artists for each tick, most of which nobody sees; they take a third of the
time of a picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from matplotlib import rcParams
from matplotlib.axis import Axis, XAxis
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.ticker import FixedLocator, NullLocator

USUAL: Any = rcParams  # how matplotlib draws
BELOW_LINES = 1.5  # where matplotlib draws ticks and grid
EDGE = 1e-9  # of an axis's length, by which a tick may lie beyond its end


@dataclass(frozen=True)
class Numbers:
    """What stands beside an axis: places along it, texts at these, and places without a text."""

    axis: Axis
    places: list[float]
    texts: list[str]
    minor: list[float]

    @property
    def across(self) -> bool:
        return isinstance(self.axis, XAxis)

    @property
    def look(self) -> dict[str, Any]:
        """How matplotlib would draw them."""
        return dict(self.axis.get_tick_params())

    def line(self, along: Sequence[float], beside: Sequence[float], **look: Any) -> None:
        """Draw a line, or marks, by places along the axis and shares of the panel beside it."""
        axes = self.axis.axes
        points = (along, beside) if self.across else (beside, along)
        beside_axis = axes.get_xaxis_transform() if self.across else axes.get_yaxis_transform()
        axes.add_artist(Line2D(*points, transform=beside_axis, zorder=BELOW_LINES, **look))


def write_numbers(axes: Iterable[Axis]) -> None:
    """Draw numbers, ticks and grid where axes would have them now."""
    chosen = [numbers_of(axis) for axis in axes if chooses_places(axis)]
    # all are known before any is gone, as panels may share them
    for numbers in chosen:
        if numbers.axis.get_major_formatter().get_offset():
            continue  # matplotlib finds a place for what all are multiplied by
        numbers.axis.set_major_locator(NullLocator())
        numbers.axis.set_minor_locator(NullLocator())
        draw(numbers)


def chooses_places(axis: Axis) -> bool:
    """Tell whether an axis has numbers below or to the left; names stand at places of their own."""
    look = axis.get_tick_params()
    elsewhere = look.get("right") or look.get("labelright")
    return not elsewhere and not isinstance(axis.get_major_locator(), FixedLocator | NullLocator)


def numbers_of(axis: Axis) -> Numbers:
    places = within(axis, axis.get_majorticklocs())
    texts = axis.get_major_formatter().format_ticks(places)
    return Numbers(axis, places, texts, within(axis, axis.get_minorticklocs()))


def within(axis: Axis, places: Iterable[float]) -> list[float]:
    """Keep the places on the part of an axis that is shown."""
    low, high = sorted(axis.get_view_interval())
    room = EDGE * (high - low)
    return [float(place) for place in places if low - room <= place <= high + room]


def draw(numbers: Numbers) -> None:
    """Draw them behind the panel's lines."""
    if numbers.look.get("gridOn"):
        draw_grid(numbers)
    draw_ticks(numbers, numbers.places, "major")
    if numbers.minor:
        draw_ticks(numbers, numbers.minor, "minor")
    if numbers.look.get("labelbottom" if numbers.across else "labelleft", True):
        draw_texts(numbers)


def draw_grid(numbers: Numbers) -> None:
    """Draw all lines of a grid as one that is interrupted."""
    along = [place for own in numbers.places for place in (own, own, nan)]
    look = {name: USUAL[f"grid.{name}"] for name in ("color", "linestyle", "linewidth")}
    alpha = numbers.look.get("grid_alpha", USUAL["grid.alpha"])
    numbers.line(along, [0, 1, nan] * len(numbers.places), alpha=alpha, **look)


def draw_ticks(numbers: Numbers, places: list[float], kind: str) -> None:
    """Draw all ticks as the marks of a line."""
    mark, name = (TICKDOWN, "xtick") if numbers.across else (TICKLEFT, "ytick")
    numbers.line(
        *(places, [0] * len(places)),
        marker=mark,
        markersize=USUAL[f"{name}.{kind}.size"],
        markeredgewidth=USUAL[f"{name}.{kind}.width"],
        color=USUAL[f"{name}.color"],
        linestyle="none",
        clip_on=False,
    )


def draw_texts(numbers: Numbers) -> None:
    """Write the numbers beyond their ticks."""
    axes, name = numbers.axis.axes, "xtick" if numbers.across else "ytick"
    pad = USUAL[f"{name}.major.size"] + USUAL[f"{name}.major.pad"]
    of_axis = axes.get_xaxis_text1_transform if numbers.across else axes.get_yaxis_text1_transform
    beyond, va, ha = of_axis(pad)
    look: dict[str, Any] = {"transform": beyond, "va": va, "ha": ha, "zorder": BELOW_LINES}
    look["fontsize"] = USUAL[f"{name}.labelsize"]
    for place, text in zip(numbers.places, numbers.texts, strict=True):
        x, y = (place, 0) if numbers.across else (0, place)
        axes.text(x, y, text, look)
