"""The picture of points that move on maps: contours of the height, a path each, start and goal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnrun.report.figure import GREY, WIDEST, Look, add_legend, blank, png, rows_for, tiles
from nnrun.report.sweep_curves import ACROSS, colour, handle, style

GRID = 240  # heights along each side of a map
LEVELS = 16  # contours
DOTTED = 60  # places up to which each is marked
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


def map_paths(panels: Sequence[MapPanel], left_out: str, legend: str) -> bytes:
    """Draw a panel for each map, each name in the same colour everywhere."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.paths))
    across = min(len(panels), ACROSS)
    figure = blank(WIDEST if across > 1 else 6.5, 3.8 * rows_for(len(panels), across) + 0.7)
    every, free = tiles(figure, len(panels), across)
    for axes, panel in zip(every, panels, strict=True):
        draw_map(axes, panel, names)
    for axes in every[::across]:
        axes.set_ylabel("y")
    handles = [handle(place, name) for place, name in enumerate(names) if name]
    add_legend(figure, [*handles, mark("o", "start"), mark("*", "goal")], legend, free)
    figure.suptitle(left_out, fontsize=11)
    return png(figure)


def mark(marker: str, label: str) -> Artist:
    """Make the legend's mark."""
    return Line2D([], [], marker=marker, label=label, linestyle="none", **OUTLINED)


def draw_map(axes: Axes, panel: MapPanel, names: list[str]) -> None:
    """Draw the contours, each path, and both ends on top."""
    contours(axes, panel.map)
    for name, path in panel.paths.items():
        place = names.index(name)
        width = 2.6 - 1.6 * place / len(names)  # so that of two on one way both can be seen
        dot = "." if len(path) < DOTTED else ""
        look: Look = {
            "color": colour(place),
            "linestyle": style(place),
            "linewidth": width,
        }
        axes.plot(*np.transpose(path), marker=dot, **look)
    axes.plot(*panel.map.start, "o", markersize=7, zorder=3, **OUTLINED)
    axes.plot(*panel.map.goal, "*", markersize=13, zorder=3, **OUTLINED)
    across, up = panel.map.frame
    axes.set(xlim=across, ylim=up, xlabel="x")
    axes.set_title(panel.title, fontsize=10)


def contours(axes: Axes, map: Map) -> None:
    """Draw lines of equal height, denser where it is low: their third roots are evenly spaced."""
    across, up = (np.linspace(*ends, GRID) for ends in map.frame)
    heights = map.height(*np.meshgrid(across, up))
    levels = np.linspace(0, np.cbrt(heights.max()), LEVELS) ** 3
    axes.contourf(across, up, heights, levels, cmap="Greys", alpha=0.5)
    axes.contour(across, up, heights, levels[1:], colors=GREY, linewidths=0.4)
