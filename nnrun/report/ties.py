"""Which choices of settings cannot be told from the best: the difference may be luck."""

from math import hypot, inf
from statistics import stdev

import numpy as np
from numpy import ndarray

from nnrun.report.compare import FOLD, SEEDS, Combination, MemberRow, combinations
from nnrun.report.metric_tables import ROWS
from nnrun.report.numbers import count

EDGE = 1.1  # standard errors; one row alone that differs is just one, and no lead


def uncertainty(one: Combination) -> float | None:
    """Compute the standard error of its score: over its seeds, or over the rows of the only one."""
    if len(one.scores) > 1:
        return error_of_mean(one.scores, one)
    return next((row.standard_error for row in one.members if row.score is not None), None)


def tied(every: list[Combination]) -> list[bool]:
    """Tell which are within the standard error of their difference from the first, the best."""
    return [one is not every[0] and is_near(one, every[0]) for one in every]


def is_near(one: Combination, best: Combination) -> bool:
    error = paired_error(one, best)
    if error is None:
        error = unpaired_error(one, best)
    return error is not None and one.rank - best.rank <= EDGE * error


def unpaired_error(one: Combination, best: Combination) -> float | None:
    """Compute the standard error of a difference of scores that have nothing in common."""
    ours, theirs = uncertainty(one), uncertainty(best)
    return None if ours is None or theirs is None else hypot(ours, theirs)


# Of the same seeds, or the same rows


def paired_error(one: Combination, best: Combination) -> float | None:
    """Compute the standard error of the difference of scores that share seeds or rows.

    What both have in common, such as a row that is hard for every network, is no part of it.
    """
    if len(one.scores) > 1 or len(best.scores) > 1:
        return over_seeds(one, best)
    if not one.scores or not best.scores:
        return None
    return over_rows(scored(one)[0], scored(best)[0])


def over_seeds(one: Combination, best: Combination) -> float | None:
    ours, theirs = ({seeds_of(row): row.rank for row in scored(each)} for each in (one, best))
    if ours.keys() != theirs.keys() or len(ours) != len(one.scores):
        return None
    return error_of_mean([ours[seeds] - theirs[seeds] for seeds in ours], one)


def error_of_mean(values: list[float], one: Combination) -> float:
    """Compute the standard error of a mean over seeds, or over folds with rows in common."""
    row = scored(one)[0]
    overlap = 0.0
    if FOLD in row.values:
        rows = row.summary["rows"]
        overlap = rows["test"] / (rows["train"] + rows.get("val", 0))
    return stdev(values) * (1 / len(values) + overlap) ** 0.5


def over_rows(one: MemberRow, best: MemberRow) -> float | None:
    """Compare the scores without each of the same groups of the same rows."""
    ours, theirs = (row.summary.get("without_groups", {}) for row in (one, best))
    same = one.watched == best.watched and ours.get("of_rows") == theirs.get("of_rows")
    numbers = [*ours.get("scores", []), *theirs.get("scores", [])]
    if not same or not numbers or None in numbers:
        return None
    return leaving_out_error(np.subtract(ours["scores"], theirs["scores"]), unknown=0.0)


def leaving_out_error(without: ndarray, unknown: float = inf) -> float:
    """Compute a standard error from what was measured without each of some groups of rows.

    Where it is the same without any of them, as for a handful of right answers, nobody can tell.
    """
    if len(without) < 2:
        return inf
    return float(np.sqrt((len(without) - 1) * without.var())) or unknown


def scored(one: Combination) -> list[MemberRow]:
    return [row for row in one.members if row.score is not None]


def seeds_of(row: MemberRow) -> tuple:
    return tuple(row.values.get(key) for key in SEEDS)


# What is told


def tie_marks(every: list[Combination]) -> list[str]:
    """Mark the best and those that are tied with it; nothing where nobody can tell."""
    if len(every) < 2 or uncertainty(every[0]) is None:
        return []
    return ["best", *("tied" if near else "" for near in tied(every)[1:])]


def tie_line(rows: list[MemberRow]) -> str:
    """Say how many are tied with the best, and what is taken for the uncertainty."""
    every = combinations(rows)
    if not tie_marks(every):
        return ""
    near, others = sum(tied(every)), [one for one in every[1:] if one.scores]
    if not others:
        return ""
    paired = all(paired_error(one, every[0]) is not None for one in others)
    error = "a standard error of the difference on the same" if paired else "a standard error over"
    within = f"within {error} {over(every[0])}"
    if not near:
        return f"none of the others is {within}"
    who = "the other" if len(others) == 1 else f"{near} of the other {len(others)}"
    return f"{who} {'is' if near == 1 else 'are'} tied with it, {within}"


def over(best: Combination) -> str:
    """Say over what the uncertainty of the best is taken."""
    if len(best.scores) > 1:
        return count(len(best.scores), best.repeats)
    row = next(row for row in best.members if row.score is not None)
    if row.over_folds:
        return count(len(row.summary["folds"]), "fold")
    return f"{row.summary['rows'][row.part]:,} {ROWS[row.part]}"
