"""The picture of a run's epochs: its losses, and beside them the score."""

from matplotlib.axes import Axes

from nnrun.report.figure import BLUE, GREY, ORANGE, blank, open_frame, png
from nnrun.runs.epochs import EpochRecord


def run_curves(epochs: list[EpochRecord], score: str, best_epoch: int, title: str) -> bytes:
    """Draw the losses and the score against the epochs, and mark the best epoch."""
    draws = [lambda axes: draw_losses(axes, epochs)]
    if epochs[0].validated:
        draws.append(lambda axes: draw_scores(axes, epochs, score))
    figure = blank(4.5 * len(draws), 3.8)
    figure.suptitle(title, fontsize=12)
    for axes, draw in zip(figure.subplots(1, len(draws), squeeze=False)[0], draws, strict=True):
        draw(axes)
        if epochs[0].validated:  # else the last is kept, which nobody found to be the best
            axes.axvline(best_epoch, color=GREY, linestyle=":", label=f"best epoch, {best_epoch}")
        open_frame(axes)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False)
    return png(figure)


def draw_losses(axes: Axes, epochs: list[EpochRecord]) -> None:
    train = [epoch.train_loss for epoch in epochs]
    val = [epoch.val_loss for epoch in epochs if epoch.validated]
    numbers = range(1, len(epochs) + 1)
    axes.plot(numbers, train, color=BLUE, label="training")
    if val:
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
