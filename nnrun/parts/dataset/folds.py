"""Rows dealt into folds, each of which tests in turn what the others taught."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, refuse
from nnrun.parts.dataset.cells import Cells
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.split_columns import (
    LEAST,
    Parted,
    deal_out,
    dealt_note,
    in_order,
    step_near,
    times_of,
)
from nnrun.parts.dataset.wording import counted
from nnrun.parts.kinds import Names

FOLDS = "dataset.split.folds"
BAGS = "dataset.split.bags"
FEWER_BAGS = "take fewer bags, or another column"
FEWER = "take fewer folds, or give more rows"


def repeat_of(folds: int, fold: int, seed: int) -> tuple[int, int]:
    """Give a fold's place in its repeat, and the seed of that: the first has the split's own."""
    repeat, place = divmod(fold - 1, folds)
    if not repeat:
        return place, seed
    return place, int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0])


# By the seed


def held_out(rows: int, labels: ndarray | None, folds: int, fold: int, seed: int) -> ndarray:
    """Find the places of a fold's rows, as scikit-learn's (stratified) k-fold does.

    Its import waits for classes, as it takes long.
    """
    place, seed = repeat_of(folds, fold, seed)
    if labels is None:
        mixed = np.random.RandomState(seed).permutation(rows)
        return np.sort(np.array_split(mixed, folds)[place])
    from sklearn.model_selection import StratifiedKFold

    dealt = StratifiedKFold(folds, shuffle=True, random_state=seed)
    (found,) = [test for i, (_, test) in enumerate(dealt.split(labels, labels)) if i == place]
    return found


def too_many_folds(rows: int, classes: int, folds: int, val: float) -> Problems:
    """Find out whether a fold, or what validates beside it, has too few rows."""
    least = max(LEAST, classes)
    of_fold = rows // folds
    validate = round((rows - of_fold - (rows % folds > 0)) * val)
    if of_fold < LEAST:
        most = rows // LEAST
        wrong = f"{counted(rows, 'row')} leave a fold of {counted(of_fold, 'row')}"
        advice = f"use {FOLDS}={most} at most" if most > 1 else FEWER
        return [Problem(FOLDS, str(folds), wrong, advice)]
    if val and validate < least:
        wrong = f"{counted(validate, 'row')} would validate each of {folds} networks"
        advice = f"where {least} are needed; raise it, or set it to 0"
        return [Problem("dataset.split.val", f"{val:g}", wrong, advice)]
    return []


def dealt_to(rows: int, labels: ndarray | None, bags: int, seed: int) -> ndarray:
    """Deal rows out in turn, those of a class together: tells the bag of each.

    So a class of two rows stands in two bags, and no bag has two rows more than another.
    """
    order = np.random.RandomState(seed).permutation(rows)
    if labels is not None:
        order = order[np.argsort(labels[order], kind="stable")]
    bag_of = np.empty(rows, np.int64)
    bag_of[order] = np.arange(rows) % bags
    return bag_of


def beside_tests(counts: ndarray, tested: int) -> ndarray:
    """Count how many rows of each class do not test, at least, where it keeps its share there."""
    rows = max(1, counts.sum())
    return counts * (rows - tested) // rows


def too_many_bags(rows: int, bags: int, test: float) -> Problems:
    """Find out whether a bag has too few rows to validate."""
    dealt = rows - round(rows * test)
    most = dealt // LEAST
    if bags <= most:
        return []
    wrong = f"{counted(dealt, 'row')} leave a bag of {counted(dealt // bags, 'row')}"
    advice = f"use {BAGS}={most} at most" if most > 1 else "leave it out, or give more rows"
    return [Problem(BAGS, str(bags), wrong, advice)]


def lacking(counts: ndarray, folds: int, val: float) -> ndarray:
    """Tell of which classes, by their rows, some fold or those beside it would have none."""
    left = counts - -(-counts // folds)
    return (counts < folds) | (left < 1 + (val > 0))


def rare_in_folds(labels: ndarray | None, classes: Names, folds: int, val: float) -> Problems:
    """Find classes that cannot have a row in each fold, and others to learn from."""
    if labels is None:
        return []
    counts = np.bincount(labels, minlength=len(classes))
    rare = lacking(counts, folds, val)
    if not rare.any():
        return []
    rarest = int(np.where(rare, counts, counts.max() + 1).argmin())
    few = int(counts[rarest])
    found = f"class '{classes[rarest]}' has {counted(few, 'row')}"
    wrong = f"{found}, where each fold needs one, and each training others"
    advice = f"use {FOLDS}={few} at most" if LEAST < few < folds else "leave the class out"
    return [Problem(FOLDS, str(folds), wrong, advice)]


# By time


def fold_by_time(sheet: Sheet, name: str, folds: int, fold: int, val: float) -> Parted:
    """Let a stretch of time test what all before it taught; the first stretch never tests."""
    times = times_of(Cells(sheet, name, f"column '{name}'"))
    order = np.argsort(times, kind="stable")
    size = sheet.rows // (folds + 1)
    starts = [step_near(times[order], sheet.rows - i * size) for i in range(folds, -1, -1)]
    refuse(no_step_between(name, folds, starts))
    start, end = starts[fold - 1], starts[fold]
    validated = round(start * val)
    return in_order(sheet, name, times, order[:end], (start - validated, validated, end - start))


def no_step_between(name: str, folds: int, starts: list[int]) -> Problems:
    """Find out whether rows of equal times leave a stretch without rows of its own."""
    sizes = [end - start for start, end in pairwise([0, *starts])]
    if min(sizes) >= LEAST:
        return []
    wrong = f"column '{name}' leaves a stretch of {counted(min(sizes), 'row')} of {folds + 1}"
    return [Problem(FOLDS, str(folds), wrong, FEWER)]


# By group


def fold_by_group(sheet: Sheet, name: str, folds: int, fold: int, val: float, seed: int) -> Parted:
    """Keep the rows of a group together, in one fold, and on one side of the others."""
    place, seed = repeat_of(folds, fold, seed)
    _, group_of, counts = np.unique(sheet.cells[name], return_inverse=True, return_counts=True)
    refuse(too_few_groups(name, len(counts), folds, val))
    sizes = [sheet.rows / folds] * folds
    tested = deal_out(counts, sizes, seed) == place
    part_of = np.full(len(counts), 2)
    rest = np.flatnonzero(~tested)
    validated = counts[rest].sum() * val
    sizes = [counts[rest].sum() - validated, validated]
    part_of[rest] = deal_out(counts[rest], sizes, seed)
    train, val_rows, test = (np.flatnonzero(part_of[group_of] == part) for part in range(3))
    return train, val_rows, test, (dealt_note(name, part_of),)


def bag_by_group(sheet: Sheet, name: str, bags: int, bag: int, test: float, seed: int) -> Parted:
    """Keep the rows of a group together: in a bag, or among the test rows."""
    _, group_of, counts = np.unique(sheet.cells[name], return_inverse=True, return_counts=True)
    parts = bags + (test > 0)
    if len(counts) < parts:
        wrong = f"column '{name}' has {counted(len(counts), 'different value')}"
        refuse([Problem(BAGS, str(bags), f"{wrong}, too few for as many bags", FEWER_BAGS)])
    sizes = [sheet.rows * (1 - test) / bags] * bags
    place = deal_out(counts, [*sizes, sheet.rows * test], seed)
    part_of = np.where(place == bags, 2, np.where(place == bag - 1, 1, 0))
    train, val, test_rows = (np.flatnonzero(part_of[group_of] == part) for part in range(3))
    tests = f", {np.sum(place == bags)} test" if test else ""
    note = f"split by {name}: {np.sum(place < bags)} in {bags} bags{tests}; none on two sides"
    return train, val, test_rows, (note,)


def too_few_groups(name: str, groups: int, folds: int, val: float) -> Problems:
    """Find out whether there is no group for each fold, or none beside it for each part."""
    beside = groups - -(-groups // folds)
    if groups >= folds and beside >= 1 + (val > 0):
        return []
    wrong = f"column '{name}' has {counted(groups, 'different value')}, too few for as many folds"
    return [Problem(FOLDS, str(folds), wrong, "take fewer folds, or another column")]
