"""What a training came to, judged by evidence: what it misses of rows, and the course it took."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from nnrun.report.course import STILL, Course
from nnrun.report.numbers import count, number
from nnrun.report.statistics import students_t
from nnrun.runs.epochs import EpochRecord

DIVERGED = "diverged"
NOTHING = "learnt nothing"
TOO_SIMPLE = "too simple"
UNFINISHED = "not finished"
RATE_TOO_LARGE = "learning rate too large"
RATE_TOO_SMALL = "learning rate too small"
OVERFITTED = "overfitted"
FITTED = "fitted as well as these rows can tell"
MEMORISED = "memorised"
WORSE = "worse than a simple method"
CANNOT_TELL = "cannot tell"

FEW_EPOCHS = 3  # below, there is no course to speak of
FEW_ROWS = 20  # below, new rows tell nothing
BRIEF = 200  # steps, below which a network has hardly begun
SURE = 2.5  # standard errors from which a difference counts
SELDOM_REACHED = 0.99379  # share of normal numbers below so many standard deviations
HINT = 1.5  # and from which a ranking may be more than chance
SELDOM = 0.1  # what one answer misses at most, where being right says little of a rare class
NEAR_PERFECT = 0.005  # what is missed, below which nothing is left to gain
SLOW = 0.5  # share of the first loss left, and of a constant's misses spared, by a rate too small
BROKEN = 0.05  # share of a constant's misses spared, below which training came to nothing
KNOWN = 0.3  # and from which training rows are known
GAP = 4.0  # times what is missed on training rows, from which they are known by heart
PALTRY = 0.05  # what is missed, below which no gap counts


class Verdict(NamedTuple):
    """One of the words above, and the numbers that show it."""

    kind: str
    told: str
    better: str = ""  # the simple method that does better, if that is the fault
    cause: str = ""  # the setting that holds the network back, if that may be the fault

    def __str__(self) -> str:
        return f"{self.kind}: {self.told}"


@dataclass(frozen=True)
class Misses:
    """What is missed of each of the same rows, after the best epoch and the last; 1 − score."""

    best: ndarray
    last: ndarray
    constant: ndarray  # by one answer for all

    def spared_by(self, misses: ndarray) -> float:
        """Give the share of what one answer misses that is spared."""
        missed = float(self.constant.mean())
        return 1 - float(misses.mean()) / missed if missed else 0.0


class InFolds(NamedTuple):
    """Which rows were judged by which fold; what folds learn from they have in common."""

    place: ndarray  # a fold for each row
    overlap: float  # rows that test by rows that teach

    def error_of_mean(self, values: ndarray) -> float:
        """Compute the error of a mean by how folds differ (Nadeau and Bengio, 2003).

        As many such errors as are sure of many folds are as sure of these few.
        """
        means = [values[self.place == fold].mean() for fold in np.unique(self.place)]
        many = len(means)
        error = float(np.std(means, ddof=1)) * (1 / many + self.overlap) ** 0.5
        return error * students_t(many - 1, SELDOM_REACHED) / SURE


@dataclass(frozen=True)
class Evidence:
    """All that a verdict goes by."""

    score: str  # its name
    epochs: list[EpochRecord]
    best_epoch: int
    train: Misses
    val: Misses
    new: dict[str, ndarray]  # what each method misses of the validation and test rows
    ranking: float  # standard errors by which classes are ranked better than by chance
    straight: bool  # whether the model can draw no other than straight lines
    one_loss: bool = True  # whether the same one teaches from the first epoch to the last
    alike: bool = False  # whether the network gives the same answer for all new rows
    steps: int = 1_000
    held: tuple[str, ...] = ()  # settings that hold the network back, as typed
    new_in_folds: InFolds | None = None  # of the rows that new tells of
    val_in_folds: InFolds | None = None

    def lead_on_new(self, theirs: str, ours: str = "network") -> float:
        """Count the standard errors by which a method misses less of new rows than another."""
        return lead(self.new[theirs], self.new[ours], self.new_in_folds)

    @property
    def network(self) -> ndarray:
        return self.new["network"]

    @property
    def course(self) -> Course:
        return Course.of(self.epochs, self.one_loss)

    @property
    def learnt(self) -> bool:
        """Whether new rows are surely told better than by one answer for all."""
        return self.lead_on_new("constant") > SURE or self.ranking > SURE

    @property
    def promising(self) -> bool:
        """Whether new rows are told or ranked far better than by one answer, be it by chance."""
        spared = float(self.network.mean()) < (1 - KNOWN) * float(self.new["constant"].mean())
        return spared or self.ranked_alone

    @property
    def ranked_alone(self) -> bool:
        """Whether a rare class is ranked above the others, but told no better than by one."""
        told = self.lead_on_new("constant") > SURE
        rare = float(self.new["constant"].mean()) < SELDOM
        return rare and self.ranking > HINT and not told

    @property
    def better_method(self) -> str:
        """The simple method that surely does better on new rows; the best of several."""
        others = [name for name in self.new if name not in ("network", "constant")]
        surely = [name for name in others if self.lead_on_new("network", name) > SURE]
        return min(surely, key=lambda name: self.new[name].mean(), default="")

    @property
    def simple(self) -> bool:
        """Whether the course shows that the network could learn no more of its training rows.

        Not so where it was brief or goes on, where something holds the network back, or where
        little was learnt and a straight line is better, which nearly every network could draw.
        """
        if self.held or self.steps < BRIEF or not self.course.at_rest:
            return False
        known = self.train.spared_by(self.train.best) > KNOWN
        return known or self.lead_on_new("network", "linear") <= SURE

    @property
    def cause(self) -> str:
        """The setting that holds the network back, if it is the only one, and little was learnt."""
        known = self.train.spared_by(self.train.last) > KNOWN
        return self.held[0] if len(self.held) == 1 and not known else ""

    @property
    def told_held(self) -> str:
        return f", with {' and '.join(self.held)}" if self.held else ""

    def of_new(self, name: str) -> str:
        """Write a method's score on new rows."""
        return number(1 - float(self.new[name].mean()))

    def of_train(self) -> str:
        """Write the score on training rows after the last epoch."""
        return number(1 - float(self.train.last.mean()))


def lead(theirs: ndarray, ours: ndarray, folds: InFolds | None = None) -> float:
    """Count the standard errors by which we miss less than they of the same rows."""
    with np.errstate(invalid="ignore"):  # where both are infinite, none leads
        gains = theirs - ours
    error = deviation_of_mean(gains)
    if folds and error != inf:
        error = max(error, folds.error_of_mean(gains))
    if error:
        return 0.0 if error == inf else float(gains.mean() / error)
    return float(np.sign(gains.mean())) * inf if gains.mean() else 0.0


def deviation_of_mean(values: ndarray) -> float:
    if not np.isfinite(values).all():
        return inf
    return float(values.std(ddof=1) / len(values) ** 0.5)


def verdict(evidence: Evidence) -> Verdict:
    """Say what a training came to: the first that applies."""
    return next(said for judge in JUDGES if (said := judge(evidence)))


# Each gives its verdict, or none where it does not apply


def too_little_to_judge(evidence: Evidence) -> Verdict | None:
    epochs, rows = len(evidence.epochs), len(evidence.network)
    if epochs < FEW_EPOCHS:
        return Verdict(CANNOT_TELL, f"after {count(epochs, 'epoch')} there is no course to judge")
    if rows < FEW_ROWS:
        return Verdict(CANNOT_TELL, f"{rows} validation and test rows are no evidence")
    return None


def straight_where_it_is_curved(evidence: Evidence) -> Verdict | None:
    """Find a model that draws straight lines, where even the best of them would not do."""
    better = evidence.better_method
    if not evidence.straight or better in ("", "linear"):
        return None
    if evidence.lead_on_new("linear", better) < SURE:
        return None
    return Verdict(TOO_SIMPLE, f"{beside(evidence, better)}, which no straight line reaches")


def thrown_about(evidence: Evidence) -> Verdict | None:
    """Find steps so large that even training rows came to nothing."""
    if not np.isfinite(evidence.network).all():
        return Verdict(DIVERGED, "predictions for new rows are no longer numbers")
    train = evidence.train
    collapsed = train.spared_by(train.best) > 2 * KNOWN
    if train.spared_by(train.last) > BROKEN or not (evidence.course.thrown or collapsed):
        return None
    told = f"in the end {evidence.score} {evidence.of_train()} on training rows"
    return Verdict(DIVERGED if evidence.learnt else RATE_TOO_LARGE, told)


def same_for_all(evidence: Evidence) -> Verdict | None:
    """Find a network that gives the same answer for all rows, where a simple method does better."""
    better = evidence.better_method
    train = evidence.train
    if not better or not evidence.alike or train.spared_by(train.last) > BROKEN:
        return None
    told = f"{beside(evidence, better)}; it gives the same answer for all rows{evidence.told_held}"
    return Verdict(NOTHING, told, better, evidence.cause)


def known_by_heart(evidence: Evidence) -> Verdict | None:
    """Find training rows that are known while nothing of it holds for new ones."""
    train = evidence.train
    if evidence.promising or evidence.learnt or train.spared_by(train.last) < KNOWN:
        return None
    return Verdict(MEMORISED, f"{beside(evidence, 'constant')}; {by_heart(evidence)}")


def risen(evidence: Evidence) -> Verdict | None:
    """Find validation rows that were told surely better before the end."""
    val, train = evidence.val, evidence.train
    rise = float(val.last.mean() - val.best.mean())
    surely = lead(val.last, val.best, evidence.val_in_folds) >= SURE
    if not surely or rise < deviation_of_mean(val.best):
        return None
    if train.last.mean() >= train.best.mean() or not (evidence.learnt or evidence.promising):
        return None
    best, last = number(1 - float(val.best.mean())), number(1 - float(val.last.mean()))
    told = (
        f"validation {evidence.score} {best} after epoch {evidence.best_epoch}, {last} in the end"
    )
    return Verdict(OVERFITTED, f"{told}; {by_heart(evidence)}")


def going_on(evidence: Evidence) -> Verdict | None:
    """Find a course that had not come to rest."""
    course, epochs = evidence.course, len(evidence.epochs)
    helps = evidence.learnt or evidence.better_method
    if not helps or not course.goes_on or evidence.network.mean() < NEAR_PERFECT:
        return None
    if evidence.best_epoch < 0.85 * epochs:
        return None
    told = course.told_still if course.still > STILL else course.told_late
    spared = evidence.train.spared_by(evidence.train.last)
    slow = course.left > SLOW and epochs >= 10 and spared < SLOW
    return Verdict(RATE_TOO_SMALL if slow else UNFINISHED, told)


def nothing(evidence: Evidence) -> Verdict | None:
    """Find that one answer for all rows is as good, or may be by chance."""
    if evidence.learnt or evidence.better_method:
        return None
    told = beside(evidence, "constant")
    if evidence.ranked_alone:
        told += "; the rare class is ranked above the others"
    if evidence.promising:
        return Verdict(CANNOT_TELL, f"{told}, which so few rows may show by chance")
    return Verdict(NOTHING, told)


def beaten(evidence: Evidence) -> Verdict | None:
    """Find a simple method that does surely better, and what it shows."""
    better = evidence.better_method
    if not better:
        return None
    told = beside(evidence, better)
    if evidence.course.leaping:
        return Verdict(RATE_TOO_LARGE, told)
    missed = float(evidence.train.best.mean())
    if missed <= evidence.new[better].mean():
        return Verdict(WORSE, told, better)
    if evidence.course.thrown:
        return Verdict(RATE_TOO_LARGE, told)
    told = f"{told}; {number(1 - missed)} on training rows"
    if evidence.simple:
        return Verdict(TOO_SIMPLE, told)
    if evidence.steps < BRIEF and not evidence.held:
        return Verdict(UNFINISHED, f"{told}, after {count(evidence.steps, 'step')}")
    return Verdict(WORSE, f"{told}{evidence.told_held}", cause=evidence.cause)


def gaping(evidence: Evidence) -> Verdict | None:
    """Find training rows that are told far better than new ones."""
    missed, known = float(evidence.network.mean()), float(evidence.train.last.mean())
    if missed < PALTRY or missed < GAP * known:
        return None
    told = f"{evidence.score} {evidence.of_new('network')} on new rows"
    return Verdict(MEMORISED, f"{told}; {by_heart(evidence)}")


def fitted(evidence: Evidence) -> Verdict:
    if len(evidence.new) < 3:
        told = "no simple method was asked: output.baselines=true"
        return Verdict(CANNOT_TELL, told)
    others = [name for name in evidence.new if name not in ("network", "constant")]
    best = min(others, key=lambda name: evidence.new[name].mean())
    if evidence.ranked_alone:
        told = f"{beside(evidence, 'constant')}, but a rare class is ranked above the others"
        return Verdict(FITTED, told)
    return Verdict(FITTED, beside(evidence, best))


JUDGES = (
    too_little_to_judge,
    straight_where_it_is_curved,
    thrown_about,
    same_for_all,
    known_by_heart,
    risen,
    going_on,
    nothing,
    beaten,
    gaping,
    fitted,
)


def beside(evidence: Evidence, method: str) -> str:
    """Write the score on new rows beside that of another method."""
    ours, theirs = evidence.of_new("network"), evidence.of_new(method)
    who = "one answer for all" if method == "constant" else method
    return f"{evidence.score} {ours} on new rows, {who} {theirs}"


def by_heart(evidence: Evidence) -> str:
    known = f"{evidence.of_train()} on training rows in the end"
    return f"{known}; more rows to learn from would help most"
