"""Lead a sweep: from runs that were asked for to their folders, a table, and the best."""

import errno
import os
import shlex
import signal
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from nnrun.config.experiment import DataCache, Experiment, build
from nnrun.errors import Mistake, Problem, SomeFailed, TrainingFailed
from nnrun.parts.kinds import read
from nnrun.report.screen import Screen
from nnrun.runs import ledger as ledgers
from nnrun.runs.folder import RunFolder, make
from nnrun.runs.job import Job
from nnrun.runs.ledger import Ledger
from nnrun.runs.names import member_names
from nnrun.sweep.board import Board, plan_lines
from nnrun.sweep.dispatch import Dispatch
from nnrun.sweep.ending import finish, shown
from nnrun.sweep.plan import SweepSettings, apart, cohorts, shards
from nnrun.sweep.pool import WorkerPool
from nnrun.sweep.resources import ROOM, memory, worker_count


def sweep_settings(values: dict) -> SweepSettings:
    """How the sweep is to be made, checked."""
    settings, problems = read(SweepSettings, values, "sweep")
    if problems:
        raise Mistake(
            *(line.replace("sweep.workers", "hydra.launcher.workers") for line in problems)
        )
    return settings


def begin(jobs: list[Job], values: dict, typed: list[str], pool: WorkerPool) -> None:
    """Train all members that were asked for."""
    settings = sweep_settings(values)
    experiments = built(jobs)
    folder = folder_of(jobs, experiments)
    lock = ledgers.claim(folder.path)
    lead(record(folder, jobs, settings, typed), experiments, pool, settings, lock)


def resume(path: Path, changes: dict, pool: WorkerPool) -> None:
    """Train what a sweep still lacks: members that are missing, and those that failed."""
    path = path.resolve()
    ledgers.open_ledger(path)
    lock = ledgers.claim(path)
    ledger = ledgers.open_ledger(path)
    with suppress(OSError, TypeError, KeyError):
        os.chdir(ledger.about["cwd"])  # where its relative paths begin
    settings = sweep_settings({**ledger.about["manner"], **changes})
    lead(ledger, built(ledger.jobs), pool, settings, lock)


def built(jobs: list[Job]) -> list[Experiment]:
    """The members' experiments, or every problem of them all."""
    cache, found = DataCache(), []
    problems: dict[Problem, None] = {}
    for job in jobs:
        try:
            found.append(build(job.config, job.overrides, job.choices, cache))
        except Mistake as mistake:
            problems |= dict.fromkeys(mistake.problems)
    if problems:
        raise Mistake(*problems)
    return found


def folder_of(jobs: list[Job], experiments: list[Experiment]) -> RunFolder:
    datasets = {job.choices["dataset"] for job in jobs}
    return make(
        experiments[0].settings.output.root, datasets.pop() if len(datasets) == 1 else "several"
    )


def record(folder: RunFolder, jobs: list[Job], settings: SweepSettings, typed: list[str]) -> Ledger:
    """All members written down."""
    about = {
        "command": shlex.join(["nnrun", *typed]),
        "cwd": os.getcwd(),
        "status": "running",
        "started": f"{datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z}",
        "members": len(jobs),
        "manner": asdict(settings),
    }
    return ledgers.begin(folder, member_names(jobs), jobs, about)


def lead(
    ledger: Ledger,
    experiments: list[Experiment],
    pool: WorkerPool,
    settings: SweepSettings,
    lock: int,
) -> None:
    """From the plan to the table."""
    screen = Screen(lambda line: RunFolder(ledger.path).append("log.txt", line))
    ledger.catch_up()
    try:
        reason = train(ledger, experiments, pool, settings, screen)
        finish(ledger, experiments, pool, settings, screen, reason)
    except SomeFailed:
        raise
    except (KeyboardInterrupt, SystemExit):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would lose what follows
        ledger.put_about(status="interrupted")
        screen.say(f"interrupted; go on with: nnrun resume {shown(ledger.path)}")
        raise
    except Exception as error:
        with suppress(OSError):
            ledger.put_about(status="failed")
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            way_on = f"nnrun resume {shown(ledger.path)}"
            raise TrainingFailed(
                f"the disk is full; free some space, then go on with: {way_on}"
            ) from error
        raise
    finally:
        os.close(lock)


def train(
    ledger: Ledger,
    experiments: list[Experiment],
    pool: WorkerPool,
    settings: SweepSettings,
    screen: Screen,
) -> str:
    """Train the members that are not done; what to say when that was given up."""
    waiting = [i for i in range(len(experiments)) if not ledger.done(i)]
    if not waiting:
        screen.pair("sweep", f"all {len(experiments)} members are done already")
        return ""
    workers, pool.timeout = min(worker_count(settings, ledger.jobs), len(waiting)), settings.timeout
    while workers > 1 and memory(workers) < ROOM:
        workers -= 1
    grouped = [[waiting[i] for i in own] for own in cohorts([experiments[i] for i in waiting])]
    plan = shards(experiments, grouped, workers, memory(workers))
    plan_lines(screen, plan, min(workers, len(plan)), apart(experiments, grouped))
    screen.pair("folder", str(shown(ledger.path)))
    ledger.about["planned"] = max(shard.memory for shard in plan)
    pool.resize(min(workers, len(plan)))
    with Board(screen, ledger, len(experiments) - len(waiting)) as board:
        return Dispatch(ledger, pool, board, deque(list(shard.members) for shard in plan)).run()
