"""The picture of many trainings: validation losses as lines, training losses dashed."""

from collections.abc import Sequence
from statistics import median_low
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from nnrun.report.figure import (
    GREY,
    WIDEST,
    Look,
    add_legend,
    blank,
    open_frame,
    png,
    rows_for,
    tiles,
)
from nnrun.report.loss_panels import History, Panel
from nnrun.runs.epochs import EpochRecord

EIGHT = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7"),
    *("#E69F00", "#56B4E9", "#000000", "#882255"),
)
Style = Literal["solid", "dashdot"]
STYLES: tuple[Style, Style] = ("solid", "dashdot")  # the second when all colours are taken
FEW = 4  # lines with which training losses do not get lost
ACROSS = 2  # panels side by side
ROOF = 10  # times a usual first loss: what is higher would press the others together
FLOOR = 1e6  # what is less than a usual first loss divided by this leaves the picture as well


def sweep_curves(panels: Sequence[Panel], left_out: str, legend: str) -> bytes:
    """Draw a panel beside the other, each name of a line in the same colour everywhere."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    histories = [history for panel in panels for history in panel.histories]
    validated = any(epoch.validated for history in histories for epoch in history.epochs)
    both = len(names) <= FEW and validated
    across = min(len(panels), ACROSS)
    figure = blank(WIDEST if across > 1 else 8, 3.4 * rows_for(len(panels), across) + 0.6)
    every, free = tiles(figure, len(panels), across)
    drawn = list(zip(every, panels, strict=True))
    for axes, panel in drawn:
        draw_panel(axes, panel, names, both)
    name_axes(every, across, loss_name(both, validated), any(map(moves, histories)))
    handles = [handle(place, name + fate(name, drawn, both)) for place, name in enumerate(names)]
    if any(map(last_before_failure, histories)):
        look: Look = {"color": GREY, "linestyle": "none", "marker": "X"}
        handles.append(Line2D([], [], **look, label="failed here"))
    add_legend(figure, handles, legend, free)
    figure.suptitle(left_out, fontsize=11)
    return png(figure)


def colour(place: int) -> str:
    return EIGHT[place % len(EIGHT)]


def style(place: int) -> Style:
    return STYLES[place // len(EIGHT) % len(STYLES)]


def handle(place: int, label: str) -> Artist:
    """Make the legend's line."""
    return Line2D([], [], color=colour(place), linestyle=style(place), label=label)


def loss_name(both: bool, validated: bool) -> str:
    """Name the losses that are drawn."""
    if not validated:
        return "training loss"
    return "validation loss, training dashed" if both else "validation loss"


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


def draw_panel(axes: Axes, panel: Panel, names: list[str], both: bool) -> None:
    """Draw a line for each history, thin where there are several of its name."""
    scale(axes, [history for history in panel.histories if history.epochs], both)
    for name, histories in panel.lines.items():
        place, alone = names.index(name), len(histories) == 1
        for history in histories:
            draw_line(axes, history.epochs, place, alone, both)
        draw_failures(axes, histories, colour(place))
    axes.set_title(panel.title, fontsize=10)
    open_frame(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_line(axes: Axes, epochs: list[EpochRecord], place: int, alone: bool, both: bool) -> None:
    numbers = [epoch.number for epoch in epochs]
    look: Look = {"color": colour(place), "alpha": 0.9 if alone else 0.7}
    solid: Look = {"linestyle": style(place), "linewidth": 1.8 if alone else 1.0}
    mark = "o" if len(epochs) == 1 else ""
    axes.plot(numbers, [epoch.watched_loss for epoch in epochs], marker=mark, **solid, **look)
    if both:
        train = [epoch.train_loss for epoch in epochs]
        axes.plot(numbers, train, linestyle=(0, (3, 2)), linewidth=0.7, **look)


def draw_failures(axes: Axes, histories: list[History], colour: str) -> None:
    """Mark where members failed, at the edge of the picture where that lies beyond."""
    ends = [epoch for history in histories if (epoch := last_before_failure(history))]
    _, top = axes.get_ylim()
    heights = [min(epoch.watched_loss, top) for epoch in ends]
    numbers = [epoch.number for epoch in ends]
    axes.scatter(numbers, heights, marker="X", s=40, color=colour, clip_on=False)


def last_before_failure(history: History) -> EpochRecord | None:
    """Give the last epoch of a member that failed after it."""
    return history.epochs[-1] if history.failed and history.epochs else None


def scale(axes: Axes, histories: list[History], both: bool) -> None:
    """Scale losses that span decades by logarithms, up to where lines would be pressed together."""
    if not histories:
        return
    shown = [loss for history in histories for loss in losses(history, both)]
    usual = median_low(history.epochs[0].watched_loss for history in histories)
    low, high = min((loss for loss in shown if loss > 0), default=0.0), max(shown)
    if min(shown) >= 0 and high >= 20 * low > 0:
        axes.set_yscale("log")
        axes.set_ylim(max(low, usual / FLOOR) / 1.3, min(high, usual * ROOF) * 1.3)
    elif high > usual * ROOF > 0:
        axes.set_ylim(min(*shown, 0), usual * ROOF)


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
