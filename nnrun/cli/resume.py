"""nnrun resume: what a run or a sweep still lacks."""

import os
import re
import shlex
from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from nnrun.cli.arguments import Parser
from nnrun.cli.programs import (
    Condition,
    left_by_run,
    left_by_sweep,
    read_wishes,
    refuse_in_vain,
    told_to_programs,
)
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem, folder_beside
from nnrun.garbage import loading
from nnrun.integrations.following import followed
from nnrun.reading.proofs import RECORD
from nnrun.report.screen import waiting_aside
from nnrun.runs.commands import typed as as_typed
from nnrun.runs.finding import WORDS, find_training
from nnrun.runs.ledger import ABOUT
from nnrun.runs.opening import open_ledger
from nnrun.runs.record import read_config

EPOCHS = "training.epochs"


def resume(argv: list[str]) -> None:
    """Train what a run or a sweep still lacks, and tell programs what they asked for."""
    wishes, rest = read_wishes(argv)
    typed = parser().parse_intermixed_args(rest)
    epochs = read_epochs(typed.changes)
    folder, note = find_training(typed.folder)
    print_notes([note] if note else [])
    with told_to_programs(wishes) as left:
        if (folder / ABOUT).is_file():
            resume_sweep(folder, typed, left, wishes.conditions)
        else:
            resume_run(folder, typed, epochs, wishes.conditions)
            left.append(left_by_run(folder))


def parser() -> Parser:
    """Say which arguments there are."""
    description = (
        "Go on with a run where a kill or Ctrl-C left it, or train what a sweep still lacks:"
        " members that are missing or failed. --json, -q and --fail-unless COND are as for any"
        " training."
    )
    arguments = Parser("nnrun resume", description=description)
    arguments.add_argument(
        "folder", metavar="RUN|SWEEP", help="the folder of either, or last or best"
    )
    longer = f"{EPOCHS}=N goes on with a run that is done"
    arguments.add_argument("changes", metavar=f"{EPOCHS}=N", nargs="*", default=[], help=longer)
    workers = "of a sweep: a different number of workers than at first, or auto"
    arguments.add_argument("--workers", metavar="N", help=workers)
    timeout = "of a sweep: a different timeout than at first, in seconds, or null"
    arguments.add_argument("--timeout", metavar="S", help=timeout)
    return arguments


def read_epochs(changes: list[str]) -> int | None:
    """Read the one setting that may change while a run goes on."""
    for word in changes:
        key, _, value = word.partition("=")
        if key != EPOCHS:
            advice = f"resume changes nothing but {EPOCHS}; nnrun again trains with a difference"
            raise Mistake(Problem(word, None, "would make it another run", advice))
        if not re.fullmatch("[1-9][0-9]*", value):
            raise Mistake(Problem(EPOCHS, value, "expected a whole number >= 1"))
    return int(changes[-1].partition("=")[2]) if changes else None


def resume_run(
    folder: Path, typed: Namespace, epochs: int | None, conditions: Sequence[Condition]
) -> None:
    """Go on with a run."""
    refuse_no_run(folder)
    if typed.workers or typed.timeout:
        wrong = "is about sweeps, and this is the folder of a run"
        flag = "--workers" if typed.workers else "--timeout"
        raise Mistake(Problem(flag, None, wrong, "leave it out"))
    with waiting_aside(f"reading {folder}"), loading():
        from nnrun.report.screen import Screen
        from nnrun.training import resuming  # torch comes with it

    screen = Screen()
    with followed(folder, read_config(folder).get("logger", ()), screen):
        resuming.resume(folder, epochs, screen, partial(refuse_in_vain, conditions))


def refuse_no_run(folder: Path) -> None:
    if not folder.is_dir():
        advice = folder_beside(folder) or "give the folder of a run or a sweep, or write last"
        raise Mistake(Problem(str(folder), None, "no such folder", advice))
    if not os.path.lexists(folder / RECORD):
        wrong = f"is the folder of no run and no sweep, as it has no {RECORD} and no {ABOUT}"
        raise Mistake(Problem(str(folder), None, wrong, "give another, or write last"))


def resume_sweep(
    folder: Path, typed: Namespace, left: list[dict], conditions: Sequence[Condition]
) -> None:
    """Train what a sweep still lacks, from the folder in which it was begun."""
    if typed.changes:
        wrong, longer = "a sweep's members keep their epochs", shlex.join(typed.changes)
        alone = f"nnrun again {as_typed(folder / 'best')} {longer}"
        advice = f"leave it out, or train one for longer: {alone}"
        raise Mistake(Problem(typed.changes[0], None, wrong, advice))
    wishes = {"workers": typed.workers, "timeout": typed.timeout}
    changes = {name: read_value(text) for name, text in wishes.items() if text}
    with waiting_aside(f"reading {folder}"), loading():
        from nnrun.report.screen import Screen
        from nnrun.sweeps import leading
        from nnrun.sweeps.pool import WorkerPool

    logger = open_ledger(folder).jobs[0].config.get("logger", ())
    pool = WorkerPool(0)
    try:
        with followed(folder.resolve(), logger, Screen()):  # as relative paths begin elsewhere
            leading.resume(folder, changes, pool, partial(refuse_in_vain, conditions))
    except Mistake:
        raise  # nothing was begun, so nothing is left
    except BaseException:
        left.append(left_by_sweep(folder))
        raise
    finally:
        pool.stop()
    left.append(left_by_sweep(folder))


def read_value(text: str) -> int | float | str | None:
    """Read a number, or null; anything else is a text."""
    if re.fullmatch("[+-]?(0|[1-9][0-9]*)", text):
        return int(text)
    if re.fullmatch(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)", text):
        return float(text)
    return None if text == "null" else text


USAGE = f"nnrun resume RUN|SWEEP [{EPOCHS}=N]"
VERB = Verb(USAGE, "go on with a run; train what a sweep still lacks", resume, lambda: [*WORDS])
