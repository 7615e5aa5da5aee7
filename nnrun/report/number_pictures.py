"""Pictures of predicted numbers: beside the truth, along the line, in the space of a hand."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy import ndarray

from nnrun.report.figure import (
    BLUE,
    GREY,
    ORANGE,
    WIDEST,
    Look,
    Rows,
    blank,
    open_frame,
    png,
    rows_for,
    tiles,
)
from nnrun.report.numbers import number

SHOWN = 6  # targets on a page
ABREAST = 3  # of them in a row
POINTS = 3000  # dots of a scatter
LEAST_MM = 1e-3  # position errors below are drawn as this
WORST = 5  # hands that are marked
BINS = 60  # of a histogram, at most
STEPS = 600  # along a line

# Beside the truth


def fit(true: ndarray, predicted: ndarray, names: Sequence[str], rows: str) -> bytes:
    """Draw predicted against true for each target, and below how the errors are spread."""
    targets = min(len(names), SHOWN)
    down = rows_for(targets, ABREAST)
    across = rows_for(targets, down)
    figure = blank(max(4.2, 3.1 * across), 5.4 * down)
    grid = figure.add_gridspec(2 * down, across, height_ratios=[3, 2] * down)
    for j in range(targets):
        row, column = divmod(j, across)
        upper = figure.add_subplot(grid[2 * row, column])
        lower = figure.add_subplot(grid[2 * row + 1, column])
        draw_dots(upper, true[:, j], predicted[:, j])
        upper.set(title=names[j], xlabel="true")
        draw_errors(lower, predicted[:, j] - true[:, j])
        lower.set(xlabel="predicted − true")
        if column == 0:
            upper.set_ylabel("predicted")
            lower.set_ylabel(rows)
        open_frame(upper, lower)
    return png(figure)


def draw_dots(axes: Axes, true: ndarray, predicted: ndarray) -> None:
    """Draw predicted against true, and the line on which they would be equal."""
    few = np.linspace(0, len(true) - 1, min(len(true), POINTS)).astype(int)
    size, alpha = dots(len(few))
    look: Look = {"markersize": size, "alpha": alpha, "markeredgewidth": 0}
    axes.plot(true[few], predicted[few], ".", color=BLUE, **look)
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    axes.plot(ends, ends, color=GREY, linewidth=0.8)


def draw_errors(axes: Axes, errors: ndarray) -> None:
    axes.stairs(*np.histogram(errors, bins(errors)), fill=True, color=BLUE)
    axes.axvline(0, color=GREY, linewidth=0.8)


def dots(rows: int) -> tuple[float, float]:
    """Choose size and alpha: large and dark where dots are few, small where they would touch."""
    return float(np.clip(80 / rows**0.5, 3, 8)), float(np.clip(10 / rows**0.5, 0.3, 0.8))


def bins(values: ndarray) -> int:
    """Count the bins of numpy's "auto", which would take millions for a few far values."""
    reach = float(np.ptp(values))
    if reach <= 1e-5 * np.abs(values).max():  # single precision could not tell more edges apart
        return 1
    upper, lower = np.percentile(values, [75, 25])
    sturges = reach / (np.log2(len(values)) + 1)
    freedman_diaconis = 2 * float(upper - lower) / len(values) ** (1 / 3)
    width = max(min(sturges, freedman_diaconis or sturges), reach / BINS)
    return int(np.ceil(reach / width))


# Along the line


def curve(
    infer: Callable[[ndarray], ndarray], rows: Rows, name: str, targets: Sequence[str]
) -> bytes:
    """Draw what is predicted along the one input, through the rows."""
    inputs = np.concatenate([x[:, 0] for x, _ in rows.values()])
    line = np.linspace(inputs.min(), inputs.max(), STEPS)
    predicted = infer(line[:, None])
    means, deviations = np.split(predicted, [len(targets)], axis=1)
    shown = min(len(targets), SHOWN)
    across = min(shown, 2)
    figure = blank(WIDEST if across > 1 else 7.5, 4 * rows_for(shown, across))
    panels, _ = tiles(figure, shown, across)
    for j, axes in enumerate(panels):
        draw_rows(axes, rows, j)
        axes.plot(line, means[:, j], color=BLUE, linewidth=2, label="predicted")
        if deviations.size:
            draw_band(axes, line, means[:, j], deviations[:, j])
        axes.set(xlabel=name, ylabel=targets[j])
        axes.legend(frameon=False)
        open_frame(axes)
    return png(figure)


def draw_rows(axes: Axes, rows: Rows, target: int) -> None:
    for (name, (x, y)), colour, mark in zip(rows.items(), (GREY, ORANGE), "o^", strict=False):
        look: Look = {"color": colour, "marker": mark, "label": f"{name} rows"}
        axes.scatter(x[:, 0], y[:, target], s=14, linewidths=0, **look)


def draw_band(axes: Axes, line: ndarray, means: ndarray, deviations: ndarray) -> None:
    """Draw the band of twice the deviation around the means."""
    ends = means - 2 * deviations, means + 2 * deviations
    axes.fill_between(line, *ends, color=BLUE, alpha=0.15, linewidth=0, label="± 2 deviations")


# In the space of a hand


def workspace(
    errors_mm: ndarray, hands_mm: ndarray, rows: str, title: str, row_numbers: ndarray
) -> bytes:
    """Draw how far hands are from where they were asked to be, and where that happens."""
    figure = blank(9, 7.6)
    figure.suptitle(f"{title}: how far the hand is from its place")
    grid = figure.add_gridspec(2, 2, height_ratios=[2, 3])
    spread = figure.add_subplot(grid[0, :])
    side, top = figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[1, 1])
    draw_distances(spread, errors_mm, rows)
    draw_hands(side, errors_mm, hands_mm[:, [0, 2]])
    drawn = draw_hands(top, errors_mm, hands_mm[:, [0, 1]])
    side.set(title="from the side", xlabel="forward, mm", ylabel="up, mm", aspect="equal")
    top.set(title="from above", xlabel="forward, mm", ylabel="left, mm", aspect="equal")
    figure.colorbar(drawn, ax=[side, top], label="position error in mm, ends cut", shrink=0.8)
    figure.supxlabel(worst_rows(errors_mm, row_numbers), fontsize="medium")
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
    axes.legend(frameon=False)


def draw_hands(axes: Axes, errors_mm: ndarray, places: ndarray) -> Any:
    """Draw hands in the colour of their error, the worst on top, in rings with their ranks."""
    order, (size, _) = errors_mm.argsort(), dots(len(errors_mm))
    bright = np.clip(errors_mm, *np.percentile(errors_mm, [5, 95]))[order]
    draw_rings(axes, places[worst(errors_mm)])
    across, up = places[order].T
    return axes.scatter(across, up, c=bright, s=2 * size + 1, cmap="cividis", linewidths=0)


def draw_rings(axes: Axes, places: ndarray) -> None:
    """Draw a ring around each place, and outside its rank, so that ranks hide little."""
    outwards = places - places.mean(axis=0)
    lengths = np.linalg.norm(outwards, axis=1, keepdims=True)
    ways = np.divide(outwards, lengths, out=np.zeros_like(outwards), where=lengths > 0)
    ring: Look = {"markersize": 9, "markerfacecolor": "none", "markeredgecolor": ORANGE}
    rank: Look = {"textcoords": "offset points", "ha": "center", "va": "center", "color": ORANGE}
    for its_rank, (place, way) in enumerate(zip(places, ways, strict=True), 1):
        axes.plot(*place, "o", zorder=3, **ring)
        axes.annotate(str(its_rank), place, 12 * way, weight="bold", **rank)


def worst(errors_mm: ndarray) -> ndarray:
    """Find the places of the greatest errors, the worst first."""
    return (-errors_mm).argsort(kind="stable")[:WORST]


def worst_rows(errors_mm: ndarray, row_numbers: ndarray) -> str:
    """Write what the rings are: rows of predictions.csv, and their errors."""
    places = worst(errors_mm)
    told = zip(row_numbers[places], errors_mm[places], strict=True)
    ranked = (f"{rank}: {row}, {number(mm)} mm" for rank, (row, mm) in enumerate(told, 1))
    return "the worst rows   " + "   ".join(ranked)
