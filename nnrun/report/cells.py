"""Runs that are compared: those that differ by seeds alone are one cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean, stdev
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from nnrun.errors import Mistake, Problem
from nnrun.report.compare import SEEDS, repeats
from nnrun.report.numbers import number, within
from nnrun.runs.commands import going_on
from nnrun.runs.entries import INTERRUPTED, flat, status_now
from nnrun.runs.names import exact
from nnrun.runs.predictions import Predictions, read_predictions
from nnrun.runs.record import ENSEMBLE, REFIT, read_config, read_record
from nnrun.runs.summary import SUMMARY, judged_by, metric_at, read_summary

# settings that make no other model
BESIDE = (
    *("output", "sweep", "hydra", "logger"),
    *("training.device", "training.threads", "training.checkpoint", "training.hashes"),
)
ORIGINS = ENSEMBLE, REFIT  # which only what was not trained by itself has
NEAR = 1e-6  # a metric that is the mean over rows is met by it so closely
ROWS_OF_METRIC = ("r2", "mse", "mae", "accuracy")


@dataclass(frozen=True)
class Judged:
    """A run that is compared."""

    folder: Path
    settings: dict[str, Any]
    summary: dict[str, Any]
    data: str | None  # the sha256 of its data and their split

    @property
    def seeds(self) -> tuple[str, ...]:
        return tuple(exact(self.settings.get(key)) for key in SEEDS)

    @property
    def part(self) -> str:
        return judged_by(self.summary)

    def metric(self, name: str) -> float | None:
        return metric_at(self.summary.get(self.part, {}), name)

    def of_folds(self, name: str) -> ndarray | None:
        """Give a metric of each fold; None where there are none, or one does not know it."""
        each = [metric_at(fold.get(self.part) or {}, name) for fold in self.folds]
        if not each or None in each:
            return None
        return np.array(each, dtype=float)

    @property
    def folds(self) -> list[dict]:
        return self.summary.get("folds", [])

    @cached_property
    def predictions(self) -> Predictions:
        return read_predictions(self.folder)

    @cached_property
    def shares(self) -> dict[str, ndarray | None]:
        """What each row adds to metrics, as far as that was asked."""
        return {}

    def by_row(self, name: str) -> ndarray | None:
        """Give the metric's share of each row; None where it is no average over them."""
        if name not in self.shares:
            self.shares[name] = self.shares_of(name)
        return self.shares[name]

    def shares_of(self, name: str) -> ndarray | None:
        told = self.metric(name)
        if name not in ROWS_OF_METRIC or told is None:
            return None
        try:
            with np.errstate(all="ignore"):  # of numbers that nobody predicted
                shares = shares_of_rows(name, self.predictions)
        except ValueError:
            return None
        return shares if abs(shares.mean() - told) <= NEAR * max(1.0, abs(told)) else None


def shares_of_rows(name: str, said: Predictions) -> ndarray:
    """Compute what each row adds to a metric that is an average over rows, by their weights."""
    counted = np.array(said.counted)
    if name == "accuracy":
        return (np.array(said.true) == np.array(said.predicted)).all(axis=0) * counted
    true, predicted = (np.array(columns, dtype=float) for columns in (said.true, said.predicted))
    errors = predicted - true  # (targets, rows)
    if name == "mae":
        return np.abs(errors).mean(axis=0) * counted
    squares = np.square(errors)
    if name == "mse":
        return squares.mean(axis=0) * counted
    middles = (true * counted).mean(axis=1, keepdims=True)
    variances = (np.square(true - middles) * counted).mean(axis=1, keepdims=True)
    if not variances.all():
        raise ValueError("a target is the same in all rows")
    return (1 - (squares / variances).mean(axis=0)) * counted


def read_judged(folder: Path) -> Judged:
    """Read a run; one that is not done has nothing to compare."""
    record, summary = read_record(folder), read_summary(folder)
    if record.get("status") != "done" or not summary.get(judged_by(summary)):
        raise not_to_be_compared(folder, record)
    settings = flat(read_config(folder)) | record.get("choices", {})
    return Judged(folder, settings, summary, record.get("data_sha256"))


def not_to_be_compared(folder: Path, record: dict) -> Mistake:
    """Say what keeps a run from being compared, and what would bring it to its end."""
    status, advice = status_now(record.get("status", ""), folder), "nnrun runs tells what is done"
    wrong = f"is {status or 'no run'}, and cannot be compared"
    if status == "done":
        wrong = f"has no metrics in {SUMMARY}, and cannot be compared"
    if status == INTERRUPTED:
        wrong = "was interrupted, and cannot be compared"
        advice = f"bring it to its end: {going_on(folder)}"
    return Mistake(Problem(str(folder), None, wrong, advice))


# Cells


@dataclass(frozen=True)
class Cell:
    """Runs that differ by seeds alone."""

    members: list[Judged]

    def values(self, name: str) -> list[float]:
        return [value for one in self.members if (value := one.metric(name)) is not None]

    def mean(self, name: str) -> float:
        return mean(self.values(name))

    def spread(self, name: str) -> str:
        """Write the mean of a metric and its standard deviation over seeds."""
        values = self.values(name)
        if len(values) == 1 and (folds := self.members[0].of_folds(name)) is not None:
            return within(values[0], stdev(folds.tolist()))
        if len(values) < 2:
            return number(values[0] if values else None)
        return within(mean(values), stdev(values))

    @property
    def repeats(self) -> str:
        """What its members are: seeds, folds or runs."""
        each = zip(SEEDS, *(one.seeds for one in self.members), strict=True)
        return repeats([key for key, *seeds in each if len(set(seeds)) > 1])

    @property
    def by_seed(self) -> dict[tuple, Judged]:
        return {one.seeds: one for one in self.members}

    def setting(self, key: str) -> Any:
        return self.members[0].settings.get(key)


def cells_of(members: Sequence[Judged]) -> list[Cell]:
    """Group runs by all but their seeds; the same run counts once."""
    grouped: dict[str, dict[tuple, Judged]] = {}
    for one in members:
        kept = {key: value for key, value in one.settings.items() if counts(key)}
        seen = grouped.setdefault(exact(sorted(kept.items())), {})
        seen.setdefault(one.seeds, one)
    return [Cell([*seen.values()]) for seen in grouped.values()]


def counts(key: str) -> bool:
    """Tell whether a setting makes another model than its neighbour's, but for luck."""
    return key not in SEEDS and not any(f"{key}.".startswith(f"{other}.") for other in BESIDE)


def differing(cells: Sequence[Cell]) -> list[str]:
    """List the settings in which cells differ; of a group chosen otherwise, those that all have."""
    keys = dict.fromkeys(key for cell in cells for key in cell.members[0].settings)
    chosen = [key for key in keys if differs(key, cells)]
    groups = {key for key in chosen if "." not in key}

    def shared(key: str) -> bool:
        return all(key in cell.members[0].settings for cell in cells)

    return [
        key
        for key in chosen
        if key in ORIGINS or key.partition(".")[0] not in groups or shared(key)
    ]


def differs(key: str, cells: Sequence[Cell]) -> bool:
    return counts(key) and len({exact(cell.setting(key)) for cell in cells}) > 1


# What has to be the same


class Metric(NamedTuple):
    """What cells are compared by."""

    part: str
    name: str
    better: int

    def __str__(self) -> str:
        return f"{self.part} {self.name}"


def refuse_unlike(cells: Sequence[Cell], metric: Metric) -> None:
    """Stop where not all were judged by the same metric, on the same rows of the same data."""
    every = [one for cell in cells for one in cell.members]
    for one in every:
        if one.part != metric.part or one.metric(metric.name) is None:
            wrong = f"has no {metric}, by which {every[0].folder} is judged"
            raise Mistake(Problem(str(one.folder), None, wrong, "compare runs of one kind"))
    by_split: dict[Any, Judged] = {}
    for one in every:
        first = by_split.setdefault(one.seeds[1:], one)
        if not same_rows(first, one):
            wrong = f"was judged on other rows than {first.folder}"
            advice = "no difference between them would mean anything; train both on the same data"
            raise Mistake(Problem(str(one.folder), None, wrong, advice))


def same_rows(one: Judged, other: Judged) -> bool:
    """Tell whether two runs were judged on the same rows: by the data, or by what is true there."""
    if one.data is not None and one.data == other.data:
        return True
    return one.predictions.judged_on == other.predictions.judged_on
