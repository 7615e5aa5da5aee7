"""The courses of many trainings on one picture: validation losses as lines, training losses dashed."""

from collections.abc import Sequence
from statistics import median_low
from typing import Any, Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from nnrun.report.pictures import GREY, WIDEST, blank, explain, png, tiles
from nnrun.runs.course import Course, Panel
from nnrun.runs.epochs import EpochRecord

EIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#882255")
Way = Literal["solid", "dashdot"]
WAYS: tuple[Way, Way] = ("solid", "dashdot")  # of a line: the second when all colours are taken
FEW = 4  # lines with which training losses do not get lost
ACROSS = 2  # panels side by side
ROOF = 10  # times a usual first loss: what is higher leaves the picture, and would press the others together
FLOOR = 1e6  # what is less than a usual first loss divided by this leaves it as well


def overlay(panels: Sequence[Panel], heading: str, legend: str) -> bytes:
    """A panel beside the other, each name of a line in the same colour everywhere; `heading` says what is left out."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    across = min(len(panels), ACROSS)
    down = -(-len(panels) // across)
    figure = blank(WIDEST if across > 1 else 8, 3.4 * down + 0.6)
    every, free = tiles(figure, len(panels), across)
    both = len(names) <= FEW
    drawn = list(zip(every, panels, strict=True))
    for axes, panel in drawn:
        draw(axes, panel, names, both)
    walking = any(
        epoch.place for panel in panels for own in panel.lines.values() for epoch in own[0].epochs
    )
    watched = "height" if walking else "validation loss"
    for axes in every[::across]:
        axes.set(ylabel=f"{watched}, training dashed" if both and not walking else watched)
    for axes in every:
        axes.set(xlabel="step" if walking else "epoch")
    labels = [
        name + fate([(axes, panel.lines.get(name, [])) for axes, panel in drawn], both)
        for name in names
    ]
    handles: list[Artist] = [
        Line2D([], [], color=colour(i), linestyle=way(i), label=label)
        for i, label in enumerate(labels)
    ]
    if any(end(course) for panel in panels for own in panel.lines.values() for course in own):
        handles.append(
            Line2D([], [], color=GREY, linestyle="none", marker="X", label="failed here")
        )
    explain(figure, handles, legend, free)
    figure.suptitle(heading, fontsize=11)
    return png(figure)


def draw(axes: Axes, panel: Panel, names: list[str], both: bool) -> None:
    """One panel: a line for each course, thin where there are several of its name."""
    scale(axes, [course for own in panel.lines.values() for course in own if course.epochs], both)
    for name, own in panel.lines.items():
        place, alone = names.index(name), len(own) == 1
        look: dict[str, Any] = {"color": colour(place), "alpha": 0.9 if alone else 0.7}
        for seen in (course.epochs for course in own):
            epochs, mark = [epoch.number for epoch in seen], "o" if len(seen) == 1 else ""
            val, train = [epoch.val_loss for epoch in seen], [epoch.train_loss for epoch in seen]
            axes.plot(
                epochs,
                val,
                linestyle=way(place),
                linewidth=1.8 if alone else 1.0,
                marker=mark,
                **look,
            )
            if both:
                axes.plot(epochs, train, linestyle=(0, (3, 2)), linewidth=0.7, **look)
        ends = [last for course in own if (last := end(course))]
        heights = [min(last.val_loss, axes.get_ylim()[1]) for last in ends]
        axes.scatter(
            [last.number for last in ends],
            heights,
            marker="X",
            s=40,
            color=colour(place),
            clip_on=False,
        )
    axes.set_title(panel.title, fontsize=10)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def fate(drawn: list[tuple[Axes, list[Course]]], both: bool) -> str:
    """What the legend has to say of a line that is nowhere to be seen."""
    if all(course.failed for _, own in drawn for course in own):
        return ", failed"
    if all(beyond(axes, course, both) for axes, own in drawn for course in own if course.epochs):
        return ", beyond the picture"
    return ""


def beyond(axes: Axes, course: Course, both: bool) -> bool:
    """Whether all losses lie above the axis, or all below it."""
    low, high = axes.get_ylim()
    own = [loss for seen in course.epochs for loss in losses(seen, both)]
    return min(own) > high or max(own) < low


def end(course: Course) -> EpochRecord | None:
    """The last epoch of a member that failed after it."""
    return course.epochs[-1] if course.failed and course.epochs else None


def scale(axes: Axes, courses: list[Course], both: bool) -> None:
    """The loss in its logarithm where it spans decades, up to where lines would press the others together."""
    if not courses:
        return
    shown = [loss for course in courses for seen in course.epochs for loss in losses(seen, both)]
    usual = median_low(course.epochs[0].val_loss for course in courses)
    low, high = min((loss for loss in shown if loss > 0), default=0.0), max(shown)
    if min(shown) >= 0 and high >= 20 * low > 0:
        axes.set_yscale("log")
        axes.set_ylim(max(low, usual / FLOOR) / 1.3, min(high, usual * ROOF) * 1.3)
    elif high > usual * ROOF > 0:
        axes.set_ylim(min(min(shown), 0), usual * ROOF)


def losses(seen: EpochRecord, both: bool) -> list[float]:
    return [seen.val_loss, seen.train_loss] if both else [seen.val_loss]


def colour(place: int) -> str:
    return EIGHT[place % len(EIGHT)]


def way(place: int) -> Way:
    return WAYS[place // len(EIGHT) % len(WAYS)]
