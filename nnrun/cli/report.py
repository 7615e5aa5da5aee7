"""nnrun report: one file that shows a run, a sweep or a comparison, and opens anywhere."""

import os
import re
from pathlib import Path

from nnrun.cli.arguments import Parser
from nnrun.cli.resume import refuse_no_run
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.commands import shown
from nnrun.runs.filters import is_condition
from nnrun.runs.finding import WORDS, find_training
from nnrun.runs.folder import write
from nnrun.runs.ledger import ABOUT

COMPARISON = "comparison"  # the name of its file
HEAD = 4096  # bytes of a file, in which it says who wrote it


def run(argv: list[str]) -> None:
    """Read the arguments, and write the page."""
    typed = parser().parse_args(argv)
    folder = None if compares(typed.words) else folder_meant(typed.words[0])
    path = Path(typed.output or f"{file_name(folder) if folder else COMPARISON}.html")
    refuse_others(path)
    with waiting_aside(f"reading {folder or ' '.join(typed.words)}"):
        page = page_of(folder) if folder else page_of_comparison(typed.words)
    content = page.encode()
    write(path, content)
    Screen().pair("report", f"{shown(path)}, {len(content) / 1000:,.0f} kB")


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


# Pages


def page_of(folder: Path) -> str:
    """Write the page of a run or a sweep."""
    return page_of_sweep(folder) if (folder / ABOUT).is_file() else page_of_run(folder)


def page_of_sweep(folder: Path) -> str:
    from nnrun.report.pages.sweep_facts import read_sweep_facts
    from nnrun.report.pages.sweep_page import sweep_page

    return sweep_page(read_sweep_facts(folder))


def page_of_run(folder: Path) -> str:
    """Write the page of a run, with what differs from the defaults as they are here."""
    from nnrun.config.departures import departures
    from nnrun.report.pages.run_facts import read_run_facts
    from nnrun.report.pages.run_page import run_page
    from nnrun.runs.record import read_job

    job = read_job(folder)
    return run_page(read_run_facts(folder, departures(job.config, job.choices)))


def page_of_comparison(words: list[str]) -> str:
    """Compare as nnrun compare does, and draw it."""
    from nnrun.cli.compare import Compared, runs_meant
    from nnrun.report.pages.comparison_page import Comparison, comparison_page

    told = Compared(runs_meant(words), None)
    return comparison_page(Comparison(told.cells, told.found, told.metric, told.rows_apart(0)))


# The file


def file_name(folder: Path) -> str:
    """Name the file as the folder is called, in letters that any system takes."""
    return re.sub(r"[^\w.,=+~-]+", "-", folder.resolve().name).lstrip("-.") or "report"


def refuse_others(path: Path) -> None:
    """Stop where something else than a report would be written over."""
    from nnrun.report.pages.page import GENERATOR

    if path.is_dir():
        raise Mistake(Problem("-o", str(path), "is a folder", "name a file in it"))
    if not path.absolute().parent.is_dir():
        wrong = f"there is no folder {path.parent}"
        raise Mistake(Problem("-o", str(path), wrong, "make it first"))
    if not path.exists():
        return
    with open(path, "rb") as file:
        ours = f'content="{GENERATOR}"'.encode() in file.read(HEAD)
    if not ours:
        advice = "name another file, or remove it"
        raise Mistake(Problem("-o", str(path), "is there, and no report of nnrun", advice))


VERB = Verb(
    "nnrun report RUN|SWEEP|CONDITION ...",
    "one HTML file that shows it",
    run,
    lambda: [*WORDS],
)
