"""nnrun predict: the rows of a table, predicted by a trained run."""

import csv
import os
import shlex
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.cli.arguments import Parser
from nnrun.cli.programs import print_json
from nnrun.cli.run_and_table import (
    STANDARD_INPUT,
    add_run_and_table,
    fewer_rows_told,
    open_run,
    open_sheet,
    print_notes,
    read_written,
    run_meant,
)
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem, Problems, listing, refuse
from nnrun.parts.dataset.checking import Wishes
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.table import no_column
from nnrun.parts.kinds import Names
from nnrun.report.screen import waiting_aside
from nnrun.runs.finding import WORDS

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnrun.bundle.bundle import Bundle

STANDARD_OUTPUT = "-"


def run(argv: list[str]) -> None:
    """Read the arguments and predict."""
    description = "Predict the rows of a table with a trained run."
    arguments = Parser("nnrun predict", description=description)
    add_run_and_table(arguments)
    out = "the file to write; - for standard output"
    arguments.add_argument("-o", "--out", metavar="OUT", help=out)
    kept = "columns of FILE to write in front of the predictions, as in a,b, or all of them: all"
    arguments.add_argument("--keep", metavar="COLUMNS", default="", help=kept)
    alone = "write only the probability of each class, not the likeliest class"
    arguments.add_argument("--proba", action="store_true", help=alone)
    share = "add low_NAME and high_NAME, between which this share of new rows lies, such as 0.9"
    arguments.add_argument("--interval", type=float, metavar="SHARE", help=share)
    as_json = "print the run and every prediction, as JSON"
    arguments.add_argument("--json", action="store_true", help=as_json)
    add_wishes(arguments)
    typed = arguments.parse_intermixed_args(argv)
    with fewer_rows_told(typed.table):
        predict(typed)


def add_wishes(arguments: Parser) -> None:
    """Add what one may wish of an arm's joints, which are checked by where they put the hand."""
    of_arm = arguments.add_argument_group("for runs that predict the joints of an arm")
    further = "go on from the network's joints to those that put the hand in its place"
    of_arm.add_argument("--refine", action="store_true", help=further)
    unit = "write the columns ShoulderPitch to WristYaw in degrees instead of radians"
    of_arm.add_argument("--degrees", action="store_true", help=unit)
    most = "how far a pose that counts as reachable may be missed (0.1 mm, 0.6 degrees)"
    ends = ("MM", "DEGREES")
    of_arm.add_argument("--tolerance", type=float, nargs=2, metavar=ends, help=most)


def predict(typed: Namespace) -> None:
    """Predict each row of a file."""
    if typed.json and typed.out is not None:
        wrong, advice = "writes a table, and --json prints no table", "leave one of them out"
        raise Mistake(Problem(f"-o {typed.out!r}", None, wrong, advice))
    if typed.out == STANDARD_OUTPUT:
        typed.out = None
    if typed.out is not None:
        refuse_out(typed.out, typed.table)
    run = run_meant(typed.run)
    differing = dict(map(read_written, typed.written))
    bundle = open_run(run)
    from nnrun.bundle.tables import beside  # torch has come with the run

    wishes = Wishes(typed.refine, typed.degrees, typed.tolerance and tuple(typed.tolerance))
    refuse(wishes.problems(bundle.own_metrics.checks, "--"))
    if typed.proba and not bundle.classes:
        raise no_probabilities(bundle.target_names)
    if typed.interval is not None:
        refuse(no_interval(bundle, typed))
    sheet = open_sheet(bundle, typed.table, differing)
    kept = bundle.ids(sheet.cells) | kept_columns(sheet, typed.keep)
    with waiting_aside("predicting"):
        cells, notes = bundle.cells(sheet, typed.strict)
        answers, more = bundle.checked_answers(cells, wishes, typed.interval)
    print_notes([*notes, *no_ids(bundle, sheet), *more])
    if typed.proba:
        answers = answers[bundle.probability_names]
    predictions = beside(kept, answers)
    if typed.json:
        print_json({"run": str(run), "predictions": predictions.to_dict("records")})
    else:
        hand_over(predictions, typed)


def hand_over(predictions: "DataFrame", typed: Namespace) -> None:
    """Write predictions as a table, to another file or to standard output."""
    if typed.out is None:
        print_table(predictions.to_csv(index=False))
    else:
        write_predictions(predictions.to_csv(index=False), typed.out)
        print_notes([f"{len(predictions)} predictions in {typed.out}"])


def print_table(text: str) -> None:
    """Print a table: for programs as a file would hold it, on a terminal as one reads it."""
    if sys.stdout.isatty():
        sys.stdout.write(text)
    else:
        sys.stdout.buffer.write(text.encode())


def no_ids(bundle: "Bundle", sheet: Sheet) -> list[str]:
    """Note that rows have no names, where those of training had."""
    name = bundle.reading.get("id")
    if not name or name in sheet.cells:
        return []
    return [f"{sheet.where}: no column '{name}' to carry along"]


def no_probabilities(names: Names) -> Mistake:
    """Tell that a run has no classes."""
    wrong = f"the run predicts numbers ({listing(names)}), which have no probability"
    return Mistake(Problem("--proba", None, wrong, "leave it out"))


def no_interval(bundle: "Bundle", typed: Namespace) -> Problems:
    """Tell why there is no interval around what is predicted."""
    from nnrun.bundle.intervals import problems_of

    if typed.refine:
        wrong, advice = "is around the network's own joints", "leave out --refine, or it"
        return [Problem(f"--interval {typed.interval:g}", None, wrong, advice)]
    return problems_of(bundle, typed.interval, "--")


def kept_columns(sheet: Sheet, columns: str) -> dict[str, list[str]]:
    """Take the columns that are asked for, as they stand in the file."""
    names = next(csv.reader([columns], skipinitialspace=True), [])
    if names == ["all"] and "all" not in sheet.cells:
        return sheet.cells
    if columns in sheet.cells:  # one that has commas in its name
        names = [columns]
    refuse([no_column("--keep", name, sheet) for name in names if name not in sheet.cells])
    return {name: sheet.cells[name] for name in names}


def refuse_out(out: str, table: str) -> None:
    """Stop at a file that predictions cannot be written to, before they are made."""
    file, flag = Path(out).resolve(), f"-o {out!r}"
    if file.exists() and not file.is_file():
        wrong = "is a folder" if file.is_dir() else "is a device or a pipe, and no plain file"
        advice = "give a name that ends in .csv" if file.is_dir() else f"write > {shlex.quote(out)}"
        raise Mistake(Problem(flag, None, wrong, advice))
    if not file.name or file.suffix not in (".csv", ".txt", ""):
        advice = "give a name that ends in .csv"
        raise Mistake(Problem(flag, None, "predictions are written as CSV", advice))
    if table != STANDARD_INPUT and file.exists() and os.path.exists(table) and file.samefile(table):
        wrong = "is the table itself, which would be lost"
        raise Mistake(Problem(flag, None, wrong, "give another file"))
    if wrong := unwritable(file.parent):
        raise Mistake(Problem(flag, None, wrong, "give another file for the predictions"))


def unwritable(folder: Path) -> str:
    """Say why no file can be put into a folder; empty where one can."""
    if not folder.is_dir():
        return f"there is no folder '{folder}'"
    return "" if os.access(folder, os.W_OK) else f"no file may be written in '{folder}'"


def write_predictions(text: str, out: str) -> None:
    """Write predictions to a file, be it where a link leads."""
    from nnrun.runs.folder import write

    file = Path(out).resolve()
    try:
        write(file, text.encode())
    except OSError as error:
        advice = "give another file for the predictions"
        raise Mistake(Problem(out, None, error.strerror or str(error), advice)) from error


VERB = Verb(
    "nnrun predict RUN FILE [-o OUT]",
    "predict the rows of a table with a trained run",
    run,
    lambda: [*WORDS],
)
