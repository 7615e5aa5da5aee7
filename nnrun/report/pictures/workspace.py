"""The picture of an arm's workspace: how far the hand is from its place, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from numpy import ndarray

from nnrun.report.numbers import number
from nnrun.report.pictures.figure import (
    BAR,
    BLUE,
    ORANGE,
    Look,
    add_colours,
    add_title,
    blank,
    explain_above,
    number_decades,
    open_frame,
    png,
    put_below,
)
from nnrun.report.pictures.fits import bins, dots

LEAST_MM = 1e-3  # position errors below are drawn as this
WORST = 5  # hands that are marked
CUT = (5, 95)  # per cent of errors, between which colours differ
SPOKES = 16  # directions from a ring, in which its rank may stand
MARGIN = 0.06  # of a panel, that a rank at its edge takes
AWAY = 0.06  # of the picture's width, a rank from its ring


RING: Look = {"markerfacecolor": "none", "markeredgecolor": ORANGE}
MISSED: Look = {"color": "black", "linestyle": ":"}
ARM: Look = {"color": "black", "linewidth": 2.5, "marker": "o", "markersize": 4, "alpha": 0.8}


@dataclass(frozen=True)
class Reach:
    """Where hands were asked to be, how far they are from there, and the arm at its worst."""

    errors_mm: ndarray
    hands_mm: ndarray  # (rows, 3): forward, left, up
    arm_mm: ndarray  # (points, 3): from the shoulder to the hand, as predicted for the worst row
    row_numbers: ndarray


def workspace(reach: Reach, rows: str, title: str) -> bytes:
    """Draw how far hands are from where they were asked to be, and where that happens."""
    figure = blank(9, 7.9)
    grid = figure.add_gridspec(2, 3, height_ratios=[2, 3], width_ratios=[1, 1, BAR])
    spread = figure.add_subplot(grid[0, :])
    side, top = figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[1, 1])
    draw_distances(spread, reach.errors_mm, rows)
    draw_hands(side, reach, [0, 2])
    drawn = draw_hands(top, reach, [0, 1])
    side.set(title="from the side", xlabel="forward, mm", ylabel="up, mm", aspect="equal")
    top.set(title="from above", xlabel="forward, mm", ylabel="left, mm", aspect="equal")
    label = f"position error in mm, cut at {CUT[0]} and {CUT[1]} %"
    add_colours(figure, drawn, grid[1, 2], label=label)
    told = f"the worst {rows}, by their numbers in predictions.csv"
    put_below(figure, handles=marks(reach), title=told, frameon=False, ncols=3)
    add_title(figure, f"{title}: how far the hand is from where it was asked to be")
    open_frame(spread, side, top)
    return png(figure)


def draw_distances(axes: Axes, errors_mm: ndarray, rows: str) -> None:
    """Draw how errors are spread, over decades."""
    drawn = np.maximum(errors_mm, LEAST_MM)
    edges = np.geomspace(drawn.min(), max(drawn.max(), 10 * LEAST_MM), bins(np.log(drawn)) + 1)
    axes.stairs(*np.histogram(drawn, edges), fill=True, color=BLUE)
    median, most = np.percentile(errors_mm, [50, 99])
    axes.axvline(median, color=ORANGE, label=f"median, {number(median)} mm")
    axes.axvline(most, color=ORANGE, linestyle="--", label=f"99 % are below {number(most)} mm")
    axes.set(xscale="log", xlabel="position error in mm", ylabel=rows)
    number_decades(axes.xaxis)
    explain_above(axes)


def draw_hands(axes: Axes, reach: Reach, plane: list[int]) -> Any:
    """Draw hands in the colour of their error, the worst on top, in rings with their ranks."""
    errors, places = reach.errors_mm, reach.hands_mm[:, plane]
    order, (size, _) = errors.argsort(), dots(len(errors))
    bright = np.clip(errors, *np.percentile(errors, CUT))[order]
    draw_arm(axes, reach, plane)
    draw_rings(axes, places[worst(errors)], float(np.ptp(places, axis=0).max()) or 1.0)
    across, up = places[order].T
    return axes.scatter(across, up, c=bright, s=2 * size + 1, cmap="cividis", linewidths=0)


def draw_arm(axes: Axes, reach: Reach, plane: list[int]) -> None:
    """Draw the arm as it was predicted for the worst row, and how far that is from its ring."""
    arm = reach.arm_mm[:, plane]
    axes.plot(*arm.T, **ARM)
    missed = [arm[-1], reach.hands_mm[worst(reach.errors_mm)[0], plane]]
    axes.plot(*np.transpose(missed), **MISSED, zorder=4)


def draw_rings(axes: Axes, places: ndarray, width: float) -> None:
    """Draw a ring around each of the worst places, and beside it its rank, clear of the others."""
    axes.plot(*places.T, "o", linestyle="none", markersize=9, zorder=5, **RING)
    look: Look = {"ha": "center", "va": "center", "color": ORANGE, "weight": "bold", "zorder": 6}
    ranks = beside(places, AWAY * width)
    axes.update_datalim(ranks)
    axes.margins(MARGIN)
    for rank, (x, y) in enumerate(ranks, 1):
        axes.annotate(str(rank), (x, y), annotation_clip=False, in_layout=False, **look)


def beside(places: ndarray, away: float) -> list[ndarray]:
    """Find where the rank of each place can stand: the farthest from places and other ranks."""
    turns = np.linspace(0, 2 * np.pi, SPOKES, endpoint=False)
    spokes = away * np.stack([np.cos(turns), np.sin(turns)], 1)
    taken: list[ndarray] = []
    for own, place in enumerate(places):
        others = np.array([*np.delete(places, own, axis=0), *taken, places.mean(axis=0)])
        free = np.linalg.norm((place + spokes)[:, None] - others, axis=2).min(axis=1)
        taken.append(place + spokes[free.argmax()])
    return taken


def worst(errors_mm: ndarray) -> ndarray:
    """Find the places of the greatest errors, the worst first."""
    return (-errors_mm).argsort(kind="stable")[:WORST]


def marks(reach: Reach) -> list[Artist]:
    """Make the legend's marks: the worst rows by rank with their errors, and the arm."""
    places = worst(reach.errors_mm)
    told = zip(reach.row_numbers[places], reach.errors_mm[places], strict=True)
    made: list[Artist] = []
    for rank, (row, mm) in enumerate(told, 1):
        look: Look = {"marker": digits(rank), "color": ORANGE, "linestyle": "none"}
        made.append(Line2D([], [], label=f"row {row}, {number(mm)} mm", **look))
    arm = "the arm as predicted\nfor the worst, from\nits shoulder"
    missed = Line2D([], [], label="from the hand to\nits asked place", **MISSED)
    return [*made, Line2D([], [], label=arm, **ARM), missed]


def digits(rank: int) -> Path:
    """Make a mark of a number, as a formula would; to read formulas takes a tenth of a second."""
    written = TextPath((0, 0), str(rank))
    middle = written.get_extents().get_points().mean(0)
    return Path(written.vertices - middle, written.codes)
