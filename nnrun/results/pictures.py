"""Pictures of a run, drawn without a screen; colours that the colour-blind can tell apart."""

import warnings
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"


def curves(train: list[float], val: list[float], gauge: list[float], name: str, best_epoch: int, title: str) -> bytes:
    """Losses and the gauge against epochs, the best epoch marked."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=12)
    left, right = figure.subplots(1, 2)
    epochs = range(1, len(train) + 1)
    left.plot(epochs, train, color=BLUE, label="training")
    left.plot(epochs, val, color=ORANGE, label="validation")
    left.set(xlabel="epoch", ylabel="loss")
    if min(train + val) > 0:
        left.set_yscale("log")
    right.plot(epochs, gauge, color=ORANGE, label="validation")
    right.set(xlabel="epoch", ylabel=name)
    if max(gauge) > 0:
        right.set_ylim(bottom=max(0, min(gauge)))
    for axes in (left, right):
        axes.axvline(best_epoch, color=GREY, linestyle=":", label=f"best epoch, {best_epoch}")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False)
    return png(figure)


def png(figure: Figure) -> bytes:
    """The figure as a file; without a date in it, so that the same run gives the same bytes."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a glyph that the font lacks is drawn as a box
        figure.savefig(buffer, dpi=150, metadata={"Software": None})
    return buffer.getvalue()
