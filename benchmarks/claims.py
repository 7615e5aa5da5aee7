"""What docs/course.md and the experiments say will be seen: each claim, its command, its bounds.

A claim quotes the text, so that a test finds what is no longer said, and names a line of the page
by a piece of it. That command is trained with eight seeds in the place of its own; from what came
of it a claim makes one number for each seed, and the 95 % interval of their mean has to lie within
its bounds. What differs between two settings is compared seed by seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt
from pathlib import Path

import numpy as np
from numpy import ndarray
from scipy.stats import t

from nnrun.config.catalogue import builtin_conf
from nnrun.report.arrival import steps_to_goal
from nnrun.report.numbers import number
from nnrun.runs.epochs import EpochRecord

PAGE = Path(__file__).resolve().parent.parent / "docs" / "course.md"
LINES = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:6] == "nnrun "]
NEVER = 1000  # steps of who does not reach the goal; a race has 500
SPLITS = "dataset.split.seed"  # drawn where the rows are what chance is about


# What came of a command


@dataclass(frozen=True)
class Member:
    """One training: what was typed, its epochs, and its summary, which is empty if it failed."""

    typed: dict[str, str]
    epochs: list[EpochRecord]
    summary: dict

    @cached_property
    def val(self) -> ndarray:
        return np.array([epoch.val_loss for epoch in self.epochs])

    @cached_property
    def train(self) -> ndarray:
        return np.array([epoch.train_loss for epoch in self.epochs])


@dataclass(frozen=True)
class Seeds:
    """Members that differ in the seed alone, and a number for each."""

    members: list[Member]

    def each(self, number_of: Callable[[Member], float]) -> ndarray:
        return np.array([number_of(member) for member in self.members])

    def metric(self, *path: str) -> ndarray:
        """Look up a metric of the test rows."""

        def found(member: Member) -> float:
            value = member.summary.get("test", {})
            for name in path:
                value = value.get(name, {})
            return value if isinstance(value, int | float) else np.nan

        return self.each(found)

    @property
    def accuracy(self) -> ndarray:
        return self.metric("accuracy")

    @property
    def r2(self) -> ndarray:
        return self.metric("r2")

    @property
    def hand(self) -> ndarray:
        """Give the millimetres by which half of the hands miss at most."""
        return self.metric("position_error_mm", "median")

    @property
    def lowest(self) -> ndarray:
        """Give the lowest validation loss."""
        return self.each(lambda member: member.val.min())

    @property
    def last(self) -> ndarray:
        """Give the validation loss in the last tenth of the epochs."""
        return self.each(lambda member: member.val[-tenth(member) :].mean())

    @property
    def last_train(self) -> ndarray:
        return self.each(lambda member: member.train[-tenth(member) :].mean())

    @property
    def best_epoch(self) -> ndarray:
        return self.each(lambda member: member.summary["best_epoch"])

    def beginning(self, verdict: str) -> ndarray:
        """Tell of which the verdict begins so: 1, or 0."""
        return self.each(lambda member: member.summary.get("verdict", "").startswith(verdict))

    def epochs_to(self, loss: float) -> ndarray:
        """Count the epochs until the validation loss is below."""
        return self.each(lambda member: first_below(member.val, loss))


def tenth(member: Member) -> int:
    return max(1, len(member.epochs) // 10)


def first_below(losses: ndarray, bound: float) -> float:
    below = np.flatnonzero(losses < bound)
    return float(below[0] + 1) if len(below) else np.nan


@dataclass(frozen=True)
class Seen:
    """What all members of a command came to."""

    members: list[Member]

    def __call__(self, *words: str) -> Seeds:
        """Choose the members of which these were typed, in the order of their seeds."""
        wanted = dict(word.split("=", 1) for word in words)
        return Seeds([member for member in self.members if wanted.items() <= member.typed.items()])

    def all(self, key: str) -> dict[str, Seeds]:
        """Group the members by a setting."""
        values = dict.fromkeys(member.typed[key] for member in self.members)
        return {value: self(f"{key}={value}") for value in values}


def ratio(losses: ndarray) -> float:
    """Give the greatest as a multiple of the least."""
    return float(losses.max() / losses.min())


def final(seen: Seen, scheduler: str) -> ndarray:
    """Give the validation loss at the end of a schedule."""
    return seen(f"scheduler={scheduler}").last


def steps(seen: Seen, optimizer: str, surface: str) -> ndarray:
    """Count the steps to the goal at the best of the rates; 1000 where none reaches it."""
    runners = seen(f"optimizer={optimizer}", f"dataset.surface={surface}").members
    return np.array([min(steps_to_goal(member.epochs) or NEVER for member in runners)])


def reached(seen: Seen, optimizer: str, surface: str) -> ndarray:
    return 1.0 * (steps(seen, optimizer, surface) < NEVER)


# Claims


@dataclass(frozen=True)
class Interval:
    """The 95 % interval of a mean over seeds; of one number, that number."""

    low: float
    mean: float
    high: float
    count: int

    @classmethod
    def of(cls, values: ndarray) -> "Interval":
        mean, count = float(values.mean()), len(values)
        if count == 1:
            return cls(mean, mean, mean, 1)
        reach = float(t.ppf(0.975, count - 1) * values.std(ddof=1) / sqrt(count))
        return cls(mean - reach, mean, mean + reach, count)

    def within(self, least: float, most: float) -> bool:
        return least < self.low and self.high < most

    def __str__(self) -> str:
        if self.low == self.high:
            return number(self.mean)
        return f"{number(self.mean)} [{number(self.low)}, {number(self.high)}]"


@dataclass(frozen=True)
class Claim:
    """What a text says, the command that shows it, and bounds for a number of each seed."""

    name: str
    quote: str
    what: str  # the number is
    command: str
    measure: Callable[[Seen], ndarray]
    least: float
    most: float
    drawn: str  # what is drawn: first weights and order, or the split; nothing where all is fixed
    seeds: int
    long: bool

    @property
    def bounds(self) -> str:
        if self.most == inf:
            return f"> {number(self.least)}"
        if self.least == -inf:
            return f"< {number(self.most)}"
        return f"{number(self.least)} to {number(self.most)}"


CLAIMS: list[Claim] = []


def claim(
    quote: str,
    piece: str,
    least: float = -inf,
    most: float = inf,
    drawn: str = "seed",
    seeds: int = 8,
    long: bool = False,
) -> Callable:
    """List a claim about a command; its docstring says what the number is."""

    def listed(measure: Callable[[Seen], ndarray]) -> Callable:
        what, name = (measure.__doc__ or "").rstrip("."), measure.__name__.replace("_", " ")
        made = Claim(name, quote, what, line(piece), measure, least, most, drawn, seeds, long)
        CLAIMS.append(made)
        return measure

    return listed


def line(piece: str) -> str:
    """Find the one command of the page that holds a piece, or is it."""
    whole = f"nnrun {piece}"
    (only,) = [whole] if whole in LINES else [line for line in LINES if piece in line]
    return only


def before(command: str) -> str:
    """Find the command that comes before on the page."""
    return LINES[LINES.index(command) - 1]


def headings() -> dict[str, str]:
    """Read what the file of each experiment says of it."""
    files = sorted((builtin_conf() / "experiment").glob("*.yaml"))
    return {
        file.stem: " ".join(
            line.lstrip("# ")
            for line in file.read_text(encoding="utf-8").splitlines()
            if line.startswith("#") and "@package" not in line
        )
        for file in files
    }
