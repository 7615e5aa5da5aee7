"""What is to be predicted: a quantity to be hit, or one of a few classes."""

import numpy as np

from nnrun.parts.dataset.columns import (
    Cells,
    Reading,
    in_order,
    looks_like,
    not_numbers,
    number_names,
    numbers,
    positions,
    rows,
    shorten,
    too_large,
)
from nnrun.parts.dataset.sheet import Sheet

MOST_CLASSES = 20  # more different whole numbers than this are a quantity
MOST_SHARE = 0.05  # and so are numbers of which more than this share of the rows differ


def as_target(sheet: Sheet, name: str) -> Cells:
    """A column that is the target."""
    return Cells(sheet, name, f"target '{name}'", "dataset.task=classification")


def as_one_of_several(sheet: Sheet, name: str) -> Cells:
    """A column that is one of several targets, which are all quantities."""
    return Cells(sheet, name, f"target '{name}'", "dataset.target without it")


def read_quantity(target: Cells, decimal: str) -> Reading:
    """The target as numbers."""
    values, odd = numbers(target.texts, decimal)
    if 2 * len(odd) > len(target.texts):
        return Reading(
            values, problems=looks_like(target, odd) or [text_in_regression(target, odd[0])]
        )
    problems = not_numbers(target, odd) or too_large(target, values)
    if not problems and len(values) > 1 and len(np.unique(values)) == 1:
        problems = [f"{target.whole} is {target.texts[0]} in every row; there is nothing to learn"]
    return Reading(values, problems=problems)


def text_in_regression(target: Cells, row: int) -> str:
    found = f"target '{target.name}' has text ({shorten(target.texts[row])!r}, {target.sheet.places([row])})"
    return f"dataset.task: regression, but {found}; set {target.remedy}"


def read_classes(target: Cells, decimal: str, as_text: bool = False) -> Reading:
    """The target as positions in its classes; numbers are named by their value unless they are taken as text."""
    values, odd = numbers(target.texts, decimal)
    classes = in_order(set(target.texts)) if odd or as_text else number_names(values)
    places, _ = positions(target.texts, classes, decimal)
    return Reading(places, classes, problems=unfit_classes(target, classes, whole=not odd))


def unfit_classes(target: Cells, classes: tuple[str, ...], whole: bool) -> list[str]:
    """The line for classes that cannot be told apart or learnt."""
    count = len(target.texts)
    if len(classes) == 1:
        return [
            f"{target.whole} has one class ('{classes[0]}', {rows(count)}); classification needs 2"
        ]
    if len(classes) > max(2, count / 2):
        advice = "set dataset.task=regression" if whole else "choose another dataset.target"
        return [f"{target.whole} has {len(classes)} classes in {rows(count)}; {advice}"]
    return []


def read_whichever(target: Cells, decimal: str) -> Reading:
    """The target as classes when it is text or a few whole numbers, else as a quantity."""
    values, odd = numbers(target.texts, decimal)
    if 2 * len(odd) > len(values):
        problems = looks_like(target, odd)
        return Reading(values, problems=problems) if problems else read_classes(target, decimal)
    different = len(np.unique(values))
    if (
        odd
        or different > MOST_CLASSES
        or (values != np.floor(values)).any()
        or too_large(target, values)
    ):
        return read_quantity(target, decimal)
    found = f"because target '{target.name}' has {different} different whole numbers in {rows(len(values))}"
    if different <= MOST_SHARE * len(values):
        told = f"task: classification, {found}; set dataset.task=regression for numbers"
        return add_note(read_classes(target, decimal), told)
    told = f"task: regression, {found}; set dataset.task=classification for classes"
    return add_note(read_quantity(target, decimal), told)


def add_note(reading: Reading, note: str) -> Reading:
    return Reading(reading.values, reading.levels, reading.problems, [*reading.notes, note])
