"""Numbers that stand beside a unit, the same in all rows, or whose thousands are parted.

`$1,200`, `45 %`, `12 kg`: it is sure what each of them says, as the rows beside it are written
alike.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from nnrun.parts.dataset.cells import GAP_SIGNS, Cells
from nnrun.parts.dataset.numbers import NUMBER, as_typed
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.spelling import MONTH

Units = Mapping[str, str]  # by columns; empty where thousands alone are parted
NONE: Units = MappingProxyType({})

MOST = 0.8  # of the cells that have to be numbers
CURRENCY = "[A-Z]{0,3}[$€£¥₹]"
WORD = r"[^\W\d_]{1,12}"
CELL = re.compile(
    rf"(?P<minus>-?)(?P<before>{CURRENCY}|[A-Z]{{3}}\s)?\s*(?P<number>[+-]?\d[\d.,'’\s]*|[+-]?\.\d+)"
    rf"(?P<after>[%‰]|{CURRENCY}|°[CFK]?|{WORD}(/{WORD})?)?"
)
PARTED = {  # thousands, by the decimal sign
    ".": re.compile(r"[+-]?[1-9]\d{0,2}([,'’\s])\d{3}(\1\d{3})*(\.\d+)?"),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}([.'’\s])\d{3}(\1\d{3})*(,\d+)?"),
}


def taken_apart(cell: str, decimal: str) -> tuple[str, str] | None:
    """Give the unit in a cell and its number, as one types it; None where it is no such thing."""
    found = CELL.fullmatch(as_typed(cell))
    if not found:
        return None
    minus, before, written, after = (found[name] or "" for name in CELL.groupindex)
    unit, typed = f"{before.strip()} {after}".strip(), written.strip()
    if parted := PARTED[decimal].fullmatch(typed):
        typed = typed.replace(parted[1], "")
    is_number = NUMBER.fullmatch(f"{minus}{typed}".replace(",", "." if decimal == "," else ","))
    if not is_number or (decimal == "," and "." in typed) or re.fullmatch(MONTH, unit, re.I):
        return None
    return unit, f"{minus}{typed}"


def unit_of(cells: Sequence[str], decimal: str) -> str | None:
    """Find the one unit of all numbers among these cells, which have to be most of them.

    It is empty where thousands alone are parted, and None where nothing of the kind is sure.
    """
    counts = Counter(cells)
    apart = {cell: found for cell in counts if (found := taken_apart(cell, decimal))}
    units = {unit for unit, _ in apart.values()}
    as_numbers_are = all(cell == typed for cell, (_, typed) in apart.items())
    if len(units) != 1 or as_numbers_are or counts_of(apart, counts) <= MOST * len(cells):
        return None
    return units.pop()


def counts_of(some: Iterable[str], counts: Counter[str]) -> int:
    return sum(counts[cell] for cell in some)


def alone(cell: str, unit: str, decimal: str) -> str:
    """Give the number in a cell without its unit; whatever else stands there as it is."""
    found = taken_apart(cell, decimal)
    return found[1] if found and found[0] in (unit, "") else cell


def without_units(sheet: Sheet, units: Units) -> Sheet:
    """Take the units out of the cells of columns that have one."""
    taken = {
        name: numbers_alone(sheet.cells[name], unit, sheet.decimal)
        for name, unit in units.items()
        if name in sheet.cells
    }
    return sheet.with_cells({**sheet.cells, **taken})


def numbers_alone(cells: Sequence[str], unit: str, decimal: str) -> list[str]:
    known = {cell: alone(cell, unit, decimal) for cell in set(cells)}
    return [known[cell] for cell in cells]


# A column


def unit_found(column: Cells) -> str | None:
    """Find the unit of a column's numbers, as the rows that decide say."""
    cells = [cell for cell in column.learnt if cell and cell.lower() not in GAP_SIGNS]
    return unit_of(cells, column.sheet.decimal)


def unit_note(column: Cells, unit: str) -> str:
    """Tell how the numbers of a column are read."""
    decimal = column.sheet.decimal
    cell = next(cell for cell in column.learnt if cell != alone(cell, unit, decimal))
    return f"{column.whole}: numbers such as {cell!r} are read as {alone(cell, unit, decimal)}"
