"""Numbers beside the axes of a page, with their ticks and grid: few artists, where there are many.

matplotlib makes five artists for each tick, most of which nobody sees; they take a third of the
time of a picture, and to place each number by itself takes a fifth of what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, cast

from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.axis import Axis, XAxis
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.ticker import FixedLocator, NullLocator
from matplotlib.transforms import Bbox, Transform

USUAL: Any = rcParams  # how matplotlib draws
BELOW_LINES = 1.5  # where matplotlib draws ticks and grid
ASCENT, DESCENT = 0.76, 0.24  # of the letters' size, which DejaVu takes above and below a line
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
    if not any(numbers.texts):
        return
    axes, name = numbers.axis.axes, "xtick" if numbers.across else "ytick"
    pad = USUAL[f"{name}.major.size"] + USUAL[f"{name}.major.pad"]
    of_axis = axes.get_xaxis_text1_transform if numbers.across else axes.get_yaxis_text1_transform
    font = FontProperties(size=USUAL[f"{name}.labelsize"])
    axes.add_artist(Words(numbers, of_axis(pad)[0], font, USUAL[f"{name}.color"]))


class Words(Artist):
    """The numbers beside an axis, as one artist: centred below their ticks, or left of them."""

    zorder = BELOW_LINES

    def __init__(self, numbers: Numbers, beyond: Transform, font: FontProperties, colour: str):
        super().__init__()
        self.across, self.beyond, self.font, self.colour = numbers.across, beyond, font, colour
        pairs = zip(numbers.places, numbers.texts, strict=True)
        self.words = [(place, text) for place, text in pairs if text]

    def placed(self, renderer: RendererBase) -> Iterator[tuple[str, float, float, float]]:
        """Give each text with its left end, its baseline and its width in pixels."""
        ascent = ASCENT * self.size(renderer)
        points = [(place, 0) if self.across else (0, place) for place, _ in self.words]
        pixels = self.beyond.transform(points)
        for (_, text), (x, y) in zip(self.words, pixels, strict=True):
            width, _, _ = renderer.get_text_width_height_descent(text, self.font, False)
            if self.across:
                yield text, x - width / 2, y - ascent, width
            else:
                yield text, x - width, y - ascent / 2, width

    def size(self, renderer: RendererBase) -> float:
        return cast(float, renderer.points_to_pixels(self.font.get_size_in_points()))

    def get_window_extent(self, renderer: RendererBase | None = None) -> Bbox:
        assert renderer  # all that is measured here is measured by one
        size = self.size(renderer)
        boxes = [
            Bbox([[left, base - DESCENT * size], [left + width, base + ASCENT * size]])
            for _, left, base, width in self.placed(renderer)
        ]
        return Bbox.union(boxes)

    def draw(self, renderer: RendererBase) -> None:
        look, (_, height) = renderer.new_gc(), renderer.get_canvas_width_height()
        look.set_foreground(self.colour)
        for text, left, base, _ in self.placed(renderer):
            renderer.draw_text(look, left, height - base, text, self.font, 0)
        look.restore()
