"""Landscapes: a height above each place of a map, on which a point is to find the lowest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems
from nnrun.parts.dataset.data import Column, Data, KnownSize
from nnrun.parts.interface import ChosenParts, OwnMetrics, Reasons, part

Name = Literal["valley", "ravine", "saddle", "hollow"]
# The map ends so far from its middle; beyond, the ground is flat, and who leaps there stays there.
EDGE = 10.0


@dataclass(frozen=True)
class Surface:
    """A height above x and y, each a number, an array or a tensor; it is least at the goal, 0."""

    height: Callable[[Any, Any], Any]
    start: tuple[float, float]
    goal: tuple[float, float]
    # what a picture shows, along x and along y
    frame: tuple[tuple[float, float], tuple[float, float]]


def valley(x, y):
    """Give the height of a long bowl that lies aslant, fifty times as steep across as along."""
    along, across = (4 * x + 3 * y) / 5, (4 * y - 3 * x) / 5
    return (along * along + 50 * across * across) / 20


def ravine(x, y):
    """Give Rosenbrock's height: narrow, bent like a banana, almost level along its ground."""
    across, along = y - x * x, 1 - x
    return along * along + 20 * across * across


def saddle(x, y):
    """Give a height that in the middle is steeply the lowest along x, gently the highest along y.

    It is level there; two equal goals lie beside.
    """
    side = y * y - 1
    return 20 * x * x + side * side / 4


def hollow(x, y):
    """Give a height with a hollow of 9/4 at (−1, 0), and behind a low rise the goal."""
    return (x - 2) * (x - 2) * (3 * x * x + 8 * x + 8) / 12 + y * y


SURFACES = {
    "valley": Surface(valley, (-6.0, -3.0), (0.0, 0.0), ((-8.0, 3.0), (-6.0, 3.0))),
    "ravine": Surface(ravine, (-1.2, 1.0), (1.0, 1.0), ((-2.0, 2.0), (-1.0, 3.0))),
    "saddle": Surface(saddle, (-1.0, 1e-3), (0.0, 1.0), ((-1.3, 1.3), (-1.0, 1.6))),
    "hollow": Surface(hollow, (-2.2, 1.5), (2.0, 0.0), ((-3.0, 3.5), (-2.2, 2.2))),
}


@part
class Landscape(KnownSize):
    """A surface's one row: where a point starts, and as targets where it should get."""

    surface: Name
    rows = 1
    task = "landscape"
    batch = "full"  # whatever training.batch_size is

    @property
    def map(self) -> Surface:
        return SURFACES[self.surface]

    @property
    def splits_itself(self) -> bool:
        return True

    def without_effect(self) -> Reasons:
        return {"training.batch_size": ("a landscape has one row", "leave it out")}

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        if chosen.model.task == chosen.loss.task == "landscape":
            return []
        wrong = "is a surface for a point to walk on, with no rows to learn from"
        advice = "add model=point loss=height"
        return [chosen.problem("dataset", wrong, advice)]

    def own_metrics(self) -> GoalMetrics:
        return GoalMetrics(self.surface)

    def load(self) -> Data:
        only = np.zeros(1, np.int64)
        return Data(
            f"Landscape, {self.surface}",
            columns=(Column("start_x"), Column("start_y")),
            inputs=np.array([self.map.start]),
            target_names=("x", "y"),
            targets=np.array([self.map.goal]),
            given_split=(only, only, only),
            task="landscape",
        )


@dataclass(frozen=True)
class GoalMetrics(OwnMetrics):
    """How far points are from their goals, and how high above them."""

    surface: Name
    replaces_usual = True  # a single row has no R²

    def __call__(self, asked: ndarray, predicted: ndarray, true: ndarray) -> dict:
        distance = np.sqrt(np.square(predicted - true).sum(1))
        height = SURFACES[self.surface].height(*np.clip(predicted, -EDGE, EDGE).T)
        return {
            "nearness": float((1 / (1 + distance)).mean()),
            "distance": float(distance.mean()),
            "height": float(height.mean()),
        }
