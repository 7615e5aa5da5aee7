"""The page that a picture is drawn on, without a screen; its colours, panels and legend."""

import warnings
from math import log10
from textwrap import fill, wrap
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg, get_hinting_flag
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy import ndarray

from nnrun.characters import brief, visible
from nnrun.report.numbers import setting
from nnrun.report.pictures.packing import packed
from nnrun.report.pictures.page import Page, lay_out

Dash = Literal["solid"] | tuple[float, tuple[float, ...]]  # matplotlib's way to say it
Corner = Literal[
    "upper right", "upper left", "lower right", "lower left", "lower center", "center right"
]
Shares = tuple[float, float]  # of a panel's width and height
Look = dict[str, Any]  # how a line, a mark or a legend is drawn
Rows = dict[str, tuple[ndarray, ndarray]]  # inputs and targets of train and test

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"  # the colour-blind can tell them apart
EIGHT = (  # the colour-blind can tell them apart, too
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7"),
    *("#E69F00", "#56B4E9", "#000000", "#882255"),
)
DASHES: tuple[Dash, ...] = (  # of lines with the same colour
    *("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5))),
    *((0, (9, 3)), (0, (3, 4)), (0, (1, 4)), (0, (4, 1.5, 1, 1.5, 1, 1.5))),
)
STEPS = {2: (1, 2, 5), 4: (1, 3)}  # within a decade, of an axis of so many
WIDEST = 9.5  # inches whose words can still be read when a page makes 6.5 of them
PER_INCH = 11  # letters of a title
NARROW = 24  # letters of a legend that fits beside two panels
LINE = 0.22  # inches of its height
DPI = 120
LONGEST, ENDS = 60, 20  # letters of a word, and those that stay at both ends of a longer one
CORNER = 0.56, 0.3  # of a panel's width and height, that a legend takes at least
PAD = 0.03  # of them, between a legend and the frame
CORNERS: tuple[Corner, ...] = (
    *("upper right", "upper left", "lower right"),
    *("lower left", "lower center", "center right"),
)
BEGIN = {"left": 0.0, "right": 1.0, "lower": 0.0, "upper": 1.0, "center": 0.5}
UPWARDS = 90  # degrees of a name beside an axis
ALONG = 200  # points of a line that are looked at
BAR = 0.05  # of a panel's width, of a bar that tells what colours mean
WIDE = 45  # letters of a legend that fits into the place of a panel


class Written(NamedTuple):
    """A line of text as pixels, and how far these reach from its beginning, in pixels."""

    pixels: ndarray
    width: float
    height: float
    descent: float
    left: float


class PlainRenderer(RendererAgg):
    """Writes every text as it stands: a name is no formula, and what cannot be drawn is spelt out.

    All words of a page pass through here, those beside ticks too. Each is written once, when it is
    measured: to place and to draw letters one by one takes a third of a picture's time.
    """

    def __init__(self, *page: float):
        super().__init__(*page)
        self.written: dict[tuple[str, int], Written] = {}

    def get_text_width_height_descent(
        self, s: str, prop: Any, ismath: Any
    ) -> tuple[float, float, float]:
        line = self.line(s, prop)
        return line.width, line.height, line.descent

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, *_: Any, **more: Any
    ) -> None:
        if angle not in (0, UPWARDS):
            super().draw_text(gc, x, y, drawable(s), prop, angle, **{**more, "ismath": False})
            return
        line = self.line(s, prop)
        beyond = round((y if angle == 0 else x) + line.descent) + 1  # where its last row ends
        if angle == 0:
            place = line.pixels, round(x + line.left), beyond
        else:
            turned = np.ascontiguousarray(np.rot90(line.pixels))
            place = turned, beyond - len(line.pixels), round(y - line.left)
        self._renderer.draw_text_image(*place, 0, gc)

    def line(self, s: str, prop: Any) -> Written:
        """Write a line, if that is not done yet."""
        key = s, hash(prop)
        if key not in self.written:
            self.written[key] = self.write(drawable(s), prop)
        return self.written[key]

    def write(self, text: str, prop: Any) -> Written:
        font = self._prepare_font(prop)
        font.set_text(text, 0.0, flags=get_hinting_flag())
        font.draw_glyphs_to_bitmap()
        sizes = *font.get_width_height(), font.get_descent(), font.get_bitmap_offset()[0]
        return Written(np.array(font.get_image()), *(size / 64 for size in sizes))


class PlainCanvas(FigureCanvasAgg):
    """A canvas on which every text stands as it is."""

    page: tuple[float, ...] = ()

    def get_renderer(self) -> RendererAgg:
        page = *self.get_width_height(physical=True), self.figure.dpi
        if page != self.page:
            self.page, self.renderer = page, PlainRenderer(*page)
        return self.renderer


def drawable(line: str) -> str:
    """Write a line of a picture in characters that can be drawn, and words that have room."""
    return brief(visible(line), LONGEST, ENDS)


def blank(width: float, height: float) -> Page:
    """Make an empty page of so many inches."""
    page = Page(figsize=(width, height), dpi=DPI)
    PlainCanvas(page)
    return page


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


def explain_above(axes: Axes) -> None:
    """Put a legend in a line above a panel, where everything in it may reach the top."""
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, frameon=False, borderpad=0)


def explain(axes: Axes, endless: bool = False) -> None:
    """Put a legend into a panel, on white, so that no line crosses its words.

    Where each corner is crossed, an axis that has no natural end goes farther up.
    """
    look: Look = {"facecolor": "white", "edgecolor": "none", "framealpha": 0.85}
    legend = axes.legend(**look)
    size = shares_of(legend, axes)
    corner = emptiest_corner(axes, size)
    if endless and crowd(drawn_in(axes), box(corner, size)):
        corner = room_above(axes, size)
    legend.set_loc(corner)
    legend.set_in_layout(False)  # it stands within the frame


def room_above(axes: Axes, size: Shares) -> Corner:
    """Lengthen the axis until an upper corner is free; give that which asks for less."""
    x, y = drawn_in(axes)
    sides: dict[Corner, ndarray] = {"upper right": x > 1 - size[0], "upper left": x < size[0]}
    tops = {corner: float(y[side].max(initial=0)) for corner, side in sides.items()}
    corner = min(tops, key=lambda one: tops[one])
    longer = max(1.0, tops[corner] / (1 - size[1]))
    scale = axes.yaxis.get_transform()
    low, high = scale.transform(np.array(axes.get_ylim()))
    top = scale.inverted().transform(np.array([low + (high - low) * longer]))
    axes.set_ylim(top=float(top[0]))
    return corner


def shares_of(legend: Legend, axes: Axes) -> Shares:
    """Tell which shares of a panel's width and height a legend takes."""
    canvas = cast(PlainCanvas, axes.figure.canvas)
    taken, panel = legend.get_window_extent(canvas.get_renderer()), axes.bbox
    shares = taken.width / panel.width + PAD, taken.height / panel.height + PAD
    return max(shares[0], CORNER[0]), max(shares[1], CORNER[1])


def emptiest_corner(axes: Axes, size: Shares = CORNER) -> Corner:
    """Find the corner of a panel that the least of lines and marks crosses."""
    drawn = drawn_in(axes)
    return min(CORNERS, key=lambda corner: crowd(drawn, box(corner, size)))


def drawn_in(axes: Axes) -> ndarray:
    """Give points of lines and marks, as shares of a panel's width and height."""
    axes.autoscale_view()  # the ends of axes are found late
    marks = [axes.transData.transform(own.get_offsets()) for own in points_of(axes)]
    lines = [line for line in axes.lines if line.get_transform() == axes.transData]
    drawn = np.concatenate([*map(along, lines), *marks])  # but for what goes from edge to edge
    return axes.transAxes.inverted().transform(drawn).T


def crowd(drawn: ndarray, place: tuple[Shares, Shares]) -> int:
    """Count the points in a place."""
    (x, y), ((left, right), (lower, upper)) = drawn, place
    return int(((x > left) & (x < right) & (y > lower) & (y < upper)).sum())


def box(corner: Corner, size: Shares) -> tuple[Shares, Shares]:
    """Give the ends of a legend in a corner, along both axes."""
    up, across = corner.split()
    left, lower = BEGIN[across] * (1 - size[0]), BEGIN[up] * (1 - size[1])
    return (left, left + size[0]), (lower, lower + size[1])


def along(line: Line2D) -> ndarray:
    """Give points of a line, between those that it joins, too."""
    points = line.get_transform().transform(line.get_xydata())
    steps, joined = np.linspace(0, len(points) - 1, ALONG), np.arange(len(points))
    return np.stack([np.interp(steps, joined, own) for own in points.T], axis=1)


def points_of(axes: Axes) -> list[PathCollection]:
    return [own for own in axes.collections if isinstance(own, PathCollection)]


def number_decades(axis: Axis) -> None:
    """Write numbers beside a logarithmic axis that need no powers to be read."""
    low, high = axis.get_view_interval()
    decades = log10(high / low)
    between = next((subs for most, subs in STEPS.items() if decades <= most), (1,))
    axis.set_major_locator(LogLocator(subs=between, numticks=9))
    number_places(axis)


def number_places(axis: Axis) -> None:
    """Write numbers beside the marked places of an axis, where matplotlib would write formulas."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: setting(value)))
    axis.set_minor_formatter(NullFormatter())


def add_legend(figure: Page, handles: list[Artist], title: str, free: list[Axes]) -> None:
    """Put the legend in a free panel's place, else beside the panels, or below if it is wide."""
    labels = [str(handle.get_label()) for handle in handles]
    longest = max(len(line) for label in [*labels, title] for line in label.splitlines() or [""])
    look: Look = {"handles": handles, "title": title, "frameon": False}
    if free and longest <= WIDE:
        free[0].legend(**look, loc="center", alignment="left").set_in_layout(False)
        return
    lines = sum(label.count("\n") + 1 for label in [*labels, title])
    if longest <= NARROW and LINE * lines < figure.get_figheight():
        figure.beside = figure.legend(**look, loc="center right", alignment="left")
        return
    columns = max(1, int(figure.get_figwidth() * PER_INCH) // (longest + 6))
    figure.set_figheight(figure.get_figheight() + LINE * (lines / columns + 1))
    put_below(figure, ncols=min(columns, len(handles)), **look)


def put_below(figure: Page, **look: Any) -> None:
    """Put a legend below all panels."""
    figure.below = figure.legend(loc="lower center", alignment="left", **look)


def add_colours(figure: Page, drawn: Any, place: SubplotSpec, **look: Any) -> None:
    """Tell in a bar what the colours of something mean."""
    bar = figure.add_subplot(place, anchor="W", box_aspect=1 / BAR)
    figure.colorbar(drawn, cax=bar, **look)


def add_title(figure: Page, title: str, more: str = "") -> None:
    """Write what a picture shows above it, and in smaller letters what else is to be known."""
    letters = int(figure.get_figwidth() * PER_INCH)
    lines = balanced(title, letters)
    smaller = balanced(more, int(letters * 1.2))
    if not smaller:
        figure.heading = figure.suptitle(lines, fontsize=12)
        return
    figure.heading = figure.suptitle(f"{lines}\n{smaller}", fontsize=11)


def balanced(text: str, letters: int) -> str:
    """Break a text into as few lines as fit, alike in length, so that no word stands alone."""
    text = brief(text, LONGEST, ENDS)
    lines = len(wrap(text, letters))
    least = len(text) // max(1, lines)
    widths = range(max(1, min(least, letters)), letters)
    fitting = (width for width in widths if len(wrap(text, width)) <= lines)
    return fill(text, next(fitting, letters))


def in_lines(text: str, letters: int) -> str:
    """Break a text into lines of so many letters."""
    return fill(brief(text, LONGEST, ENDS), letters)


def png(page: Page) -> bytes:
    """Make the figure a file; the same run gives the same bytes."""
    canvas = cast(PlainCanvas, page.canvas)
    with warnings.catch_warnings():
        # a glyph that the font lacks is drawn as a box
        warnings.simplefilter("ignore", UserWarning)
        lay_out(page, canvas.get_renderer())
        canvas.draw()
    return packed(np.asarray(canvas.buffer_rgba())[..., :3], DPI)


def load_all() -> None:
    """Let matplotlib load what it loads with the first picture, such as fonts."""
    page = blank(2, 2)
    page.subplots().plot([0, 1])
    add_title(page, "a picture")
    png(page)
