"""The trained run and the table that `predict` and `evaluate` take: as arguments, and opened."""

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.characters import brief, visible
from nnrun.cli.arguments import Parser
from nnrun.errors import Mistake, Problem, listing
from nnrun.garbage import loading
from nnrun.report.screen import waiting_aside
from nnrun.runs.finding import find_run
from nnrun.runs.shortages import memory_told

if TYPE_CHECKING:
    from nnrun.bundle.bundle import Bundle
    from nnrun.parts.dataset.sheet import Sheet

RUN = "the folder or the name of a run, or last or best for one below outputs"
STANDARD_INPUT = "-"
# How a file is written, whatever is in it.
WRITTEN = ("dataset.delimiter", "dataset.encoding", "dataset.decimal")


def add_run_and_table(parser: Parser) -> None:
    """Add a run, a table, how this one is written, and what of it is refused."""
    parser.add_argument("run", metavar="RUN", help=RUN)
    columns = "a table with the columns of the training data; - for standard input"
    parser.add_argument("table", metavar="FILE", help=columns)
    differing = f"how FILE is written where the training table was not: {', '.join(WRITTEN)}"
    refused = "refuse categories that training never saw, which otherwise count as unknown"
    parser.add_argument("--strict", action="store_true", help=refused)
    parser.add_argument("written", metavar="KEY=VALUE", nargs="*", default=[], help=differing)


def run_meant(typed: str) -> Path:
    """Find the folder of a run; where a word was typed, say which it is."""
    folder, note = find_run(typed)
    print_notes([note] if note else [])
    return folder


def fewer_rows_told(table: str) -> AbstractContextManager:
    """Tell of memory that ran out in here, with what takes less."""
    return memory_told(lambda _: f"split {table} into files of fewer rows, and take one by one")


def open_run(folder: Path) -> "Bundle":
    """Load a run's bundle."""
    with waiting_aside(f"reading {folder}"), loading():
        from nnrun.bundle.loading import load  # torch comes with it

        return load(folder)


def read_written(word: str) -> tuple[str, str]:
    """Read a setting that says how the table is written."""
    key, mark, value = word.partition("=")
    if key not in WRITTEN or not mark:
        known = f"known: {listing(WRITTEN)}, each with =VALUE"
        raise Mistake(Problem(word, None, "does not say how FILE is written", known))
    return key.removeprefix("dataset."), "\t" if value == "\\t" else value


def open_sheet(bundle: "Bundle", table: str, differing: dict[str, str]) -> "Sheet":
    """Read a file, or standard input where - is typed, as the training table was.

    It may be written otherwise.
    """
    from nnrun.parts.dataset.sheet import read_sheet, sheet_of
    from nnrun.parts.dataset.text import PIPED

    as_known = bundle.written("delimiter", "encoding", "unfit")
    written = {**as_known, "decimal": bundle.decimal, **differing}
    if table != STANDARD_INPUT:
        with waiting_aside(f"reading {table}"):
            return read_sheet(table, **written, key="FILE")
    if sys.stdin.isatty():
        print_notes(["reading rows as they are typed; end with Ctrl-D"])
    return sheet_of(sys.stdin.buffer.read(), PIPED, **written)


def print_notes(notes: Iterable[str]) -> None:
    """Write remarks to standard error, so that predictions can be piped."""
    for note in notes:
        print(f"note: {brief(visible(note))}", file=sys.stderr)
