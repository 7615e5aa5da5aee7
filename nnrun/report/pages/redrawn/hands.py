"""How far an arm's hand is from where it was asked to be, and where that happens."""

from itertools import pairwise

import numpy as np
from markupsafe import Markup
from numpy import ndarray

from nnrun.report.numbers import number
from nnrun.report.pages.page import Grid
from nnrun.report.pages.redrawn.task_drawing import Colours, TaskDrawing
from nnrun.report.pages.svg import Axis, bottom, circle, dots, drawing, left, path, text
from nnrun.report.pages.thinning import rows_shown

WIDTH, LEFT, RIGHT, TOP, FOOT = 420, 56, 12, 12, 40
HEIGHT = WIDTH  # about; the scale is the same along both axes
SHARES = (0, 50, 80, 95, 99, 100)  # per cent of the hands, between which colours differ
MOST = 800  # hands that are drawn
WORST = 5
SIDES = (("from the side", 0, 2, "forward", "up"), ("from above", 0, 1, "forward", "left"))


def hands(errors_mm: ndarray, places_mm: ndarray, arm_mm: ndarray, rows: ndarray) -> TaskDrawing:
    """Draw hands in the colour of their error, the worst in rings, and the arm at its worst."""
    bounds = np.percentile(errors_mm, SHARES)
    steps = np.searchsorted(bounds[1:-1], errors_mm)
    panels = tuple(
        (f"{name}, in mm", side(places_mm[:, [x, y]], arm_mm[:, [x, y]], errors_mm, steps, words))
        for name, x, y, *words in SIDES
    )
    worst = (-errors_mm).argsort(kind="stable")[:WORST]
    table = Grid(
        "The hands that are farthest off, in rings",
        ["row", "mm off"],
        [[f"{rows[place]}", number(float(errors_mm[place]))] for place in worst],
    )
    told = (
        f"Half of the hands are within {number(float(bounds[1]))} mm of where they were asked to"
        f" be, 99 % within {number(float(bounds[-2]))} mm. A dot is where a hand was asked to be;"
        " the line is the arm as it was predicted for the worst of them."
    )
    heading = "How far the hand is from where it was asked to be"
    return TaskDrawing("workspace", heading, told, panels, colours(bounds), table)


def colours(bounds: ndarray) -> Colours:
    """Say which errors have which colour."""
    ends = [number(float(end)) for end in bounds]
    return [
        (f"heat{place}", f"{low} to {high} mm")
        for place, (low, high) in enumerate(pairwise(ends), 1)
    ]


def side(
    places: ndarray, arm: ndarray, errors: ndarray, steps: ndarray, words: list[str]
) -> Markup:
    """Draw one view, with the same scale along both axes."""
    across, up = axes(np.concatenate([places, arm]))
    kept = rows_shown(errors, MOST)
    at = [(across.at(float(x)), up.at(float(y))) for x, y in places]
    made = [bottom(across, up.start, TOP), left(up, LEFT, across.end)]
    for step in range(len(SHARES) - 1):
        own = [at[place] for place in kept if steps[place] == step]
        made += [dots(own, f"row heat{step + 1}")] if own else []
    made.append(path([(across.at(float(x)), up.at(float(y))) for x, y in arm], "line limbs"))
    made += [circle(*at[place]) for place in (-errors).argsort(kind="stable")[:WORST]]
    made.append(text((LEFT + across.end) / 2, up.start + 34, words[0], "axis", "middle"))
    made.append(text(LEFT, TOP - 2, words[1], "axis"))
    label = f"{len(places):,} hands, {words[0]} and {words[1]}, in the colour of their error"
    return drawing(WIDTH, up.start + FOOT, label, *made, kind="hands")


def axes(points: ndarray) -> tuple[Axis, Axis]:
    """Give both axes one scale, in which all points have room."""
    low, high = points.min(0), points.max(0)
    middle, reach = (low + high) / 2, float((high - low).max()) * 0.53 or 1.0
    room = WIDTH - LEFT - RIGHT
    ends = [(float(one - reach), float(one + reach)) for one in middle]
    return Axis(*ends[0], LEFT, WIDTH - RIGHT), Axis(*ends[1], TOP + room, TOP)
