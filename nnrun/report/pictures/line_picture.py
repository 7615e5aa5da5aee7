"""The picture of what is predicted along one input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy import ndarray

from nnrun.report.metric_tables import ROWS
from nnrun.report.numbers import count
from nnrun.report.pictures.figure import (
    BLUE,
    GREY,
    ORANGE,
    WIDEST,
    Look,
    Rows,
    add_title,
    blank,
    explain,
    open_frame,
    png,
    rows_for,
    tiles,
)

SHOWN = 6  # targets on a page
STEPS = 600  # along a line


@dataclass(frozen=True)
class Along:
    """What a picture along an input tells: how it and the targets are called."""

    title: str
    name: str  # of the input
    targets: Sequence[str]
    what: str = "predicted"  # what the line is


def curve(infer: Callable[[ndarray], ndarray], rows: Rows, along: Along) -> bytes:
    """Draw what is predicted along the one input, through the rows."""
    inputs = np.concatenate([x[:, 0] for x, _ in rows.values()])
    line = np.linspace(inputs.min(), inputs.max(), STEPS)
    means, deviations = np.split(infer(line[:, None]), [len(along.targets)], axis=1)
    shown = min(len(along.targets), SHOWN)
    across = min(shown, 2)
    figure = blank(WIDEST if across > 1 else 7.5, 4 * rows_for(shown, across) + 0.3)
    panels, _ = tiles(figure, shown, across)
    for j, axes in enumerate(panels):
        draw_rows(axes, rows, j)
        axes.plot(line, means[:, j], color=BLUE, linewidth=2, label=along.what)
        if deviations.size:
            draw_band(axes, line, means[:, j], deviations[:, j])
        axes.set(xlabel=along.name, ylabel=along.targets[j])
        explain(axes)
        open_frame(axes)
    left = f"the first {shown} of {count(len(along.targets), 'target')}"
    add_title(figure, along.title, left if shown < len(along.targets) else "")
    return png(figure)


def draw_rows(axes: Axes, rows: Rows, target: int) -> None:
    for (name, (x, y)), colour, mark in zip(rows.items(), (GREY, ORANGE), "o^", strict=False):
        look: Look = {"color": colour, "marker": mark, "label": ROWS[name]}
        axes.scatter(x[:, 0], y[:, target], s=14, linewidths=0, **look)


def draw_band(axes: Axes, line: ndarray, means: ndarray, deviations: ndarray) -> None:
    """Draw the band of twice the deviation around the means."""
    ends = means - 2 * deviations, means + 2 * deviations
    axes.fill_between(line, *ends, color=BLUE, alpha=0.15, linewidth=0, label="± 2 deviations")
