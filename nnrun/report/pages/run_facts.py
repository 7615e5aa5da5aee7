"""All that the folder of a run tells of it, read once for its page."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np

from nnrun.report.cells import Judged
from nnrun.report.metric_tables import ROWS
from nnrun.report.numbers import count
from nnrun.report.pages.redrawn.task_drawing import TaskDrawing
from nnrun.report.scores import bounds
from nnrun.report.statistics import LEVEL, students_t
from nnrun.runs.described import Described, read_described
from nnrun.runs.entries import Entry, flat, read_known
from nnrun.runs.epochs import EpochRecord, read_courses, read_epochs, score_name
from nnrun.runs.job import Departure
from nnrun.runs.predictions import PREDICTIONS, Predictions, read_predictions
from nnrun.runs.record import read_config, read_overrides, read_record
from nnrun.runs.summary import judged_by, metric_at, read_summary

UNDER_WAY = "running"
SURE = 1.96  # standard errors to each side of an interval that holds 95 of 100


def within_bounds(name: str, value: float, reach: float) -> tuple[float, float]:
    """Give the ends of an interval, as far as the metric can reach."""
    least, greatest = bounds(name)
    return max(value - reach, least), min(value + reach, greatest)


@dataclass(frozen=True)
class RunFacts:
    """A run, as its files tell of it."""

    entry: Entry
    record: dict[str, Any]
    summary: dict[str, Any]
    config: dict[str, Any]
    typed: list[str]
    epochs: list[EpochRecord]
    described: Described
    predictions: Predictions | None
    departures: list[Departure] | None  # from the defaults, where these are known
    courses: list[list[EpochRecord]]  # of each fold or network, where there are several
    drawings: Sequence[TaskDrawing]  # that the task makes of its rows
    undrawn: str  # why there are none
    watched: str  # the score whose course is told; empty where no epoch is over

    @property
    def learnt(self) -> bool:
        """Whether it has epochs, or will have; what was averaged of other runs has none."""
        return bool(self.epochs) or self.record.get("status") != "done"

    @property
    def part(self) -> str:
        """The part of the rows that tells how good it is."""
        return judged_by(self.summary)

    @property
    def metrics(self) -> dict[str, Any]:
        return self.summary.get(self.part) or {}

    @property
    def in_folds(self) -> bool:
        return "out_of_fold" in self.summary

    @property
    def rows_told(self) -> str:
        """Say on how many rows of which part it is judged."""
        many = metric_at(self.summary.get("rows") or {}, self.part)
        return count(int(many), ROWS[self.part].removesuffix("s")) if many else ROWS[self.part]

    @property
    def walks(self) -> bool:
        """Whether it is a point that moves, of which every epoch is a place."""
        return bool(self.epochs) and bool(self.epochs[0].place)

    @property
    def under_way(self) -> bool:
        return self.entry.status == UNDER_WAY

    @property
    def score(self) -> str:
        """The name of the metric that ranks it; empty where it has none."""
        return self.entry.known.score.partition(" ")[2] or self.watched

    @cached_property
    def judged(self) -> Judged:
        return Judged(self.entry.folder, flat(self.config), self.summary, None)

    def interval(self, name: str) -> tuple[float, float] | None:
        """Tell between which numbers a metric of the judged rows is, in 95 of 100 such samples."""
        if self.in_folds:
            return self.interval_over_folds(name)
        value, error = metric_at(self.metrics, name), self.standard_error(name)
        if value is None or error is None or not np.isfinite(error):
            return None
        return within_bounds(name, value, SURE * error)

    @property
    def folds(self) -> list[dict[str, Any]]:
        """What each fold came to, where there are several."""
        return told_in(self.summary, "folds")

    def interval_over_folds(self, name: str) -> tuple[float, float] | None:
        """Tell between which numbers the mean over other folds is; None where nobody can tell.

        Folds learn from rows in common, and repeats test the same rows (Nadeau and Bengio, 2003).
        """
        told = [metric_at(one, f"{self.part}.{name}") for one in self.folds]
        each = [value for value in told if value is not None and isfinite(value)]
        overlap = metric_at(self.summary, "out_of_fold.overlap")
        if len(each) < max(2, len(told)) or overlap is None:
            return None
        error = stdev(each) * sqrt(1 / len(each) + overlap)
        return within_bounds(name, fmean(each), students_t(len(each) - 1, 1 - LEVEL / 2) * error)

    def standard_error(self, name: str) -> float | None:
        """Compute how uncertain a metric is for so few rows; None where nobody can tell."""
        if name == self.score:
            return metric_at(self.summary.get("standard_error") or {}, self.part)
        if self.predictions is None:
            return None
        shares = self.judged.by_row("mse" if name == "rmse" else name)
        if shares is None or len(shares) < 2:
            return None
        error = float(shares.std(ddof=1) / len(shares) ** 0.5)
        middle = float(shares.mean())
        return error / (2 * middle**0.5) if name == "rmse" and middle > 0 else error


@dataclass(frozen=True)
class FactsOfOne:
    """Settings and metrics of one run, in the place of those of a list."""

    facts: dict[str, Any]

    def of(self, place: str) -> dict[str, Any]:
        return self.facts

    def value(self, place: str, key: str) -> Any:
        return self.facts.get(key)

    def names(self) -> Iterable[str]:
        return self.facts


def entry_of(folder: Path) -> Entry:
    """Read what a list tells of a run or a sweep, which is called as its folder is."""
    known, facts = read_known(folder)
    whole = folder.resolve()
    return Entry(whole.parent, whole.name, known, FactsOfOne(facts))


def read_run_facts(
    folder: Path,
    departures: list[Departure] | None = None,
    drawn: tuple[Sequence[TaskDrawing], str] = ((), ""),
) -> RunFacts:
    """Read a run; what only its task knows is handed in."""
    drawings, undrawn = drawn
    return RunFacts(
        entry=entry_of(folder),
        record=read_record(folder),
        summary=read_summary(folder),
        config=read_config(folder),
        typed=read_overrides(folder),
        epochs=read_epochs(folder),
        described=read_described(folder),
        predictions=predictions_of(folder),
        departures=departures,
        courses=read_courses(folder),
        drawings=drawings,
        undrawn=undrawn,
        watched=score_name(folder),
    )


def predictions_of(folder: Path) -> Predictions | None:
    """Read the predictions; None before there are any."""
    return read_predictions(folder) if os.path.lexists(folder / PREDICTIONS) else None


def whole_numbers(rows: Any) -> list[tuple[str, int]]:
    pairs = rows.items() if isinstance(rows, dict) else ()
    return [(str(part), many) for part, many in pairs if isinstance(many, int)]


def told_in(summary: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Read a list of the summary, which somebody else may have written."""
    told = summary.get(name)
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
