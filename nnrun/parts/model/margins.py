"""How far a model missed rows that no weight was learnt from, by which its intervals are drawn.

The k-th smallest of n such errors, k = ⌈(n + 1) level⌉, holds that of a new row with a probability
of at least the level (split conformal prediction; Lei et al., 2018).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf, isfinite
from typing import Any

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems

ALL = 250  # errors up to which each is kept
# of more rows: of each per cent, and of each tenth of one above 98; one between has the next
LEVELS = (*(per_cent / 100 for per_cent in range(1, 98)), *(k / 1000 for k in range(980, 1000)))
BY = ("error", "deviation", "spread")
DECIMALS = 9  # to which a rank is rounded, as .07 · 100 is above 7


@dataclass(frozen=True)
class Margins:
    """The sizes of errors, the least first, in units of what is known of a row's own."""

    by: str  # the unit: none, the deviation that is said, or how far networks differ
    floors: tuple[float, ...]  # of each target, squared into that spread: the training rows' error
    rows: int
    ranks: tuple[int, ...]  # among all rows, of the errors that are kept
    errors: tuple[tuple[float, ...], ...]  # of each target

    def reach(self, level: float) -> ndarray:
        """Give the error of each target that this share of rows stays within."""
        place = bisect_left(self.ranks, rank_of(level, self.rows))
        return np.array([errors[place] for errors in self.errors])

    def problems(self, level: float, key: str) -> Problems:
        """Tell where there are too few rows for a level."""
        if rank_of(level, self.rows) <= self.rows:
            return []
        least, most = ceil(round(level / (1 - level), DECIMALS)), self.rows / (self.rows + 1)
        wrong = f"needs {least:,} validation rows, and the run had {self.rows:,}"
        advice = f"they allow {np.floor(most * 1000) / 1000:g} at most"
        return [Problem(key, None, wrong, advice)]

    def plain(self) -> dict[str, Any]:
        return {**vars(self)}  # no copy of each number, as dataclasses.asdict makes


def margins_of(errors: ndarray, by: str, floors: Sequence[float]) -> Margins | None:
    """Keep the errors of rows, (rows, targets); none where there is no row, or one diverged."""
    rows = len(errors)
    if not rows or not np.isfinite(errors).all():
        return None
    ranks = ranks_kept(rows)
    kept = np.sort(errors, axis=0)[np.array(ranks) - 1]
    return Margins(by, tuple(floors), rows, ranks, tuple(map(tuple, kept.T.tolist())))


def rank_of(level: float, rows: int) -> int:
    """Find which of the errors, the least being 1, an interval has to hold."""
    return ceil(round((rows + 1) * level, DECIMALS))


def ranks_kept(rows: int) -> tuple[int, ...]:
    """List which errors are kept: enough for any level, be it a little wide."""
    if rows <= ALL:
        return tuple(range(1, rows + 1))
    ranks = {min(rank_of(level, rows), rows) for level in LEVELS}
    return tuple(sorted({*ranks, rows}))


def margins_from_plain(told: dict[str, Any] | None) -> Margins | None:
    if told is None:
        return None
    errors = tuple(map(tuple, told["errors"]))
    return Margins(told["by"], tuple(told["floors"]), told["rows"], tuple(told["ranks"]), errors)


def unfit_margins(margins: Margins | None, targets: int) -> str:
    """Say what is wrong with margins that a file tells."""
    if margins is None:
        return ""
    if margins.by not in BY:
        return f"are by '{margins.by}'"
    if len(margins.errors) != targets or len(margins.floors) != targets:
        return f"are of other than {targets} targets"
    if any(not rise(errors) or len(errors) != len(margins.ranks) for errors in margins.errors):
        return "have errors that do not rise with their ranks"
    fitting = margins.ranks and margins.ranks[0] > 0 and margins.ranks[-1] == margins.rows
    if not fitting or not rise(margins.ranks):
        return f"have ranks that do not lead to {margins.rows}"
    return "" if all(0 <= floor < inf for floor in margins.floors) else "have a floor below 0"


def rise(values: Sequence[float]) -> bool:
    finite = all(map(isfinite, values))
    return finite and all(low <= high for low, high in pairwise(values))
