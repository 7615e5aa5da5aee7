"""Images that were taken for something else, the surest mistakes first."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy import ndarray

from nnrun.report.numbers import count, number
from nnrun.report.pages.redrawn.cells import cells, placed_at
from nnrun.report.pages.redrawn.task_drawing import TaskDrawing
from nnrun.report.pages.svg import drawing, tag

SIDE = 96  # units
SHADES = 6  # of grey


def tiles(
    images: ndarray,
    true: Sequence[str],
    taken: Sequence[str],
    sure: ndarray,
    rows: Sequence[int],
    of: int,
) -> TaskDrawing:
    """Draw each image below what it is and what it was taken for."""
    dark = np.abs(images).max() or 1.0
    panels = tuple(
        (f"row {row}: {right}, taken for {other} ({number(float(chance))})", tile(image / dark))
        for image, right, other, chance, row in zip(images, true, taken, sure, rows, strict=True)
    )
    which = f"The {len(images)} surest of {count(of, 'mistake')}" if of > 1 else "The only mistake"
    told = f"{which}: the row, its true class, what it was taken for, and how probable that was."
    return TaskDrawing("mistakes", "Images that were taken for something else", told, panels, [])


def tile(image: ndarray) -> Markup:
    """Draw an image of numbers up to 1 in a few shades."""
    shades = np.clip(np.rint(image * SHADES), 0, SHADES).astype(int)
    looks = ["", *(f"shade{place}" for place in range(1, SHADES + 1))]
    down, across = image.shape
    edge = tag("rect", width=SIDE, height=SIDE, class_="frame")
    grid = cells(shades, looks, transform=placed_at(0, 0, SIDE / across, SIDE / down))
    return drawing(SIDE, SIDE, "an image that was mistaken", edge, grid, kind="tile")
