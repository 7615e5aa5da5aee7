"""The picture of points that move on maps: contours of the height, a path each, start and goal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnrun.report.pictures.figure import (
    BLUE,
    DASHES,
    GREY,
    ORANGE,
    WIDEST,
    Dash,
    Look,
    add_legend,
    add_title,
    blank,
    png,
    rows_for,
    tiles,
)
from nnrun.report.pictures.loss_panels import Line
from nnrun.report.pictures.sweep_curves import ACROSS, colour, handle

GRID = 240  # heights along each side of a map
LEVELS = 16  # contours
DOTTED = 60  # places up to which each is marked
DASH = 4.0  # widths of a line, of those that take turns
SAME = 0.004  # of a frame's width: paths that are never farther apart lie on each other
OUTLINED: Look = {"color": "black", "markerfacecolor": "white"}
Ends = tuple[float, float]
Place = tuple[float, ...]


class Map(Protocol):
    """A height above each place, which is 0 at the goal, and what to show of it."""

    @property
    def height(self) -> Callable[[Any, Any], Any]: ...

    @property
    def start(self) -> Place: ...

    @property
    def goal(self) -> Place: ...

    @property
    def frame(self) -> tuple[Ends, Ends]: ...


class MapPanel(NamedTuple):
    """A map and the paths on it, by the name of whoever went; each begins at the start."""

    title: str
    map: Map
    paths: dict[str, list[Place]]


@dataclass(frozen=True)
class Walks:
    """What goes on a picture of paths."""

    panels: list[MapPanel]
    lines: list[Line]  # of whoever went
    labels: dict[str, str]  # what the legend says of them
    title: str
    subtitle: str = ""
    legend: str = ""  # its heading


def map_paths(walks: Walks) -> bytes:
    """Draw a panel for each map, each name in the same colour everywhere."""
    panels = walks.panels
    across = min(len(panels), ACROSS)
    figure = blank(WIDEST if across > 1 else 7.5, 3.8 * rows_for(len(panels), across) + 0.7)
    every, free = tiles(figure, len(panels), across)
    for axes, panel in zip(every, panels, strict=True):
        draw_map(axes, panel, walks.lines)
    for axes in every[::across]:
        axes.set_ylabel("y")
    handles = [handle(line, walks.labels[line.name]) for line in walks.lines]
    contour = Line2D([], [], color=GREY, linewidth=0.4, label="equal height, white is low")
    ends = [mark("o", "start"), mark("*", "goal"), contour]
    if any(len(group) > 1 for panel in panels for group in alike(panel)):
        both: Look = {"color": BLUE, "gapcolor": ORANGE, "linestyle": (0, (DASH, DASH))}
        ends.append(Line2D([], [], **both, linewidth=2, label="on one way: colours in turn"))
    add_legend(figure, [*handles, *ends], walks.legend, free)
    add_title(figure, walks.title, walks.subtitle)
    return png(figure)


def mark(marker: str, label: str) -> Artist:
    """Make the legend's mark."""
    return Line2D([], [], marker=marker, label=label, linestyle="none", **OUTLINED)


def draw_map(axes: Axes, panel: MapPanel, lines: list[Line]) -> None:
    """Draw the contours, each path, and both ends on top."""
    contours(axes, panel.map)
    of_name = {line.name: place for place, line in enumerate(lines)}
    for group in alike(panel):
        first = of_name[group[0]]
        width = 2.6 - 1.6 * first / len(lines)  # so that of two that part later both can be seen
        for turn, name in enumerate(group):
            line = lines[of_name[name]]
            dash = DASHES[line.dash] if len(group) == 1 else in_turn(turn, len(group))
            draw_path(axes, panel.paths[name], colour(line), dash, width)
    axes.plot(*panel.map.start, "o", markersize=7, zorder=3, **OUTLINED)
    axes.plot(*panel.map.goal, "*", markersize=13, zorder=3, **OUTLINED)
    across, up = panel.map.frame
    axes.set(xlim=across, ylim=up, xlabel="x")
    axes.set_title(panel.title, fontsize=10)


def draw_path(axes: Axes, path: list[Place], colour: str, dash: Dash, width: float) -> None:
    dot = "." if len(path) < DOTTED else ""
    look: Look = {"color": colour, "linestyle": dash, "linewidth": width}
    axes.plot(*np.transpose(path), marker=dot, **look)


def in_turn(turn: int, of: int) -> Dash:
    """Make dashes that leave room for the others on the same way."""
    return DASH * (-turn % of), (DASH, DASH * (of - 1))


def alike(panel: MapPanel) -> list[list[str]]:
    """Group those who went the same way, as far as an eye can tell."""
    nearness = SAME * max(high - low for low, high in panel.map.frame)
    groups: list[list[str]] = []
    for name, path in panel.paths.items():
        for group in groups:
            if same_way(panel.paths[group[0]], path, nearness):
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def same_way(one: list[Place], other: list[Place], nearness: float) -> bool:
    if len(one) != len(other):
        return False
    return bool(np.abs(np.subtract(one, other)).max() < nearness)


def contours(axes: Axes, map: Map) -> None:
    """Draw lines of equal height, denser where it is low: their third roots are evenly spaced."""
    across, up = (np.linspace(*ends, GRID) for ends in map.frame)
    heights = map.height(*np.meshgrid(across, up))
    levels = np.linspace(0, np.cbrt(heights.max()), LEVELS) ** 3
    axes.contourf(across, up, heights, levels, cmap="Greys", alpha=0.5)
    axes.contour(across, up, heights, levels[1:], colors=GREY, linewidths=0.4)
