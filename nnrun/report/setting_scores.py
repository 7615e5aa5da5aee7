"""The picture of a sweep's members: their scores against each setting that varies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean, median, stdev
from textwrap import fill
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from nnrun.report.figure import (
    BLUE,
    EIGHT,
    GREY,
    PER_INCH,
    Look,
    add_legend,
    add_title,
    blank,
    open_frame,
    png,
    rows_for,
)
from nnrun.report.influence import by_influence
from nnrun.report.numbers import number, setting
from nnrun.report.scores import Bounds, axis_ends, worst_shown
from nnrun.report.spacing import MARKED, Spacing, apart, spacing, words
from nnrun.runs.names import as_text, short_key

MOST = 6  # settings of a sweep that fit on a page
ABREAST = 3  # of their panels in a row
BARS = 60  # choices up to which each has its uncertainty drawn
JOINED = 20  # values up to which a line joins them
DODGE = 0.5  # of a word's place, over which colours spread

TIED: Look = {"marker": "o", "markersize": 9, "markerfacecolor": "none", "color": "black"}
TIED |= {"linestyle": "none", "markeredgewidth": 1.0}


@dataclass(frozen=True)
class Choice:
    """Members that differ in nothing but seeds: their settings, their scores, an uncertainty."""

    values: dict[str, Any]
    scores: list[float]
    error: float | None
    tied: bool = False  # with the best

    @property
    def score(self) -> float:
        return mean(self.scores)


@dataclass(frozen=True)
class ScoreBoard:
    """All choices of a sweep, and what their scores are."""

    choices: list[Choice]
    score: str  # as it is written at an axis
    better: int  # 1 where more is better, -1 where less is
    bounds: Bounds
    title: str
    subtitle: str
    uncertainty: str  # over what it is taken
    best: tuple[int, float] | None  # the best choice, and its best member's score
    seeds_alone: bool = False  # whether choices differ in seeds alone

    @cached_property
    def influence(self) -> list[str]:
        """The settings, those first that matter most."""
        values = {key: self.values(key) for key in self.choices[0].values}
        return by_influence(values, [self.better * score for score in self.scores])

    @cached_property
    def spacings(self) -> dict[str, Spacing]:
        """How the values of each setting on the page are spaced; those that matter are on it."""
        space = words if self.seeds_alone else spacing
        shown = self.influence[:MOST]
        return {key: space(self.values(key)) for key in self.choices[0].values if key in shown}

    def values(self, key: str) -> list[Any]:
        return [choice.values[key] for choice in self.choices]

    @cached_property
    def scores(self) -> list[float]:
        return [choice.score for choice in self.choices]

    @cached_property
    def colouring(self) -> str:
        """The setting by which choices are coloured; none where it would tell nothing."""
        leading = self.influence[0]
        values = self.spacings[leading].values
        return leading if len(self.spacings) > 1 and len(values) <= len(EIGHT) else ""

    @cached_property
    def places(self) -> list[int]:
        """The place of each choice's value of this setting, which is its colour's."""
        if not self.colouring:
            return [0] * len(self.choices)
        kinds = list(map(as_text, self.spacings[self.colouring].values))
        return [kinds.index(as_text(value)) for value in self.values(self.colouring)]

    @cached_property
    def worst(self) -> float:
        """The worst score drawn at its place, so that lost ones press no others together."""
        every = [self.better * score for choice in self.choices for score in choice.scores]
        return self.better * worst_shown(every)

    def is_lost(self, score: float) -> bool:
        return self.better * score < self.better * self.worst

    @cached_property
    def ends(self) -> Bounds:
        """Where the axis of the scores begins and ends: around what is not lost."""
        drawn = [score for one in self.choices for score in one.scores if not self.is_lost(score)]
        if self.bars:
            kept = [choice for choice in self.choices if not self.is_lost(choice.score)]
            drawn += [one.score + side * (one.error or 0) for one in kept for side in (-1, 1)]
        least, greatest = self.bounds
        low, high = max(min(drawn), least), min(max(drawn), greatest)
        return axis_ends((low, high), self.bounds, margin=0.08)

    @property
    def edge(self) -> float:
        """Where lost scores are drawn."""
        return self.ends[0] if self.better > 0 else self.ends[1]

    @property
    def bars(self) -> bool:
        """Whether uncertainties are drawn."""
        known = any(choice.error is not None for choice in self.choices)
        return known and not self.seeds_alone and len(self.choices) <= BARS

    @property
    def repeated(self) -> bool:
        return any(len(choice.scores) > 1 for choice in self.choices)


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
    explain(figure, board)
    return png(figure)


def explain(figure: Figure, board: ScoreBoard) -> None:
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
    add_legend(figure, [*handles, *marks(board)], heading, [])


def marks(board: ScoreBoard) -> list[Artist]:
    """Make the legend's marks of all that is drawn beside colours."""
    colour = GREY if board.colouring else BLUE
    made: list[Artist] = []
    what = "mean over its seeds" if board.repeated else "a member"
    look: Look = {"color": colour, "marker": "o", "markersize": 5}
    if board.bars:
        look |= {"label": f"{what}\n± a standard error\nover {board.uncertainty}"}
        made.append(Line2D([0], [0], linewidth=1.2, **look))
    else:
        made.append(Line2D([], [], linestyle="none", label=what, **look))
    if board.repeated:
        dot: Look = {"color": colour, "marker": ".", "markersize": 5, "alpha": 0.5}
        made.append(Line2D([], [], linestyle="none", label="one seed", **dot))
    if any(map(board_joins(board), board.spacings)) and len(board.spacings) > 2:
        made.append(Line2D([], [], color=GREY, label="median over the\nother settings"))
    if board.best is not None:
        star: Look = {"color": "black", "marker": "*", "markersize": 10, "linestyle": "none"}
        made.append(Line2D([], [], label=f"best, {number(board.best[1])}", **star))
    if any(choice.tied for choice in board.choices):
        made.append(Line2D([], [], label="tied with the best,\nas in the table", **TIED))
    if board.seeds_alone and len(board.choices) > 1:
        made += mean_marks(board)
    return [*made, *lost_mark(board)]


def mean_marks(board: ScoreBoard) -> list[Artist]:
    """Say what the mean over the seeds is, and how far they stray."""
    middle = Line2D([], [], color=GREY, label=f"mean {number(mean(board.scores))}")
    strays = f"± {number(stdev(board.scores))}, the\nstandard deviation\nof a seed"
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
    for choice, place, x in zip(board.choices, board.places, places, strict=True):
        draw_choice(axes, board, choice, x, colour_at(board, place))
    draw_lines(axes, board, key, places)
    if board.best is not None:
        member, score = board.best
        look: Look = {"color": "black", "marker": "*", "zorder": 5, "clip_on": False}
        axes.scatter([places[member]], [score], s=90, **look)
    axes.set_ylim(*board.ends)


def colour_at(board: ScoreBoard, place: int) -> str:
    return EIGHT[place] if board.colouring else BLUE


def spread_out(board: ScoreBoard, key: str) -> list[float]:
    """Place choices along an axis; colours stand beside each other at a word."""
    space = board.spacings[key]
    places = space.places(board.values(key))
    if space.kind != "words" or not board.colouring or key == board.colouring:
        return places
    most = max(board.places) or 1
    return [x + DODGE * (place / most - 0.5) for x, place in zip(places, board.places, strict=True)]


def draw_mean(axes: Axes, scores: list[float]) -> None:
    """Draw the mean of members that differ in seeds alone, and how far they stray from it."""
    middle, strays = mean(scores), stdev(scores)
    axes.axhline(middle, color=GREY, linewidth=0.8)
    axes.axhspan(middle - strays, middle + strays, color=GREY, alpha=0.15, linewidth=0)


def draw_choice(axes: Axes, board: ScoreBoard, choice: Choice, x: float, colour: str) -> None:
    """Draw a choice's mean with its uncertainty, and its seeds as small dots."""
    alpha = 0.9 if len(board.choices) <= BARS else 0.5
    look: Look = {"color": colour, "clip_on": False, "zorder": 3}
    if len(choice.scores) > 1:
        seen = [score for score in choice.scores if not board.is_lost(score)]
        axes.scatter([x] * len(seen), seen, s=8, alpha=0.6, linewidths=0, **look)
    if board.is_lost(choice.score):
        mark = "v" if board.better > 0 else "^"
        axes.plot([x], [board.edge], mark, markersize=5, alpha=alpha, **look)
        return
    axes.plot([x], [choice.score], "o", markersize=5, markeredgewidth=0, alpha=alpha, **look)
    if choice.tied:
        axes.plot([x], [choice.score], **TIED, zorder=4, clip_on=False)
    if board.bars and choice.error is not None:
        axes.errorbar([x], [choice.score], [choice.error], color=colour, linewidth=1.2, zorder=2)


def board_joins(board: ScoreBoard):
    """Tell of a setting whether a line joins its values."""

    def joins(key: str) -> bool:
        kinds, alone = len(board.spacings[key].values), len(board.spacings) == 1
        ordered = board.spacings[key].kind != "words"
        return ordered and 1 < kinds <= JOINED and (alone or kinds < len(board.choices))

    return joins


def draw_lines(axes: Axes, board: ScoreBoard, key: str, places: list[float]) -> None:
    """Join the middle ones at each value, for each colour where there are several."""
    if not board_joins(board)(key):
        return
    groups = [0] * len(places) if key == board.colouring else board.places
    lines: dict[int, dict[float, list[float]]] = {}
    for group, x, score in sorted(zip(groups, places, board.scores, strict=True)):
        lines.setdefault(group, {}).setdefault(x, []).append(score)
    for group, at in lines.items():
        colour = GREY if key == board.colouring else colour_at(board, group)
        heights = [board.edge if board.is_lost(y) else y for y in map(median, at.values())]
        axes.plot([*at], heights, color=colour, linewidth=1, alpha=0.6, zorder=1)


# All settings


def draw_choices(axes: Axes, board: ScoreBoard, inches: float) -> None:
    """Draw each choice as a line through its settings to its score; better ones are darker."""
    columns = [space.shares(board.values(key)) for key, space in board.spacings.items()]
    low, high = board.ends
    cut = [min(max(score, low), high) for score in board.scores]
    heights = [(score - low) / (high - low) for score in cut]
    order = sorted(range(len(cut)), key=lambda i: board.better * board.scores[i])
    for rank, i in enumerate(order, 1):  # the best on top
        first = board.best is not None and i == board.best[0]
        look: Look = {"linewidth": 2.6 if first else 1.2, "solid_joinstyle": "round"}
        look["alpha"] = 1.0 if first else 0.1 + 0.7 * (rank / len(order)) ** 4
        line = [*(column[i] for column in columns), heights[i]]
        colour = "black" if first else colour_at(board, board.places[i])
        axes.plot(line, color=colour, **look)
    letters = int(inches * PER_INCH / (len(columns) + 1.5))
    headings = [broken(key, letters) for key in [*board.spacings, board.score]]
    axes.set_xticks(range(len(headings)), headings)
    axes.set_yticks([])
    axes.set_ylim(-0.06, 1.06)
    for place, space in enumerate(board.spacings.values()):
        draw_axis(axes, place, marks_of(space))
    told = [(number(low + share * (high - low)), share) for share in (0.0, 0.5, 1.0)]
    draw_axis(axes, len(columns), told)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)


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
