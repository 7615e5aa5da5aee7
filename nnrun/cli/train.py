"""nnrun without a verb: train, one run or a sweep."""

from typing import TYPE_CHECKING

from nnrun.cli.one_by_one import one_by_one
from nnrun.cli.verbs import VERBS

if TYPE_CHECKING:
    from nnrun.config.experiment import Experiment

USAGES = {
    "nnrun [GROUP=OPTION ...] [KEY=VALUE ...]": "train",
    "nnrun -m KEY=VALUE,VALUE ...": "train once for each value",
}


def train(argv: list[str]) -> None:
    """Train what is typed; an experiment may be a sweep without -m, which only composing tells."""
    from nnrun.config.request import checked_request
    from nnrun.sweep.pool import WorkerPool
    from nnrun.sweep.resources import early_workers

    many = {"-m", "--multirun"} & set(argv)
    pool = WorkerPool(early_workers(argv) if many else 0)  # they load torch while we compose
    try:
        request = checked_request(argv, VERBS)
        if request.sweep:
            from nnrun.sweep import leading

            leading.begin(request.jobs, request.sweep, argv, pool)
            return
    finally:
        pool.stop()
    one_by_one(request.jobs, train_one)


def train_one(experiment: "Experiment") -> None:
    """Train one run."""
    from nnrun.report.screen import Screen
    from nnrun.train import run  # torch comes with it

    run.train(experiment, Screen())
