"""All that the folder of a sweep tells of it, read once for its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any

from nnrun.report import compare, influence
from nnrun.report.compare import Combination, MemberRow
from nnrun.report.influence import Influence
from nnrun.report.pages.run_facts import entry_of
from nnrun.report.scores import Watched
from nnrun.runs.entries import Entry
from nnrun.runs.ledger import Ledger, open_ledger
from nnrun.runs.summary import metric_at

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

    @cached_property
    def choices(self) -> list[Combination]:
        """Members that differ in seeds alone, those with the best mean first."""
        return compare.combinations(self.rows)

    @cached_property
    def scored(self) -> list[Combination]:
        return [one for one in self.choices if one.scores] if self.best else []

    @cached_property
    def best(self) -> MemberRow | None:
        return compare.best(self.rows)

    @property
    def watched(self) -> Watched:
        """The score, which is the same for all where there is a best one."""
        return self.best.watched if self.best else ToldScore()

    @property
    def keys(self) -> list[str]:
        return [*self.rows[0].values]

    @cached_property
    def influence(self) -> Influence | None:
        return influence.of_sweep(self.rows)

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
    unknown = [ToldScore()] * len(ledger.names)
    rows = [replace(row, watched=told_score(row)) for row in compare.rows(ledger, unknown)]
    return SweepFacts(entry_of(folder), ledger, rows)


def told_score(row: MemberRow) -> Watched:
    """Read by what a member is ranked; earlier versions knew R² and accuracy alone."""
    about = row.summary.get("score")
    if about:
        return ToldScore(about["name"], -1 if about["better"] == "lower" else 1)
    usual = next((name for name in SHOWN if row.metric(row.part, name) is not None), "score")
    return ToldScore(usual)
