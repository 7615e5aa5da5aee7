"""nnrun report: one file that shows a run, a sweep or a comparison, and opens anywhere."""

import re
from pathlib import Path

from nnrun.cli.arguments import Parser
from nnrun.cli.resume import refuse_no_run
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.commands import shown
from nnrun.runs.finding import WORDS, find_run
from nnrun.runs.folder import write

HEAD = 4096  # bytes of a file, in which it says who wrote it


def run(argv: list[str]) -> None:
    """Read the arguments, and write the page."""
    typed = parser().parse_args(argv)
    folder, note = find_run(typed.run, trained=False)
    print_notes([note] if note else [])
    refuse_no_run(folder)
    path = Path(typed.output or f"{file_name(folder)}.html")
    refuse_others(path)
    with waiting_aside(f"reading {folder}"):
        content = page_of_run(folder).encode()
    write(path, content)
    Screen().pair("report", f"{shown(path)}, {len(content) / 1000:,.0f} kB")


def parser() -> Parser:
    """Say which arguments there are."""
    description = (
        "Write one HTML file that shows a run: its verdict, curves, metrics with their"
        " intervals, pictures, settings and data. It opens in any browser, and asks nothing of"
        " the network."
    )
    arguments = Parser("nnrun report", description=description)
    arguments.add_argument("run", metavar="RUN", help="a folder, a name, or last or best")
    file = "where to write it; NAME.html here if none is named"
    arguments.add_argument("-o", "--output", metavar="FILE", help=file)
    return arguments


def page_of_run(folder: Path) -> str:
    """Write the page of a run, with what differs from the defaults as they are here."""
    from nnrun.config.departures import departures
    from nnrun.report.pages.run_facts import read_run_facts
    from nnrun.report.pages.run_page import run_page
    from nnrun.runs.record import read_job

    job = read_job(folder)
    return run_page(read_run_facts(folder, departures(job.config, job.choices)))


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


VERB = Verb("nnrun report RUN [-o FILE]", "one HTML file that shows it", run, lambda: [*WORDS])
