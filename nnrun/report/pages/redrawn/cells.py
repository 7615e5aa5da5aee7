"""A grid of small whole numbers as a drawing: a path for each number, in units of cells."""

from itertools import groupby

from markupsafe import Markup
from numpy import ndarray

from nnrun.report.pages.svg import tag


def cells(grid: ndarray, looks: list[str], **placed: str) -> Markup:
    """Draw a grid whose first row is the uppermost; cells side by side are one rectangle."""
    runs: list[list[str]] = [[] for _ in looks]
    for y, row in enumerate(grid.tolist()):
        x = 0
        for number, side in groupby(row):
            width = len([*side])
            runs[number].append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    paths = [
        tag("path", d="".join(of), class_=look)
        for of, look in zip(runs, looks, strict=True)
        if of and look
    ]
    return tag("g", *paths, class_="cells", **placed)


def placed_at(x: float, y: float, across: float, down: float) -> str:
    """Say where a grid begins, and how large its cells are."""
    return f"translate({x:g} {y:g}) scale({across:.5g} {down:.5g})"
