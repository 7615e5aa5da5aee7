"""How far each cell lies behind the best, and whether that is more than luck."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy import ndarray

from nnrun.errors import Mistake, Problem
from nnrun.report.cells import Cell, Judged, Metric, same_rows
from nnrun.report.numbers import count
from nnrun.report.statistics import (
    LEAST,
    LEVEL,
    Estimate,
    beside_best,
    crossed_error,
    nothing_of,
    paired,
    seeds_wanted,
    unpaired,
)
from nnrun.runs.summary import metric_at

Pairs = list[tuple[Judged, Judged]]


class Verdict(StrEnum):
    """What can be said of a cell beside the best one."""

    BEST = "best"
    WORSE = "worse"
    TIED = "tied with the best"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Contrast:
    """How far a cell lies behind the best, in the metric, so that more is worse."""

    cell: Cell
    estimate: Estimate
    over: str  # what the interval is over
    pairs: Pairs  # of runs of the best and of this one
    rows: ndarray | None  # how far each pair is apart in each row, where all have the same ones
    overlap: float = 0.0  # of rows that judge by those that teach, where pairs were split anew
    p: float = 1.0  # corrected for the number of comparisons
    verdict: Verdict = Verdict.UNKNOWN
    seeds_wanted: int | None = None

    @property
    def further(self) -> bool:
        """Whether there may be more of what the interval is over: seeds, unlike folds."""
        return "seed" in self.over


def ranked(cells: Sequence[Cell], metric: Metric) -> list[Cell]:
    """Put cells in their order, the best mean first."""
    return sorted(cells, key=lambda cell: -metric.better * cell.mean(metric.name))


def contrasts(cells: Sequence[Cell], metric: Metric) -> list[Contrast]:
    """Compare each cell with the best, which is the first."""
    best, *others = cells
    found = [contrast(best, other, metric) for other in others]
    near, several = resolution(best, metric), beside_best([one.estimate for one in found])
    told = zip(found, *several, strict=True)
    return [judged(replace(one, estimate=estimate), p, near) for one, estimate, p in told]


def judged(one: Contrast, p: float, near: float) -> Contrast:
    """Say what the difference allows one to say."""
    estimate = one.estimate
    verdict, wanted = Verdict.UNKNOWN, None
    if p <= LEVEL and estimate.low > 0:
        verdict = Verdict.WORSE
    elif estimate.told and max(-estimate.low, estimate.high) <= near:
        verdict = Verdict.TIED
    elif one.further:
        wanted = seeds_wanted(estimate, one.overlap)
    return replace(one, p=p, verdict=verdict, seeds_wanted=wanted)


def resolution(cell: Cell, metric: Metric) -> float:
    """Tell which difference means nothing on so few rows: the standard error of the score."""
    for one in cell.members:
        score = one.summary.get("score", {}).get("name")
        error = one.summary.get("standard_error", {}).get(metric.part)
        if score == metric.name and error is not None:
            return float(error)
    return 0.0


def contrast(best: Cell, other: Cell, metric: Metric) -> Contrast:
    """Compare two cells by all that they share: seeds, rows, or both."""
    shared = [seeds for seeds in best.by_seed if seeds in other.by_seed]
    pairs = [(best.by_seed[seeds], other.by_seed[seeds]) for seeds in shared]
    if not pairs:
        refuse_other_rows(best, other)
    compared = pairs or across(best, other)
    rows, folds = rows_behind(compared, metric), folds_behind(compared, metric)
    overlap = overlap_of(pairs, metric)
    if folds is not None and folds.shape[1] >= LEAST:
        estimate, over = over_folds(folds, compared)
    elif len(pairs) >= LEAST:
        estimate, over = over_seeds(pairs, rows, metric, best.repeats)
    elif not pairs and min(len(best.members), len(other.members)) >= LEAST:
        estimate, over = over_other_seeds(best, other, metric)
    elif rows is not None:
        estimate, over = paired(rows.mean(axis=0)), over_rows(rows, metric)
    else:
        mean = metric.better * (best.mean(metric.name) - other.mean(metric.name))
        estimate, over = nothing_of(mean, len(pairs)), ""
    return Contrast(other, estimate, over, compared, rows, overlap)


def over_folds(behind: ndarray, pairs: Pairs) -> tuple[Estimate, str]:
    """Estimate over folds, (pairs, folds), which learn from rows in common; and over seeds."""
    many, folds = behind.shape
    overlap = metric_at(pairs[0][0].summary, "out_of_fold.overlap") or 0.0
    error = float(behind.mean(axis=1).std(ddof=1)) / many**0.5 if many >= LEAST else 0.0
    told = f"{folds} folds, in pairs" + (f", and {many} seeds" if many >= LEAST else "")
    return paired(behind.mean(axis=0), error, overlap), told


def folds_behind(pairs: Pairs, metric: Metric) -> ndarray | None:
    """Compute how far second runs lie behind first ones in each fold, (pairs, folds).

    None where not all were judged in the same folds.
    """
    runs = [run for pair in pairs for run in pair]
    each = [run.of_folds(metric.name) for run in runs]
    if not each or any(values is None for values in each):
        return None
    same = {run.summary.get("without_groups", {}).get("of_rows") for run in runs}
    if len(same) > 1:
        return None
    first, second = np.array(each[0::2]), np.array(each[1::2])
    return metric.better * (first - second)


def over_rows(rows: ndarray, metric: Metric) -> str:
    return f"{count(rows.shape[1], f'{metric.part} row')}, for these runs alone"


def over_other_seeds(best: Cell, other: Cell, metric: Metric) -> tuple[Estimate, str]:
    """Estimate over seeds that the two do not share."""
    sides = [[metric.better * value for value in c.values(metric.name)] for c in (best, other)]
    told = f"seeds, {len(sides[0])} and {len(sides[1])}, of which none is the same"
    return unpaired(*sides), told


def over_seeds(
    pairs: Pairs, rows: ndarray | None, metric: Metric, repeats: str
) -> tuple[Estimate, str]:
    """Estimate over seeds or folds, and over rows, too, where all pairs have the same ones."""
    differences = [behind(pair, metric) for pair in pairs]
    told = f"{len(pairs)} {repeats}s, in pairs"
    if rows is not None:
        many = count(rows.shape[1], f"{metric.part} row")
        return paired(differences, crossed_error(rows)), f"{told}, and {many}"
    return paired(differences, overlap=overlap_of(pairs, metric)), told


def overlap_of(pairs: Pairs, metric: Metric) -> float:
    """Divide test rows by training rows, where pairs were split in several ways."""
    if len({one.seeds[1:] for one, _ in pairs}) < 2:
        return 0.0
    summary = pairs[0][0].summary
    judging, training = (metric_at(summary, f"rows.{part}") for part in (metric.part, "train"))
    return (judging or 0) / max(1, training or 1)


def behind(pair: tuple[Judged, Judged], metric: Metric) -> float:
    """Tell how far the second run lies behind the first."""
    one, other = (run.metric(metric.name) or 0.0 for run in pair)
    return metric.better * (one - other)


def across(best: Cell, other: Cell) -> Pairs:
    """Pair runs that share no seed, for what their rows tell."""
    return [*zip(best.members, other.members, strict=False)]


def rows_behind(pairs: Pairs, metric: Metric) -> ndarray | None:
    """Compute how far second runs lie behind first ones in each row, (pairs, rows).

    None where the metric is no average over rows, or not all have the same ones.
    """
    runs = [run for pair in pairs for run in pair]
    shares = [run.by_row(metric.name) for run in runs]
    if not shares or any(share is None for share in shares):
        return None
    if any(run.predictions.judged_on != runs[0].predictions.judged_on for run in runs):
        return None
    first, second = np.array(shares[0::2]), np.array(shares[1::2])
    return metric.better * (first - second)


def refuse_other_rows(best: Cell, other: Cell) -> None:
    """Stop where two cells share neither seeds nor rows."""
    first = best.members[0]
    for one in (*best.members, *other.members):
        if not same_rows(first, one):
            wrong = f"shares no seed with {first.folder}, and was judged on other rows"
            advice = "train both with the same seeds of dataset.split"
            raise Mistake(Problem(str(one.folder), None, wrong, advice))


# Rows of most disagreement


@dataclass(frozen=True)
class Disagreement:
    """A row in which two cells differ most."""

    row: str
    target: int  # its place among the targets
    true: str
    said: tuple[str, str]  # by the best, and by the other
    behind: float


def disagreements(contrast: Contrast, most: int) -> list[Disagreement]:
    """Find the rows in which the two are farthest apart."""
    if contrast.rows is None:
        return []
    apart = contrast.rows.mean(axis=0)
    order = np.argsort(-np.abs(apart), kind="stable")[:most]
    return [disagreement(contrast, place, apart[place]) for place in order if apart[place]]


def disagreement(contrast: Contrast, place: int, apart: float) -> Disagreement:
    """Tell what the pair says of a row that is farthest apart there."""
    assert contrast.rows is not None
    pair = int(np.argmax(contrast.rows[:, place] * np.sign(apart)))
    ours, theirs = contrast.pairs[pair]
    said = [[column[place] for column in run.predictions.predicted] for run in (ours, theirs)]
    target = farthest(*said)
    return Disagreement(
        ours.predictions.rows[place],
        target,
        ours.predictions.true[target][place],
        (said[0][target], said[1][target]),
        float(apart),
    )


def farthest(ours: list[str], theirs: list[str]) -> int:
    """Find the target of which two say what is farthest apart."""
    if len(ours) == 1:
        return 0
    apart = [abs(float(a) - float(b)) for a, b in zip(ours, theirs, strict=True)]
    return int(np.argmax(apart))
