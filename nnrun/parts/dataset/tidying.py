"""Tables that nobody has tidied: what cannot be learnt from is left out, and told.

A column is judged by the rows that decide what it holds. Few cells of another kind than the others
are gaps where gaps are filled; a column that says nothing, or that nobody can read, goes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems, listing
from nnrun.parts.dataset.cells import GAP_SIGNS, Cells
from nnrun.parts.dataset.columns import (
    LARGEST,
    alike_but_for_looks,
    as_input,
    named_as_id,
    other_writing,
    too_many_levels,
)
from nnrun.parts.dataset.data import Columns
from nnrun.parts.dataset.dates import MOSTLY, Dates, given_names, moment, order_of
from nnrun.parts.dataset.doubts import sums_up
from nnrun.parts.dataset.gaps import empty_in_training
from nnrun.parts.dataset.numbers import numbers
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.target import as_target
from nnrun.parts.dataset.units import unit_found, unit_note, without_units
from nnrun.parts.dataset.wording import EXAMPLES, counted, shorten

ROWS = 10  # of a category that is told from the rare ones, where there are too many of them
LEVELS, EACH = 1000, 5  # that are not too many where most have so many rows


@dataclass(frozen=True)
class Tidied:
    """A sheet of columns that can be read, and what became of the others."""

    sheet: Sheet
    names: list[str]  # of the columns to learn from
    categories: dict[str, int] = field(default_factory=dict)  # below how many rows one is rare
    units: dict[str, str] = field(default_factory=dict)  # that its numbers had
    notes: tuple[str, ...] = ()

    def without(self, name: str, why: str) -> Self:
        """Leave a column out."""
        names = [other for other in self.names if other != name]
        return replace(self, names=names, notes=(*self.notes, f"{why}; the column is left out"))

    def with_gaps(self, name: str, odd: Collection[int], kind: str) -> Self:
        """Empty some cells of a column."""
        if not odd:
            return self
        sheet, told = with_gaps(self.sheet, name, odd, kind)
        return replace(self, sheet=sheet, notes=(*self.notes, told))

    def without_unit(self, column: Cells, unit: str) -> Self:
        """Take the numbers of a column without their unit."""
        sheet = without_units(self.sheet, {column.name: unit})
        units = {**self.units, column.name: unit}
        return replace(self, sheet=sheet, units=units, notes=(*self.notes, unit_note(column, unit)))

    def as_categories(self, name: str, rare: int, notes: Sequence[str] = ()) -> Self:
        """Take the texts of a column as categories as they stand."""
        categories = {**self.categories, name: rare}
        return replace(self, categories=categories, notes=(*self.notes, *notes))


@dataclass(frozen=True)
class Wanted:
    """What a table's settings say of how columns are read."""

    categorical: Collection[str]
    rare: int
    dates: bool
    fills: bool  # whether gaps are filled


def tidied(
    sheet: Sheet, names: Sequence[str], wanted: Wanted, deciding: Sequence[int] | None
) -> Tidied:
    """Leave out what cannot be learnt from, column by column."""
    found = Tidied(sheet, list(names))
    for name in names:
        found = column_tidied(found, name, wanted, deciding)
    return found


def column_tidied(
    found: Tidied, name: str, wanted: Wanted, deciding: Sequence[int] | None
) -> Tidied:
    column = as_input(found.sheet, name, deciding)
    if wrong := says_nothing(column):
        return found.without(name, wrong)
    if name in wanted.categorical:
        return found
    if wanted.dates:
        order, problems = order_of(found.sheet, name, deciding=deciding)
        if order:
            return dates_tidied(found, column, order, problems, wanted.fills)
    values, others = column.numbers()
    unit = unit_found(column) if others else None
    if unit is not None:
        found = found.without_unit(column, unit)
        column = as_input(found.sheet, name, deciding)
        values, others = column.numbers()
    if mostly_numbers(column, others):
        return numbers_tidied(found, column, values, others, wanted.fills)
    return texts_tidied(found, column, others, wanted.rare)


def says_nothing(column: Cells) -> str:
    """Say of a column without two different values what it is."""
    if not column.filled:
        return told(empty_in_training(column.sheet, column.name))
    if len(column.levels) > 1:
        return ""
    return f"{column.whole} is the same in {column.every_row} ({shorten(min(column.levels))})"


def told(problems: Problems) -> str:
    """Write the first problem without its advice."""
    return f"{problems[0].key}: {problems[0].wrong}"


# Dates


def dates_tidied(
    found: Tidied, column: Cells, order: str, problems: Problems, fills: bool
) -> Tidied:
    """Take what is no date for a gap among dates, unless there is too much of it."""
    if not problems:
        return found
    odd = no_dates(column.texts, order)
    few = len(column.deciding(odd)) <= (1 - MOSTLY) * column.filled
    if fills and few:
        tidier = found.with_gaps(column.name, odd, "dates")
        order, problems = order_of(tidier.sheet, column.name, deciding=column.train)
        if not problems:
            return tidier
    return found.without(column.name, told(problems))


def no_dates(cells: Sequence[str], order: str) -> list[int]:
    """Find the rows whose cell is neither empty nor a date."""
    odd = {cell for cell in set(cells) if cell and not moment(cell, order)}
    return [row for row, cell in enumerate(cells) if cell in odd]


# Numbers


def mostly_numbers(column: Cells, others: list[int]) -> bool:
    """Tell whether most cells are numbers, of those that do not look like gaps."""
    texts = [column.texts[row] for row in column.deciding(others)]
    signs = sum(text.lower() in GAP_SIGNS for text in texts)
    return 2 * (len(texts) - signs) <= column.filled - signs and len(texts) < column.filled


def numbers_tidied(
    found: Tidied, column: Cells, values: ndarray, others: list[int], fills: bool
) -> Tidied:
    """Take what is no number for a gap among numbers."""
    if counts_rows(column, values):
        wrong = f"{column.whole} is a different number in every row, as if it counted them"
        return found.without(column.name, wrong)
    odd = [*others, *too_large_rows(values)]
    if odd and not fills:
        return found.without(
            column.name, f"{column.whole}: {among(column.texts, odd)} among numbers"
        )
    tidier = found.with_gaps(column.name, odd, "numbers")
    wrong = says_nothing(as_input(tidier.sheet, column.name, column.train))
    return found.without(column.name, wrong) if wrong else tidier


def too_large_rows(values: ndarray) -> list[int]:
    return np.flatnonzero(np.abs(values) > LARGEST).tolist()


def counts_rows(column: Cells, values: ndarray) -> bool:
    """Tell whether numbers count the rows from 0 or 1, or are different and named as an id."""
    rows = np.arange(len(values)) if column.train is None else np.asarray(column.train)
    learnt = values[rows]
    if len(rows) < ROWS or np.isnan(learnt).any() or (learnt != np.floor(learnt)).any():
        return False
    ahead = learnt - rows
    if (ahead == ahead[0]).all() and ahead[0] in (0, 1):
        return True
    return named_as_id(column.name) and len(np.unique(learnt)) == len(learnt)


# Texts


def texts_tidied(found: Tidied, column: Cells, others: list[int], rare: int) -> Tidied:
    """Take texts as categories where these come often enough to tell anything."""
    written = other_writing(column, column.deciding(others))
    if written and len(column.levels) * ROWS > column.filled:
        return found.without(column.name, told(written))
    many = too_many_levels(column, rare)
    if many and come_again(column):
        note = f"{told(many)}; taken as categories as they stand"
        return found.as_categories(column.name, rare, [note])
    if many and too_many_levels(column, ROWS):
        return found.without(column.name, told(many))
    if many:
        return found.as_categories(column.name, ROWS)
    unlike = written or alike_but_for_looks(column)
    if unlike:
        note = f"{told(unlike)}; taken as categories as they stand"
        return found.as_categories(column.name, rare, [note])
    return found


def come_again(column: Cells) -> bool:
    """Tell whether texts are few enough for a unit each, and most of them come again."""
    often = sum(rows >= EACH for rows in column.levels.values())
    return len(column.levels) <= LEVELS and 2 * often > len(column.levels)


# Rows


def without_total(sheet: Sheet) -> tuple[Sheet, list[str]]:
    """Leave out a last row that sums up those above, with a note on it."""
    found = next((cells[-1] for cells in sheet.cells.values() if sums_up(cells)), "")
    if not found or sheet.rows == 1:
        return sheet, []
    told = f"{sheet.at(sheet.rows - 1)}: {found!r} sums up the rows above; the row is left out"
    return sheet.keep([True] * (sheet.rows - 1) + [False]), [told]


def without_odd_targets(sheet: Sheet, names: Sequence[str]) -> tuple[Sheet, list[str]]:
    """Empty few cells that are no numbers where numbers are to be predicted, with notes."""
    notes = []
    for name in names:
        column = as_target(sheet, name)
        values, others = column.numbers()
        odd = [*others, *too_large_rows(values)]
        if odd and len(odd) <= (1 - MOSTLY) * column.filled:
            sheet, note = with_gaps(sheet, name, odd, "numbers")
            notes.append(note)
    return sheet, notes


# New rows


def new_rows_tidied(sheet: Sheet, columns: Columns, dates: Dates) -> tuple[Sheet, list[str]]:
    """Empty the cells of new rows that are neither numbers nor dates where training had such."""
    notes = []
    for name in given_names(columns, dates):
        odd, kind = odd_cells(sheet, name, columns, dates)
        if odd:
            sheet, note = with_gaps(sheet, name, odd, kind)
            notes.append(note)
    return sheet, notes


def odd_cells(sheet: Sheet, name: str, columns: Columns, dates: Dates) -> tuple[list[int], str]:
    """Find the rows of a column whose cells training would not have read, and what it read."""
    if name in dates:
        return no_dates(sheet.cells[name], dates[name].order), "dates"
    if any(column.levels for column in columns if column.name == name):
        return [], ""
    values, others = numbers(sheet.cells[name], sheet.decimal)
    return [*others, *too_large_rows(values)], "numbers"


# Cells


def with_gaps(sheet: Sheet, name: str, odd: Collection[int], kind: str) -> tuple[Sheet, str]:
    """Empty some cells of a column, with a note on them."""
    cells, gone = sheet.cells[name], set(odd)
    emptied = ["" if row in gone else cell for row, cell in enumerate(cells)]
    found = f"{sheet.where}: column '{name}': {among(cells, odd)} among {kind}"
    note = f"{found}, taken as missing ({counted(len(gone), 'row')})"
    return sheet.with_cells({**sheet.cells, name: emptied}), note


def among(cells: Sequence[str], odd: Collection[int]) -> str:
    """Show some cells, each once."""
    texts = dict.fromkeys(shorten(cells[row]) for row in sorted(odd))
    return listing(map(repr, texts), EXAMPLES)
