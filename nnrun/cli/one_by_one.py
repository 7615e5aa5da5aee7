"""Runs that are taken one after the other."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from nnrun.errors import SomeFailed, TrainingFailed
from nnrun.report.screen import waiting_aside

if TYPE_CHECKING:
    from nnrun.config.experiment import Experiment
    from nnrun.runs.job import Job


def one_by_one(jobs: list["Job"], do: Callable[["Experiment"], None]) -> None:
    """Do the same with each run, with the others too where one fails."""
    from nnrun.config.experiment import build

    failures: list[TrainingFailed] = []
    for job in jobs:
        with waiting_aside(f"reading {job.choices['dataset']}"):
            experiment = build(job.config, job.overrides, job.choices, flags=job.flags)
        try:
            do(experiment)
        except TrainingFailed as failure:
            failures.append(failure)
    if failures and len(jobs) == 1:
        raise failures[0]
    if failures:
        raise SomeFailed(f"{len(failures)} of {len(jobs)} runs failed", *map(str, failures))
