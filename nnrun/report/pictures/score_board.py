"""What the picture of a sweep's scores goes by: choices of settings, and what is worth seeing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import mean
from typing import Any

from nnrun.report.influence import by_influence
from nnrun.report.pictures.figure import BLUE, EIGHT
from nnrun.report.pictures.spacing import Spacing, spacing, words
from nnrun.report.scores import Bounds, axis_ends, worst_shown
from nnrun.runs.names import as_text

MOST = 6  # settings of a sweep that fit on a page
BARS = 60  # choices up to which each has its uncertainty drawn
JOINED = 20  # values up to which a line joins them
SHAPES = "osD^v"  # of marks: what the other one of two settings is


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
    repeats: str = "seed"  # what members of a choice are: seeds, folds or runs

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
    def shaping(self) -> str:
        """The setting that gives choices their shapes: the other one of two that are shown."""
        others = [key for key in self.spacings if key != self.colouring]
        few = len(others) == 1 and len(self.spacings[others[0]].values) <= len(SHAPES)
        return others[0] if self.colouring and few else ""

    @cached_property
    def places(self) -> list[int]:
        """The place of each choice's value of the colouring setting, which is its colour's."""
        return self.places_of(self.colouring)

    @cached_property
    def shapes(self) -> list[str]:
        """The shape of each choice."""
        return [SHAPES[place] for place in self.places_of(self.shaping)]

    def places_of(self, key: str) -> list[int]:
        """Find the place of each choice's value of a setting; all are alike without one."""
        if not key:
            return [0] * len(self.choices)
        kinds = list(map(as_text, self.spacings[key].values))
        return [kinds.index(as_text(value)) for value in self.values(key)]

    def groups(self, key: str) -> list[int]:
        """Tell which choices a line along a setting joins: those of a colour, or of a shape."""
        return self.places_of(self.shaping) if key == self.colouring else self.places

    @property
    def medians(self) -> bool:
        """Whether a line goes through the middle of several choices."""
        return any(self.joins(key) and self.is_shared(key) for key in self.spacings)

    def is_shared(self, key: str) -> bool:
        """Tell whether choices of the same group have the same value of a setting."""
        points = zip(self.groups(key), self.places_of(key), strict=True)
        return len(set(points)) < len(self.choices)

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

    def colour(self, place: int) -> str:
        """Choose a colour by its place among the values of the setting that matters most."""
        return EIGHT[place] if self.colouring else BLUE

    def joins(self, key: str) -> bool:
        """Tell whether a line joins the values of a setting."""
        space = self.spacings[key]
        kinds, alone = len(space.values), len(self.spacings) == 1
        return (
            space.kind != "words" and 1 < kinds <= JOINED and (alone or kinds < len(self.choices))
        )
