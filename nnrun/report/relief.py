"""Paths of points on landscapes: contours of the height, a line for each point, its start and the goal."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnrun.report.overlay import ACROSS, colour, way
from nnrun.report.pictures import GREY, WIDEST, blank, explain, png, tiles

GRID = 240  # heights along each side of a map
LEVELS = 16  # contours
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


class Walk(NamedTuple):
    """A map and the paths on it, by the name of whoever went; each begins at the start."""

    title: str
    map: Map
    paths: dict[str, list[Place]]


def walks(shown: Sequence[Walk], heading: str, legend: str) -> bytes:
    """A panel for each map, each name in the same colour everywhere; `heading` says what is left out."""
    names = list(dict.fromkeys(name for walk in shown for name in walk.paths))
    across = min(len(shown), ACROSS)
    figure = blank(WIDEST if across > 1 else 6.5, 3.8 * -(-len(shown) // across) + 0.7)
    every, free = tiles(figure, len(shown), across)
    for axes, walk in zip(every, shown, strict=True):
        contours(axes, walk.map)
        for name, path in walk.paths.items():
            place = names.index(name)
            mark = "." if len(path) < 60 else ""
            width = 2.6 - 1.6 * place / len(names)  # so that of two on one way both can be seen
            axes.plot(
                *np.transpose(path),
                color=colour(place),
                linestyle=way(place),
                linewidth=width,
                marker=mark,
            )
        axes.plot(
            *walk.map.start, "o", color="black", markersize=7, markerfacecolor="white", zorder=3
        )
        axes.plot(
            *walk.map.goal, "*", color="black", markersize=13, markerfacecolor="white", zorder=3
        )
        axes.set(xlim=walk.map.frame[0], ylim=walk.map.frame[1], xlabel="x")
        axes.set_title(walk.title, fontsize=10)
    for axes in every[::across]:
        axes.set_ylabel("y")
    handles: list[Artist] = [
        Line2D([], [], color=colour(i), linestyle=way(i), label=name)
        for i, name in enumerate(names)
        if name
    ]
    look: dict[str, Any] = {"color": "black", "markerfacecolor": "white", "linestyle": "none"}
    handles += [
        Line2D([], [], marker=mark, label=label, **look)
        for mark, label in (("o", "start"), ("*", "goal"))
    ]
    explain(figure, handles, legend, free)
    figure.suptitle(heading, fontsize=11)
    return png(figure)


def contours(axes: Axes, map: Map) -> None:
    """Lines of equal height, denser where it is low: their third roots are evenly spaced."""
    across, up = (np.linspace(*ends, GRID) for ends in map.frame)
    heights = map.height(*np.meshgrid(across, up))
    levels = np.linspace(0, np.cbrt(heights.max()), LEVELS) ** 3
    axes.contourf(across, up, heights, levels, cmap="Greys", alpha=0.5)
    axes.contour(across, up, heights, levels[1:], colors=GREY, linewidths=0.4)
