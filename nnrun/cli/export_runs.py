"""nnrun export-runs: what is known of all runs, as one table for other programs."""

from argparse import Namespace
from pathlib import Path

from nnrun.cli.arguments import Parser
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.runs import chosen_by_conditions, read_words, tell_damaged
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem
from nnrun.report.numbers import count
from nnrun.report.run_table import as_csv, as_parquet, columns
from nnrun.report.screen import waiting_aside
from nnrun.runs.finding import ROOT
from nnrun.runs.folder import write
from nnrun.runs.index import listing

FORMS = {"csv": as_csv, "parquet": as_parquet}


def run(argv: list[str]) -> None:
    """Read the arguments and write the table."""
    typed = parser().parse_intermixed_args(argv)
    out, form = Path(typed.out).resolve(), form_of(typed)
    refuse_out(out, typed.out)
    folder, conditions = read_words(typed.words)
    with waiting_aside(f"reading {folder}"):
        found = listing(folder, members=True)
        chosen = chosen_by_conditions(found.entries, conditions)
    if not chosen:
        wrong = f"no run below {folder} is so" if conditions else f"no run lies below {folder}"
        raise Mistake(Problem("nnrun export-runs", None, wrong, "nothing is written"))
    table = columns(chosen)
    try:
        write(out, FORMS[form](table))
    except OSError as error:
        told = error.strerror or str(error)
        raise Mistake(Problem("-o", typed.out, told, "give another file")) from error
    tell_damaged(found.damaged)
    print_notes([f"{count(len(chosen), 'run')} with {count(len(table), 'column')} in {typed.out}"])


def parser() -> Parser:
    """Say which arguments there are."""
    description = (
        "Write all runs below a folder, those of sweeps too, as one table: a row for each, with"
        " every setting and metric. Conditions choose, as of nnrun runs."
    )
    arguments = Parser("nnrun export-runs", description=description)
    words = f"a folder or a sweep, {ROOT} if none is given; and conditions, which have to hold all"
    arguments.add_argument("words", metavar="DIR|CONDITION", nargs="*", default=[], help=words)
    by_name = "how it is written; if not given, as the name of the file ends"
    arguments.add_argument("--to", choices=[*FORMS], help=by_name)
    arguments.add_argument("-o", "--out", metavar="FILE", required=True, help="the file to write")
    return arguments


def form_of(typed: Namespace) -> str:
    """Tell how the table is written."""
    if typed.out == "-":
        raise Mistake(Problem("-o", "-", "is standard output, and this writes a file", "name one"))
    ending = Path(typed.out).suffix.removeprefix(".")
    if typed.to is None and ending not in FORMS:
        raise Mistake(Problem("-o", typed.out, "tells no form", "add --to csv or --to parquet"))
    return typed.to or ending


def refuse_out(out: Path, typed: str) -> None:
    """Stop at a file that cannot be written, before anything is read."""
    if not out.parent.is_dir():
        raise Mistake(Problem("-o", typed, "its folder is not there", "make it first"))
    if out.exists() and not out.is_file():
        raise Mistake(Problem("-o", typed, "is no plain file", "name a file"))


VERB = Verb(
    "nnrun export-runs [DIR] [COND ...] -o FILE",
    "all settings and metrics of runs, as CSV or Parquet",
    run,
)
