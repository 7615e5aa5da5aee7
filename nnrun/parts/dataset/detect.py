"""How a table is written, where nobody says: letters, the sign between cells, that of decimals."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice

DETECT = "detect"
MARKS = ",;\t|"
ROWS = 20  # that are looked at
WITH_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.IGNORECASE)
WITH_POINT = re.compile(r"[+-]?\d*\.\d+(e[+-]?\d+)?", re.IGNORECASE)
BESIDE = re.compile(r"^([A-Z]{3}\s|[$€£¥₹])\s*|\s*([%‰$€£¥₹]|(?<=[\d\s])[^\W\d_]{1,12})$")  # a unit
TOLD = re.compile(r"\"?sep=(.)\"?", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")


def likely_encoding(raw: bytes) -> str:
    """Find how letters are written: a mark tells, else UTF-8 unless that cannot be, as of old."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        with suppress(UnicodeDecodeError):
            raw.decode(encoding)
            return encoding
    return "latin-1"


def told_delimiter(text: str) -> tuple[str, str]:
    """Find the sign that a spreadsheet tells in a first line, `sep=;`, and empty that line."""
    first, end, rest = text.partition("\n")
    told = TOLD.fullmatch(first.strip())
    return (told[1], f"{end}{rest}") if told else ("", text)


def likely_delimiter(text: str) -> str:
    """Find the sign that cuts the first lines into most fields, as many in each; else a comma."""
    fields = {mark: fields_by(mark, text) for mark in MARKS}
    return max(fields, key=lambda mark: fields[mark])


def fields_by(mark: str, text: str) -> int:
    """Count the fields of each of the first lines; 1 where they have not as many."""
    try:
        rows = list(islice(csv.reader(io.StringIO(text), delimiter=mark), ROWS))
    except csv.Error:
        return 1
    sizes = {len(row) for row in rows if row}
    return sizes.pop() if len(sizes) == 1 else 1


def likely_decimal(columns: Iterable[Sequence[str]]) -> str:
    """Find the sign of decimals that columns show; empty where they show none, or both."""
    samples = [cells for column in columns if (cells := first_cells(column))]
    points = any(all(map(WITH_POINT.fullmatch, cells)) for cells in samples)
    commas = any(map(of_decimal_commas, samples))
    if points == commas:
        return ""
    return "." if points else ","


def first_cells(column: Sequence[str]) -> list[str]:
    """List the first cells that are neither empty nor whole numbers, without what stands beside."""
    cells = (BESIDE.sub("", cell) for cell in column if cell and not cell.isdigit())
    return list(islice((cell for cell in cells if cell and not cell.isdigit()), ROWS))


def of_decimal_commas(cells: Sequence[str]) -> bool:
    """Tell whether most cells have a decimal comma, which parts no thousands."""
    commas = [cell for cell in cells if WITH_COMMA.fullmatch(cell)]
    parted = all(map(THOUSANDS.fullmatch, commas))
    return 2 * len(commas) > len(cells) and not parted
