"""nnrun predict: the rows of a table, predicted by a trained run."""

import sys
from argparse import Namespace
from pathlib import Path

from nnrun.cli.arguments import Parser
from nnrun.cli.run_and_table import add_run_and_table, open_run, open_sheet, print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem


def run(argv: list[str]) -> None:
    """Read the arguments and predict."""
    description = "Predict the rows of a table with a trained run."
    arguments = Parser("nnrun predict", description=description)
    add_run_and_table(arguments)
    arguments.add_argument("-o", "--out", metavar="OUT", help="the file to write")
    predict(arguments.parse_intermixed_args(argv))


def predict(typed: Namespace) -> None:
    """Predict each row of a file; to another file, or to standard output."""
    bundle = open_run(typed.run, typed.written)
    sheet = open_sheet(bundle, typed.table)
    cells, notes = bundle.cells(sheet, typed.strict)
    print_notes(notes)
    text = bundle.answers(cells).to_csv(index=False)
    if typed.out is None:
        sys.stdout.write(text)
    else:
        write_predictions(text, typed.out, typed.table)
        print_notes([f"{sheet.rows} predictions in {typed.out}"])


def write_predictions(text: str, out: str, table: str) -> None:
    """Write predictions to a file that is not the table itself."""
    from nnrun.runs.folder import write

    file, flag = Path(out), f"-o {out!r}"
    if not file.name or file.suffix not in (".csv", ".txt", ""):
        advice = "give a name that ends in .csv"
        raise Mistake(Problem(flag, None, "predictions are written as CSV", advice))
    if file.exists() and file.samefile(table):
        wrong = "is the table itself, which would be lost"
        raise Mistake(Problem(flag, None, wrong, "give another file"))
    try:
        write(file, text.encode())
    except OSError as error:
        advice = "give another file for the predictions"
        raise Mistake(Problem(out, None, error.strerror or str(error), advice)) from error


VERB = Verb(
    "nnrun predict RUN FILE [-o OUT]", "predict the rows of a table with a trained run", run
)
