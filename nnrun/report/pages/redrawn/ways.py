"""The way of a point on a map: its heights, where it began, where it is lowest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy import ndarray

from nnrun.report.pages.redrawn.cells import cells, placed_at
from nnrun.report.pages.redrawn.clipping import is_within, pieces_within
from nnrun.report.pages.redrawn.task_drawing import TaskDrawing
from nnrun.report.pages.svg import Axis, bottom, circle, dots, drawing, left, path, text
from nnrun.report.pages.thinning import epochs_shown

if TYPE_CHECKING:
    from nnrun.report.pictures.map_paths import Map, Place

WIDTH, LEFT, RIGHT, TOP, FOOT = 520, 48, 12, 20, 36
STEPS = 110  # along each side
LEVELS = 10
MOST = 1_000  # places of a way


def way(ground: Map, places: Sequence[Place]) -> TaskDrawing:
    """Draw the way of one point; the darker the ground, the higher it is."""
    (low, high), (lower, upper) = ground.frame
    room = WIDTH - LEFT - RIGHT
    tall = min(1.2, max(0.5, (upper - lower) / (high - low))) * room
    across, up = Axis(low, high, LEFT, LEFT + room), Axis(lower, upper, TOP + tall, TOP)

    def drawn_at(some: Iterable[Place]) -> list[tuple[float, float]]:
        return [(across.at(x), up.at(y)) for x, y in some]

    seen = shown(places)
    within = [place for place in seen if is_within(place, ground.frame)]
    start, goal = drawn_at([ground.start, ground.goal])
    made = [
        heights(ground, room, tall),
        bottom(across, TOP + tall, TOP),
        left(up, LEFT, LEFT + room),
        *(path(drawn_at(piece), "line way") for piece in pieces_within(seen, ground.frame)),
        dots(drawn_at(within), "small c1"),
        dots([start], "end c2"),
        dots([goal], "end c3"),
        circle(*goal),
        text(LEFT, TOP - 6, "y", "axis"),
        text(LEFT + room / 2, TOP + tall + 32, "x", "axis", "middle"),
    ]
    label = f"the way of the point in {len(places) - 1:,} steps over a map of heights"
    drawn = drawing(WIDTH, TOP + tall + FOOT, label, *made, kind="way")
    colours = [("c1", "the way, a dot for each step"), ("c2", "start"), ("c3", "goal")]
    told = "The darker the ground, the higher it is." + told_beyond(places, ground)
    return TaskDrawing("way", "The way of the point", told, (("", drawn),), colours)


def told_beyond(places: Sequence[Place], ground: Map) -> str:
    """Say how many steps end where the map does not reach."""
    beyond = sum(not is_within((x, y), ground.frame) for x, y, *_ in places)
    return f" {beyond:,} of {len(places) - 1:,} steps end beyond this map." if beyond else ""


def shown(places: Sequence[Place]) -> list[tuple[float, float]]:
    """Leave out places of a very long way; those stay where it turns."""
    numbers = np.array([place[:2] for place in places], dtype=float)
    kept = epochs_shown([*numbers.T], MOST)
    return [(float(x), float(y)) for x, y in numbers[kept]]


def heights(ground: Map, room: float, tall: float) -> Markup:
    """Shade the ground; the third roots of the levels are evenly spaced, denser where it is low."""
    middles = (np.arange(STEPS) + 0.5) / STEPS
    (low, high), (lower, upper) = ground.frame
    x, y = low + middles * (high - low), upper - middles * (upper - lower)
    height: ndarray = ground.height(*np.meshgrid(x, y))
    top = float(np.cbrt(height.max())) or 1.0
    levels = np.clip(np.cbrt(height) / top * LEVELS, 0, LEVELS - 1).astype(int)
    looks = ["", *(f"high{place}" for place in range(1, LEVELS))]
    return cells(levels, looks, transform=placed_at(LEFT, TOP, room / STEPS, tall / STEPS))
