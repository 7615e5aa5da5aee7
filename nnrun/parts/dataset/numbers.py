"""Cells of text become numbers or positions among levels; rows that hold neither are told."""

import re
from collections.abc import Collection, Sequence

import numpy as np
from numpy import ndarray

from nnrun.parts.kinds import Names

NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE | re.ASCII
)
MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"))
THIN = "\u00a0\u2007\u2009\u202f"  # spaces that part thousands, and nothing else within a number
IN_THOUSANDS = re.compile(rf"[+-]?\d{{1,3}}([{THIN}]\d{{3}})+([.,]\d+)?", re.ASCII)
UNKNOWN = -1.0  # the place of what is none of the levels


def as_typed(cell: str) -> str:
    """Write a number with a minus and digits as they are typed, whoever set it."""
    if cell.isascii():
        return cell
    typed = cell.translate(MINUS)
    return re.sub(f"[{THIN}]", "", typed) if IN_THOUSANDS.fullmatch(typed) else typed


def number(cell: str, decimal: str = ".") -> float:
    """Read the number in a cell, NaN where there is none."""
    cell = as_typed(cell)
    if decimal == ",":
        # with a decimal comma a point is no part of a number
        cell = cell.replace(".", "x").replace(",", ".")
    return float(cell) if NUMBER.fullmatch(cell) else np.nan


def numbers(cells: Sequence[str], decimal: str = ".") -> tuple[ndarray, list[int]]:
    """Read the numbers in cells, and tell the rows whose cell is neither empty nor a number."""
    values = plain_numbers(cells) if decimal == "." else None
    if values is not None:
        return values, []
    value = {cell: number(cell, decimal) for cell in set(cells)}
    values = np.array([value[cell] for cell in cells])
    return values, [row for row in np.flatnonzero(np.isnan(values)).tolist() if cells[row]]


def plain_numbers(cells: Sequence[str]) -> ndarray | None:
    """Read cells that are all empty or finite numbers, ten times as fast; None if some are not."""
    try:
        values = np.array([float(cell or "nan") for cell in cells])
    except ValueError:
        return None
    # Python reads nan, inf, 1_000 and digits of any script as numbers, people do not
    as_people_write = np.isfinite(values).sum() + cells.count("") == len(cells)
    together = "".join(cells)
    return values if as_people_write and "_" not in together and together.isascii() else None


def in_order(names: Collection[str]) -> Names:
    """Sort names as numbers where all are numbers, else as text."""
    values, others = numbers(list(names))
    if others:
        return tuple(sorted(names))
    return tuple(name for _, name in sorted(zip(values, names, strict=True)))


def number_names(values: ndarray) -> Names:
    """Write each different number once, as a name: 3, 10, 2.5."""
    return tuple(map(number_name, np.unique(values).tolist()))


def number_name(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def positions(
    cells: Sequence[str], levels: Sequence[str], decimal: str = "."
) -> tuple[ndarray, list[int]]:
    """Find each cell among the levels, NaN for an empty one, and the rows that are none of them.

    A cell that is not written like a level may still be the same number: 3.0 is found as 3.
    """
    place = {level: float(at) for at, level in enumerate(levels)}
    place[""] = np.nan
    same = {number(level): float(at) for at, level in enumerate(levels)}
    for cell in set(cells) - set(place):
        value = number(cell, decimal)
        if value in same and not np.isnan(value):
            place[cell] = same[value]
    unknown = [row for row, cell in enumerate(cells) if cell not in place]
    return np.array([place.get(cell, np.nan) for cell in cells]), unknown
