"""Which choices of settings cannot be told from the best: the difference may be luck."""

from math import hypot
from statistics import stdev

from nnrun.report.compare import Combination, MemberRow, combinations
from nnrun.report.metric_tables import ROWS
from nnrun.report.numbers import count


def uncertainty(one: Combination) -> float | None:
    """Compute the standard error of its score: over its seeds, or over the rows of the only one."""
    if len(one.scores) > 1:
        return stdev(one.scores) / len(one.scores) ** 0.5
    return next((row.standard_error for row in one.members if row.score is not None), None)


def tied(every: list[Combination]) -> list[bool]:
    """Tell which are within the uncertainty of the first, the best, and of themselves."""
    best, error = every[0], uncertainty(every[0])
    return [one is not best and is_near(one, best, error) for one in every]


def is_near(one: Combination, best: Combination, error: float | None) -> bool:
    own = uncertainty(one)
    if error is None or own is None:
        return False
    return one.rank - best.rank <= hypot(error, own)


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
    near, others = sum(tied(every)), len(every) - 1
    within = f"within a standard error over {over(every[0])}"
    if not near:
        return f"none of the others is {within}"
    return f"{near} of the other {others} {'is' if near == 1 else 'are'} tied with it, {within}"


def over(best: Combination) -> str:
    """Say over what the uncertainty of the best is taken."""
    if len(best.scores) > 1:
        return count(len(best.scores), "seed")
    row = next(row for row in best.members if row.score is not None)
    return f"{row.summary['rows'][row.part]:,} {ROWS[row.part]}"
