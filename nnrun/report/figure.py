"""The page that a picture is drawn on, without a screen; its colours, panels and legend."""

import warnings
from io import BytesIO
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy import ndarray

Look = dict[str, Any]  # how a line, a mark or a legend is drawn
Rows = dict[str, tuple[ndarray, ndarray]]  # inputs and targets of train and test

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"  # the colour-blind can tell them apart
WIDEST = 9.5  # inches whose words can still be read when a page makes 6.5 of them
NARROW = 24  # letters of a legend that fits beside two panels
WIDE = 45  # letters of a legend that fits into the place of a panel


def blank(width: float, height: float) -> Figure:
    """Make an empty page of so many inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def rows_for(count: int, across: int) -> int:
    """Count the rows that so many panels take."""
    return -(-count // across)


def tiles(figure: Figure, count: int, across: int) -> tuple[list[Axes], list[Axes]]:
    """Lay out panels in rows; give them, and the places that are left in the last row."""
    places = list(figure.subplots(rows_for(count, across), across, squeeze=False).flat)
    for axes in places[count:]:
        axes.set_axis_off()
    return places[:count], places[count:]


def open_frame(*panels: Axes) -> None:
    """Leave the upper and the right side of panels open, above a faint grid."""
    for axes in panels:
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)


def add_legend(figure: Figure, handles: list[Artist], title: str, free: list[Axes]) -> None:
    """Put the legend in a free panel's place, else beside the panels, or below if it is wide."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    look: Look = {"handles": handles, "title": title, "frameon": False}
    if free and longest <= WIDE:
        free[0].legend(**look, loc="center", alignment="left")
        return
    if longest <= NARROW:
        figure.legend(**look, loc="outside right center", alignment="left")
        return
    columns = 2 if longest <= WIDE else 1
    figure.set_figheight(figure.get_figheight() + 0.22 * (len(handles) // columns + 1))
    below = figure.legend(**look, loc="outside lower center", ncols=columns)
    below.set_alignment("left")


def png(figure: Figure) -> bytes:
    """Make the figure a file; without a date in it, so that the same run gives the same bytes."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        # a glyph that the font lacks is drawn as a box
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(buffer, dpi=120, metadata={"Software": None})
    return buffer.getvalue()
