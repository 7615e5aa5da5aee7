"""What numbers and texts may mean other than they say: nothing is changed, a person is asked."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from contextlib import suppress

import numpy as np
from numpy import ndarray

from nnrun.parts.dataset.numbers import number_name
from nnrun.parts.dataset.spelling import SPACES, UNSEEN

NINES = re.compile(r"-?9{2,}(\.9+)?")
# the ends of what 16 and 32 bits hold
ENDS = ("-32768", "32767", "65535", "-2147483648", "2147483647", "4294967295")
TOTALS = {
    *("total", "totals", "grand total", "sum", "sums", "subtotal", "average", "mean"),
    *("summe", "gesamt", "gesamtsumme", "somme", "totale", "suma"),
}
FEW = 3  # different numbers that may end in 000 by chance


def stand_in(values: ndarray) -> float | None:
    """Find a number such as -999 that lies far from all others, as one that means none does."""
    for end in (values.min(), values.max()) if len(values) else ():
        written = number_name(float(end))
        if written in ENDS or NINES.fullmatch(written):
            rest = values[values != end]
            if len(rest) and np.abs(rest - end).min() > np.ptp(rest):
                return float(end)
    return None


def may_be_thousands(cells: Collection[str], decimal: str) -> str:
    """Find a number such as 1.234 in a column where the decimal sign may part thousands.

    Digits behind it are always three, but in numbers that are too small to be parted.
    """
    distinct = set(cells) - {""}
    if not any(decimal in cell for cell in distinct):
        return ""
    parted = re.compile(rf"[+-]?[1-9]\d{{0,2}}{re.escape(decimal)}\d{{3}}")
    small = re.compile(r"[+-]?\d{1,3}")
    if not all(parted.fullmatch(cell) or small.fullmatch(cell) for cell in distinct):
        return ""
    marked = [cell for cell in distinct if decimal in cell]
    round_ones = all(cell.endswith("0") for cell in marked)
    if len(marked) < FEW or (len(marked) == len(distinct) and not round_ones):
        return ""
    return min(marked)


def odd_sign(text: str) -> str:
    """Name a sign in a text that nobody sees, or that is no space that one types."""
    if text.isascii():
        return ""
    found = UNSEEN.search(text) or SPACES.search(text) or re.search("\ufffd", text)
    return unicodedata.name(found[0], ascii(found[0])).lower() if found else ""


def meant(text: str) -> str:
    """Give a text that was written as UTF-8 and read as something else: café for cafÃ©."""
    if text.isascii():
        return ""
    with suppress(UnicodeError):
        return text.encode("cp1252").decode()
    return ""


def sums_up(texts: Sequence[str]) -> bool:
    """Tell whether the last cell says that its row sums up those above."""
    last = texts[-1]
    return last.rstrip(" :").casefold() in TOTALS and texts.count(last) == 1
