"""Scores of a sweep drawn against each setting, and members as lines through all settings."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median
from typing import Any

from markupsafe import Markup

from nnrun.report.compare import MemberRow
from nnrun.report.numbers import number, setting
from nnrun.report.pages.svg import Axis, circle, cut, dots, drawing, left, line, path, text
from nnrun.report.pictures.score_board import Choice, ScoreBoard
from nnrun.report.pictures.spacing import Spacing, is_number
from nnrun.runs.names import as_text, short_key

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 330, 236, 56, 14, 12, 36
INNER = 16  # units between the axis and the first value
TICKS = 7  # values that are written below
SEEDS = 300  # members up to which each has its dot
LETTERS = 90  # units of a text below a value


@dataclass(frozen=True)
class SettingPanel:
    """The drawing of a setting, and which choices its dots are, in their order."""

    name: str
    drawn: Markup
    order: list[int]


def setting_panels(board: ScoreBoard) -> list[SettingPanel]:
    """Draw the scores against each setting."""
    return [setting_panel(board, key) for key in board.spacings]


def setting_panel(board: ScoreBoard, key: str) -> SettingPanel:
    up = Axis(*board.ends, HEIGHT - FOOT, TOP)
    across = places(board, key)
    heights = [
        up.at(board.edge if board.is_lost(one.score) else one.score) for one in board.choices
    ]
    points = list(zip(across, heights, strict=True))
    order: list[int] = []
    made = [left(up, LEFT, WIDTH - RIGHT), words_below(board.spacings[key])]
    made += [path(joined, f"line soft {look}") for look, joined in lines(board, key, points)]
    if board.repeated and sum(len(one.scores) for one in board.choices) <= SEEDS:
        made.append(dots(seeds(board, across, up), "small other"))
    if board.bars:
        made += bars(board, across, up)
    for place in sorted(set(board.places)):
        own = [i for i, group in enumerate(board.places) if group == place]
        order += own
        made.append(dots([points[i] for i in own], f"read c{place + 1 if board.colouring else 1}"))
    made += [circle(x, y) for x, y in ringed(board, points)]
    label = f"{board.score} against {key}; {len(board.choices)} choices of settings"
    return SettingPanel(key, drawing(WIDTH, HEIGHT, label, *made, kind="setting"), order)


def places(board: ScoreBoard, key: str) -> list[float]:
    """Tell where choices stand along a setting."""
    start, end = LEFT + INNER, WIDTH - RIGHT - INNER
    return [
        start + share * (end - start) for share in board.spacings[key].shares(board.values(key))
    ]


def words_below(space: Spacing) -> Markup:
    """Write the values of a setting below their places."""
    every = max(1, -(-len(space.values) // TICKS))
    shown = space.values[::every]
    start, end = LEFT + INNER, WIDTH - RIGHT - INNER
    room = (end - start) / max(1, len(shown) - 1)
    made = []
    for turn, (value, share) in enumerate(zip(shown, space.shares(shown), strict=True)):
        x = start + share * (end - start)
        # long words take turns in two lines
        lower = 14 if room < LETTERS and turn % 2 and space.kind == "words" else 0
        words = cut(value_told(value), max(room * (2 if lower or room < LETTERS else 1), 34))
        made.append(text(x, HEIGHT - FOOT + 17 + lower, words, "tick", "middle"))
    return Markup("").join(made)


def value_told(value: Any) -> str:
    return setting(value) if is_number(value) else as_text(value)


def lines(
    board: ScoreBoard, key: str, points: Sequence[tuple[float, float]]
) -> list[tuple[str, list[tuple[float, float]]]]:
    """Join the middle ones at each value, for each colour where there are several."""
    if not board.joins(key):
        return []
    groups: dict[int, dict[float, list[float]]] = {}
    for group, (x, y) in sorted(zip(board.groups(key), points, strict=True)):
        groups.setdefault(group, {}).setdefault(x, []).append(y)
    plain = key == board.colouring or not board.colouring
    return [
        ("" if plain else f"c{group + 1}", [(x, median(ys)) for x, ys in at.items()])
        for group, at in groups.items()
    ]


def seeds(board: ScoreBoard, across: Sequence[float], up: Axis) -> list[tuple[float, float]]:
    pairs = zip(across, board.choices, strict=True)
    return [(x, up.at(score)) for x, one in pairs for score in one.scores if len(one.scores) > 1]


def bars(board: ScoreBoard, across: Sequence[float], up: Axis) -> list[Markup]:
    """Draw how uncertain each mean is: a standard error to both sides."""
    made = []
    for x, one, place in zip(across, board.choices, board.places, strict=True):
        if one.error is not None and isfinite(one.error) and not board.is_lost(one.score):
            low, high = up.at(one.score - one.error), up.at(one.score + one.error)
            made.append(line(x, low, x, high, f"bar thin c{place + 1 if board.colouring else 1}"))
    return made


def ringed(board: ScoreBoard, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Find the best choice and those that are tied with it."""
    best = board.best[0] if board.best else -1
    return [points[i] for i, one in enumerate(board.choices) if one.tied or i == best]


def choice_told(board: ScoreBoard, one: Choice) -> str:
    """Write what a person reads who points at a choice."""
    keys = [*one.values]
    pairs = [f"{short_key(key, keys)} {as_text(value)}" for key, value in one.values.items()]
    error = f" ± {number(one.error)}" if one.error is not None else ""
    return f"{', '.join(pairs)}: {number(one.score)}{error}"


def legend(board: ScoreBoard) -> list[tuple[str, str]]:
    """Name the colours."""
    if not board.colouring:
        return []
    values = board.spacings[board.colouring].values
    return [(f"c{place + 1}", value_told(value)) for place, value in enumerate(values)]


# Lines through all settings


def parallel(board: ScoreBoard, rows: Sequence[MemberRow], best: Container[int]) -> dict[str, Any]:
    """Lay out members as lines that cross an axis for each setting, and one of the score.

    Those of the best choice stand out.
    """
    scored = [row for row in rows if row.score is not None]
    axes, columns = [], []
    for key, space in board.spacings.items():
        values = [row.values[key] for row in scored]
        every = max(1, -(-len(space.values) // TICKS))
        shown = space.values[::every]
        ticks = [
            [round(at, 4), value_told(v)] for at, v in zip(space.shares(shown), shown, strict=True)
        ]
        columns.append([round(share, 4) for share in space.shares(values)])
        spoken = dict(zip(columns[-1], map(value_told, values), strict=True))
        axes.append({"name": key, "ticks": ticks, "spoken": [*spoken.items()]})
    up = Axis(*board.ends, 0.0, 1.0)
    scores = [row.score or 0.0 for row in scored]
    columns.append([round(up.at(score), 4) for score in scores])
    spoken = dict(zip(columns[-1], map(number, scores), strict=True))
    ticks = [[round(place, 4), told] for place, told in up.numbers]
    axes.append({"name": board.score, "ticks": ticks, "spoken": [*spoken.items()]})
    return {
        "axes": axes,
        "lines": [list(told) for told in zip(*columns, strict=True)],
        "members": [row.member for row in scored],
        "told": [f"{row.name}: {number(row.score)}" for row in scored],
        "best": [place for place, row in enumerate(scored) if row.member in best],
        "better": board.better,
    }
