"""nnrun ensemble: members of a sweep, averaged into one model."""

from argparse import Namespace
from pathlib import Path

from nnrun.cli.arguments import Parser, add_made_folder
from nnrun.cli.programs import kept_from_stdout, left_by_run, print_json
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.garbage import loading
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.finding import LAST, find_training
from nnrun.runs.opening import refuse_other_folders, refuse_unfit_place


def run(argv: list[str]) -> None:
    """Read the arguments and average."""
    description = (
        "Average members of a sweep, and leave one model in a folder of its own: first the best,"
        " then whichever helps the mean most on the validation rows, until none does. Test rows"
        " choose nothing. predict, evaluate, compare and all that takes a run take the folder."
    )
    arguments = Parser("nnrun ensemble", description=description)
    sweep = "the folder or the name of a sweep, or last for the last one below outputs"
    arguments.add_argument("sweep", metavar="SWEEP", help=sweep)
    add_made_folder(arguments)
    typed = arguments.parse_intermixed_args(argv)
    with kept_from_stdout(typed):
        folder = ensemble(typed)
    if typed.json:
        print_json(left_by_run(folder))


def ensemble(typed: Namespace) -> Path:
    """Average a sweep's members; gives the folder."""
    sweep, note = find_training(typed.sweep)
    refuse_other_folders(sweep)
    refuse_unfit_place(typed.out)
    print_notes([note] if note else [])
    with waiting_aside(f"reading {sweep}"), loading():
        from nnrun.sweeps.averaging import average  # torch comes with it

    return average(sweep, typed.out, ["ensemble", str(sweep), "-o", typed.out], Screen())


VERB = Verb(
    "nnrun ensemble SWEEP -o DIR",
    "average members of a sweep into one model",
    run,
    lambda: [LAST],
)
