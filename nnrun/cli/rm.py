"""nnrun rm: take away what runs and sweeps left."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from nnrun.characters import visible
from nnrun.cli.arguments import Parser
from nnrun.cli.programs import print_json
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.runs import read_words
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem, listing
from nnrun.report.numbers import count
from nnrun.runs.choosing import choose, refuse_needed
from nnrun.runs.entries import Known, read_known
from nnrun.runs.filters import is_condition
from nnrun.runs.finding import ROOT, WORDS, find_training
from nnrun.runs.ledger import ABOUT
from nnrun.runs.removing import refuse_unremovable, remove

MOST = 30  # lines of what is to be removed


def run(argv: list[str]) -> None:
    """Read the arguments, ask, and remove."""
    arguments = Parser("nnrun rm", description=DESCRIPTION)
    words = "folders, names, last or best; or conditions, as of nnrun runs"
    arguments.add_argument("words", metavar="RUN|SWEEP|CONDITION", nargs="+", help=words)
    arguments.add_argument("-y", "--yes", action="store_true", help="do not ask")
    told = "what was removed and what stays, as JSON"
    arguments.add_argument("--json", action="store_true", help=told)
    lost = "also what other sweeps took over, which lose it"
    arguments.add_argument("--taken-over", action="store_true", help=lost)
    typed = arguments.parse_intermixed_args(argv)
    folders = folders_meant(typed.words)
    for folder in folders:
        refuse_unremovable(folder)
    if not typed.taken_over:
        refuse_needed(folders, Path(ROOT))
    if typed.json and not typed.yes:
        raise Mistake(Problem("--json", None, "is for programs, which nobody asks", "add --yes"))
    if typed.yes or agreed(folders):
        remove_all(folders, show_json if typed.json else show)


def folders_meant(words: list[str]) -> list[Path]:
    """Find the folders that are meant, each once."""
    conditions = [word for word in words if is_condition(word) and not os.path.isdir(word)]
    found = chosen_by(conditions) if conditions else []
    for word in words:
        if word not in conditions:
            folder, note = find_training(word)
            refuse_taken_over(word, folder)
            print_notes([note] if note else [])
            found.append(folder)
    return [*dict.fromkeys(found)]


def refuse_taken_over(word: str, folder: Path) -> None:
    """Stop at a member that lies elsewhere: it is a run of its own, and may be of other sweeps."""
    sweep, _, _ = word.rstrip(os.sep).rpartition(os.sep)
    if not sweep or os.path.lexists(word):
        return
    above = find_training(sweep).folder
    if (above / ABOUT).is_file() and folder.resolve().parent != above.resolve():
        wrong = f"is a member of a sweep, which took it over from {folder}"
        raise Mistake(Problem(word, None, wrong, "to remove that run, give its own folder"))


def chosen_by(words: list[str]) -> list[Path]:
    """Find the runs and sweeps for which conditions hold; of sweeps, for all their members."""
    root, conditions = read_words(words)
    chosen = choose(conditions, root)
    if chosen.partly:
        told = count(chosen.partly, "sweep")
        print_notes([f"{told} left, as only some of the members are so"])
    if not chosen.folders:
        wrong = f"no run below {root} is so, and no whole sweep"
        raise Mistake(Problem(conditions, None, wrong, "nothing is removed"))
    return chosen.folders


def agreed(folders: list[Path]) -> bool:
    """Ask whether all of this is to go."""
    going = [Going.read(folder) for folder in folders]
    whole = together(going)
    if not sys.stdin.isatty():
        wrong = f"would remove {whole}, and nobody can be asked here"
        raise Mistake(Problem("nnrun rm", None, wrong, "add --yes"))
    print(*going[:MOST], sep="\n")
    if len(going) > MOST:
        print(f"and {len(going) - MOST:,} more")
    try:
        answer = input(f"remove {whole} for good? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")


class Going(NamedTuple):
    """What is about to be removed."""

    folder: Path
    known: Known

    @classmethod
    def read(cls, folder: Path) -> "Going":
        return cls(folder, read_known(folder)[0])

    @property
    def is_sweep(self) -> bool:
        return os.path.lexists(self.folder / ABOUT)

    def __str__(self) -> str:
        name = f" ({self.known.name})" if self.known.name else ""
        told = f", a sweep of {count(self.known.members, 'member')}" if self.known.members else ""
        return visible(f"{self.folder}{name}{told}")


def together(going: list[Going]) -> str:
    """Say how much goes: 2 runs and 1 sweep with 8 members."""
    sweeps = [one for one in going if one.is_sweep]
    members = sum(one.known.members for one in sweeps)
    runs = len(going) - len(sweeps)
    told = [count(runs, "run")] if runs else []
    if sweeps:
        told.append(f"{count(len(sweeps), 'sweep')} with {count(members, 'member')}")
    return " and ".join(told)


Removed = tuple[Path, list[str]]  # a folder, and what stays in it


def remove_all(folders: list[Path], show: Callable[[list[Removed]], None]) -> None:
    """Remove them, and tell what was removed, also where one cannot be."""
    removed: list[Removed] = []
    try:
        for folder in folders:
            removed.append((folder, remove(folder)))
    finally:
        show(removed)


def show(removed: list[Removed]) -> None:
    """Tell what is gone, and what stays."""
    for folder, kept in removed:
        print(f"removed   {folder}")
        if kept:
            print_notes([f"{folder} stays with what nnrun did not write: {listing(kept, 6)}"])


def show_json(removed: list[Removed]) -> None:
    print_json({"removed": [{"folder": str(folder), "kept": kept} for folder, kept in removed]})


DESCRIPTION = (
    "Remove runs and sweeps for good, once you have said yes. A condition chooses a sweep where it"
    " holds for all members. What nnrun did not write stays, and no link is followed."
)
VERB = Verb(
    "nnrun rm RUN|SWEEP|CONDITION ...", "remove them, if you say yes", run, lambda: [*WORDS]
)
