"""nnrun without a verb: train, one run or a sweep."""

from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from nnrun.cli.composing import composed, seems_many
from nnrun.cli.one_by_one import one_by_one
from nnrun.cli.programs import (
    Condition,
    left_by_run,
    left_by_sweep,
    read_wishes,
    refuse_in_vain,
    told_to_programs,
)
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.words import reading
from nnrun.garbage import loading
from nnrun.integrations.following import followed
from nnrun.report.screen import Screen, waiting_aside

if TYPE_CHECKING:
    from nnrun.config.compose import Request
    from nnrun.config.experiment import Experiment
    from nnrun.sweeps.pool import WorkerPool

USAGES = {
    "nnrun [GROUP=OPTION ...] [KEY=VALUE ...]": "train",
    "nnrun -m KEY=VALUE,VALUE ...": "train once for each value",
    "nnrun --json | -q | --fail-unless COND ...": "for programs: JSON, silence, 'test.r2>0.98'",
}


def train(argv: list[str]) -> None:
    """Train what is typed, and tell programs what they asked for."""
    train_and_tell(*read_wishes(argv))


def train_and_tell(wishes: Namespace, settings: list[str]) -> None:
    """Train what the settings say, and tell programs what they wish to hear."""
    with told_to_programs(wishes) as left:
        train_all(settings, left, wishes.conditions)


def train_all(argv: list[str], left: list[dict], conditions: Sequence[Condition]) -> None:
    """Train what is typed; an experiment may be a sweep without -m, which only composing tells."""
    from nnrun.sweeps.pool import WorkerPool
    from nnrun.sweeps.resources import early_workers

    workers = early_workers(argv) if seems_many(argv) else 0
    pool = WorkerPool(workers)  # they load torch while we compose
    try:
        request = composed(argv)
        print_notes(request.notes)
        if request.jobs:
            tell_reading(argv)
        if request.sweep:
            train_together(request, argv, pool, left, conditions)
            return
    finally:
        pool.stop()
    one_by_one(request.jobs, lambda experiment: train_one(experiment, left, conditions))


def tell_reading(argv: list[str]) -> None:
    """Say what is about to be read where no terminal says so by itself."""
    screen = Screen()
    if screen.plain:
        screen.pair("reading", reading(argv).removeprefix("reading "))


def train_together(
    request: "Request",
    argv: list[str],
    pool: "WorkerPool",
    left: list[dict],
    conditions: Sequence[Condition],
) -> None:
    """Train a sweep."""
    assert request.sweep is not None
    screen = Screen()
    with waiting_aside(reading(argv)), loading():
        from nnrun.sweeps import leading

        asked = request.jobs, request.sweep, argv
        check = partial(refuse_in_vain, conditions)
        sweep = leading.prepare(*asked, pool, screen, check)
    first = sweep.experiments[0].settings
    try:
        with followed(sweep.ledger.path, first.logger, screen):
            leading.lead(sweep)
    finally:
        left.append(left_by_sweep(sweep.ledger.path))


def train_one(experiment: "Experiment", left: list[dict], conditions: Sequence[Condition]) -> None:
    """Train one run."""
    with waiting_aside("loading torch"), loading():
        from nnrun.training import pace, run

        refuse_in_vain(conditions, experiment)

    screen = Screen()
    experiment = pace.as_long_as_asked(experiment, screen)
    folder = run.new_folder(experiment)
    try:
        with followed(folder.path, experiment.settings.logger, screen):
            run.train(experiment, folder, screen)
    finally:
        left.append(left_by_run(folder.path))
