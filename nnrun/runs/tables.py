"""Tables as text: comma-separated lines, made by the line."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from math import ceil, isfinite, log10
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from numpy import ndarray  # who lists runs needs none

Column = Union["ndarray", list[str]]  # numbers, or texts as they stand in the file
COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
FEW, MOST = 9, 15  # digits of a number: more of a column whose numbers are nearly alike
TOLD = 7  # digits of how far they differ, as single precision has


def exact(number: float) -> str:
    """Write a number to be read back as it is; few digits suffice for most that people write."""
    few = f"{number:.{FEW}g}"
    return few if float(few) == number else repr(number).removesuffix(".0")


def line(cells: Iterable[object]) -> str:
    """Write cells with quotes around those that need them, and the line's end."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def no_formula(cell: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would compute; numbers are none."""
    return f"'{cell}" if cell.startswith(COMPUTED) and not is_number(cell) else cell


def as_written(cell: object) -> object:
    """Take that apostrophe away again."""
    guarded = isinstance(cell, str) and cell.startswith("'") and cell[1:].startswith(COMPUTED)
    return str(cell)[1:] if guarded else cell


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def names_at(names: Sequence[str], places: "ndarray") -> list[str]:
    """Make a column of the names at some places."""
    written = [line([name]).rstrip("\n") for name in names]
    return [written[place] for place in places.tolist()]


def lines(columns: list[Column]) -> Iterator[str]:
    """Write columns as lines, without their ends; csv, cell by cell, takes three times as long."""
    form = ",".join(form_of(column) for column in columns)
    cells = [column if isinstance(column, list) else column.tolist() for column in columns]
    return map(form.__mod__, zip(*cells, strict=True))


def form_of(column: Column) -> str:
    if isinstance(column, list):
        return "%s"
    return f"%.{digits_of(column)}g" if column.dtype.kind == "f" else "%d"


def digits_of(column: "ndarray") -> int:
    """Count the digits by which a column's numbers are told apart."""
    if not column.size:
        return FEW
    low, high = float(column.min()), float(column.max())
    size, spread = max(abs(low), abs(high)), high - low
    if not isfinite(spread) or not size:
        return FEW
    if not spread:
        return MOST
    return min(max(FEW, ceil(log10(size / spread)) + TOLD), MOST)
