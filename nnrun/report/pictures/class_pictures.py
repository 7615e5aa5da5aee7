"""Pictures of predicted classes: what was taken for what, the plane, the worst mistakes."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.lines import Line2D
from numpy import ndarray

from nnrun.report.metric_tables import ROWS
from nnrun.report.numbers import count, share
from nnrun.report.pictures.figure import (
    BAR,
    GREY,
    WIDEST,
    Look,
    Rows,
    add_colours,
    add_legend,
    add_title,
    blank,
    in_lines,
    open_frame,
    png,
    rows_for,
)
from nnrun.report.pictures.spacing import LETTER, LINE, write_words

NAMED = 32  # classes that the legend names
LETTERS = 24  # of a class's name beside an axis
ABREAST = 4  # images in a row
GRID = 150  # steps along each side of a plane
NUMBERED = 20  # classes up to which a confusion shows its numbers
TEN = [
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"),
    *("#56B4E9", "#F0E442", "#000000", "#999999", "#882255"),
]
MARKS = "os^Dv"
PLAIN = "#DDDDDD"  # behind what is right in a confusion

# What was taken for what


def confusion(
    table: ndarray, classes: Sequence[str], rows: str, title: str, weighed: float | None = None
) -> bytes:
    """Draw true classes as rows, predicted ones as columns; only mistakes have a colour.

    The table counts rows. What is weighed is the share of their weights that is right, if any have.
    """
    many = len(classes)
    side = max(3.6, min(WIDEST - 2.4, 0.55 * many + 1.6))
    beside = LETTER * min(LETTERS, max(map(len, classes)))
    figure = blank(min(WIDEST, side + 1.6 + beside), side + 0.9 + beside / 2)
    grid = figure.add_gridspec(1, 2, width_ratios=[1, BAR])
    axes = figure.add_subplot(grid[0])
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    wrong = np.ma.masked_array(shares, np.eye(many, dtype=bool))
    most = float(wrong.max() or 1) if many > 1 else 1.0
    image = axes.imshow(wrong, cmap="Blues", vmin=0, vmax=most)
    axes.set_facecolor(PLAIN)
    label = "mistaken share of the true class, %"
    add_colours(figure, image, grid[1], label=label, format=percent)
    if many <= NUMBERED:
        draw_numbers(axes, table, wrong.filled(0) > 0.6 * most)
    name_classes(axes, classes, side - 0.6)
    axes.set(xlabel="predicted class", ylabel="true class; grey: right")
    add_title(figure, title, summary(table, classes, rows, weighed))
    return png(figure)


def percent(part: float, _: object) -> str:
    return f"{100 * part:.3g}"


def summary(table: ndarray, classes: Sequence[str], rows: str, weighed: float | None) -> str:
    """Say how many rows are right, and what is mistaken most often."""
    right, total = int(table.trace()), int(table.sum())
    told = f"{right:,} of {total:,} {rows} are right"
    if weighed is not None:
        told += f", by their weights {share(weighed)}"
    wrong = table - np.diag(table.diagonal())
    if not wrong.any():
        return told
    true, taken = divmod(int(wrong.argmax()), len(classes))
    times = f"{wrong.max():,} of {table[true].sum():,} times"
    return f"{told}; most often “{classes[true]}” is taken for “{classes[taken]}”, {times}"


def name_classes(axes: Axes, classes: Sequence[str], inches: float) -> None:
    """Write the classes beside both axes, every few of them where there are very many."""
    names = [shortened(name) for name in classes]
    write_words(axes, names, inches)
    kept = range(0, len(names), int(max(1, -(-LINE * len(names) // inches))))
    axes.set_yticks(kept, [names[i] for i in kept])


def shortened(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def draw_numbers(axes: Axes, table: ndarray, dark: ndarray) -> None:
    """Write the rows of each cell, in white where it is dark, in grey where there are none."""
    for (i, j), rows in np.ndenumerate(table):
        some = "white" if dark[i, j] else "black"
        colour = some if rows else GREY
        look: Look = {"ha": "center", "va": "center", "fontsize": 9, "in_layout": False}
        axes.text(j, i, f"{rows}", color=colour, **look)


# The plane


def regions(
    classify: Callable[[ndarray], ndarray],
    rows: Rows,
    names: Sequence[str],
    classes: Sequence[str],
    title: str,
) -> bytes:
    """Draw the plane in the colour of the class that is predicted there, and rows on it."""
    across, up = edges([x for x, _ in rows.values()])
    plane = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)
    predicted = classify(plane).reshape(GRID, GRID)
    colours = ListedColormap([tint(place) for place in range(len(classes))])
    ends = {"vmin": -0.5, "vmax": len(classes) - 0.5}
    figure = blank(WIDEST if len(rows) > 1 else WIDEST / 1.6, 4.5)
    panels = figure.subplots(1, len(rows), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, (x, y)) in zip(panels, rows.items(), strict=True):
        axes.pcolormesh(across, up, predicted, cmap=colours, **ends, shading="nearest")
        draw_classes(axes, x, y, classes)
        wrong = int((classify(x) != y).sum())
        axes.set_title(f"{len(y):,} {ROWS[name]}, {wrong:,} wrong", fontsize=10)
        axes.set_xlabel(names[0])
        open_frame(axes)
    panels[0].set_ylabel(names[1])
    add_legend(figure, class_marks(classes), "true class", [])
    add_title(figure, title, "colour of the plane: the class that is predicted there")
    return png(figure)


def class_marks(classes: Sequence[str]) -> list[Artist]:
    """Make the legend's marks, of the first of very many classes."""
    made: list[Artist] = []
    for place, name in enumerate(classes[:NAMED]):
        look: Look = {"color": TEN[place % len(TEN)], "marker": mark(place), "markersize": 6}
        made.append(Line2D([], [], linestyle="none", label=shortened(name), **look))
    if len(classes) > NAMED:
        made.append(Line2D([], [], linestyle="none", label=f"and {len(classes) - NAMED} more"))
    return made


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


def mistakes(
    images: ndarray, true: list[str], predicted: list[str], sure: ndarray, title: str, of: int
) -> bytes:
    """Draw the images of which the network was surest and wrong."""
    down = rows_for(len(images), ABREAST)
    figure = blank(9, 2.1 * down + 0.7)
    panels = np.ravel(figure.subplots(down, ABREAST))
    for axes in panels:
        axes.set_axis_off()
    for axes, image, right, taken, chance in zip(
        panels, images, true, predicted, sure, strict=False
    ):
        axes.imshow(image, cmap="gray_r")
        axes.set_title(in_lines(f"{right}, taken for {taken} ({share(chance)})", 26), fontsize=10)
    shown = f"the {len(images)} surest of {count(of, 'mistake')}" if of > 1 else "the only mistake"
    add_title(figure, title, f"{shown}: true class, taken for (probability of that)")
    return png(figure)
