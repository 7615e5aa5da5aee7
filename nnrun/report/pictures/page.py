"""A page of panels, and where they stand on it: worked out once, from the sizes of their words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis, YAxis
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from nnrun.report.pictures.ticks import write_numbers

PAD = 5  # points around all that stands on a page
GAP = 12  # points between the words of two panels
LEAST = 1  # pixels of a panel's side


class Page(Figure):
    """A figure with a heading above its panels, and perhaps a legend beside or below them."""

    heading: Text | None = None
    beside: Legend | None = None
    below: Legend | None = None


class Room(NamedTuple):
    """Pixels on each side of a panel, or of all panels, that something else takes."""

    left: float
    right: float
    above: float
    below: float

    def with_names(self, axes: Axes, renderer: RendererBase) -> Room:
        """Add what the names of both axes take beyond the words beside their ticks."""
        wide, high = (thickness(axis, renderer) for axis in (axes.yaxis, axes.xaxis))
        on_right = is_on_right(axes.yaxis)
        left, right = (0.0, wide) if on_right else (wide, 0.0)
        return Room(self.left + left, self.right + right, self.above, self.below + high)


class Need(NamedTuple):
    """Columns, or rows, that a panel takes, and the pixels that its words take at either end."""

    places: range
    before: float
    after: float


USUAL = Room(70, 15, 30, 60)  # beside a panel that has not been measured


def lay_out(page: Page, renderer: RendererBase) -> None:
    """Give the panels their places, and whatever stands beside them.

    How many ticks a panel has follows from its size, so it has nearly its own when it is measured,
    and keeps these ticks.
    """
    edges = room_of_edges(page, renderer)
    panels = [axes for axes in page.axes if axes.get_subplotspec()]
    place(page, dict.fromkeys(panels, USUAL), edges)
    write_numbers(axis for axes in panels if axes.axison for axis in (axes.xaxis, axes.yaxis))
    words = {axes: room_of_words(axes, renderer) for axes in panels}
    place(page, {axes: room.with_names(axes, renderer) for axes, room in words.items()}, edges)
    for axes, room in words.items():
        name_beyond(axes, room)


def pixels(points: float, page: Figure) -> float:
    return points * page.dpi / 72


# The page


def room_of_edges(page: Page, renderer: RendererBase) -> Room:
    """Measure what heading and legend take at the edges of a page, and put the heading there."""
    pad = pixels(PAD, page)
    above = right = below = 0.0
    if page.heading:
        page.heading.set_y(1 - pad / page.bbox.height)
        above = page.heading.get_window_extent(renderer).height + pad
    if page.beside:
        right = page.beside.get_window_extent(renderer).width + 2 * pad
    if page.below:
        below = page.below.get_window_extent(renderer).height + 2 * pad
    return Room(pad, pad + right, pad + above, pad + below)


def place(page: Page, rooms: dict[Axes, Room], edges: Room) -> None:
    """Share the page out among its panels, each with some room around it."""
    width, height = page.bbox.width, page.bbox.height
    specs = {axes: cast(SubplotSpec, axes.get_subplotspec()) for axes in rooms}
    grid: Any = next(iter(specs.values())).get_gridspec()
    across = [Need(specs[axes].colspan, room.left, room.right) for axes, room in rooms.items()]
    down = [Need(specs[axes].rowspan, room.above, room.below) for axes, room in rooms.items()]
    inner = edges.left, width - edges.right, pixels(GAP, page)
    columns = shared_out(across, grid.get_width_ratios(), *inner)
    inner = edges.above, height - edges.below, pixels(GAP, page)
    rows = shared_out(down, grid.get_height_ratios(), *inner)
    for axes, spec in specs.items():
        left, right = columns[spec.colspan.start][0], columns[spec.colspan.stop - 1][1]
        top, bottom = rows[spec.rowspan.start][0], rows[spec.rowspan.stop - 1][1]
        ends = [[left / width, 1 - bottom / height], [right / width, 1 - top / height]]
        axes.set_position(Bbox(ends))
        axes.apply_aspect()


def shared_out(
    needs: Iterable[Need], ratios: Sequence[float], start: float, end: float, gap: float
) -> list[tuple[float, float]]:
    """Tell where each column begins and ends: by ratios, after what stands beside the panels."""
    before, after = [0.0] * len(ratios), [0.0] * len(ratios)
    for need in needs:
        first, last = need.places[0], need.places[-1]
        before[first] = max(before[first], need.before)
        after[last] = max(after[last], need.after)
    free = end - start - sum(before) - sum(after) - gap * (len(ratios) - 1)
    told = []
    for lead, trail, ratio in zip(before, after, ratios, strict=True):
        begins = start + lead
        ends = begins + max(LEAST, free * ratio / sum(ratios))
        told.append((begins, ends))
        start = ends + trail + gap
    return told


# A panel


def room_of_words(axes: Axes, renderer: RendererBase) -> Room:
    """Measure how far ticks, their words and a title reach beyond a panel's frame."""
    frame = axes.get_window_extent(renderer)
    reach = Bbox.union([frame, *(box for box in boxes(axes, renderer) if box.width or box.height)])
    title = axes.title.get_window_extent(renderer).y1 if axes.get_title() else frame.y1
    above = max(reach.y1, title) - frame.y1
    return Room(frame.x0 - reach.x0, reach.x1 - frame.x1, above, frame.y0 - reach.y0)


def boxes(axes: Axes, renderer: RendererBase) -> Iterator[Bbox]:
    """Give what surrounds each part of a panel that may reach beyond its frame."""
    if axes.axison:
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_label_coords(0, 0)
            axis.label.set_visible(False)
            if box := axis.get_tightbbox(renderer):
                yield box
            axis.label.set_visible(True)
    legend = axes.get_legend()
    parts: list[Artist] = [*axes.texts, *axes.artists, *([legend] if legend else [])]
    for part in parts:
        if part.get_in_layout():
            yield part.get_window_extent(renderer)


def thickness(axis: Axis, renderer: RendererBase) -> float:
    """Measure what an axis's name takes, with what parts it from the words beside ticks."""
    if not (axis.axes.axison and axis.get_label_text()):
        return 0.0
    box = axis.label.get_window_extent(renderer)
    return away(axis) + (box.height if isinstance(axis, XAxis) else box.width)


def away(axis: Axis) -> float:
    """Tell how far a name stands from the words beside ticks."""
    return pixels(axis.labelpad, cast(Figure, axis.get_figure()))


def is_on_right(axis: YAxis) -> bool:
    return str(axis.get_label_position()) == "right"


def name_beyond(axes: Axes, room: Room) -> None:
    """Put the names of both axes beyond the words beside their ticks."""
    frame, across, up = axes.get_window_extent(), axes.xaxis, axes.yaxis
    across.set_label_coords(0.5, -(room.below + away(across)) / frame.height)
    if is_on_right(up):
        up.set_label_coords(1 + (room.right + away(up)) / frame.width, 0.5)
    else:
        up.set_label_coords(-(room.left + away(up)) / frame.width, 0.5)
