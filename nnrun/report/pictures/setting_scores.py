"""The picture of a sweep's members: their scores against each setting that varies."""

from statistics import mean, median, stdev
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from nnrun.report.numbers import number
from nnrun.report.pictures.figure import (
    BLUE,
    EIGHT,
    GREY,
    Look,
    add_legend,
    add_title,
    blank,
    open_frame,
    png,
    rows_for,
)
from nnrun.report.pictures.page import Page
from nnrun.report.pictures.score_board import BARS, SHAPES, Choice, ScoreBoard
from nnrun.report.pictures.setting_lines import draw_choices
from nnrun.runs.names import as_text, short_key

ABREAST = 3  # panels of settings in a row
DODGE, SPREAD = 0.15, 0.6  # of a word's place: between two colours, and between all at most
SEED, DOT, STAR = 8, 25, 170  # areas of marks, in square points
TIED: Look = {"marker": "o", "markersize": 9, "markerfacecolor": "none", "color": "black"}
TIED |= {"linestyle": "none", "markeredgewidth": 1.0}


def setting_scores(board: ScoreBoard) -> bytes:
    """Draw the scores against each setting, and below each choice as a line through all of them.

    Choices have the colour of the setting that matters most; the best has a star.
    """
    settings, all_of_them = len(board.spacings), len(board.spacings) > 2
    across = 2 if settings == 4 else min(settings, ABREAST)
    down = rows_for(settings, across)
    inches = 6.4 if across == 1 else 9.2 / across - 0.7
    figure = blank(8.4 if across == 1 else 9.4, 3.1 * down + (3.4 if all_of_them else 0.9))
    grid = figure.add_gridspec(down + all_of_them, across)
    for place, (key, space) in enumerate(board.spacings.items()):
        axes = figure.add_subplot(grid[divmod(place, across)])
        draw_setting(axes, board, key)
        space.prepare(axes, inches)
        axes.set_xlabel(key)
        if place % across == 0:
            axes.set_ylabel(board.score)
        open_frame(axes)
    if all_of_them:
        draw_choices(figure.add_subplot(grid[down, :]), board, 8.0)
    describe(figure, board)
    return png(figure)


def describe(figure: Page, board: ScoreBoard) -> None:
    """Say what the sweep was, and what is drawn."""
    settings, shown = len(board.choices[0].values), len(board.spacings)
    left = f"; the {shown} of {settings} settings that matter most" if shown < settings else ""
    add_title(figure, board.title, board.subtitle + left)
    handles: list[Artist] = []
    heading = ""
    if board.colouring:
        texts = map(as_text, board.spacings[board.colouring].values)
        handles = [Patch(color=EIGHT[place], label=text) for place, text in enumerate(texts)]
        heading = f"{short_key(board.colouring, [*board.spacings])}, which\nmatters most"
    add_legend(figure, [*handles, *shape_marks(board), *marks(board)], heading, [])


def shape_marks(board: ScoreBoard) -> list[Artist]:
    """Tell the values of the setting that gives choices their shapes."""
    if not board.shaping:
        return []
    key = short_key(board.shaping, [*board.spacings])
    texts = map(as_text, board.spacings[board.shaping].values)
    look: Look = {"color": GREY, "linestyle": "none", "markersize": 5}
    told = zip(SHAPES, texts, strict=False)
    return [Line2D([], [], marker=shape, label=f"{key} {text}", **look) for shape, text in told]


def marks(board: ScoreBoard) -> list[Artist]:
    """Make the legend's marks of all that is drawn beside colours."""
    colour = GREY if board.colouring else BLUE
    made: list[Artist] = []
    what = f"mean over its {board.repeats}s" if board.repeated else "a member"
    look: Look = {"color": colour, "marker": "o", "markersize": 5}
    if board.bars:
        look |= {"label": f"{what}\n± a standard error\nover {board.uncertainty}"}
        made.append(Line2D([0], [0], linewidth=1.2, **look))
    else:
        made.append(Line2D([], [], linestyle="none", label=what, **look))
    if board.repeated:
        dot: Look = {"color": colour, "marker": ".", "markersize": 5, "alpha": 0.5}
        made.append(Line2D([], [], linestyle="none", label=f"one {board.repeats}", **dot))
    if board.medians:
        made.append(Line2D([], [], color=GREY, label="median over the\nother settings"))
    if board.best is not None:
        star: Look = {"color": "black", "marker": "*", "markersize": 12, "linestyle": "none"}
        star["markerfacecolor"] = "none"
        best = f"best {board.repeats} of the\nbest mean" if board.repeated else "best"
        made.append(Line2D([], [], label=f"{best}, {number(board.best[1])}", **star))
    if any(choice.tied for choice in board.choices):
        made.append(Line2D([], [], label="tied with the best,\nas in the table", **TIED))
    if board.seeds_alone and len(board.choices) > 1:
        made += mean_marks(board)
    return [*made, *lost_mark(board)]


def mean_marks(board: ScoreBoard) -> list[Artist]:
    """Say what the mean over all seeds is, and how far they stray."""
    middle = Line2D([], [], color=GREY, label=f"mean {number(mean(board.scores))}")
    if not stdev(board.scores):
        return [middle]
    strays = f"± {number(stdev(board.scores))}, the\nstandard deviation\nof a {board.repeats}"
    return [middle, Patch(color=GREY, alpha=0.2, label=strays)]


def lost_mark(board: ScoreBoard) -> list[Artist]:
    """Count what is cut off, if anything is."""
    lost = sum(board.is_lost(score) for choice in board.choices for score in choice.scores)
    if not lost:
        return []
    side, marker = ("below", "v") if board.better > 0 else ("above", "^")
    label = f"{lost} {side} {number(board.worst)}"
    return [Line2D([], [], color=GREY, marker=marker, linestyle="none", label=label)]


# A setting


def draw_setting(axes: Axes, board: ScoreBoard, key: str) -> None:
    """Draw the scores above the values of a setting."""
    if board.seeds_alone and len(board.choices) > 1:
        draw_mean(axes, board.scores)
    places = spread_out(board, key)
    if places != board.spacings[key].places(board.values(key)):
        part_words(axes, len(board.spacings[key].values))
    points = list(zip(places, board.choices, strict=True))
    looks = list(zip(board.places, board.shapes, strict=True))
    for colour, shape in sorted(set(looks)):
        own = [point for point, look in zip(points, looks, strict=True) if look == (colour, shape)]
        draw_alike(axes, board, own, board.colour(colour), shape)
    draw_lines(axes, board, key, places)
    rings = [(x, choice.score) for x, choice in points if choice.tied]
    mark(axes, rings, DOT * 3, "o", facecolor="none", edgecolor="black", zorder=4)
    if board.best is not None:
        member, score = board.best
        mark(
            axes,
            [(places[member], score)],
            STAR,
            "*",
            facecolor="none",
            edgecolor="black",
            zorder=5,
        )
    axes.set_ylim(*board.ends)


def mark(
    axes: Axes, points: list[tuple[float, float]], size: float, marker: str, **look: Any
) -> None:
    """Draw marks, which the edge of a panel does not cut."""
    if points:
        across, up = zip(*points, strict=True)
        axes.scatter(across, up, size, marker=marker, clip_on=False, **look)


def spread_out(board: ScoreBoard, key: str) -> list[float]:
    """Place choices along an axis; colours stand beside each other at a word."""
    space = board.spacings[key]
    places = space.places(board.values(key))
    if space.kind != "words" or not board.colouring or key == board.colouring:
        return places
    most = max(board.places) or 1
    step = min(DODGE, SPREAD / most)
    return [x + step * (place - most / 2) for x, place in zip(places, board.places, strict=True)]


def part_words(axes: Axes, words: int) -> None:
    """Shade the place of every other word, as what belongs to it stands beside its tick."""
    for place in range(1, words, 2):
        axes.axvspan(place - 0.5, place + 0.5, color=GREY, alpha=0.08, linewidth=0, zorder=0)


def draw_mean(axes: Axes, scores: list[float]) -> None:
    """Draw the mean of members that differ in seeds alone, and how far they stray from it."""
    middle, strays = mean(scores), stdev(scores)
    axes.axhline(middle, color=GREY, linewidth=0.8)
    axes.axhspan(middle - strays, middle + strays, color=GREY, alpha=0.15, linewidth=0)


def draw_alike(
    axes: Axes, board: ScoreBoard, points: list[tuple[float, Choice]], colour: str, shape: str
) -> None:
    """Draw choices of one look: means with their uncertainties, seeds as small dots."""
    look: Look = {"color": colour, "linewidths": 0, "zorder": 3}
    seeds = [(x, score) for x, one in points if len(one.scores) > 1 for score in one.scores]
    seen = [(x, score) for x, score in seeds if not board.is_lost(score)]
    mark(axes, seen, SEED, "o", alpha=0.6, **look)
    look["alpha"] = 0.9 if len(board.choices) <= BARS else 0.5
    lost = [(x, board.edge) for x, one in points if board.is_lost(one.score)]
    mark(axes, lost, DOT, "v" if board.better > 0 else "^", **look)
    kept = [(x, one) for x, one in points if not board.is_lost(one.score)]
    mark(axes, [(x, one.score) for x, one in kept], DOT, shape, **look)
    bars = [(x, one.score, one.error) for x, one in kept if one.error is not None]
    if board.bars and bars:
        across, heights, errors = zip(*bars, strict=True)
        bar: Look = {"ecolor": colour, "elinewidth": 1.2, "zorder": 2}
        axes.errorbar(across, heights, errors, fmt="none", **bar)


def draw_lines(axes: Axes, board: ScoreBoard, key: str, places: list[float]) -> None:
    """Join the middle ones at each value, for each colour where there are several."""
    if not board.joins(key):
        return
    lines: dict[int, dict[float, list[float]]] = {}
    for group, x, score in sorted(zip(board.groups(key), places, board.scores, strict=True)):
        lines.setdefault(group, {}).setdefault(x, []).append(score)
    for group, at in lines.items():
        colour = GREY if key == board.colouring else board.colour(group)
        heights = [board.edge if board.is_lost(y) else y for y in map(median, at.values())]
        axes.plot([*at], heights, color=colour, linewidth=1, alpha=0.6, zorder=1)
