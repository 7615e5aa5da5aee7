"""Curves by epoch as a drawing, where no browser draws them."""

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from nnrun.report.pages.svg import LETTER, Axis, around, bottom, drawing, left, path, text

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 480, 260, 56, 14, 26, 36


def line_drawing(panel: dict[str, Any], epochs: Sequence[int]) -> Markup:
    """Draw the curves of one quantity; nothing where there are no numbers."""
    every = [value for one in panel["series"] for value in one["values"] if value is not None]
    if not every or len(epochs) < 2:
        return Markup("")
    across = Axis(epochs[0], epochs[-1], LEFT, WIDTH - RIGHT)
    up = Axis(*around(every), HEIGHT - FOOT, TOP)
    made = [bottom(across, HEIGHT - FOOT, TOP), left(up, LEFT, WIDTH - RIGHT)]
    x = float(LEFT)
    for place, one in enumerate(panel["series"], 1):
        joined = pieces(one["values"], epochs, across, up)
        made += [path(piece, f"line c{place}") for piece in joined]
        made.append(text(x, TOP - 10, one["name"], f"name key{place}"))
        x += LETTER * (len(one["name"]) + 3)
    made.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, "epoch", "axis", "middle"))
    return drawing(WIDTH, HEIGHT, f"{panel['name']} by epoch", *made, kind="course")


def pieces(
    values: Sequence[float | None], epochs: Sequence[int], across: Axis, up: Axis
) -> Iterator[list[tuple[float, float]]]:
    """Part a curve where numbers are missing."""
    piece: list[tuple[float, float]] = []
    for epoch, value in zip(epochs, values, strict=True):
        if value is not None:
            piece.append((across.at(epoch), up.at(value)))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece
