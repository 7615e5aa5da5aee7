"""What a sweep would take: its plan, and the time, by timing a few steps of each cohort."""

from dataclasses import replace

import torch

from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.engine.cohort import Rows
from nnrun.engine.fit import fit
from nnrun.engine.state import begin
from nnrun.report.board import show_plan
from nnrun.report.numbers import megabytes
from nnrun.report.screen import Screen
from nnrun.runs.job import Job
from nnrun.runs.names import member_names
from nnrun.sweeps.leading import built
from nnrun.sweeps.plan import Plan, plan
from nnrun.sweeps.resources import memory_share, worker_count
from nnrun.sweeps.settings import sweep_settings
from nnrun.training.cohort import cohort
from nnrun.training.introduction import device_for

TIMED = 12  # steps of an epoch that is timed
WATCHED = 1000  # validation rows that are timed
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
    for i, name in enumerate(names[:: max(1, len(names) // NAMES)]):
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


def pace(experiments: list[Experiment]) -> float:
    """Time an epoch of these members together, in seconds."""
    whole = cohort(experiments, device_for(experiments[0]))
    train, val = some(whole.train, TIMED * whole.batch_size), whole.val
    if not any(member.measure for member in whole.members):  # which know what is true of all rows
        val = some(val, WATCHED)
    few = replace(whole, train=train, val=val, epochs=3)
    *_, last = fit(few, begin(few))
    watching = (last.seconds - last.training) * whole.val.count / max(1, val.count)
    return last.training / few.steps * whole.steps + watching


def some(rows: Rows, most: int) -> Rows:
    """Take the first rows of each set."""
    count = min(rows.count, most)
    if not count:
        return rows

    def first(flat: torch.Tensor) -> torch.Tensor:
        sets = flat.view(-1, rows.count, *flat.shape[1:])  # (sets, rows, ...)
        return sets[:, :count].flatten(0, 1).contiguous()

    weights = None if rows.weights is None else first(rows.weights)
    return Rows(first(rows.x), first(rows.y), count, rows.set_of, weights)


def spoken(seconds: float) -> str:
    """Write a duration as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
