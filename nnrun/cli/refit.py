"""nnrun refit: a run's networks, trained once more on all rows."""

from argparse import Namespace
from pathlib import Path

from nnrun.cli.arguments import Parser, add_made_folder
from nnrun.cli.programs import kept_from_stdout, left_by_run, print_json
from nnrun.cli.run_and_table import RUN, run_meant
from nnrun.cli.verbs import Verb
from nnrun.garbage import loading
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.finding import WORDS
from nnrun.runs.opening import refuse_unfit_place


def run(argv: list[str]) -> None:
    """Read the arguments and train."""
    description = (
        "Train a run's networks once more, on all of its rows, for as long as the run found best,"
        " and leave one model in a folder of its own. No row is left to judge it, so its metrics"
        " are those of the run: out of fold where the run is of folds. predict, evaluate and"
        " compare take the folder."
    )
    arguments = Parser("nnrun refit", description=description)
    arguments.add_argument("run", metavar="RUN", help=RUN)
    add_made_folder(arguments)
    typed = arguments.parse_intermixed_args(argv)
    with kept_from_stdout(typed):
        folder = refit_run(typed)
    if typed.json:
        print_json(left_by_run(folder))


def refit_run(typed: Namespace) -> Path:
    """Train a run's networks on all rows; gives the folder."""
    judged = run_meant(typed.run)
    refuse_unfit_place(typed.out)
    with waiting_aside(f"reading {judged}"), loading():
        from nnrun.training.refit import refit  # torch comes with it

    return refit(judged, typed.out, ["refit", str(judged), "-o", typed.out], Screen())


VERB = Verb(
    "nnrun refit RUN -o DIR",
    "train a run's networks on all rows",
    run,
    lambda: [*WORDS],
)
