"""A table read as text: nothing is converted, and every row knows its line in the file."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np

from nnrun.errors import Mistake, listing
from nnrun.parts.dataset.text import decode, foreign, read_bytes

EXAMPLES = 3  # lines shown of one kind of problem


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

    @staticmethod
    def from_frame(frame, where: str = "frame") -> "Sheet":
        """The same cells from a pandas.DataFrame; numbers are written so that they read back exactly."""
        refuse_other_than_frame(frame, where)
        names, notes = clean_names([str(name) for name in frame.columns], where)
        refuse_names(names, where)
        if not len(frame):
            raise Mistake(f"{where}: has columns but no rows")
        cells = {
            name: written(frame.iloc[:, place], name, where) for place, name in enumerate(names)
        }
        return Sheet(where, cells, range(1, len(frame) + 1), "row", notes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.cells)

    @property
    def rows(self) -> int:
        return len(self.lines)

    def at(self, row: int) -> str:
        """Where a row stands: houses.csv:3, or houses.parquet: row 2."""
        return (
            f"{self.where}:{self.lines[row]}"
            if self.unit == "line"
            else f"{self.where}: row {self.lines[row]}"
        )

    def places(self, rows: Sequence[int]) -> str:
        """The first few lines of many: lines 9, 12, 40 and 7 more."""
        plural = "s" if len(rows) > 1 else ""
        return f"{self.unit}{plural} {listing([self.lines[row] for row in rows], EXAMPLES)}"

    def blank(self, texts: Iterable[str]) -> "Sheet":
        """The sheet in which these texts mean a missing cell."""
        gone = {text.strip() for text in texts}
        if not gone:
            return self
        cells = {
            name: ["" if cell in gone else cell for cell in column]
            for name, column in self.cells.items()
        }
        return replace(self, cells=cells)

    def keep(self, kept: Sequence[bool]) -> "Sheet":
        """The sheet with some of its rows."""
        cells = {name: list(compress(column, kept)) for name, column in self.cells.items()}
        return replace(self, cells=cells, lines=list(compress(self.lines, kept)))


def read_sheet(
    path: str, delimiter: str = "auto", encoding: str = "utf-8", key: str = "dataset.path"
) -> Sheet:
    """The cells of a CSV, TSV or Parquet file; `key` names the setting that holds its path."""
    raw = read_bytes(path, key)
    if path.lower().endswith((".parquet", ".pq")):
        return read_parquet(raw, path)
    mark = known_delimiter(delimiter, path)
    return split_text(decode(raw, path, encoding, mark), path, mark)


def known_delimiter(delimiter: str, path: str) -> str:
    """The one character between two cells."""
    if delimiter == "auto":
        return "\t" if path.lower().endswith(".tsv") else ","
    mark = delimiter.replace("\\t", "\t")
    if len(mark) != 1 or mark in '"\r\n':
        raise Mistake(f"dataset.delimiter={delimiter!r}: expected auto or one character")
    return mark


# A frame in memory


def read_parquet(raw: bytes, path: str) -> Sheet:
    kind, advice = foreign(raw)
    if kind and kind != "a Parquet file":
        raise Mistake(f"{path}: is {kind}; {advice}")
    import pandas

    try:
        frame = pandas.read_parquet(io.BytesIO(raw))
    except (OSError, ValueError):
        raise Mistake(
            f"{path}: is damaged or no Parquet file; write it again, or save it as CSV"
        ) from None
    named_index = any(name is not None for name in frame.index.names)
    return Sheet.from_frame(frame.reset_index() if named_index else frame, path)


def refuse_other_than_frame(frame, where: str) -> None:
    import pandas

    if not isinstance(frame, pandas.DataFrame):
        raise Mistake(
            f"{where}: is a {type(frame).__name__}; give a pandas.DataFrame with column names"
        )


def written(column, name: str, where: str) -> list[str]:
    """The cells of a frame's column as text."""
    values = column.tolist()
    if any(isinstance(value, list | tuple | dict | set | np.ndarray) for value in values):
        raise Mistake(f"{where}: column '{name}' holds lists; give each number a column of its own")
    gaps = column.isna().tolist()
    return ["" if gap else write(value) for value, gap in zip(values, gaps, strict=True)]


def write(value) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value).strip()


# A text


def split_text(text: str, path: str, delimiter: str) -> Sheet:
    """The cells of a text whose shape is that of a table."""
    rows, lines = split_rows(text, path, delimiter)
    if not rows:
        raise Mistake(f"{path}: file is empty (only blank lines)")
    header, first = rows.pop(0), lines.pop(0)
    refuse_delimiter(header, rows, delimiter, f"{path}:{first}")
    names, notes = clean_names(header, path)
    refuse_numbers(names, f"{path}:{first}")
    refuse_names(names, f"{path}:{first}")
    while rows and not any(
        cell.strip() for cell in rows[-1]
    ):  # spreadsheets leave such rows at the end
        rows.pop(), lines.pop()
    if not rows:
        raise Mistake(f"{path}: has a header but no rows")
    refuse_shape(rows, lines, names, path)
    columns = [list(map(str.strip, column)) for column in zip(*rows, strict=True)]
    cells, more = leave_out_nameless(names, columns, path, first)
    return Sheet(path, cells, lines, notes=notes + more)


def split_rows(text: str, path: str, delimiter: str) -> tuple[list[tuple[str, ...]], list[int]]:
    """Rows of cells, and the line on which each begins; blank lines are passed over."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    rows, lines, line = [], [], 1
    try:
        for row in reader:
            if row:
                rows.append(
                    tuple(row)
                )  # unlike lists, tuples of text cost the garbage collector nothing
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise Mistake(f"{path}:{line}: {quote_problem(str(error))}") from None
    return rows, lines


def quote_problem(error: str) -> str:
    if "larger than field limit" in error:
        return f'a cell is longer than {csv.field_size_limit():,} characters; close the quote (") that opens it'
    if "expected after" in error:
        return 'text after a closing quote ("); write a quote inside a cell twice ("")'
    return 'a quote (") opens and never closes; close it, or write a quote inside a cell twice ("")'


def refuse_delimiter(
    header: Sequence[str], rows: list[tuple[str, ...]], delimiter: str, at: str
) -> None:
    """A single column with another usual delimiter in its name was split in the wrong place."""
    if len(header) > 1:
        return
    shown = header[0] if len(header[0]) <= 40 else header[0][:37] + "..."
    for mark in ";\t|,":
        if mark in header[0]:
            raise Mistake(
                f"{at}: one column {shown!r}; the delimiter looks like {mark!r}: set dataset.delimiter={mark!r}"
            )
    spaces = header[0].count(" ")
    if spaces and rows and len(rows[0]) == 1 and rows[0][0].count(" ") == spaces:
        raise Mistake(
            f"{at}: one column {shown!r}; the delimiter looks like ' ': set dataset.delimiter=' '"
        )


def refuse_shape(
    rows: list[tuple[str, ...]], lines: list[int], names: list[str], path: str
) -> None:
    """Every row has as many fields as the header."""
    width = len(names)
    odd = [place for place, row in enumerate(rows) if len(row) != width]
    if not odd:
        return
    problems = [f"{path}:{lines[place]}: {fields(rows[place], names)}" for place in odd[:EXAMPLES]]
    rest = len(odd) - EXAMPLES
    if rest > 0:
        problems.append(f"{path}: {rest} more rows have another number of fields than the header")
    raise Mistake(*problems)


def fields(row: Sequence[str], names: list[str]) -> str:
    """What is odd about the number of fields in a row."""
    found = f"{len(row)} field{'s' if len(row) > 1 else ''}, header has {len(names)}"
    if len(row) < len(names):
        return f"{found} (missing: {listing(names[len(row) :], 8)})"
    if len(row) == len(names) + 1 and not row[-1].strip():
        return f"{found}; remove the delimiter at the end"
    return f"{found} (columns {','.join(names[:8])}{',...' if len(names) > 8 else ''})"


# Names of columns


def clean_names(header: Sequence[str], where: str) -> tuple[list[str], tuple[str, ...]]:
    """The names without outer spaces, and a note where there were some."""
    spaced = [repr(name) for name in header if name != name.strip() and name.strip()]
    names = [name.strip() for name in header]
    if not spaced:
        return names, ()
    plural = "s" if len(spaced) > 1 else ""
    return names, (
        f"{where}: stripped spaces from {len(spaced)} column name{plural} ({listing(spaced, EXAMPLES)})",
    )


def refuse_names(names: list[str], at: str) -> None:
    """No name stands twice; an empty one is judged later, by what is below it."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names, 1):
        places.setdefault(name, []).append(place)
    problems = [
        f"{at}: column '{name}' appears {len(found)} times (positions {listing(found)})"
        for name, found in places.items()
        if len(found) > 1 and name
    ]
    if problems:
        raise Mistake(*problems)


def refuse_numbers(names: list[str], at: str) -> None:
    """A header that is mostly numbers is a row of data, unless they number the columns: years, pixels, a spectrum."""
    numbers = [
        name for name in names if re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", name, re.IGNORECASE)
    ]
    values = [float(name) for name in numbers]
    whole = len(set(values)) == len(values) and all(name.isdigit() for name in numbers)
    spectrum = len(values) > 8 and values in (sorted(values), sorted(values, reverse=True))
    if len(numbers) >= 2 and len(numbers) >= len(names) / 2 and not whole and not spectrum:
        shown = listing([repr(name) for name in numbers], EXAMPLES)
        raise Mistake(
            f"{at}: the header is made of numbers ({shown}); put a line with column names first"
        )


def leave_out_nameless(
    names: list[str], columns: list[list[str]], path: str, line: int
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Columns without a name carry nothing when they are empty or count the rows; others are refused."""
    cells, notes, problems = {}, [], []
    for place, (name, column) in enumerate(zip(names, columns, strict=True), 1):
        if name:
            cells[name] = column
        elif not any(column):
            notes.append(f"{path}: left out column {place}, which has no name and no values")
        elif counts(column):
            notes.append(f"{path}: left out column {place}, which has no name and counts the rows")
        else:
            problems.append(f"{path}:{line}: column {place} has no name; give it one")
    if problems:
        raise Mistake(*problems)
    return cells, tuple(notes)


def counts(column: list[str]) -> bool:
    """Whether the cells are 0, 1, 2, ... or 1, 2, 3, ..."""
    start = column[0]
    return start in ("0", "1") and all(
        cell == str(place) for place, cell in enumerate(column, int(start))
    )
