"""What is to be predicted: a quantity to be hit, or one of a few classes."""

from dataclasses import replace

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, listing
from nnrun.parts.dataset.columns import Cells, Reading, not_numbers, other_writing, too_large
from nnrun.parts.dataset.numbers import in_order, number_names
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.wording import as_list, counted, shorten
from nnrun.parts.kinds import Names

MOST_CLASSES = 20  # more different whole numbers than this are a quantity
MOST_SHARE = 0.05  # and so are numbers of which more than this share of the rows differ


# What takes a target as other than numbers, alone and as one of several, which are all quantities.
ALONE, OF_SEVERAL = "dataset.task=classification", "dataset.target without it"


def as_target(sheet: Sheet, name: str, remedy: str = "") -> Cells:
    """Take a column as a target."""
    return Cells(sheet, name, f"target '{name}'", remedy)


def read_quantity(target: Cells) -> Reading:
    """Read the target as numbers."""
    values, others = target.numbers()
    if 2 * len(others) > len(values):
        problems = other_writing(target, others) or text_in_regression(target, others[0])
    else:
        problems = not_numbers(target, others) or too_large(target, values)
    return Reading(values, problems=problems or always_the_same(target, values))


def text_in_regression(target: Cells, row: int) -> Problems:
    """Tell that text stands where regression wants numbers."""
    wrong = f"{shorten(target.texts[row])!r} is text, but regression predicts numbers"
    return [target.problem_at(row, wrong, f"set {target.remedy}")]


def always_the_same(target: Cells, values: ndarray) -> Problems:
    """Find a quantity that never changes."""
    if len(values) < 2 or len(np.unique(values)) > 1:
        return []
    return [target.problem(f"is {target.texts[0]} in every row", "there is nothing to learn")]


def read_classes(target: Cells, as_text: bool = False) -> Reading:
    """Read the target as positions in its classes; numbers are named by value, if not as text."""
    values, others = target.numbers()
    classes = in_order(set(target.texts)) if others or as_text else number_names(values)
    places, _ = target.positions(classes)
    return Reading(places, classes, problems=unfit_classes(target, classes, whole=not others))


def read_ordered(target: Cells, order: Names) -> Reading:
    """Read the target as positions in an order of its classes."""
    places, others = target.positions(order)
    problems = []
    if others:
        wrong = f"{shorten(target.texts[others[0]])!r} is none of {listing(order)}"
        problems = [target.problem_at(others[0], wrong, "dataset.order names every class")]
    elif absent := [name for place, name in enumerate(order) if place not in places]:
        wrong = f"no row is of {listing(map(repr, absent))}"
        problems = [Problem("dataset.order", as_list(*order), wrong, "leave it out there")]
    return Reading(places, order, problems=problems or unfit_classes(target, order, whole=False))


def unfit_classes(target: Cells, classes: Names, whole: bool) -> Problems:
    """Find classes that cannot be told apart or learnt."""
    rows = counted(len(target.texts), "row")
    if len(classes) == 1:
        return [target.problem(f"has one class ('{classes[0]}', {rows})", "classification needs 2")]
    if len(classes) > max(2, len(target.texts) / 2):
        advice = "set dataset.task=regression" if whole else "choose another dataset.target"
        return [target.problem(f"has {len(classes)} classes in {rows}", advice)]
    return []


def read_whichever(target: Cells) -> Reading:
    """Read the target as classes when it is text or a few whole numbers, else as a quantity."""
    values, others = target.numbers()
    if 2 * len(others) > len(values):
        problems = other_writing(target, others)
        return Reading(values, problems=problems) if problems else read_classes(target)
    if others or not may_be_classes(values) or too_large(target, values):
        return read_quantity(target)
    different = len(np.unique(values))
    counts = f"{different} different whole numbers in {counted(len(values), 'row')}"
    why = f"because target '{target.name}' has {counts}"
    if different <= MOST_SHARE * len(values):
        note = f"task: classification, {why}; set dataset.task=regression for numbers"
        return replace(read_classes(target), notes=[note])
    note = f"task: regression, {why}; set dataset.task=classification for classes"
    return replace(read_quantity(target), notes=[note])


def may_be_classes(values: ndarray) -> bool:
    """Tell whether numbers are whole and few."""
    return len(np.unique(values)) <= MOST_CLASSES and bool((values == np.floor(values)).all())
