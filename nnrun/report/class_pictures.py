"""Pictures of predicted classes: what was taken for what, the plane, the worst mistakes."""

from collections.abc import Callable, Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgba
from numpy import ndarray

from nnrun.report.figure import WIDEST, Look, Rows, blank, open_frame, png, rows_for
from nnrun.report.numbers import share

LEGEND = 16  # classes in a column of the legend
GRID = 150  # steps along each side of a plane
NUMBERED = 20  # classes up to which a confusion shows its numbers
TEN = [
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"),
    *("#56B4E9", "#F0E442", "#000000", "#999999", "#882255"),
]
MARKS = "os^Dv"
PLAIN = "#DDDDDD"  # behind what is right in a confusion

# What was taken for what


def confusion(table: ndarray, classes: Sequence[str]) -> bytes:
    """Draw true classes as rows, predicted ones as columns; only mistakes have a colour."""
    many = len(classes)
    side = max(3.6, min(WIDEST - 1.4, 0.55 * many + 2))
    figure = blank(side + 1.4, side)
    axes = figure.subplots()
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    wrong = np.ma.masked_array(shares, np.eye(many, dtype=bool))
    most = float(wrong.max() or 1) if many > 1 else 1.0
    image = axes.imshow(wrong, cmap="Blues", vmin=0, vmax=most)
    axes.set_facecolor(PLAIN)
    label = "mistaken share of the true class, %"
    figure.colorbar(image, label=label, shrink=0.8, format=lambda part, _: f"{100 * part:.3g}")
    if many <= NUMBERED:
        draw_numbers(axes, table, wrong.filled(0) > 0.6 * most)
    axes.set_xticks(range(many), classes, rotation=90 if max(map(len, classes)) > 3 else 0)
    axes.set_yticks(range(many), classes)
    axes.set(xlabel="predicted", ylabel="true")
    return png(figure)


def draw_numbers(axes: Axes, table: ndarray, dark: ndarray) -> None:
    """Write the rows of each cell, in white where it is dark."""
    for i, j in zip(*np.nonzero(table), strict=True):
        colour = "white" if dark[i, j] else "black"
        axes.text(j, i, f"{table[i, j]}", ha="center", va="center", color=colour, fontsize=9)


# The plane


def regions(
    infer: Callable[[ndarray], ndarray],
    rows: Rows,
    names: Sequence[str],
    classes: Sequence[str],
) -> bytes:
    """Draw the plane in the colour of the class that is predicted there, and rows on it."""
    across, up = edges([x for x, _ in rows.values()])
    plane = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)
    predicted = infer(plane).argmax(1).reshape(GRID, GRID)
    colours = ListedColormap([tint(place) for place in range(len(classes))])
    ends = {"vmin": -0.5, "vmax": len(classes) - 0.5}
    figure = blank(WIDEST if len(rows) > 1 else WIDEST / 1.6, 4.2)
    panels = figure.subplots(1, len(rows), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, (x, y)) in zip(panels, rows.items(), strict=True):
        axes.pcolormesh(across, up, predicted, cmap=colours, **ends, shading="nearest")
        draw_classes(axes, x, y, classes)
        axes.set(title=f"{name} rows", xlabel=names[0])
        open_frame(axes)
    panels[0].set_ylabel(names[1])
    handles, columns = axes.get_legend_handles_labels()[0], rows_for(len(classes), LEGEND)
    look: Look = {"frameon": False, "ncols": columns, "markerscale": 1.5}
    figure.legend(handles=handles, loc="outside right center", **look)
    return png(figure)


def edges(inputs: list[ndarray]) -> list[ndarray]:
    """Take steps along both sides of a plane that reaches a little beyond all rows."""
    every = np.concatenate(inputs)
    low, high = every.min(0), every.max(0)
    margin = 0.08 * (high - low)
    low, high = low - margin, high + margin
    return [np.linspace(low[i], high[i], GRID) for i in (0, 1)]


def draw_classes(axes: Axes, x: ndarray, y: ndarray, classes: Sequence[str]) -> None:
    for place, name in enumerate(classes):
        across, up = x[y == place].T
        look: Look = {"color": TEN[place % len(TEN)], "marker": mark(place)}
        axes.scatter(across, up, s=14, linewidths=0, label=name, **look)


def mark(place: int) -> str:
    """Choose a class's mark: two classes with the same colour have different ones."""
    return MARKS[(place + place // len(TEN)) % len(MARKS)]


def tint(place: int) -> tuple[float, float, float, float]:
    """Choose what lies behind a class's points: paler where its colour comes a second time."""
    return to_rgba(TEN[place % len(TEN)], alpha=0.12 if place // len(TEN) % 2 else 0.3)


# Mistakes


def mistakes(images: ndarray, true: list[str], predicted: list[str], sure: ndarray) -> bytes:
    """Draw the images of which the network was surest and wrong."""
    figure = blank(9, 6.6)
    panels = np.ravel(figure.subplots(3, 4))
    for axes in panels:
        axes.set_axis_off()
    for axes, image, right, taken, chance in zip(
        panels, images, true, predicted, sure, strict=False
    ):
        axes.imshow(image, cmap="gray_r")
        axes.set_title(fill(f"{right}, taken for {taken} ({share(chance)})", 26), fontsize=10)
    return png(figure)
