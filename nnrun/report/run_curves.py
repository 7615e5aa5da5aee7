"""The picture of a run's epochs: its losses, and beside them the score."""

from matplotlib.axes import Axes

from nnrun.report.figure import BLUE, GREY, ORANGE, blank, open_frame, png
from nnrun.runs.epochs import EpochRecord


def run_curves(epochs: list[EpochRecord], score: str, best_epoch: int, title: str) -> bytes:
    """Draw the losses and the score against the epochs, and mark the best epoch."""
    figure = blank(9, 3.8)
    figure.suptitle(title, fontsize=12)
    left, right = figure.subplots(1, 2)
    draw_losses(left, epochs)
    draw_scores(right, epochs, score)
    for axes in (left, right):
        axes.axvline(best_epoch, color=GREY, linestyle=":", label=f"best epoch, {best_epoch}")
        open_frame(axes)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False)
    return png(figure)


def draw_losses(axes: Axes, epochs: list[EpochRecord]) -> None:
    train = [epoch.train_loss for epoch in epochs]
    val = [epoch.val_loss for epoch in epochs]
    numbers = range(1, len(epochs) + 1)
    axes.plot(numbers, train, color=BLUE, label="training")
    axes.plot(numbers, val, color=ORANGE, label="validation")
    axes.set(xlabel="epoch", ylabel="loss")
    if min(train + val) > 0:
        axes.set_yscale("log")


def draw_scores(axes: Axes, epochs: list[EpochRecord], name: str) -> None:
    scores = [epoch.score for epoch in epochs]
    axes.plot(range(1, len(epochs) + 1), scores, color=ORANGE, label="validation")
    axes.set(xlabel="epoch", ylabel=name)
    if max(scores) > 0:
        axes.set_ylim(bottom=max(0, min(scores)))
