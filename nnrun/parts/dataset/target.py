"""What is to be predicted: a quantity to be hit, or one of a few classes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, listing
from nnrun.parts.dataset.cells import Cells
from nnrun.parts.dataset.columns import (
    EXACT,
    Reading,
    alike_but_for_looks,
    is_code,
    not_numbers,
    other_writing,
    too_large,
    unseen_signs,
    written_notes,
)
from nnrun.parts.dataset.numbers import in_order, number_names
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.wording import as_list, shorten
from nnrun.parts.kinds import Names

MOST_CLASSES = 20  # more different whole numbers than this are a quantity
MOST_SHARE = 0.05  # and so are numbers of which more than this share of the rows differ
SURELY_CLASSES = 5  # so few different numbers may be classes of which one stands in one row alone
RARELY = 10  # times as many rows have the commonest count as the second largest


# What takes a target as other than numbers, alone and as one of several, which are all quantities.
ALONE, OF_SEVERAL = "dataset.task=classification", "dataset.target without it"


def as_target(
    sheet: Sheet, name: str, remedy: str = "", train: Sequence[int] | None = None
) -> Cells:
    """Take a column as a target."""
    return Cells(sheet, name, f"target '{name}'", remedy, train=train)


def read_quantity(target: Cells) -> Reading:
    """Read the target as numbers."""
    values, others = target.numbers()
    texts = target.deciding(others)
    if mostly(texts, target):
        problems = other_writing(target, texts) or text_in_regression(target, texts[0])
    else:
        problems = not_numbers(target, others) or too_large(target, values)
    problems = problems or always_the_same(target, values)
    notes = [] if problems else written_notes(target, values)
    return Reading(values, problems=problems, notes=notes)


def text_in_regression(target: Cells, row: int) -> Problems:
    """Tell that text stands where regression wants numbers."""
    wrong = f"{shorten(target.texts[row])!r} is text, but regression predicts numbers"
    return [target.problem_at(row, wrong, f"set {target.remedy}")]


def always_the_same(target: Cells, values: ndarray) -> Problems:
    """Find a quantity that never changes."""
    learnt = target.of_learnt(values)
    if len(learnt) < 2 or len(np.unique(learnt)) > 1:
        return []
    wrong = f"is {target.learnt[0]} in {target.every_row}"
    return [target.problem(wrong, "there is nothing to learn")]


def read_classes(target: Cells, as_text: bool = False) -> Reading:
    """Read the target as positions in its classes; numbers are named by value, if not as text."""
    values, others = target.numbers()
    texts = target.deciding(others)
    if texts or as_text or lose_as_numbers(target, values):
        classes = in_order(set(target.learnt))
    else:
        classes = number_names(target.of_learnt(values))
    looks = [] if as_text else alike_but_for_looks(target)
    return in_classes(target, classes, looks or unfit_classes(target, classes, whole=not texts))


def lose_as_numbers(target: Cells, values: ndarray) -> bool:
    """Tell whether classes would lose their zeros, or those that differ become one."""
    beyond = np.abs(target.of_learnt(values)) >= EXACT
    return bool(beyond.any()) or any(map(is_code, target.learnt))


def in_classes(target: Cells, classes: Names, problems: Problems) -> Reading:
    """Find each row's place in the classes; others, which no deciding row has, come behind."""
    _, others = target.positions(classes)
    unseen = in_order({target.texts[row] for row in others})
    places, _ = target.positions((*classes, *unseen))
    notes = [unseen_signs(target)]
    return Reading(places, classes, unseen=unseen, problems=problems, notes=notes)


def read_ordered(target: Cells, order: Names) -> Reading:
    """Read the target as positions in an order of its classes."""
    places, others = target.positions(order)
    learnt, problems = target.of_learnt(places), []
    if others:
        wrong = f"{shorten(target.texts[others[0]])!r} is none of {listing(order)}"
        problems = [target.problem_at(others[0], wrong, "dataset.order names every class")]
    elif absent := [name for place, name in enumerate(order) if place not in learnt]:
        row = "row" if target.train is None else "train row"
        wrong = f"no {row} is of {listing(map(repr, absent))}"
        problems = [Problem("dataset.order", as_list(*order), wrong, "leave it out there")]
    return Reading(places, order, problems=problems or unfit_classes(target, order, whole=False))


def unfit_classes(target: Cells, classes: Names, whole: bool) -> Problems:
    """Find classes that cannot be told apart or learnt."""
    rows = target.learnt_rows
    if len(classes) == 1:
        wrong = f"has one class ('{classes[0]}', {rows}); classification needs 2"
        return [target.problem(wrong, "choose another dataset.target")]
    if len(classes) > max(2, len(target.learnt) / 2):
        advice = "set dataset.task=regression" if whole else "choose another dataset.target"
        return [target.problem(f"has {len(classes)} classes in {rows}", advice)]
    return []


def read_whichever(target: Cells, telling: Cells) -> Reading:
    """Read the target as classes or as a quantity, whichever these cells tell, with a note."""
    classes, why = of_classes(telling)
    if not classes:
        return with_note(read_quantity(target), why)
    values, others = target.numbers()
    texts = target.deciding(others)
    written = other_writing(target, texts) if mostly(texts, target) else []
    if written:
        return Reading(values, problems=written)
    return with_note(read_classes(target), why)


def of_classes(target: Cells) -> tuple[bool, str]:
    """Tell whether it is text or a few whole numbers; of these, what is decided and why."""
    values, others = target.numbers()
    texts, learnt = target.deciding(others), target.of_learnt(values)
    if mostly(texts, target):
        return True, ""
    if texts or not may_be_classes(learnt) or too_large(target, learnt):
        return False, ""
    if code := next(filter(is_code, target.learnt), ""):
        why = f"because target '{target.name}' has codes such as '{code}'"
        return True, f"task: classification, {why}; set dataset.task=regression for numbers"
    different = len(np.unique(learnt))
    counts = f"{different} different whole numbers in {target.learnt_rows}"
    why = f"because target '{target.name}' has {counts}"
    once = thins_out(learnt)
    if different <= MOST_SHARE * len(learnt) and not once:
        return True, f"task: classification, {why}; set dataset.task=regression for numbers"
    return False, f"task: regression, {why}{once}; set dataset.task=classification for classes"


def mostly(texts: Sequence[int], target: Cells) -> bool:
    """Tell whether most cells are texts."""
    return 2 * len(texts) > len(target.learnt)


def with_note(reading: Reading, note: str) -> Reading:
    return replace(reading, notes=[note, *reading.notes])


def thins_out(values: ndarray) -> str:
    """Tell that the largest of several numbers stands in one row alone, as that of counts does.

    Of counts fewer and fewer rows come to the largest; a class may be rare beside any other.
    """
    different, rows = np.unique(values, return_counts=True)
    if len(different) <= SURELY_CLASSES:
        return ""
    *_, third, second, largest = rows
    rare = third >= second >= largest == 1 and second * RARELY <= rows.max()
    return f", {different[-1]:g} in one row alone" if rare else ""


def may_be_classes(values: ndarray) -> bool:
    """Tell whether numbers are whole and few."""
    return len(np.unique(values)) <= MOST_CLASSES and bool((values == np.floor(values)).all())
