"""Cells of one column become numbers or categories; what cannot is told with its line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nnrun.errors import did_you_mean, listing, nearest
from nnrun.parts.dataset.sheet import EXAMPLES, Sheet

NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE | re.ASCII
)
LARGEST = float(np.finfo(np.float32).max)
EXACT = 2**53  # below, a float64 holds every whole number
MOST_LEVELS = 100  # text with more levels than this, or than half of the rows, is no category

GAP_SIGNS = {"?", "-", "--", ".", "*", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing"}

LOOKS = (  # what cells that are no numbers may be, and what helps; {cell} is the first of them
    (
        r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?",
        "'{cell}' is not a number; write it without ',', or set dataset.decimal=',' if that is its decimal sign",
    ),
    (r"[+-]?\d*,\d+(e[+-]?\d+)?", "'{cell}' is not a number; set dataset.decimal=','"),
    (r"[+-]?\d*\.\d+(e[+-]?\d+)?", "'{cell}' is not a number; set dataset.decimal='.'"),
    (
        r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d\d)( .*)?|\d{1,2}:\d\d(:\d\d.*)?",
        "dates and times ('{cell}') are not numbers; write them as numbers, or set {remedy}",
    ),
    (
        r"[$€£]\s*[\d.,]+|[+-]?[\d.,]+\s*[%$€£]",
        "'{cell}' is a number with a unit; write the number alone",
    ),
)


@dataclass(frozen=True)
class Cells:
    """The cells of one column, how one speaks of it, and which setting takes it as something else than numbers."""

    sheet: Sheet
    name: str
    called: str  # column 'age', target 'price'
    remedy: str = ""

    @property
    def texts(self) -> list[str]:
        return self.sheet.cells[self.name]

    @property
    def whole(self) -> str:
        """Where the column is: houses.csv: column 'age'."""
        return f"{self.sheet.where}: {self.called}"

    def at(self, row: int) -> str:
        """Where a cell is: houses.csv:3: column 'age'."""
        return f"{self.sheet.at(row)}: {self.called}"


@dataclass(frozen=True)
class Reading:
    """One column as numbers, or as positions in its levels; what is wrong with it, and what is worth hearing."""

    values: np.ndarray  # (rows,) float64, a gap is NaN
    levels: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


# From cells to values


def number(cell: str, decimal: str) -> float:
    """The number a cell says, and NaN where it says none."""
    if decimal == ",":
        cell = cell.replace(".", "x").replace(
            ",", "."
        )  # with a decimal comma a point is no part of a number
    return float(cell) if NUMBER.fullmatch(cell) else np.nan


def numbers(cells: Sequence[str], decimal: str) -> tuple[np.ndarray, list[int]]:
    """The values of the cells, and the rows whose cell is neither empty nor a number."""
    values = plain_numbers(cells) if decimal == "." else None
    if values is not None:
        return values, []
    value = {cell: number(cell, decimal) for cell in set(cells)}
    values = np.array([value[cell] for cell in cells])
    return values, [row for row in np.flatnonzero(np.isnan(values)).tolist() if cells[row]]


def plain_numbers(cells: Sequence[str]) -> np.ndarray | None:
    """The values of cells that are all empty or finite numbers, in a tenth of the time; None when some are not."""
    try:
        values = np.array([float(cell or "nan") for cell in cells])
    except ValueError:
        return None
    gaps = cells.count("")  # Python reads nan, inf and 1_000 as numbers, people do not
    doubtful = np.isfinite(values).sum() + gaps != len(cells) or "_" in "".join(cells)
    return None if doubtful else values


def in_order(names) -> tuple[str, ...]:
    """Names sorted as numbers where all are numbers, else as text."""
    values, odd = numbers(list(names), ".")
    return tuple(
        sorted(names) if odd else (name for _, name in sorted(zip(values, names, strict=True)))
    )


def number_names(values: np.ndarray) -> tuple[str, ...]:
    """Each different number once, as a name: 3, 10, 2.5."""
    return tuple(
        str(int(value)) if value.is_integer() else repr(value)
        for value in np.unique(values).tolist()
    )


def positions(
    cells: Sequence[str], levels: Sequence[str], decimal: str = "."
) -> tuple[np.ndarray, list[int]]:
    """Where each cell stands in the levels, NaN for an empty one, and the rows whose cell is none of them.

    A cell that is not written like a level may still be the same number: 3.0 is found as 3.
    """
    place = {level: float(at) for at, level in enumerate(levels)}
    place[""] = np.nan
    same = {number(level, "."): float(at) for at, level in enumerate(levels)}
    same = {value: at for value, at in same.items() if not np.isnan(value)}
    for cell in set(cells) - set(place):
        value = number(cell, decimal)
        if value in same:
            place[cell] = same[value]
    odd = [row for row, cell in enumerate(cells) if cell not in place]
    return np.array([place.get(cell, np.nan) for cell in cells]), odd


# Judging an input that nobody has seen before


def as_input(sheet: Sheet, name: str) -> Cells:
    """A column that is an input."""
    asked = as_list(name)
    return Cells(
        sheet, name, f"column '{name}'", f"dataset.categorical={asked} or dataset.drop={asked}"
    )


def read_input(sheet: Sheet, name: str, decimal: str) -> Reading:
    """The column as numbers when most of its cells are, else as categories."""
    column = as_input(sheet, name)
    values, odd = numbers(column.texts, decimal)
    if 2 * len(odd) <= present(column):
        problems = not_numbers(column, odd) or too_large(column, values)
        return Reading(
            values, problems=problems, notes=[] if problems else number_notes(column, values)
        )
    problems = looks_like(column, odd) or too_many_levels(column)
    return Reading(values, problems=problems) if problems else read_categories(sheet, name)


def read_categories(sheet: Sheet, name: str) -> Reading:
    """The column as positions in its levels, whatever they look like."""
    column = as_input(sheet, name)
    levels = in_order(set(column.texts) - {""})
    values, _ = positions(column.texts, levels)
    return Reading(values, levels, notes=constant(column, len(levels)) + kept_signs(column, levels))


def present(column: Cells) -> int:
    """How many cells are not empty."""
    return len(column.texts) - column.texts.count("")


# What makes a column unreadable: one line each, none when all is well


def not_numbers(column: Cells, odd: list[int]) -> list[str]:
    """Some cells of a column of numbers are none."""
    if not odd:
        return []
    signs = list(dict.fromkeys(column.texts[row] for row in odd))
    if all(sign.lower() in GAP_SIGNS for sign in signs):
        shown = listing([repr(sign) for sign in signs])
        found = f"{column.at(odd[0])}: {shown} in {rows(len(odd))}"
        return [f"{found}; set dataset.missing_values=[{shown}] or {column.remedy}"]
    lines = f": {column.sheet.places(odd)}" if len(odd) > 1 else ""
    found = f"{column.at(odd[0])}: {shorten(signs[0])!r} is not a number"
    share = f"({len(odd)} of {rows(column.sheet.rows)}{lines})"
    return looks_like(column, odd) or [f"{found} {share}; fix it, or set {column.remedy}"]


def looks_like(column: Cells, odd: list[int]) -> list[str]:
    """Most of these cells are numbers or dates in another manner of writing."""
    sample = odd[:100]
    for pattern, told in LOOKS:
        alike = [row for row in sample if re.fullmatch(pattern, column.texts[row])]
        if len(alike) > 0.8 * len(sample):
            cell = shorten(column.texts[alike[0]])
            return [f"{column.at(alike[0])}: {told.format(cell=cell, remedy=column.remedy)}"]
    return []


def too_many_levels(column: Cells) -> list[str]:
    """Text that differs from row to row is no category."""
    levels, filled = len(set(column.texts) - {""}), present(column)
    if levels <= min(MOST_LEVELS, filled / 2):
        return []
    asked = as_list(column.name)
    if levels == filled:
        found = f"{column.whole} is different in every row; it will not generalise"
        return [f"{found}; drop with dataset.drop={asked}, or set dataset.categorical={asked}"]
    found = f"{column.whole} has {levels} different texts in {rows(filled)}"
    return [
        f"{found}; set dataset.drop={asked}, or dataset.categorical={asked} if these are categories"
    ]


def too_large(column: Cells, values: np.ndarray) -> list[str]:
    """Training in float32 cannot hold these numbers."""
    beyond = np.flatnonzero(np.abs(values) > LARGEST)
    if not len(beyond):
        return []
    cell = column.texts[beyond[0]]
    found = "is infinite" if "inf" in cell.lower() else "is larger than a float32 holds (3.4e38)"
    share = f" in {rows(len(beyond))}" if len(beyond) > 1 else ""
    instead = (
        f", or set dataset.missing_values=['{cell}']" if column.remedy else ""
    )  # new rows have no settings
    return [f"{column.at(beyond[0])}: {cell} {found}{share}; fix it{instead}"]


# What a person should hear about a column that is read all the same


def number_notes(column: Cells, values: np.ndarray) -> list[str]:
    filled = values[~np.isnan(values)]
    notes = constant(column, len(np.unique(filled)))
    if (filled != np.floor(filled)).any():
        return notes
    return notes + rounded(column, values) + leading_zeros(column) + counting(column, values)


def constant(column: Cells, levels: int) -> list[str]:
    if levels != 1 or present(column) < max(2, column.sheet.rows):
        return []
    advice = f"leave it out with dataset.drop={as_list(column.name)}"
    return [f"{column.whole} is constant ({shorten(column.texts[0])}); {advice}"]


def kept_signs(column: Cells, levels: Sequence[str]) -> list[str]:
    signs = [repr(level) for level in levels if level.lower() in GAP_SIGNS]
    return (
        [f"{column.whole}: text {listing(signs)} kept as a category; empty cells are missing"]
        if signs
        else []
    )


def rounded(column: Cells, values: np.ndarray) -> list[str]:
    beyond = np.flatnonzero(np.abs(values) >= EXACT)
    if not len(beyond):
        return []
    cell = column.texts[beyond[0]]
    return [f"{column.at(beyond[0])}: {cell} is beyond 2^53, where whole numbers are rounded"]


def leading_zeros(column: Cells) -> list[str]:
    codes = (text for text in column.texts if text[:1] == "0" and len(text) > 1 and text.isdigit())
    code = next(codes, "")
    advice = f"set dataset.categorical={as_list(column.name)} to keep them"
    return [f"{column.whole}: codes such as '{code}' are read as numbers; {advice}"] if code else []


def counting(column: Cells, values: np.ndarray) -> list[str]:
    """A number for each row says nothing about a new row."""
    named_so = re.fullmatch(r"(.*[_ .-])?(id|index)", column.name.lower()) or column.name.endswith(
        ("Id", "ID")
    )
    counted = np.all(np.diff(values) == 1) or (named_so and len(np.unique(values)) == len(values))
    if len(values) < 10 or not counted:
        return []
    advice = f"it will not generalise; drop with dataset.drop={as_list(column.name)}"
    return [f"{column.whole} is a different number in every row; {advice}"]


# Reading a column as it was in training


def read_again(column: Cells, levels: tuple[str, ...], decimal: str) -> Reading:
    """The column with the kind that it had in training: positions in its levels, or numbers where there are none."""
    if levels:
        values, odd = positions(column.texts, levels, decimal)
        return Reading(values, levels, problems=unknown_levels(column, odd, levels))
    values, odd = numbers(column.texts, decimal)
    return Reading(values, problems=no_longer_numbers(column, odd) or too_large(column, values))


def no_longer_numbers(column: Cells, odd: list[int]) -> list[str]:
    if not odd:
        return []
    cell, share = shorten(column.texts[odd[0]]), f" ({rows(len(odd))})" if len(odd) > 1 else ""
    return [f"{column.at(odd[0])}: {cell!r} is not a number{share}; it was numeric in training"]


def unknown_levels(column: Cells, odd: list[int], levels: tuple[str, ...]) -> list[str]:
    """Texts that did not occur in training."""
    if not odd:
        return []
    texts = list(dict.fromkeys(shorten(column.texts[row]) for row in odd))
    shown = listing([repr(text) for text in texts], EXAMPLES)
    share = f" ({rows(len(odd))})" if len(odd) > 1 else ""
    hint = did_you_mean(nearest(texts[0], levels))
    known = f"known: {listing(levels)}" + (f"; {hint}" if hint else "")
    return [f"{column.at(odd[0])}: {shown} did not occur in training{share}; {known}"]


# Words


def rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


def shorten(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def as_list(*names: str) -> str:
    """Names as one would give them on the command line: [age, 'first name']."""
    return (
        "["
        + ", ".join(name if re.fullmatch(r"[A-Za-z_]\w*", name) else repr(name) for name in names)
        + "]"
    )
