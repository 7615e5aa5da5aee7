"""Which of the settings that vary moved the score, alone and in pairs, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from statistics import mean
from typing import Any

import numpy as np
from numpy import ndarray

from nnrun.errors import NUMBERS
from nnrun.report import forest, variance
from nnrun.report.compare import Combination, MemberRow, combinations, kinds_of_scores
from nnrun.report.edges import Edge, edge
from nnrun.report.numbers import number, setting
from nnrun.report.pictures.spacing import MARKED, is_number
from nnrun.report.scores import bounds
from nnrun.report.statistics import holm
from nnrun.report.ties import tied
from nnrun.report.variance import Component
from nnrun.runs.names import as_text, exact

PARTS = 4  # into which many numbers are cut, as many alike
CELLS = 16  # into which they are cut for a forest
ALPHA = 0.05  # how often luck alone may be taken for an effect
FAR = 3  # distances between quartiles, beyond which a bad score counts as no worse

SEEDS, UNEXPLAINED = "seeds", "what neither tells"
TOGETHER = "more of them together, and luck"
TOO_FEW = f"fewer than {forest.LEAST} choices of settings that fill no grid allow no shares"
NO_LUCK = "without several seeds nothing tells settings from luck"


@dataclass(frozen=True)
class Level:
    """Choices that have the same value of a setting, or values of the same part of its range."""

    value: str
    score: float  # the mean of the choices
    choices: int
    lost: bool = False  # whether none of them came to a score; then it stands for the worst of all


@dataclass(frozen=True)
class Effect:
    """What a setting does alone, or two together beyond that."""

    settings: tuple[str, ...]
    share: float  # of the variance of the members' scores
    low: float
    high: float  # between which the share lies in nine of ten cases
    told: bool  # whether it can be told from luck


@dataclass(frozen=True)
class Influence:
    """What mattered in a sweep."""

    levels: dict[str, list[Level]]  # of each setting
    effects: list[Effect] = field(default_factory=list)  # the greatest first
    left: Effect | None = None  # what these leave
    left_is: str = ""
    why: str = ""  # there are no shares
    edges: list[Edge] = field(default_factory=list)


def of_sweep(rows: list[MemberRow]) -> Influence | None:
    """Tell what mattered to the members of a sweep; None where nothing can be said."""
    every = combinations(rows)
    known = [row for row in rows if row.score is not None]
    if len(kinds_of_scores(rows)) != 1:
        return None
    better = known[0].watched.better
    worst = min(better * row.score for row in known if row.score is not None)
    scores = [[better * score for score in scores_of(one, better * worst)] for one in every]
    kept = [place for place, reached in enumerate(scores) if reached]
    values = {key: [every[place].values[key] for place in kept] for key in every[0].values}
    lost = [not every[place].scores for place in kept]
    found = influence(values, [scores[place] for place in kept], better, lost)
    if found and found.left_is == SEEDS:
        found = replace(found, left_is=f"{every[0].repeats}s")
    return None if found is None else with_edges(found, every)


def scores_of(one: Combination, worst: float) -> list[float]:
    """List the scores of members; whose numbers ran away counts as the worst of all."""
    lost = [row for row in one.members if row.score is None and row.cause == NUMBERS]
    return [*one.scores, *(worst for _ in lost)]


def with_edges(found: Influence, every: list[Combination]) -> Influence:
    if is_perfect(every[0]):
        return found
    near = tied(every)
    best = [one for one, alike in zip(every, near, strict=True) if alike or one is every[0]]
    told = (edge_of(key, every, best) for key in found.levels)
    return replace(found, edges=[one for one in told if one])


def is_perfect(best: Combination) -> bool:
    """Say whether nothing is left to gain, as far as the score is written."""
    watched = next(row.watched for row in best.members if row.score is not None)
    low, high = bounds(watched.name)
    return number(mean(best.scores)) == number(high if watched.better > 0 else low)


def edge_of(key: str, every: Sequence[Combination], best: Sequence[Combination]) -> Edge | None:
    return edge(key, [one.values[key] for one in every], [one.values[key] for one in best])


def influence(
    values: Mapping[str, Sequence[Any]],
    scores: Sequence[Sequence[float]],
    better: int = 1,
    lost: Sequence[bool] = (),
) -> Influence | None:
    """Tell what each setting does to scores, of which more is better.

    For each choice of settings there is a value of each, and the scores of its seeds; means are
    told with the sign that scores have where less is better. None where nothing varies.
    """
    varying = {key: told for key, told in values.items() if len(set(map(exact, told))) > 1}
    if not varying:
        return None
    bounded = without_far(scores)
    means = np.array([mean(reached) for reached in bounded])
    failed = np.array(lost or [False] * len(means))
    levels = {key: levels_of(told, better * means, failed) for key, told in varying.items()}
    full = fills_a_grid(varying)
    if full:
        found = on_a_grid(varying, bounded)
    elif len(means) >= forest.LEAST:
        found = of_forests(varying, means)
    else:
        return Influence(levels, why=TOO_FEW)
    if not found:
        return Influence(levels, why=NO_LUCK)
    *single, left = as_effects([*varying], found, corrected=full)
    single.sort(key=lambda effect: -effect.share)
    seeds = any(len(reached) > 1 for reached in scores)
    left_is = UNEXPLAINED if not full else SEEDS if seeds else TOGETHER
    return Influence(levels, single, left, left_is)


def without_far(scores: Sequence[Sequence[float]]) -> list[list[float]]:
    """Bound scores that are far below all others, as one of these would outweigh what they say."""
    every = [score for reached in scores for score in reached]
    low, high = np.percentile(every, [25, 75])
    least = low - FAR * (high - low)
    return [[max(score, least) for score in reached] for reached in scores]


def as_effects(keys: Sequence[str], found: Sequence[Component], corrected: bool) -> list[Effect]:
    """Name the settings of components; several tests on a grid are corrected, after Holm."""
    chances = [one.p for one in found[:-1]]
    chances = [*(holm(chances) if corrected else chances), 1.0]
    return [
        Effect(tuple(keys[axis] for axis in one.axes), one.share, one.low, one.high, p < ALPHA)
        for one, p in zip(found, chances, strict=True)
    ]


# The two ways


def fills_a_grid(values: Mapping[str, Sequence[Any]]) -> bool:
    """Tell whether there is a choice for each combination of the values."""
    places = [numbered(told) for told in values.values()]
    cells = prod(int(place.max()) + 1 for place in places)
    return cells == len(set(zip(*places, strict=True))) == len(places[0])


def on_a_grid(
    values: Mapping[str, Sequence[Any]], scores: Sequence[Sequence[float]]
) -> list[Component]:
    places = [numbered(told) for told in values.values()]
    shape = tuple(int(place.max()) + 1 for place in places)
    means, counts = np.empty(shape), np.empty(shape, int)
    within = 0.0
    for where, reached in zip(zip(*places, strict=True), scores, strict=True):
        means[where], counts[where] = mean(reached), len(reached)
        within += sum((score - means[where]) ** 2 for score in reached)
    return variance.components(means, counts, within)


def of_forests(values: Mapping[str, Sequence[Any]], means: ndarray) -> list[Component]:
    words = [not all(map(is_number, told)) for told in values.values()]
    places = [groups(told, CELLS, CELLS) for told in values.values()]
    return forest.components(np.stack(places, axis=1), means, words)


# Values of a setting


def levels_of(values: Sequence[Any], scores: ndarray, lost: ndarray) -> list[Level]:
    """Take choices of the same value together, or of the same part of many numbers."""
    group = groups(values)
    made = []
    for place in np.unique(group):
        members = np.flatnonzero(group == place)
        named = spanned([values[int(member)] for member in members])
        middle = float(scores[members].mean())
        made.append(Level(named, middle, len(members), bool(lost[members].all())))
    return made


def spanned(values: Sequence[Any]) -> str:
    """Write the value that choices have, or from where to where theirs lie."""
    if len(set(map(exact, values))) == 1:
        return as_text(values[0])
    return f"{setting(min(values))} to {setting(max(values))}"


def numbered(values: Sequence[Any]) -> ndarray:
    """Number the values in their order, equal ones alike."""
    if all(map(is_number, values)):
        return np.unique(np.array(values, float), return_inverse=True)[1]
    place_of = {name: place for place, name in enumerate(dict.fromkeys(map(exact, values)))}
    return np.array([place_of[exact(value)] for value in values])


def groups(values: Sequence[Any], most: int = MARKED, parts: int = PARTS) -> ndarray:
    """Number the values in their order; more numbers than `most` are cut into parts."""
    if len(set(map(exact, values))) > most and all(map(is_number, values)):
        edges = np.quantile(np.array(values, float), np.linspace(0, 1, parts + 1)[1:-1])
        return np.unique(np.searchsorted(edges, np.array(values, float)), return_inverse=True)[1]
    return numbered(values)


# The order of settings on pictures


def by_influence(values: Mapping[str, Sequence[Any]], scores: Sequence[float]) -> list[str]:
    """Sort settings by how much of the variance of the scores' ranks they explain, most first.

    Ranks, as one lost member would else outweigh all the others.
    """
    heights = ranks(np.array(scores))
    return sorted(values, key=lambda key: -explained(groups(values[key]), heights))


def ranks(scores: ndarray) -> ndarray:
    """Number scores from the least on; equal ones have the same rank."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def explained(group: ndarray, heights: ndarray) -> float:
    """Compute the share of the variance between groups, less what any groups would have."""
    rows, kinds = len(heights), len(np.unique(group))
    total = heights.var() * rows
    if not total or rows == kinds or kinds == 1:
        return 0.0
    parts = (heights[group == kind] for kind in np.unique(group))
    inside = sum(part.var() * len(part) for part in parts)
    return float(1 - inside / (rows - kinds) / (total / (rows - 1)))
