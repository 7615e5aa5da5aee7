"""What a sweep would take: its plan, and the time, by timing a few steps of each cohort."""

from dataclasses import replace

import torch

from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.engine.cohort import Rows
from nnrun.engine.fit import fit
from nnrun.engine.state import begin
from nnrun.report.screen import Screen
from nnrun.runs.job import Job
from nnrun.runs.names import member_names
from nnrun.sweep.board import plan_lines, size
from nnrun.sweep.leading import built, sweep_settings
from nnrun.sweep.plan import Shard, apart, cohorts, shards
from nnrun.sweep.resources import memory, worker_count
from nnrun.train.cohort import cohort

TIMED = 12  # steps of an epoch that is timed
START = 2.5  # seconds until the workers have loaded torch
ENDING = 0.025  # seconds in which a member's folder is written


def check(jobs: list[Job], values: dict) -> None:
    """Say what a sweep would be, and do nothing."""
    screen, settings = Screen(), sweep_settings(values)
    experiments = built(jobs)
    workers = min(worker_count(settings, jobs), len(jobs))
    grouped = cohorts(experiments)
    plan = shards(experiments, grouped, workers, memory(workers))
    plan_lines(screen, plan, min(workers, len(plan)), apart(experiments, grouped))
    for name in member_names(jobs)[:: max(1, len(jobs) // 8)]:
        screen.pair("member" if name == member_names(jobs)[0] else "", name)
    clocks = {experiment.clock.steps for experiment in experiments}
    screen.pair("steps", " or ".join(f"{steps:,}" for steps in sorted(clocks)) + " for each member")
    screen.pair("memory", f"{size(max(shard.memory for shard in plan))} at a worker's peak")
    screen.pair(
        "time",
        f"about {spoken(duration(experiments, plan, workers))} (from {TIMED} steps of each cohort)",
    )


def duration(experiments: list[Experiment], plan: list[Shard], workers: int) -> float:
    """Seconds of the whole sweep: shards go to whoever is free."""
    torch.set_num_threads(1)
    machine.keep_memory()
    paces: dict[tuple[int, int], float] = {}
    busy = [START] * workers
    for shard in plan:
        own = [experiments[i] for i in shard.members]
        key = (shard.cohort, len(own))
        if key not in paces:
            paces[key] = pace(own)
        first = busy.index(min(busy))
        busy[first] += paces[key] * own[0].clock.epochs + ENDING * len(own)
    return max(busy)


def pace(experiments: list[Experiment]) -> float:
    """Seconds of an epoch of these members together."""
    whole = cohort(experiments, machine.device(experiments[0].settings.training.device))
    few = replace(
        whole,
        train=some(whole.train, TIMED * whole.batch_size),
        val=some(whole.val, 1000),
        epochs=3,
        compile=False,
    )
    *_, last = fit(few, begin(few))
    watching = (last.seconds - last.training) * whole.val.count / few.val.count
    return last.training / few.steps * whole.steps + watching


def some(rows: Rows, most: int) -> Rows:
    """The first rows of each set."""
    count = min(rows.count, most)
    x, y = (
        flat.view(-1, rows.count, *flat.shape[1:])[:, :count].flatten(0, 1)
        for flat in (rows.x, rows.y)
    )
    return Rows(x.contiguous(), y.contiguous(), count, rows.set_of)


def spoken(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
