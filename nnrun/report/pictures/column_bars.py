"""The picture of how much each column matters: a bar each, with its interval."""

from collections.abc import Sequence

from nnrun.report.pictures.figure import BLUE, add_title, blank, png

MOST = 25  # columns on a page
HEIGHT = 0.3  # inches of a bar


def column_bars(
    names: Sequence[str], means: Sequence[float], halves: Sequence[float], score: str, title: str
) -> bytes:
    """Draw what the score loses without each column, the first on top."""
    shown = slice(0, MOST)
    figure = blank(7.5, 1.4 + HEIGHT * len(names[shown]))
    axes = figure.add_subplot()
    places = range(len(names[shown]))
    axes.barh(places, means[shown], xerr=halves[shown], color=BLUE, ecolor="black", capsize=2)
    axes.set_yticks(places, names[shown])
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel(f"{score} lost where the column is shuffled, and the 95 % interval")
    axes.spines[["top", "right"]].set_visible(False)
    add_title(figure, title)
    return png(figure)
