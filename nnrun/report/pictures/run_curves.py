"""The picture of a run's epochs: its losses, and beside them the score."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nnrun.report.pictures.figure import (
    BLUE,
    GREY,
    ORANGE,
    add_title,
    blank,
    explain,
    number_decades,
    open_frame,
    png,
)
from nnrun.report.scores import LOST, Watched, axis_ends, with_direction, worst_shown, written
from nnrun.runs.epochs import EpochRecord

WHOLE = 2  # times the best score that there can be, such as from an R² of 1 down to one of -1
SPAN = 5  # times the least loss, from which losses are drawn over decades


@dataclass(frozen=True)
class Course:
    """A run's epochs, and which of them is kept."""

    epochs: list[EpochRecord]
    best_epoch: int
    best_by: str  # what the best epoch is the best by
    score: Watched
    loss: str  # its name
    title: str
    networks: int = 1  # whose mean is drawn; each keeps its own best epoch

    @property
    def step(self) -> str:
        """What an epoch is called: a point on a landscape makes one step in each."""
        return "step" if self.epochs[0].place else "epoch"


def run_curves(course: Course) -> bytes:
    """Draw the losses and the score against the epochs, and mark the best epoch."""
    validated = course.epochs[0].validated
    figure = blank(9 if validated else 5.5, 4)
    panels = figure.subplots(1, 1 + validated, squeeze=False)[0]
    draw_losses(panels[0], course)
    if validated:
        draw_scores(panels[1], course)
    for axes in panels:
        if validated:
            axes.axvline(course.best_epoch, color=GREY, linestyle=":", label=kept(course))
        open_frame(axes)
        axes.set_xlabel(course.step)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        explain(axes, endless=axes is panels[0])
    last = f"no rows validate, so the last {course.step} is kept"
    each = "" if course.networks == 1 else " of each network"
    best = f"the best {course.step}{each} by {course.best_by}"
    add_title(figure, course.title, best if validated else last)
    return png(figure)


def kept(course: Course) -> str:
    """Say what the marked epoch is; networks keep others, half of them none that is later."""
    which = " which is kept" if course.networks == 1 else "\nthe median of those kept"
    return f"{course.step} {course.best_epoch},{which}"


def draw_losses(axes: Axes, course: Course) -> None:
    train = [epoch.train_loss for epoch in course.epochs]
    val = [epoch.val_loss for epoch in course.epochs if epoch.validated]
    draw_line(axes, train, BLUE, "training rows")
    if val:
        draw_line(axes, val, ORANGE, "validation rows")
    axes.set_ylabel(f"loss ({course.loss})")
    drawn = [loss for loss in train + val if isfinite(loss)]
    if drawn and 0 < min(drawn) * SPAN < max(drawn):
        axes.set_yscale("log")
        number_decades(axes.yaxis)


def draw_scores(axes: Axes, course: Course) -> None:
    """Draw the score up to where it can be, and down to where most of it is."""
    score, scores = course.score, [epoch.score for epoch in course.epochs]
    draw_line(axes, scores, ORANGE, "validation rows")
    axes.set_ylabel(with_direction(written(score.name), score.better))
    turned = [score.better * value for value in scores if isfinite(value)]
    if turned:
        worst = worst_shown(turned, reach(score, median(turned)))
        ends = sorted([score.better * max(turned), score.better * worst])
        axes.set_ylim(*axis_ends((ends[0], ends[1]), (score.lowest, score.highest)))


def reach(score: Watched, middle: float) -> float:
    """Tell how far from its best a score may be in the course of a run, and is no lost one."""
    if score.better > 0 and isfinite(score.highest):
        return WHOLE * score.highest
    ideal = score.highest if score.better > 0 else -score.lowest
    return LOST * (ideal - middle) if isfinite(ideal) else 0.0


def draw_line(axes: Axes, values: Sequence[float], colour: str, label: str) -> None:
    mark = "o" if len(values) == 1 else ""
    axes.plot(range(1, len(values) + 1), values, color=colour, marker=mark, label=label)
