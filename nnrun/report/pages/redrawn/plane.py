"""The plane of two columns in the colour of the class that is predicted there, and rows on it."""

from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup
from numpy import ndarray

from nnrun.report.numbers import count
from nnrun.report.pages.redrawn.cells import cells, placed_at
from nnrun.report.pages.redrawn.task_drawing import TaskDrawing
from nnrun.report.pages.svg import Axis, bottom, circle, dots, drawing, left, text
from nnrun.report.pages.thinning import rows_shown

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 460, 380, 52, 12, 22, 40
STEPS = 90  # along each side
MOST = 400  # rows that are drawn
COLOURS = 8  # after which they come again
NAMED = 12  # classes that the legend names
Classify = Callable[[ndarray], ndarray]


def plane(
    classify: Classify, rows: tuple[ndarray, ndarray], names: Sequence[str], classes: Sequence[str]
) -> TaskDrawing:
    """Draw which class is predicted where, and rows in the colours of their true classes."""
    inputs, true = rows
    across, up = axes(inputs)
    wrong = classify(inputs) != true
    made = [regions(classify, across, up, len(classes))]
    made += [bottom(across, HEIGHT - FOOT, TOP), left(up, LEFT, WIDTH - RIGHT)]
    made += dots_of(inputs, true, wrong, across, up)
    made.append(
        text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, across.called(names[0]), "axis", "middle")
    )
    made.append(text(LEFT, TOP - 8, up.called(names[1]), "axis"))
    label = f"the plane of {names[0]} and {names[1]}, in the colour of the predicted class"
    told = (
        "The colour of the plane is the class that is predicted there, that of a dot its true"
        f" class; {count(int(wrong.sum()), 'row')} of {len(true):,} in rings are wrong."
    )
    drawn = drawing(WIDTH, HEIGHT, label, *made, kind="plane")
    colours = [(f"c{colour_of(place)}", name) for place, name in enumerate(classes[:NAMED])]
    return TaskDrawing("regions", "Which class is predicted where", told, (("", drawn),), colours)


def axes(inputs: ndarray) -> tuple[Axis, Axis]:
    """Reach a little beyond all rows."""
    low, high = inputs.min(0), inputs.max(0)
    room = 0.08 * np.where(high > low, high - low, 1.0)
    ends = np.stack([low - room, high + room])
    (left_end, foot), (right_end, top) = ends.tolist()
    across = Axis(left_end, right_end, LEFT, WIDTH - RIGHT, named=True)
    return across, Axis(foot, top, HEIGHT - FOOT, TOP, named=True)


def regions(classify: Classify, across: Axis, up: Axis, classes: int) -> Markup:
    """Ask for the class in the middle of each cell."""
    middles = (np.arange(STEPS) + 0.5) / STEPS
    x = across.low + middles * (across.high - across.low)
    y = up.high - middles * (up.high - up.low)
    places = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    grid = classify(places).reshape(STEPS, STEPS)
    looks = [f"fill{colour_of(place)}" for place in range(classes)]
    size = (WIDTH - RIGHT - LEFT) / STEPS, (HEIGHT - FOOT - TOP) / STEPS
    return cells(grid, looks, transform=placed_at(LEFT, TOP, *size))


def dots_of(inputs: ndarray, true: ndarray, wrong: ndarray, across: Axis, up: Axis) -> list[Markup]:
    """Draw rows in the colours of their classes, and rings around those that are wrong."""
    kept = rows_shown(wrong.astype(float), MOST)
    at = [(across.at(float(x)), up.at(float(y))) for x, y in inputs[kept, :2]]
    made = []
    for place in np.unique(true[kept]).tolist():
        own = [point for point, one in zip(at, true[kept], strict=True) if one == place]
        made.append(dots(own, f"row c{colour_of(int(place))}"))
    return made + [circle(*point) for point, one in zip(at, wrong[kept], strict=True) if one]


def colour_of(place: int) -> int:
    return place % COLOURS + 1
