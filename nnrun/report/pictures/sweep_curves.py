"""The picture of many trainings: validation losses as lines, training losses as thin ones."""

from statistics import median_low

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy import ndarray

from nnrun.report.pictures.figure import (
    DASHES,
    EIGHT,
    GREY,
    WIDEST,
    Look,
    add_legend,
    add_title,
    blank,
    number_decades,
    open_frame,
    png,
    rows_for,
    tiles,
)
from nnrun.report.pictures.loss_panels import Arrangement, History, Line, Panel

FEW = 4  # lines with which training losses do not get lost
ACROSS = 2  # panels side by side
ROOF = 10  # times a usual first loss: what is higher would press the others together
FLOOR = 1e6  # what is less than a usual first loss divided by this leaves the picture as well
BELOW = 30  # times a validation loss, down to which a training loss is followed
MIDDLE = (0.1, 0.9)  # of the others, where they are more than a few
CROWD = 10  # members from which a band shows the middle of them, and not all


def sweep_curves(shown: Arrangement) -> bytes:
    """Draw a panel beside the other, each line with the same look everywhere."""
    panels = shown.panels
    histories = [history for panel in panels for history in panel.histories]
    validated = any(epoch.validated for history in histories for epoch in history.epochs)
    both = len(shown.lines) <= FEW and validated
    across = min(len(panels), ACROSS)
    figure = blank(WIDEST if across > 1 else 8.4, 3.4 * rows_for(len(panels), across) + 0.8)
    every, free = tiles(figure, len(panels), across)
    drawn = list(zip(every, panels, strict=True))
    for axes, panel in drawn:
        draw_panel(axes, panel, shown.lines, both)
    name_axes(every, across, loss_name(both, validated), any(map(moves, histories)))
    handles = [handle(line, line.name + fate(line.name, drawn, both)) for line in shown.lines]
    others = [*training_mark(drawn, both), *other_marks(shown)]
    add_legend(figure, [*handles, *others], shown.legend, free)
    add_title(figure, shown.title, shown.subtitle)
    return png(figure)


def colour(line: Line) -> str:
    return EIGHT[line.colour % len(EIGHT)]


def handle(line: Line, label: str) -> Artist:
    """Make the legend's line."""
    dash = DASHES[line.dash % len(DASHES)]
    return Line2D([], [], color=colour(line), linestyle=dash, linewidth=1.8, label=label)


def training_mark(drawn: list[tuple[Axes, Panel]], both: bool) -> list[Artist]:
    """Say which lines are training losses, and that one ends where it leaves the picture."""
    if not both:
        return []
    cut = any(sinks(axes, history) for axes, panel in drawn for history in panel.histories)
    label = "thin: training loss" + (",\ncut where it is\nbelow the picture" if cut else "")
    return [Line2D([], [], color=GREY, linewidth=0.8, label=label)]


def sinks(axes: Axes, history: History) -> bool:
    """Tell whether a training loss goes below the axis."""
    low, _ = axes.get_ylim()
    return any(epoch.train_loss < low for epoch in history.epochs)


def other_marks(shown: Arrangement) -> list[Artist]:
    """Make the legend's marks of all that is no line."""
    made: list[Artist] = []
    lines = [histories for panel in shown.panels for histories in panel.lines.values()]
    if any(len(histories) > 1 for histories in lines):
        spread = "validation losses of\nall its runs, and their\nmedian as a line"
        made.append(Patch(color=GREY, alpha=0.25, label=spread))
    others = max(len(panel.others) for panel in shown.panels)
    if others:
        part = "the middle 80 % of\n" if others > CROWD else ""
        made.append(Patch(facecolor="none", edgecolor=GREY, hatch="//", label=part + shown.others))
    if any(last_loss(history) for panel in shown.panels for history in panel.histories):
        look: Look = {"color": GREY, "linestyle": "none", "marker": "X"}
        made.append(Line2D([], [], **look, label="failed here"))
    return made


def loss_name(both: bool, validated: bool) -> str:
    """Name the losses that are drawn."""
    if not validated:
        return "training loss"
    return "validation loss, thin: training" if both else "validation loss"


def name_axes(panels: list[Axes], across: int, loss: str, moving: bool) -> None:
    """Name what is drawn; the height of a point that moves is its loss, and an epoch is a step."""
    step = "epoch"
    if moving:
        step, loss = "step", "height"
    for axes in panels[::across]:
        axes.set_ylabel(loss)
    for axes in panels:
        axes.set_xlabel(step)


def moves(history: History) -> bool:
    return any(epoch.place for epoch in history.epochs)


# A panel


def draw_panel(axes: Axes, panel: Panel, lines: list[Line], both: bool) -> None:
    """Draw a line for each name, the middle one of its seeds, and the others as a band."""
    scale(axes, panel, both)
    for line in lines:
        histories = [one for one in panel.lines.get(line.name, []) if one.epochs]
        if histories:
            draw_line(axes, histories, line, both)
            draw_failures(axes, histories, colour(line))
    draw_others(axes, panel)
    axes.set_title(panel.title, fontsize=10)
    open_frame(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def draw_line(axes: Axes, histories: list[History], line: Line, both: bool) -> None:
    """Draw the losses of a member, or the middle ones of several seeds with all they span."""
    watched = by_epoch(histories)
    numbers = epochs_of(histories)[: len(watched)]
    look: Look = {"color": colour(line), "linestyle": DASHES[line.dash % len(DASHES)]}
    mark = "o" if len(numbers) == 1 else ""
    axes.plot(numbers, np.nanmedian(watched, axis=1), marker=mark, linewidth=1.8, **look)
    if len(histories) > 1:
        ends = np.nanmin(watched, axis=1), np.nanmax(watched, axis=1)
        axes.fill_between(numbers, *ends, color=colour(line), alpha=0.15, linewidth=0)
    if both:
        train = by_epoch(histories, training=True)
        axes.plot(numbers, np.nanmedian(train, axis=1), linewidth=0.8, alpha=0.8, **look)


def draw_others(axes: Axes, panel: Panel) -> None:
    """Draw between which losses those are that have no line of their own."""
    numbers, (low, high) = band(panel)
    look: Look = {"facecolor": "none", "edgecolor": GREY, "alpha": 0.4, "hatch": "//", "zorder": 0}
    if numbers:
        axes.fill_between(numbers, low, high, linewidth=0.5, **look)


def band(panel: Panel) -> tuple[list[int], ndarray]:
    """Compute the least and the greatest losses of the others, or of the middle of a crowd."""
    others = [history for history in panel.others if history.epochs]
    if not others:
        return [], np.empty((2, 0))
    watched = by_epoch(others)
    ends = MIDDLE if len(others) > CROWD else (0, 1)
    return epochs_of(others)[: len(watched)], np.nanquantile(watched, ends, axis=1)


def by_epoch(histories: list[History], training: bool = False) -> ndarray:
    """Lay out losses, (epochs, members), as far as half of the members came."""
    lengths = sorted(len(history.epochs) for history in histories)
    losses = np.full((lengths[len(lengths) // 2], len(histories)), np.nan)
    for member, history in enumerate(histories):
        own = [one.train_loss if training else one.watched_loss for one in history.epochs]
        losses[: len(own), member] = own[: len(losses)]
    return losses


def epochs_of(histories: list[History]) -> list[int]:
    """Number the epochs of whoever came farthest."""
    longest = max(histories, key=lambda history: len(history.epochs))
    return [epoch.number for epoch in longest.epochs]


def draw_failures(axes: Axes, histories: list[History], colour: str) -> None:
    """Mark where members failed, at the edge of the picture where that lies beyond."""
    ends = [epoch for history in histories for epoch in last_loss(history)]
    if not ends:
        return
    _, top = axes.get_ylim()
    heights = [min(epoch.watched_loss, top) for epoch in ends]
    numbers = [epoch.number for epoch in ends]
    axes.scatter(numbers, heights, marker="X", s=40, color=colour, clip_on=False)


def last_loss(history: History):
    """Give the last epoch of a member that failed after it."""
    return history.epochs[-1:] if history.failed else []


def scale(axes: Axes, panel: Panel, both: bool) -> None:
    """Scale losses that span decades by logarithms, up to where lines would be pressed together."""
    histories = [history for history in panel.histories if history.epochs]
    if not histories:
        return
    drawn = [loss for history in histories for loss in losses(history, both)]
    shown = [*drawn, *band(panel)[1].ravel().tolist()]
    usual = median_low(history.epochs[0].watched_loss for history in histories)
    watched = [loss for history in histories for loss in losses(history, both=False)]
    low, high = max(least_positive(shown), least_positive(watched) / BELOW), max(shown)
    if min(shown) >= 0 and high >= 20 * low > 0:
        axes.set_yscale("log")
        axes.set_ylim(max(low, usual / FLOOR) / 1.3, min(high, usual * ROOF) * 1.3)
        number_decades(axes.yaxis)
    elif high > usual * ROOF > 0:
        axes.set_ylim(min(*shown, 0), usual * ROOF)


def least_positive(losses: list[float]) -> float:
    return min((loss for loss in losses if loss > 0), default=0.0)


def losses(history: History, both: bool) -> list[float]:
    """List the losses that are drawn."""
    val = [epoch.watched_loss for epoch in history.epochs]
    return val + [epoch.train_loss for epoch in history.epochs] if both else val


# Lines that are nowhere to be seen


def fate(name: str, drawn: list[tuple[Axes, Panel]], both: bool) -> str:
    """Say why no panel shows a line; nothing where one does."""
    histories = [(axes, history) for axes, panel in drawn for history in panel.lines.get(name, [])]
    if all(history.failed for _, history in histories):
        return ", failed"
    if all(beyond(axes, history, both) for axes, history in histories if history.epochs):
        return ", beyond the picture"
    return ""


def beyond(axes: Axes, history: History, both: bool) -> bool:
    """Tell whether all losses lie above the axis, or all below it."""
    low, high = axes.get_ylim()
    drawn = losses(history, both)
    return min(drawn) > high or max(drawn) < low
