"""New rows, read as training read its own; what is unlike them is told."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, did_you_mean, listing, nearest, refuse
from nnrun.parts.dataset.cells import Cells
from nnrun.parts.dataset.columns import Reading, as_targets, problems_of, too_large
from nnrun.parts.dataset.data import Columns
from nnrun.parts.dataset.dates import (
    SECONDS,
    Dates,
    dates_from_plain,
    day,
    given_names,
    names_of_parts,
    with_dates,
)
from nnrun.parts.dataset.detect import likely_decimal
from nnrun.parts.dataset.encoding import InputEncoding
from nnrun.parts.dataset.gaps import drop_without_target
from nnrun.parts.dataset.numbers import UNKNOWN
from nnrun.parts.dataset.sheet import DROP, REFUSE, Sheet
from nnrun.parts.dataset.target import as_target
from nnrun.parts.dataset.tidying import new_rows_tidied, without_total
from nnrun.parts.dataset.units import NONE, Units, without_units
from nnrun.parts.dataset.weights import as_weight, unfit_weights
from nnrun.parts.dataset.wording import EXAMPLES, counted, if_several, problem_at, shorten
from nnrun.parts.kinds import Names, written

NO_DATES: Mapping[str, dict] = MappingProxyType({})


def read_inputs(
    sheet: Sheet,
    columns: Columns,
    decimal: str = ".",
    missing_values: Names = (),
    dates: Mapping[str, dict] = NO_DATES,
    others: Names = (),
    unfit: str = REFUSE,
    units: Units = NONE,
) -> tuple[ndarray, list[str]]:
    """Read the inputs of new rows in the order of training, with notes; others may stand there."""
    sheet = without_units(sheet.with_signs(missing_values, decimal), units)
    known = dates_from_plain(dates)
    names = given_names(columns, known)
    refuse(absent(sheet, names))
    notes = [*sheet.notes, *other_columns(sheet, names, others)]
    if unfit == DROP:
        refuse(otherwise_signed(sheet, columns, known))
        sheet, told = new_rows_tidied(sheet, columns, known)
        notes += told
    sheet, undated = with_dates(sheet, known)
    readings = [read_again(as_new_input(sheet, column.name), column.levels) for column in columns]
    refuse([*undated, *problems_of(readings)])
    return np.column_stack([reading.values for reading in readings]), notes  # (rows, columns)


def with_targets(
    sheet: Sheet,
    names: Names,
    decimal: str = ".",
    missing_values: Names = (),
    units: Units = NONE,
    unfit: str = REFUSE,
) -> tuple[Sheet, list[str]]:
    """Keep the new rows whose targets are known, with a note on the others."""
    sheet = without_units(sheet.with_signs(missing_values, decimal), units)
    refuse(absent(sheet, names))
    sheet, summed = without_total(sheet) if unfit == DROP else (sheet, [])
    sheet, left_out = drop_without_target(sheet, names, "give rows whose target is known")
    return sheet, [*summed, *left_out]


def read_targets(sheet: Sheet, names: Names, classes: Names) -> ndarray:
    """Read known targets: (rows,) int64 places in the classes, or (rows, targets) without any."""
    targets = [as_target(sheet, name) for name in names]
    readings = [read_again(target, classes) for target in targets]
    unknown = [problem for target in targets for problem in unknown_classes(target, classes)]
    refuse([*problems_of(readings), *unknown])
    return as_targets(readings)


def read_new_weights(sheet: Sheet, name: str) -> tuple[ndarray | None, Problems]:
    """Read the weights of new rows; none where there is no such column."""
    if name not in sheet.cells:
        return None, []
    column = as_weight(sheet, name)
    reading = read_again(column, ())
    problems = [*reading.problems] or unfit_weights(column, reading.values, "fill it")
    return reading.values, problems


# A column


def as_new_input(sheet: Sheet, name: str) -> Cells:
    return Cells(sheet, name, f"column '{name}'")


def read_again(column: Cells, levels: Names) -> Reading:
    """Read the column as in training: as positions in its levels, or as numbers without any."""
    if levels:
        values, others = column.positions(levels)
        values[others] = UNKNOWN
        return Reading(values, levels)
    values, others = column.numbers()
    return Reading(values, problems=no_longer_numbers(column, others) or too_large(column, values))


def no_longer_numbers(column: Cells, others: list[int]) -> Problems:
    """Find cells that are no numbers where training had numbers alone."""
    if not others:
        return []
    cell = shorten(column.texts[others[0]])
    wrong = f"{cell!r} is not a number{if_several(len(others))}"
    told = "it was numeric in training"
    usual, shown = column.sheet.decimal, likely_decimal([[column.texts[row] for row in others]])
    if column.sheet.unit == "line" and shown not in ("", usual):
        told = f"it was numeric in training, with '{usual}'; set dataset.decimal={shown}"
    return [column.problem_at(others[0], wrong, told)]


def otherwise_signed(sheet: Sheet, columns: Columns, dates: Dates) -> Problems:
    """Find columns of numbers that show another sign of decimals, and would be gaps."""
    of_dates = names_of_parts(dates)
    numeric = [each.name for each in columns if not each.levels and each.name not in of_dates]
    problems = []
    for name in numeric:
        if likely_decimal([sheet.cells[name]]) not in ("", sheet.decimal):
            column = as_new_input(sheet, name)
            problems += no_longer_numbers(column, column.numbers()[1])
    return problems


def unknown_classes(target: Cells, classes: Names) -> Problems:
    """Find classes that did not occur in training."""
    _, others = target.positions(classes) if classes else (None, [])
    return [unknown_levels(target, others, classes)] if others else []


def unknown_levels(column: Cells, rows: Sequence[int], levels: Sequence[str]) -> Problem:
    """Tell which texts did not occur in training."""
    texts = list(dict.fromkeys(shorten(column.texts[row]) for row in rows))
    shown = listing(map(repr, texts), EXAMPLES)
    wrong = f"{shown} did not occur in training{if_several(len(rows))}"
    hints = f"known: {listing(levels)}", did_you_mean(nearest(texts[0], levels))
    return column.problem_at(rows[0], wrong, "; ".join(filter(None, hints)))


# The columns together


def absent(sheet: Sheet, names: Sequence[str]) -> Problems:
    """Find the columns of training that new rows lack."""
    others = [name for name in sheet.names if name not in names]
    trained = f"missing (the model was trained with {listing(names)})"
    near = {name: nearest(name, others) for name in names if name not in sheet.cells}
    gone = [name for name, other in near.items() if not other]
    told = [
        problem_at(sheet.where, f"column '{name}' is {trained}", did_you_mean(other))
        for name, other in near.items()
        if other
    ]
    if gone:
        columns = f"column '{gone[0]}' is" if len(gone) == 1 else f"columns {quoted(gone)} are"
        told.append(problem_at(sheet.where, f"{columns} {trained}"))
    return told


def quoted(names: Sequence[str]) -> str:
    return listing(f"'{name}'" for name in names)


def other_columns(sheet: Sheet, names: Sequence[str], others: Sequence[str]) -> list[str]:
    """Note columns that training did not have, or had in another order."""
    extra = [name for name in sheet.names if name not in {*names, *others}]
    told = []
    if extra:
        told.append(f"ignoring {counted(len(extra), 'extra column')} ({listing(extra)})")
    if [name for name in sheet.names if name in names] != list(names):
        told.append("order differs from training, matched by name")
    return [f"{sheet.where}: {'; '.join(told)}"] if told else []


# What training never saw


def unseen_note(inputs: InputEncoding, unseen: ndarray) -> list[str]:
    """Tell of each column how many rows that judge have a category which no training row has."""
    return [
        f"column '{column.name}': {counted(int(found.sum()), 'val or test row')} of a category that"
        f" no training row has; it is taken as {column.unseen_as}"
        for column, found in zip(inputs.columns, unseen.T, strict=True)
        if column.levels and found.any()
    ]


def unknown_categories(sheet: Sheet, inputs: InputEncoding, unseen: ndarray) -> Problems:
    """Tell of each column which of its categories training never saw."""
    problems = []
    for place, column in enumerate(inputs.columns):
        rows = np.flatnonzero(unseen[:, place]).tolist()
        if column.levels and rows:
            known = [column.levels[level] for level in inputs.levels_seen(place)]
            problems.append(unknown_levels(as_new_input(sheet, column.name), rows, known))
    return problems


def unknown_note(sheet: Sheet, inputs: InputEncoding, unseen: ndarray) -> list[str]:
    """Note how many categories training never saw, which, and what they are taken as."""
    found: dict[str, dict[str, list[str]]] = {}  # what they are taken as, their column, their texts
    rows_of: dict[str, set[int]] = {}
    for place, column in enumerate(inputs.columns):
        rows = np.flatnonzero(unseen[:, place]).tolist()
        if column.levels and rows:
            texts = dict.fromkeys(sheet.cells[column.name][row] for row in rows)
            found.setdefault(column.unseen_as, {})[column.name] = list(texts)
            rows_of.setdefault(column.unseen_as, set()).update(rows)
    return [
        f"{sheet.where}: {never_saw(texts)} taken as {taken_as},"
        f" in {counted(len(rows_of[taken_as]), 'row')}"
        for taken_as, texts in found.items()
    ]


def never_saw(texts: Mapping[str, list[str]]) -> str:
    """Count categories, and name the first of each column."""
    many = sum(map(len, texts.values()))
    categories, are = ("category", "is") if many == 1 else ("categories", "are")
    named = [
        f"{column} {listing([repr(shorten(text)) for text in each], EXAMPLES)}"
        for column, each in texts.items()
    ]
    return f"{many} {categories} that training never saw ({'; '.join(named)}) {are}"


def beyond_note(
    sheet: Sheet, inputs: InputEncoding, unseen: ndarray, dates: Mapping[str, dict] = NO_DATES
) -> list[str]:
    """Note how many numbers lie outside the range of training, and in which columns."""
    parts = names_of_parts(dates_from_plain(dates))
    counts = {}
    for place, column in enumerate(inputs.columns):
        # of a date, seconds say it all
        told = column.name not in parts or column.name.endswith(f".{SECONDS}")
        if told and not column.levels and unseen[:, place].any():
            counts[range_of(inputs, place, parts)] = int(unseen[:, place].sum())
    if not counts:
        return []
    worst = sorted(counts, key=lambda name: counts[name], reverse=True)
    columns = listing([f"{name} {counts[name]}" for name in worst], 6)
    total = sum(counts.values())
    found = f"{counted(total, 'number')} {'lies' if total == 1 else 'lie'}"
    return [f"{sheet.where}: {found} outside the range of training ({columns})"]


def range_of(inputs: InputEncoding, place: int, parts: Mapping[str, str]) -> str:
    """Write a column's range in training: size (40 to 200), sold (2021-01-31 to 2023-05-05)."""
    assert inputs.seen is not None
    name, (least, greatest) = inputs.columns[place].name, inputs.seen[place]
    if name in parts:
        return f"{parts[name]} ({day(least)} to {day(greatest)})"
    return f"{name} ({written(least)} to {written(greatest)})"
