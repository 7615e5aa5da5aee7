"""A table read as text: nothing is converted, and every row knows its line in the file."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from numbers import Number
from typing import cast

from numpy import ndarray

from nnrun.errors import Mistake, Problem, Problems, listing, refuse
from nnrun.parts.dataset.detect import (
    DETECT,
    likely_decimal,
    likely_delimiter,
    likely_encoding,
    told_delimiter,
)
from nnrun.parts.dataset.header import (
    COMMENTS,
    alike_names,
    call_nameless,
    clean_names,
    excels_first_line,
    header_again,
    header_of_cells,
    header_of_numbers,
    leave_out_nameless,
    no_header,
    number_names,
    repeated_names,
    second_header,
    told_apart,
)
from nnrun.parts.dataset.origin import Origin
from nnrun.parts.dataset.text import DELIMITERS, PARQUET, decode, read_bytes, refuse_foreign
from nnrun.parts.dataset.texts import Texts
from nnrun.parts.dataset.wording import (
    EXAMPLES,
    counted,
    mistake_at,
    problem_at,
    shorten,
)
from nnrun.parts.kinds import Names, show

SIGNS = (".", ",")  # of decimals
REFUSE, DROP = "refuse", "drop"  # what becomes of columns that cannot be learnt from


@dataclass(frozen=True)
class Sheet:
    """Named columns of cells without outer spaces; an empty cell is missing.

    A row is counted as a person finds it: by its line in a text file, else from 1 on.
    """

    where: str  # the path as it was typed
    cells: dict[str, list[str]]
    lines: Sequence[int]
    unit: str = "line"
    notes: tuple[str, ...] = ()
    decimal: str = "."  # empty where no cell shows it
    date_order: str = ""  # day_first or month_first, where that is known
    origins: tuple[Origin, ...] = ()  # the file that it was read from
    left: Sequence[int] | None = None  # rows of it, from 0 on, of which some were left out

    def __post_init__(self) -> None:
        kept = {
            name: column if isinstance(column, Texts) else Texts(column)
            for name, column in self.cells.items()
        }
        object.__setattr__(self, "cells", kept)

    def texts(self, name: str) -> Texts:
        """Give the cells of a column."""
        return cast(Texts, self.cells[name])

    @staticmethod
    def from_frame(frame, where: str = "frame", decimal: str = ".", usual: str = ".") -> "Sheet":
        """Take the cells of a pandas.DataFrame; numbers are written to be read back exactly.

        They get the sign that its texts have, which may have to be found; the usual one otherwise.
        """
        import pandas

        if not isinstance(frame, pandas.DataFrame):
            wrong = f"is no table, but of type {type(frame).__name__}"
            raise mistake_at(where, wrong, "give a pandas.DataFrame with column names")
        names, notes = clean_names(list(map(str, frame.columns)), where)
        refuse(repeated_names(names, where))
        if not len(frame):
            raise mistake_at(where, "has columns but no rows")
        sign = known_decimal(decimal, texts_of(frame)) or usual
        cells = {
            name: written(frame.iloc[:, place], name, where, sign)
            for place, name in enumerate(names)
        }
        return Sheet(where, cells, range(1, len(frame) + 1), "row", notes, sign)

    @property
    def names(self) -> Names:
        return tuple(self.cells)

    @property
    def rows(self) -> int:
        return len(self.lines)

    @property
    def numbers(self) -> Sequence[int]:
        """Number the rows as they stand in the file, from 0 on."""
        return range(self.rows) if self.left is None else self.left

    def at(self, row: int) -> str:
        """Write where a row stands: houses.csv:3, or houses.parquet: row 2."""
        if self.unit == "line":
            return f"{self.where}:{self.lines[row]}"
        return f"{self.where}: {self.unit} {self.lines[row]}"

    def places(self, rows: Sequence[int]) -> str:
        """Write the first few lines of many: lines 9, 12, 40 and 7 more."""
        unit = self.unit if len(rows) == 1 else f"{self.unit}s"
        return f"{unit} {listing([self.lines[row] for row in rows], EXAMPLES)}"

    def with_signs(self, missing: Iterable[str], usual: str, date_order: str = "") -> "Sheet":
        """Take these texts for missing cells, and read numbers and dates as they are written.

        Decimals have the usual sign where no cell shows another.
        """
        signs = set(map(str.strip, missing))
        cells = {name: without(signs, column) for name, column in self.cells.items()}
        return replace(self, cells=cells, decimal=self.decimal or usual, date_order=date_order)

    def only(self, names: Iterable[str]) -> "Sheet":
        """Keep some of the columns."""
        return replace(self, cells={name: self.cells[name] for name in names})

    def with_cells(self, cells: dict[str, list[str]]) -> "Sheet":
        """Take other columns for the same rows."""
        return replace(self, cells=cells)

    def keep(self, kept: Sequence[bool]) -> "Sheet":
        """Keep some of the rows."""
        cells = {name: list(compress(column, kept)) for name, column in self.cells.items()}
        lines, left = (list(compress(each, kept)) for each in (self.lines, self.numbers))
        return replace(self, cells=cells, lines=lines, left=left)


def without(signs: set[str], column: list[str]) -> list[str]:
    """Empty the cells that hold one of the signs."""
    if not signs:
        return column
    return ["" if cell in signs else cell for cell in column]


def read_sheet(
    path: str,
    delimiter: str = "auto",
    encoding: str = "utf-8",
    decimal: str = ".",
    key: str = "dataset.path",
    unfit: str = REFUSE,
) -> Sheet:
    """Read the cells of a CSV, TSV or Parquet file; `key` names the setting that holds its path."""
    raw = read_bytes(path, key)
    sheet = sheet_of(raw, path, delimiter, encoding, decimal, unfit)
    return replace(sheet, origins=(Origin.of(path, raw),))


def sheet_of(
    raw: bytes,
    path: str,
    delimiter: str = "auto",
    encoding: str = "utf-8",
    decimal: str = ".",
    unfit: str = REFUSE,
) -> Sheet:
    """Take apart the bytes of a table, wherever they come from."""
    if not raw.strip():
        raise mistake_at(path, f"file is empty ({len(raw)} bytes)")
    if is_parquet(path):
        return read_parquet(raw, path, decimal)
    sheet = read_text(raw, path, delimiter, encoding, unfit)
    return replace(sheet, decimal=known_decimal(decimal, sheet.cells.values()))


def read_text(raw: bytes, path: str, delimiter: str, encoding: str, unfit: str) -> Sheet:
    """Read a text, whose letters and delimiter may have to be found."""
    if encoding == DETECT:
        encoding = likely_encoding(raw)
    if delimiter == DETECT:
        told, text = told_delimiter(decode(raw, path, encoding, ","))
        return split_text(text, path, told or likely_delimiter(text), unfit)
    mark = known_delimiter(delimiter, path)
    return split_text(decode(raw, path, encoding, mark), path, mark, unfit)


def is_parquet(path: str) -> bool:
    return path.lower().endswith((".parquet", ".pq"))


def known_delimiter(delimiter: str, path: str) -> str:
    """Give the one character between two cells."""
    if delimiter == "auto":
        return "\t" if path.lower().endswith(".tsv") else ","
    mark = DELIMITERS.get(delimiter, delimiter.replace("\\t", "\t"))
    if len(mark) != 1 or mark in '"\r\n':
        wrong = f"expected auto, {DETECT}, {', '.join(DELIMITERS)} or one character"
        raise Mistake(Problem("dataset.delimiter", show(delimiter), wrong))
    return mark


def known_decimal(decimal: str, columns: Iterable[Sequence[str]]) -> str:
    """Give the sign of decimals; empty where it has to be found, and no cell shows it."""
    if decimal == DETECT:
        return likely_decimal(columns)
    if decimal not in SIGNS:
        wrong = f"expected one of {', '.join(SIGNS)}, {DETECT}"
        raise Mistake(Problem("dataset.decimal", show(decimal), wrong))
    return decimal


# A frame in memory


def read_parquet(raw: bytes, path: str, decimal: str) -> Sheet:
    """Read a Parquet file, whose numbers are written with the sign that text in it has."""
    refuse_foreign(raw, path, expected=PARQUET)
    import pandas

    try:
        frame = pandas.read_parquet(io.BytesIO(raw))
    except (OSError, ValueError):
        advice = "write it again, or save it as CSV"
        raise mistake_at(path, "is damaged or no Parquet file", advice) from None
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    return Sheet.from_frame(frame, path, decimal)


def texts_of(frame) -> Iterator[list[str]]:
    """Give what a frame holds as text, column by column; its numbers show no sign."""
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        if column.dtype.kind not in "biufcmM":
            yield [value.strip() for value in column.tolist() if isinstance(value, str)]


def written(column, name: str, where: str, decimal: str) -> list[str]:
    """Write the cells of a frame's column as text."""
    values = column.tolist()
    if any(isinstance(value, list | tuple | dict | set | ndarray) for value in values):
        wrong = f"column '{name}' holds lists"
        raise mistake_at(where, wrong, "give each number a column of its own")
    gaps = column.isna().tolist()
    return ["" if gap else write(value, decimal) for value, gap in zip(values, gaps, strict=True)]


def write(value, decimal: str) -> str:
    if isinstance(value, float):
        # a whole number has no point, as it was one before its column had gaps
        return repr(float(value)).removesuffix(".0").replace(".", decimal)
    text = str(value).strip()
    return text.replace(".", decimal) if isinstance(value, Number) else text


# A text


def split_text(text: str, path: str, delimiter: str, unfit: str = REFUSE) -> Sheet:
    """Split a text into the cells of a table, or refuse its shape."""
    rows, lines = split_rows(text, path, delimiter)
    if not rows:
        raise mistake_at(path, "file is empty (only blank lines)")
    header, at = rows.pop(0), f"{path}:{lines.pop(0)}"
    refuse(excels_first_line(header, at, delimiter) or other_delimiter(header, rows, at))
    names, notes = clean_names(header, path)
    refuse(header_of_numbers(names, at))
    if unfit == DROP:
        names, renamed = told_apart(names, path)
        notes += renamed
    refuse(repeated_names(names, at))
    drop_empty_end(rows, lines)
    if not rows:
        raise mistake_at(path, "has a header but no rows")
    refuse(no_header(header, rows, at) or uneven_rows(rows, lines, names, path))
    columns = [list(map(str.strip, column)) for column in zip(*rows, strict=True)]
    refuse(
        header_again(names, columns, lines, path)
        or header_of_cells(names, columns, at)
        or second_header(columns, f"{path}:{lines[0]}")
    )
    if unfit == DROP:
        names = call_nameless(names, columns)
    more = leave_out_nameless(names, columns, path, at)
    cells = {name: column for name, column in zip(names, columns, strict=True) if name}
    told = *notes, *alike_names(names, path), *number_names(names, path)
    return Sheet(path, cells, lines, notes=told + more)


def split_rows(text: str, path: str, delimiter: str) -> tuple[list[Names], list[int]]:
    """Split a text into rows of cells, each with the line on which it begins; skip blank lines."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    rows, lines, line = [], [], 1
    try:
        for row in reader:
            if row:
                # unlike lists, tuples of text cost the garbage collector nothing
                rows.append(tuple(row))
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise Mistake(quoted_wrongly(str(error), f"{path}:{line}")) from None
    return rows, lines


def quoted_wrongly(error: str, at: str) -> Problem:
    """Tell in our words what the reader of CSV found wrong."""
    if "larger than field limit" in error:
        wrong = f"a cell is longer than {csv.field_size_limit():,} characters"
        return problem_at(at, wrong, 'close the quote (") that opens it')
    twice = 'write a quote inside a cell twice ("")'
    if "expected after" in error:
        return problem_at(at, 'text after a closing quote (")', twice)
    return problem_at(at, 'a quote (") opens and never closes', f"close it, or {twice}")


def drop_empty_end(rows: list[Names], lines: list[int]) -> None:
    """Drop rows without any cell at the end, where spreadsheets leave them."""
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
        lines.pop()


LIKELY = ("semicolon", "tab", "pipe", "comma")
UNUSUAL = ":^~!&"


def other_delimiter(header: Sequence[str], rows: list[Names], at: str) -> Problems:
    """Find another usual delimiter in the name of a column that stands alone."""
    if len(header) > 1:
        return []
    words = [word for word in LIKELY if DELIMITERS[word] in header[0]]
    spaces = header[0].count(" ")
    if spaces and rows and len(rows[0]) == 1 and rows[0][0].count(" ") == spaces:
        words.append("space")
    if not words:
        words = [mark for mark in UNUSUAL if parts_alike(mark, header, rows)]
    if not words:
        return []
    mark = DELIMITERS.get(words[0], words[0])
    wrong = f"one column {shorten(header[0])!r}, where the delimiter looks like {mark!r}"
    typed = words[0] if words[0] in DELIMITERS else f"'{mark}'"
    return [problem_at(at, wrong, f"set dataset.delimiter={typed}")]


def parts_alike(mark: str, header: Sequence[str], rows: list[Names]) -> bool:
    """Tell whether a sign stands as often in each of the first rows as in the header."""
    times = header[0].count(mark)
    return bool(times and rows) and all(row[0].count(mark) == times for row in rows[:EXAMPLES])


def uneven_rows(rows: list[Names], lines: list[int], names: list[str], path: str) -> Problems:
    """Find rows with more or fewer fields than the header."""
    uneven = [(row, line) for row, line in zip(rows, lines, strict=True) if len(row) != len(names)]
    problems = [uneven_row(row, names, f"{path}:{line}") for row, line in uneven[:EXAMPLES]]
    rest = len(uneven) - EXAMPLES
    if rest > 0:
        wrong = f"{rest} more rows have another number of fields than the header"
        problems.append(problem_at(path, wrong))
    return problems


def uneven_row(row: Sequence[str], names: list[str], at: str) -> Problem:
    """Tell what is odd about the number of fields in a row."""
    wrong = f"{counted(len(row), 'field')}, header has {len(names)}"
    if row[0].lstrip().startswith(COMMENTS):
        return problem_at(at, f"{wrong}, and it looks like a comment", "take it out")
    if len(row) < len(names):
        return problem_at(at, f"{wrong} (missing: {listing(names[len(row) :], 8)})")
    if len(row) == len(names) + 1 and not row[-1].strip():
        return problem_at(at, wrong, "remove the delimiter at the end")
    more = ",..." if len(names) > 8 else ""
    return problem_at(at, f"{wrong} (columns {','.join(names[:8])}{more})")
