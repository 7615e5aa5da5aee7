"""The picture of promises: on the dashed line stands what is found as often as it is promised."""

from collections.abc import Sequence

from nnrun.report.numbers import share
from nnrun.report.pictures.figure import BLUE, GREY, add_title, blank, open_frame, png
from nnrun.report.promises import Promise

NEAR = 1e-6  # of a share that is rounded
LARGEST = 110  # points² of the mark of all rows


def kept_promises(
    told: Sequence[Promise], promised: str, found: str, title: str, more: str
) -> bytes:
    """Draw what was found over what was promised, each with its 95 % interval."""
    figure = blank(5.6, 5.4)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=(0, (5, 2)), linewidth=1)
    x, y = [one.promised for one in told], [one.found for one in told]
    below = [max(0.0, one.found - one.low) for one in told]
    above = [max(0.0, one.high - one.found) for one in told]
    axes.errorbar(x, y, [below, above], fmt="none", ecolor=BLUE, elinewidth=1, capsize=2)
    most = max(one.rows for one in told)
    axes.scatter(x, y, [12 + LARGEST * one.rows / most for one in told], color=BLUE, zorder=3)
    least = min(*x, *(one.low for one in told))
    axes.set(xlim=(least - 0.03, 1.03), ylim=(least - 0.03, 1.03), xlabel=promised, ylabel=found)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: share(value) if -NEAR < value < 1 + NEAR else "")
    axes.set_aspect("equal")
    open_frame(axes)
    add_title(figure, title, more)
    return png(figure)
