"""What a sweep would take: its plan, and the time, by timing a few steps of each cohort."""

import torch

from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.report.board import show_plan
from nnrun.report.numbers import megabytes
from nnrun.report.screen import Screen
from nnrun.runs.job import Job
from nnrun.runs.names import member_names
from nnrun.sweeps.leading import built
from nnrun.sweeps.plan import Plan, plan
from nnrun.sweeps.resources import memory_share, worker_count
from nnrun.sweeps.settings import sweep_settings
from nnrun.training.pace import TIMED, pace

START = 2.5  # seconds until the workers have loaded torch
ENDING = 0.025  # seconds in which a member's folder is written
NAMES = 8  # of members that are told


def check(jobs: list[Job], values: dict) -> None:
    """Say what a sweep would be, and do nothing."""
    screen, settings = Screen(), sweep_settings(values)
    experiments = built(jobs)
    workers = worker_count(settings, jobs, len(jobs))
    made = plan(experiments, list(range(len(jobs))), workers, memory_share(workers))
    show_plan(screen, made.sizes, made.workers, made.differences)
    names = member_names(jobs)
    some = names[:: max(1, len(names) // NAMES)]
    more = [f"and {len(names) - len(some)} more"] if len(some) < len(names) else []
    for i, name in enumerate([*some, *more]):
        screen.pair("" if i else "member", name)
    steps = sorted({experiment.clock.steps for experiment in experiments})
    screen.pair("steps", " or ".join(f"{count:,}" for count in steps) + " for each member")
    screen.pair("memory", f"{megabytes(made.peak)} at a worker's peak")
    time = spoken(duration(experiments, made))
    screen.pair("time", f"about {time} (from {TIMED} steps of each cohort)")


def duration(experiments: list[Experiment], plan: Plan) -> float:
    """Foretell the seconds of the whole sweep: shards go to whichever worker is free."""
    torch.set_num_threads(1)
    machine.keep_memory()
    paces: dict[tuple[int, int], float] = {}
    busy = [START] * plan.workers
    for shard in plan.shards:
        members = [experiments[i] for i in shard.members]
        key = (shard.cohort, len(members))
        if key not in paces:
            paces[key] = pace(members)
        first = busy.index(min(busy))
        busy[first] += paces[key] * members[0].clock.epochs + ENDING * len(members)
    return max(busy)


def spoken(seconds: float) -> str:
    """Write a duration as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
