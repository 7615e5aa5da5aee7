"""Each choice of a sweep's settings as a line through all of them, to its score."""

from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from nnrun.report.numbers import number, setting
from nnrun.report.pictures.figure import GREY, PER_INCH, Look
from nnrun.report.pictures.score_board import ScoreBoard
from nnrun.report.pictures.spacing import MARKED, Spacing, apart
from nnrun.runs.names import as_text


def draw_choices(axes: Axes, board: ScoreBoard, inches: float) -> None:
    """Draw each choice as a line through its settings to its score, between upright axes."""
    draw_lines(axes, board)
    settings = len(board.spacings)
    letters = int(inches * PER_INCH / (settings + 0.5)) - 2
    headings = [broken(key, letters) for key in [*board.spacings, board.score]]
    axes.set_xticks(range(len(headings)), headings)
    axes.set_yticks([])
    axes.set(xlim=(-0.25, settings + 0.25), ylim=(-0.06, 1.06))
    for place, space in enumerate(board.spacings.values()):
        draw_axis(axes, place, marks_of(space))
    low, high = board.ends
    told = [(number(low + share * (high - low)), share) for share in (0.0, 0.5, 1.0)]
    draw_axis(axes, settings, told)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)


def draw_lines(axes: Axes, board: ScoreBoard) -> None:
    """Draw the lines: better ones are darker and on top, the best is black."""
    columns = [space.shares(board.values(key)) for key, space in board.spacings.items()]
    low, high = board.ends
    heights = [(min(max(score, low), high) - low) / (high - low) for score in board.scores]
    order = sorted(range(len(heights)), key=lambda i: board.better * board.scores[i])
    lines = [[*(column[i] for column in columns), heights[i]] for i in order]
    alphas = [0.1 + 0.7 * (rank / len(order)) ** 4 for rank in range(1, len(order) + 1)]
    told = zip(order, alphas, strict=True)
    colours = [to_rgba(board.colour(board.places[i]), alpha) for i, alpha in told]
    paths = [list(enumerate(line)) for line in lines]
    axes.add_collection(LineCollection(paths, colors=colours, linewidths=1.2))
    if board.best is not None:
        axes.plot(lines[order.index(board.best[0])], color="black", linewidth=2.6)


def broken(key: str, letters: int) -> str:
    """Break the name of a setting into lines, after its dots and wherever it would be too long."""
    return "\n".join(fill(step, letters) for step in key.replace(".", ".\n").splitlines())


def marks_of(space: Spacing) -> list[tuple[str, float]]:
    """Choose the values that are written on their axis: those that touch no others."""
    values, texts = space.values, list(map(as_text, space.values))
    shares = space.shares(values)
    if len(values) > MARKED and space.kind != "words":
        near = [min(range(len(values)), key=lambda i: abs(shares[i] - k / 4)) for k in range(5)]
        return [(setting(values[i]), shares[i]) for i in near]
    kept = apart(shares, ["x"] * len(shares), inches=1.4)
    return [(texts[i], shares[i]) for i in kept]


def draw_axis(axes: Axes, place: int, marks: Sequence[tuple[str, float]]) -> None:
    """Draw a vertical line with values on it, which no line crosses."""
    axes.axvline(place, color=GREY, linewidth=0.8, zorder=2.5)
    box: Look = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    look: Look = {"ha": "center", "va": "center", "fontsize": 9, "color": "black", "zorder": 4}
    for text, height in marks:
        axes.text(place, height, text, bbox=box, **look)
