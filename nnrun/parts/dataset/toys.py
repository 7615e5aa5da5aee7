"""Small worlds to look at: two features and a few classes, or one feature and a curve above it."""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems
from nnrun.parts.dataset.data import Column, Data, KnownSize
from nnrun.parts.interface import part
from nnrun.parts.kinds import Bound, Names, NotNegative, Positive, Seed, Share, show

Rows = Annotated[int, Bound(least=10, most=1_000_000)]
Classes = Annotated[int, Bound(least=2, most=20)]


@part
class Toy(KnownSize):
    """Points of the plane in a few classes, scattered by noise."""

    rows: Rows
    noise: NotNegative
    seed: Seed
    task = "classification"

    def scatter(
        self,
        title: str,
        points: ndarray,
        classes: ndarray,
        names: Names,
        chance: np.random.Generator,
    ) -> Data:
        """Move the points by noise, each with its class."""
        return Data(
            title,
            columns=(Column("x1"), Column("x2")),
            inputs=points + self.noise * chance.normal(size=points.shape),
            target_names=("class",),
            targets=classes.astype(np.int64),
            classes=names,
            task="classification",
        )


class Moons(Toy):
    """Two half circles that reach into each other."""

    def load(self) -> Data:
        chance, lower = stream(self.seed, "moons"), in_turn(self.rows, 2)
        angle = np.pi * chance.random(self.rows)
        sign = 1 - 2 * lower  # the lower moon is the upper one turned around (1/2, 1/4)
        points = np.column_stack([lower + sign * np.cos(angle), lower / 2 + sign * np.sin(angle)])
        return self.scatter("Two moons", points, lower, ("upper", "lower"), chance)


@part
class Circles(Toy):
    """A circle of radius 1 and a smaller one within it."""

    inner: Share

    def load(self) -> Data:
        chance, within = stream(self.seed, "circles"), in_turn(self.rows, 2)
        radius = np.where(within, self.inner, 1.0)
        points = polar(radius, 2 * np.pi * chance.random(self.rows))
        return self.scatter("Two circles", points, within, ("outer", "inner"), chance)


@part
class Blobs(Toy):
    """Round heaps whose middles stand evenly on the unit circle."""

    noise: Positive
    classes: Classes

    def load(self) -> Data:
        chance, heap = stream(self.seed, "blobs"), in_turn(self.rows, self.classes)
        middles = polar(np.ones(self.rows), 2 * np.pi * heap / self.classes)
        return self.scatter("Blobs", middles, heap, numbered(self.classes), chance)


@part
class Spirals(Toy):
    """Arms that wind around each other from the middle to radius 1."""

    classes: Classes
    turns: Positive

    def load(self) -> Data:
        chance, arm = stream(self.seed, "spirals"), in_turn(self.rows, self.classes)
        # the root spreads the points evenly along the arm
        radius = np.sqrt(chance.random(self.rows))
        points = polar(radius, 2 * np.pi * (self.turns * radius + arm / self.classes))
        return self.scatter("Spirals", points, arm, numbered(self.classes), chance)


class Xor(Toy):
    """Whether the signs of two numbers between −1 and 1 differ; noise comes after the answer."""

    def load(self) -> Data:
        chance, quarter = stream(self.seed, "xor"), in_turn(self.rows, 4)
        signs = np.column_stack([1 - 2 * (quarter // 2), 1 - 2 * (quarter % 2)])
        points = signs * chance.random((self.rows, 2))
        differ = signs[:, 0] != signs[:, 1]
        return self.scatter("Exclusive or", points, differ, ("same", "different"), chance)


CURVES: dict[str, Callable[[ndarray], ndarray]] = {
    "runge": lambda x: 1 / (x**2 + 1),
    "sine": np.sin,
    "step": lambda x: (x >= 0).astype(np.float64),
}


@part
class Curve(KnownSize):
    """A function of one number, seen at random places through noise."""

    function: Literal["runge", "sine", "step"]
    rows: Rows
    noise: NotNegative
    seed: Seed
    range: tuple[float, float]
    task = "regression"

    def problems(self) -> Problems:
        low, high = self.range
        shown = show([low, high])
        if not low < high:
            return [Problem("range", shown, "the first end must be the smaller one, as in [-5, 5]")]
        if self.function == "step" and not low < 0 < high:
            advice = "take a range around it: [-5, 5]"
            return [Problem("range", shown, "the step is at 0, outside", advice)]
        return []

    def load(self) -> Data:
        chance = stream(self.seed, "curve")
        x = chance.uniform(*self.range, size=(self.rows, 1))
        y = CURVES[self.function](x) + self.noise * chance.normal(size=x.shape)
        return Data(f"Curve, {self.function}", (Column("x"),), x, ("y",), y)


def stream(seed: int, name: str) -> np.random.Generator:
    """Begin random numbers of one data set, other than its neighbours' with the same seed."""
    return np.random.default_rng([seed, *name.encode()])


def in_turn(rows: int, kinds: int) -> ndarray:
    """Deal the rows out to kinds: 0, 1, 2, 0, 1, 2, as many to one as to another."""
    return np.arange(rows) % kinds


def polar(radius: ndarray, angle: ndarray) -> ndarray:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def numbered(count: int) -> Names:
    return tuple(map(str, range(count)))
