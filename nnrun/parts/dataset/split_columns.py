"""A column of a table that says which rows train: by name, in the order of time, or in groups."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, listing, refuse
from nnrun.parts.dataset.cells import Cells
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.dates import order_of, seconds_of
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.wording import EXAMPLES, as_list, counted, if_several, shorten
from nnrun.parts.kinds import Names

PARTS = ("train", "val", "test")
OTHER_NAMES = {
    "training": "train",
    **dict.fromkeys(("valid", "validation", "dev", "eval"), "val"),
    **dict.fromkeys(("testing", "holdout"), "test"),
}
MOST_NAMES = len(PARTS) + len(OTHER_NAMES)
LEAST = 2  # rows of each part; one row has no spread
Sizes = tuple[int, int, int]  # rows to train, to validate, to test
Parted = tuple[ndarray, ndarray, ndarray, Names]  # row numbers of each part, and notes


# By name


def by_name(sheet: Sheet, name: str) -> Parted:
    """Take rows as the column names them: train, val or test."""
    column = Cells(sheet, name, f"column '{name}'")
    texts = [text.lower() for text in column.texts]
    named = np.array([OTHER_NAMES.get(text, text) for text in texts])
    refuse(other_names(column, np.flatnonzero(~np.isin(named, PARTS)).tolist()))
    train, val, test = (np.flatnonzero(named == part) for part in PARTS)
    return train, val, test, ()


def unused(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """Note columns that name the part of each row, and that are learnt from."""
    return [
        f"{sheet.where}: column '{name}' names parts of the rows ({listing(texts)}), and is learnt"
        f" from; split by it with dataset.split.column={as_list(name).strip('[]')}"
        for name in names
        if names_parts(texts := list(dict.fromkeys(sheet.cells[name])))
    ]


def names_parts(texts: Sequence[str]) -> bool:
    """Tell whether texts name the parts of the rows: those that train, and others."""
    named = {OTHER_NAMES.get(text.lower(), text.lower()) for text in texts[:MOST_NAMES]}
    return "train" in named and len(named) > 1 and named <= set(PARTS)


def other_names(column: Cells, rows: list[int]) -> Problems:
    """Find cells that name no part."""
    if not rows:
        return []
    texts = list(dict.fromkeys(shorten(column.texts[row]) for row in rows))
    shown = listing(map(repr, texts), EXAMPLES)
    wrong = f"{shown} is none of {listing(PARTS)}{if_several(len(rows))}"
    return [column.problem_at(rows[0], wrong, "dataset.split.column names the part of each row")]


# By time


def by_time(sheet: Sheet, name: str, sizes: Sizes) -> Parted:
    """Put the rows in order: the earliest train, the latest test; equal times stay together."""
    times = times_of(Cells(sheet, name, f"column '{name}'"))
    return in_order(sheet, name, times, np.argsort(times, kind="stable"), sizes)


def in_order(sheet: Sheet, name: str, times: ndarray, order: ndarray, sizes: Sizes) -> Parted:
    """Cut rows that are in order near so many rows for each part."""
    first_test = step_near(times[order], sizes[0] + sizes[1])
    first_val = step_near(times[order[:first_test]], min(sizes[0], first_test))
    train, val, test = parts = np.split(order, [first_val, first_test])
    named = zip(PARTS, parts, strict=True)
    ends = [f"{part} up to {sheet.cells[name][rows[-1]]}" for part, rows in named if len(rows)]
    return train, val, test, (f"split by {name}: {', '.join(ends)}",)


def step_near(ordered: ndarray, place: int) -> int:
    """Find the place nearest to one at which a value differs from that before it."""
    if not 0 < place < len(ordered):
        return place
    first, end = (int(ordered.searchsorted(ordered[place], side)) for side in ("left", "right"))
    return first if place - first <= end - place else end


def times_of(column: Cells) -> ndarray:
    """Read the column as numbers, or as dates in seconds."""
    values, others = column.numbers()
    if not others:
        return values
    order, problems = order_of(column.sheet, column.name, share=0)
    refuse(problems if order else [neither(column, others[0])])
    return np.array(seconds_of(column.sheet, column.name, order))


def neither(column: Cells, row: int) -> Problem:
    """Tell of a cell in a column that holds neither numbers nor dates."""
    wrong = f"{shorten(column.texts[row])!r} is neither a number nor a date"
    return column.problem_at(row, wrong, "write dates as 2026-01-31")


# By group


def by_group(sheet: Sheet, name: str, sizes: Sizes, seed: int) -> Parted:
    """Keep the rows of a group together, on the side where they fit."""
    _, group_of, counts = np.unique(sheet.cells[name], return_inverse=True, return_counts=True)
    refuse(too_few_groups(name, len(counts), sum(size > 0 for size in sizes)))
    part_of = deal_out(counts, sizes, seed)
    train, val, test = (np.flatnonzero(part_of[group_of] == part) for part in range(3))
    return train, val, test, (dealt_note(name, part_of),)


def dealt_note(name: str, part_of: ndarray) -> str:
    """Tell how many groups are on each side."""
    shares = [f"{np.sum(part_of == place)} {part}" for place, part in enumerate(PARTS)]
    return f"split by {name}: {', '.join(shares)}; none on two sides"


def deal_out(counts: ndarray, sizes: Sequence[float], seed: int) -> ndarray:
    """Deal groups of so many rows out by the seed, the largest first, to where most are wanted."""
    mixed = np.random.RandomState(seed).permutation(len(counts))
    largest_first = mixed[np.argsort(-counts[mixed], kind="stable")]
    wanted, part_of = np.array(sizes), np.empty(len(counts), int)
    empty = wanted > 0
    for dealt, group in enumerate(largest_first.tolist()):
        last_ones = len(counts) - dealt == empty.sum()  # one for each part that has none
        part = np.where(empty, wanted, -np.inf).argmax() if last_ones else wanted.argmax()
        part_of[group], empty[part] = part, False
        wanted[part] -= counts[group]
    return part_of


def too_few_groups(name: str, groups: int, parts: int) -> Problems:
    """Find out whether there are fewer groups than parts of the rows."""
    if groups >= parts:
        return []
    wrong = f"has {counted(groups, 'different value')}, which cannot be on {parts} sides"
    return [Problem("dataset.split.group", name, wrong, "choose another column, or leave it out")]


# What cannot be


def too_small(sizes: Mapping[str, int], key: str, name: str) -> Problems:
    """Find parts of fewer rows than can be judged."""
    few = [counted(size, f"{part} row") for part, size in sizes.items() if size < LEAST]
    if not few:
        return []
    wrong = f"leaves {' and '.join(few)}, where {LEAST} are needed"
    return [Problem(key, name, wrong, "choose another column, or leave it out")]


def one_class(data: Data, train: ndarray, key: str, name: str) -> Problems:
    """Find out whether all training rows are of one class."""
    if not data.classes or len(np.unique(data.targets[train])) > 1:
        return []
    (only,) = np.unique(data.targets[train])
    wrong = f"leaves training rows of one class alone, '{data.classes[only]}'"
    return [Problem(key, name, wrong, "choose another column, or leave it out")]
