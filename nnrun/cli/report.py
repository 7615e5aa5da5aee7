"""nnrun report: one file that shows a run, a sweep or a comparison, and opens anywhere."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.cli.arguments import Parser
from nnrun.cli.resume import refuse_no_run
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem
from nnrun.garbage import uncollected
from nnrun.report.numbers import count
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.commands import shown
from nnrun.runs.entries import read_known
from nnrun.runs.filters import is_condition
from nnrun.runs.finding import WORDS, find_training
from nnrun.runs.folder import write
from nnrun.runs.ledger import ABOUT

if TYPE_CHECKING:
    from nnrun.report.pages.comparison_page import Comparison
    from nnrun.report.pages.run_facts import RunFacts
    from nnrun.report.pages.sweep_facts import SweepFacts

HTML, MARKDOWN = ".html", ".md"
COMPARISON = "comparison"  # the name of its file
HEAD = 4096  # bytes at the start of a file and at its end, in which it says who wrote it


def run(argv: list[str]) -> None:
    """Read the arguments, and write the page."""
    typed = parser().parse_args(argv)
    folder = None if compares(typed.words) else folder_meant(typed.words[0])
    ending = MARKDOWN if typed.markdown else HTML
    path = Path(typed.output or f"{file_name(folder) if folder else COMPARISON}{ending}")
    refuse_others(path)
    with waiting_aside(f"reading {folder or ' '.join(typed.words)}"), uncollected():
        told = facts_of(folder) if folder else comparison_of(typed.words)
        files = as_markdown(told, path) if typed.markdown else {path: as_html(told).encode()}
    for file in files:
        refuse_others(file)
    for file, content in files.items():
        write(file, content)
    size = sum(map(len, files.values())) / 1000
    beside = f" with {count(len(files) - 1, 'picture')} beside it" if len(files) > 1 else ""
    Screen().pair("report", f"{shown(path)}{beside}, {size:,.0f} kB")


def parser() -> Parser:
    """Say which arguments there are."""
    description = (
        "Write one HTML file that shows a run, a sweep, or several of them compared: which is"
        " best, how sure that is, curves, tables and pictures. It opens in any browser, and asks"
        " nothing of the network."
    )
    arguments = Parser("nnrun report", description=description)
    words = "a folder, a name, last or best; several, or conditions, are compared"
    arguments.add_argument("words", metavar="RUN|SWEEP|CONDITION", nargs="+", help=words)
    file = "where to write it; NAME.html here if none is named"
    arguments.add_argument("-o", "--output", metavar="FILE", help=file)
    markdown = "Markdown for a README or an issue, with pictures as files beside it"
    arguments.add_argument("--markdown", action="store_true", help=markdown)
    return arguments


def compares(words: list[str]) -> bool:
    """Tell whether several runs are meant, as nnrun compare takes them."""
    return len(words) > 1 or (is_condition(words[0]) and not os.path.isdir(words[0]))


def folder_meant(word: str) -> Path:
    """Find the folder of a run or a sweep."""
    folder, note = find_training(word)
    print_notes([note] if note else [])
    if not (folder / ABOUT).is_file():
        refuse_no_run(folder)
    return folder


# What is shown


def facts_of(folder: Path) -> "RunFacts | SweepFacts":
    """Read a sweep, or a run with what differs from the defaults as they are here."""
    from nnrun.config.departures import departures
    from nnrun.report.pages.run_facts import read_run_facts
    from nnrun.report.pages.sweep_facts import read_sweep_facts
    from nnrun.runs.record import read_job
    from nnrun.training.redrawing import redrawn

    if (folder / ABOUT).is_file():
        return read_sweep_facts(folder)
    return read_run_facts(folder, departures(read_job(folder)), redrawn(folder))


def comparison_of(words: list[str]) -> "Comparison":
    """Compare as nnrun compare does."""
    from nnrun.cli.compare import Compared, runs_meant
    from nnrun.report.pages.comparison_page import Comparison

    told = Compared(runs_meant(words), None)
    return Comparison(told.cells, told.found, told.metric, told.rows_apart(0))


def as_html(told: "RunFacts | SweepFacts | Comparison") -> str:
    """Write the page of what was read."""
    from nnrun.report.pages.comparison_page import comparison_page
    from nnrun.report.pages.run_facts import RunFacts
    from nnrun.report.pages.run_page import run_page
    from nnrun.report.pages.sweep_facts import SweepFacts
    from nnrun.report.pages.sweep_page import sweep_page

    if isinstance(told, RunFacts):
        return run_page(told)
    return sweep_page(told) if isinstance(told, SweepFacts) else comparison_page(told)


def as_markdown(told: "RunFacts | SweepFacts | Comparison", path: Path) -> dict[Path, bytes]:
    """Write the same as Markdown, and the pictures that lie beside it."""
    from nnrun.report.pages import markdown
    from nnrun.report.pages.run_facts import RunFacts
    from nnrun.report.pages.sweep_facts import SweepFacts

    if isinstance(told, RunFacts):
        made = markdown.run_document(told, path.stem)
    elif isinstance(told, SweepFacts):
        made = markdown.sweep_document(told, path.stem)
    else:
        made = markdown.comparison_document(told, path.stem)
    pictures = {path.parent / name: text.encode() for name, text in made.pictures.items()}
    return {path: made.text.encode(), **pictures}


# The file


def file_name(folder: Path) -> str:
    """Name the file as the run is, or else its folder, in letters that any system takes."""
    name = read_known(folder)[0].name or folder.resolve().name
    return re.sub(r"[^\w.,=+~-]+", "-", name).lstrip("-.") or "report"


def refuse_others(path: Path) -> None:
    """Stop where something else than a report would be written over."""
    from nnrun.report.pages.page import GENERATOR

    if path == Path("-"):
        raise Mistake(Problem("-o", "-", "is standard output, and this writes a file", "name one"))
    if path.is_dir():
        raise Mistake(Problem("-o", str(path), "is a folder", "name a file in it"))
    if not path.absolute().parent.is_dir():
        wrong = f"there is no folder {path.parent}"
        raise Mistake(Problem("-o", str(path), wrong, "make it first"))
    if not path.exists():
        return
    with open(path, "rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, path.stat().st_size - HEAD))
        ours = f'content="{GENERATOR}"'.encode() in head + file.read()
    if not ours:
        advice = "name another file, or remove it"
        raise Mistake(Problem("-o", str(path), "is there, and no report of nnrun", advice))


VERB = Verb(
    "nnrun report RUN|SWEEP|CONDITION ...",
    "one HTML file that shows it",
    run,
    lambda: [*WORDS],
)
