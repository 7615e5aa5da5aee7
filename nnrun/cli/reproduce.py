"""nnrun reproduce: whether a run trained again gives the same bytes."""

from collections.abc import Iterator
from pathlib import Path

from nnrun.cli.arguments import Parser
from nnrun.cli.programs import kept_from_stdout, print_json
from nnrun.cli.resume import refuse_no_run
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Different, Mistake, Problem, listing
from nnrun.garbage import loading
from nnrun.report.reproduced import show_comparison
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.commands import typed
from nnrun.runs.comparison import Change, Comparison, EpochChanges
from nnrun.runs.finding import WORDS, find_training
from nnrun.runs.ledger import ABOUT, Ledger
from nnrun.runs.opening import open_ledger


def run(argv: list[str]) -> None:
    """Read the arguments, train again and compare."""
    description = (
        "Train a run again, or each member of a sweep, and compare: every epoch and the hash of its"
        " weights, predictions and model. Its folder stays as it is. Exit code 0 where all is"
        " identical, 6 where something differs."
    )
    arguments = Parser("nnrun reproduce", description=description)
    arguments.add_argument("folder", metavar="RUN|SWEEP", help="a folder, or last or best")
    arguments.add_argument("--json", action="store_true", help="what was compared, as JSON")
    arguments.add_argument("-q", "--quiet", action="store_true", help="the exit code alone")
    typed = arguments.parse_intermixed_args(argv)
    folder, note = find_training(typed.folder)
    print_notes([note] if note else [])
    with kept_from_stdout(typed):
        compared = list(reproduce(folder))
    if typed.json:
        told = [as_json(one) for one in compared]
        print_json(told if (folder / ABOUT).is_file() else told[0])
    refuse_differences(compared)


def reproduce(folder: Path) -> Iterator[Comparison]:
    """Train a run again, or one member of a sweep after the other."""
    members = members_of(folder)
    with waiting_aside(f"reading {folder}"), loading():
        from nnrun.training import reproducing  # torch comes with it

    screen = Screen()
    for path in members or [folder]:
        screen.pair("run", str(path))
        compared = reproducing.reproduce(path, Screen(quiet=True) if members else screen)
        show_comparison(screen, compared)
        yield compared


def members_of(folder: Path) -> list[Path]:
    """List the members of a sweep that are done; none where it is the folder of a run."""
    if not (folder / ABOUT).is_file():
        refuse_no_run(folder)
        return []
    return done_members(open_ledger(folder))


def done_members(ledger: Ledger) -> list[Path]:
    """List the members of a sweep that are done; one at least has to be."""
    done = [ledger.folder(i) for i in range(len(ledger.names)) if ledger.done(i)]
    if not done:
        advice = f"train them first: nnrun resume {typed(ledger.path)}"
        raise Mistake(Problem(str(ledger.path), None, "no member of it is done", advice))
    return done


def refuse_differences(compared: list[Comparison]) -> None:
    """End with an exit code of its own where something came out otherwise."""
    differing = [one for one in compared if not one.identical]
    if not differing:
        return
    if len(compared) == 1:
        raise Different(f"{differing[0].folder}: {in_short(differing[0])}")
    names = listing(one.folder.name for one in differing)
    raise Different(f"{len(differing)} of {len(compared)} members differ: {names}")


def in_short(compared: Comparison) -> str:
    if compared.first:
        return f"differs from epoch {compared.first.number} on"
    return f"differs in {listing(compared.files)}"


def as_json(compared: Comparison) -> dict:
    """Give a comparison as programs read it."""
    return {
        "folder": str(compared.folder),
        "identical": compared.identical,
        "epochs": compared.epochs,
        "hashes": compared.hashed,
        "whole": compared.whole,
        "first": epoch_as_json(compared.first),
        "last": epoch_as_json(compared.last),
        "files": compared.files,
        "facts": changes_as_json(compared.facts),
    }


def epoch_as_json(epoch: EpochChanges | None) -> dict | None:
    return epoch and {"epoch": epoch.number, **changes_as_json(epoch.changes)}


def changes_as_json(changes: list[Change]) -> dict:
    return {change.name: {"was": change.was, "is": change.now} for change in changes}


USAGE = "nnrun reproduce RUN|SWEEP"
VERB = Verb(USAGE, "train it again; tell whether every byte is the same", run, lambda: [*WORDS])
