"""All that the folder of a sweep tells of it, read once for its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.report import compare, influence
from nnrun.report.arrival import NEARNESS
from nnrun.report.compare import Combination, MemberRow
from nnrun.report.influence import Influence
from nnrun.report.pages.run_facts import entry_of
from nnrun.report.race import Race, race_of
from nnrun.report.scores import Watched
from nnrun.runs.entries import Entry
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.ledger import Ledger
from nnrun.runs.opening import open_ledger
from nnrun.runs.summary import RANKED, metric_at
from nnrun.runs.under_way import UnderWay, under_way

SHOWN = ("r2", "rmse", "mae", "accuracy", "f1", "auc", "log_loss", "pinball", "crps")
MEDIAN = ".median"
MOST_METRICS = 4  # beside the score


@dataclass(frozen=True)
class ToldScore:
    """A score as the summary of a run tells of it."""

    name: str = "score"
    better: int = 1
    lowest: float = -inf
    highest: float = inf
    share_below: float | None = None


@dataclass(frozen=True)
class SweepFacts:
    """A sweep, as its files tell of it."""

    entry: Entry
    ledger: Ledger
    rows: list[MemberRow]
    under_way: dict[int, UnderWay] = field(default_factory=dict)  # members that train

    @cached_property
    def so_far(self) -> list[MemberRow]:
        """All members, those that train with what they show after the last epoch."""
        return [
            shown_so_far(row, self.under_way[row.member]) if self.trains(row) else row
            for row in self.rows
        ]

    def trains(self, row: MemberRow) -> bool:
        return row.status == "missing" and row.member in self.under_way

    @cached_property
    def scored_so_far(self) -> list[Combination]:
        """The choices with a score, that of members that train counted; where these compare."""
        if len(compare.kinds_of_scores(self.so_far)) != 1:
            return self.scored
        return [one for one in compare.combinations(self.so_far) if one.scores]

    def epochs(self, row: MemberRow) -> list[EpochRecord]:
        """Read the epochs of a member; of one that trains, with a line between those told."""
        if self.trains(self.rows[row.member]):
            return joined(self.under_way[row.member].epochs)
        return self.ledger.epochs(row.member)

    @cached_property
    def choices(self) -> list[Combination]:
        """Members that differ in seeds alone, those with the best mean first."""
        return compare.combinations(self.rows)

    @cached_property
    def scored(self) -> list[Combination]:
        return [one for one in self.choices if one.scores] if self.best else []

    @cached_property
    def race(self) -> Race | None:
        """Who was how soon at the goal, if members are points on landscapes.

        They are ranked by that: how near is no measure for those on landscapes that differ.
        """
        scores = {row.watched.name for row in self.rows if row.summary}
        return race_of(self.rows, self.ledger) if scores == {NEARNESS} else None

    @cached_property
    def best(self) -> MemberRow | None:
        return None if self.race else compare.best(self.rows)

    @property
    def watched(self) -> Watched:
        """The score, which is the same for all where there is a best one."""
        return self.best.watched if self.best else ToldScore()

    @property
    def keys(self) -> list[str]:
        return [*self.rows[0].values]

    @cached_property
    def influence(self) -> Influence | None:
        return None if self.race else influence.of_sweep(self.rows)

    @cached_property
    def paths(self) -> list[str]:
        """Name a few metrics that all members have."""
        part = compare.judging_part(self.rows)
        metrics = [row.summary.get(part, {}) for row in self.rows if row.summary]
        if not metrics:
            return []
        deeper = [
            f"{name}{MEDIAN}" for name, value in metrics[0].items() if isinstance(value, dict)
        ]
        known = [name for name in (*SHOWN, *deeper) if in_all(metrics, name)]
        return compare.judged_paths(self.rows, known)[:MOST_METRICS]


def in_all(metrics: Sequence[dict[str, Any]], name: str) -> bool:
    return all(metric_at(one, name) is not None for one in metrics)


def read_sweep_facts(folder: Path) -> SweepFacts:
    """Read a sweep and all of its members."""
    ledger = open_ledger(folder)
    training = under_way(folder)  # before the rows, as who is done meanwhile is no more in there
    unknown = [ToldScore()] * len(ledger.names)
    rows = [replace(row, watched=told_score(row)) for row in compare.rows(ledger, unknown)]
    return SweepFacts(entry_of(folder), ledger, rows, training)


def shown_so_far(row: MemberRow, told: UnderWay) -> MemberRow:
    """Give the row of a member that trains its epochs so far, and the score after them."""
    about = ToldScore(*told.score)
    score = {} if told.value is None else {RANKED[0]: {about.name: told.value}}
    return replace(row, watched=about, status=told.told, summary={**score, "epochs": told.epoch})


def joined(told: Sequence[EpochRecord]) -> list[EpochRecord]:
    """Draw lines from each epoch that is told to the next."""
    if not told:
        return []
    known = [one.number for one in told]
    every = range(1, known[-1] + 1)
    train_loss, val_loss, score = (
        np.interp(every, known, drawn, left=nan).tolist()
        for drawn in zip(*(one[1:4] for one in told), strict=True)
    )
    drawn = zip(every, train_loss, val_loss, score, strict=True)
    return [EpochRecord(*each, nan, 0.0) for each in drawn]


def told_score(row: MemberRow) -> Watched:
    """Read by what a member is ranked; earlier versions knew R² and accuracy alone."""
    about = row.summary.get("score")
    if about:
        return ToldScore(about["name"], -1 if about["better"] == "lower" else 1)
    usual = next((name for name in SHOWN if row.metric(row.part, name) is not None), "score")
    return ToldScore(usual)
