"""What differences between two ways of training allow one to say, be they few or many.

The intervals hold the mean of new differences in at least 95 of 100 cases, also where differences
are as skewed as a lognormal distribution's: for so few numbers Student's t promises more than it
holds, and is widened by what was measured. `benchmarks/intervals.py` measures it again.
"""

from collections.abc import Sequence
from math import inf, isfinite, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy import ndarray

LEVEL = 0.05
LEAST = 3  # differences; of two, no interval of any use holds what it promises
# By how much Student's t is too narrow: the greatest of exponential, lognormal and chi-squared
# differences, of one degree of freedom.
COUNTS = (3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 1_000, 10_000)
WIDENED = (3.8, 3.2, 2.75, 2.45, 2.12, 1.95, 1.76, 1.64, 1.5, 1.35, 1.22, 1.06, 1.0)
EXACT = 16  # differences of which every change of signs is looked at; of more, so many are drawn:
DRAWS = 20_000
ALLOWING = 6  # differences; of fewer, no change of signs is as rare as one in twenty
MOST_SEEDS = 1_000
ALIKE = 1e-12  # share of a mean by which numbers differ that only rounding parts


class Estimate(NamedTuple):
    """A mean difference, and how sure it is."""

    mean: float
    low: float
    high: float
    p: float  # of a difference as large, were there none
    effect: float  # the mean difference in standard deviations of the differences
    pairs: int  # of differences, or the fewer of two sides
    error: float = 0.0  # of the mean
    freedom: float = 1.0

    @property
    def told(self) -> bool:
        """Whether there are enough differences to say anything."""
        return isfinite(self.high)

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    @property
    def students_p(self) -> float:
        """How rare such a difference is after Student, who is not widened."""
        return rarity(self.mean, self.error, self.freedom) if self.told else 1.0


def paired(
    differences: Sequence[float] | ndarray, error: float = 0.0, overlap: float = 0.0
) -> Estimate:
    """Estimate the mean of differences between pairs.

    The error is another one of the same mean, which counts where it is the larger one. Pairs that
    were trained on overlapping rows tell less than independent ones (Nadeau and Bengio, 2003):
    overlap is their test rows by their training rows.
    """
    values = np.asarray(differences, dtype=float)
    many, mean = len(values), float(np.mean(values))
    deviation = float(values.std(ddof=1)) if many > 1 else 0.0
    if deviation < ALIKE * abs(mean):
        deviation = 0.0
    error = max(error, deviation * sqrt(1 / many + overlap))
    if many < LEAST or (many < ALLOWING and mean and not error):
        return nothing_of(mean, many)
    p = of_t(mean, error, many - 1, many)
    if many >= ALLOWING:
        p = max(p, signs_p(values))
    half = half_width(error, many - 1, many)
    ends, effect = (mean - half, mean + half), effect_of(mean, deviation)
    return Estimate(mean, *ends, p, effect, many, error, many - 1)


def unpaired(one: Sequence[float], other: Sequence[float]) -> Estimate:
    """Estimate the difference of two means that share no seeds, after Welch."""
    mean, many = float(np.mean(one) - np.mean(other)), min(len(one), len(other))
    if many < LEAST:
        return nothing_of(mean, many)
    parts = [float(np.var(side, ddof=1)) / len(side) for side in (one, other)]
    error, pooled = sqrt(sum(parts)), sqrt((np.var(one, ddof=1) + np.var(other, ddof=1)) / 2)
    shares = [part**2 / (len(s) - 1) for part, s in zip(parts, (one, other), strict=True)]
    freedom = sum(parts) ** 2 / sum(shares) if sum(shares) else many - 1
    half = half_width(error, freedom, many)
    p = of_t(mean, error, freedom, many)
    ends, effect = (mean - half, mean + half), effect_of(mean, pooled)
    return Estimate(mean, *ends, p, effect, many, error, freedom)


def nothing_of(mean: float, many: int) -> Estimate:
    """Say of a difference that nothing can be said: too few, or a few that are all the same."""
    return Estimate(mean, -inf, inf, 1.0, 0.0, many)


def effect_of(mean: float, deviation: float) -> float:
    if deviation:
        return mean / deviation
    return 0.0 if not mean else float(np.copysign(inf, mean))


def half_width(error: float, freedom: float, many: int) -> float:
    """Compute half the width of an interval that holds what it promises."""
    return widened(many) * students_t(freedom, 1 - LEVEL / 2) * error


def students_t(freedom: float, share: float) -> float:
    """Give the quantile of Student's t below which lies a share."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))


def of_t(mean: float, error: float, freedom: float, many: int) -> float:
    """Compute how rare a mean is so far from 0, were there no difference."""
    return rarity(mean, error * widened(many), freedom)


def rarity(mean: float, error: float, freedom: float) -> float:
    """Compute it after Student."""
    from scipy.special import stdtr

    if not error:
        return 0.0 if mean else 1.0
    return float(2 * stdtr(freedom, -abs(mean) / error))


def widened(many: int) -> float:
    """Tell by how much Student's t is widened for so many differences."""
    return float(np.interp(log(many), np.log(COUNTS), WIDENED))


def signs_p(differences: ndarray, seed: int = 0) -> float:
    """Compute how rare so large a mean is among those with other signs: a permutation test.

    Were both sides alike, either could have had either number, and so each sign be the other.
    """
    many, reached = len(differences), abs(differences.sum())
    if many <= EXACT:
        bits = np.arange(2**many)[:, None] >> np.arange(many) & 1
        return float(as_large((1 - 2 * bits) @ differences, reached).mean())
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(0, DRAWS, 1_000):
        signs = rng.choice([-1.0, 1.0], (1_000, many))
        found += int(as_large(signs @ differences, reached).sum())
    return (found + 1) / (DRAWS + 1)


def as_large(sums: ndarray, reached: float) -> ndarray:
    """Tell which sums are as large; equal ones may differ in their last digits."""
    return np.abs(sums) >= reached * (1 - 1e-9)


def beside_best(found: Sequence[Estimate]) -> tuple[list[Estimate], list[float]]:
    """Let comparisons with the best of several hold what they promise; give each with its p.

    The best was chosen by the same numbers, so that of all pairs these lie farthest apart by luck.
    Where few differences widen Student's t, that is wide enough for it, as simulations show;
    where many hardly do, each comparison counts as one of all pairs.
    """
    pairs = len(found) * (len(found) + 1) // 2
    widened_p = holm([one.p for one in found])
    of_pairs = holm([one.students_p for one in found], pairs)
    told = [max(both) for both in zip(widened_p, of_pairs, strict=True)]
    return [among(one, pairs) for one in found], told


def among(one: Estimate, pairs: int) -> Estimate:
    """Widen an interval so far that it holds for each of so many pairs."""
    if not one.told:
        return one
    half = max(one.half, students_t(one.freedom, 1 - LEVEL / 2 / pairs) * one.error)
    return one._replace(low=one.mean - half, high=one.mean + half)


def holm(values: Sequence[float], of: int = 0) -> list[float]:
    """Correct for several comparisons: the smallest counts as often as there are, and so on.

    They may be some among more of them.
    """
    order, many = np.argsort(values), of or len(values)
    corrected, least = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, values[place] * (many - rank)))
        corrected[place] = least
    return corrected


def crossed_error(differences: ndarray) -> float:
    """Compute the error of a mean over seeds and rows, (seeds, rows), which both are drawn."""
    seeds, rows = differences.shape
    by_seed, by_row = differences.mean(axis=1), differences.mean(axis=0)
    rest = differences - by_seed[:, None] - by_row + differences.mean()
    freedom = max(1, (seeds - 1) * (rows - 1))
    shared = float(np.square(rest).sum()) / freedom / (seeds * rows)
    over = float(by_seed.var(ddof=1)) / seeds + float(by_row.var(ddof=1)) / rows - shared
    return sqrt(max(over, shared))


def seeds_wanted(estimate: Estimate, overlap: float = 0.0) -> int | None:
    """Compute how many seeds would tell such a difference apart; None where a thousand would not.

    They are taken to differ as much from each other, and to share as many rows, as those that there
    are.
    """
    if not estimate.mean or not estimate.told:
        return None
    deviation = abs(estimate.mean / estimate.effect) if estimate.effect else inf
    for many in range(estimate.pairs + 1, MOST_SEEDS):
        error = deviation * sqrt(1 / many + overlap)
        if half_width(error, many - 1, many) < abs(estimate.mean):
            return max(many, ALLOWING)
    return None
