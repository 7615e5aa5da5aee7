"""Lead a sweep: from runs that were asked for to their folders, a table, and the best."""

import os
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from nnrun.config import earlier
from nnrun.config.elsewhere import STAND_THERE, refuse_elsewhere
from nnrun.config.experiment import DataCache, Experiment, build
from nnrun.errors import NUMBERS, Mistake, Problem, SomeFailed, listing, refuse
from nnrun.parts.dataset.download import offline
from nnrun.report.board import Board, show_plan
from nnrun.report.screen import Screen
from nnrun.runs.belongings import refuse_strangers
from nnrun.runs.commands import shown, typed, working_in
from nnrun.runs.comparison import changed_data
from nnrun.runs.folder import RunFolder, make_run_folder
from nnrun.runs.job import Job
from nnrun.runs.ledger import LEDGER, SETTINGS, Ledger
from nnrun.runs.lock import claimed
from nnrun.runs.names import member_names
from nnrun.runs.opening import open_ledger
from nnrun.runs.shortages import shortages_told
from nnrun.runs.under_way import told_meanwhile
from nnrun.sweeps.alike import shared_notes
from nnrun.sweeps.dispatch import Dispatch
from nnrun.sweeps.ending import finish, get_ready
from nnrun.sweeps.plan import plan
from nnrun.sweeps.pool import WorkerPool
from nnrun.sweeps.resources import memory_share, worker_count
from nnrun.sweeps.reuse import take_over_finished
from nnrun.sweeps.settings import SweepSettings, sweep_settings
from nnrun.sweeps.sweep import Sweep

DATA, DATA_FILES = "data_sha256", "data_files"  # in sweep.json


def prepare(
    jobs: list[Job],
    values: dict,
    typed: list[str],
    pool: WorkerPool,
    screen: Screen,
    check: Callable[[Experiment], None] = lambda _: None,
) -> Sweep:
    """Make the folder of all members that were asked for; `lead` trains them.

    What is asked of them by others than us is checked of the first.
    """
    settings = sweep_settings(values)
    experiments = built(jobs)
    check(experiments[0])
    folder = new_folder(jobs, experiments)
    data = {DATA: digest_of(experiments), DATA_FILES: files_of(experiments)}
    known = {**about(jobs, settings, typed), **data}
    ledger = Ledger(folder.path, member_names(jobs), jobs, known)
    screen.log = ledger.log
    return Sweep(ledger, experiments, settings, pool, screen)


def lead(sweep: Sweep) -> None:
    """Write down what was prepared, before the first member starts, and train it."""
    with claimed(sweep.ledger.path), shortages_told(f"go on with: {sweep.resuming}"):
        sweep.ledger.put_members()
        lead_claimed(sweep)


def resume(
    path: Path,
    changes: dict,
    pool: WorkerPool,
    check: Callable[[Experiment], None] = lambda _: None,
) -> None:
    """Train what a sweep still lacks: members that are missing, and those that failed."""
    path = path.resolve()
    refuse_strangers(path)
    open_ledger(path)  # what is no sweep's folder gets no lock
    with claimed(path), shortages_told(f"go on with: nnrun resume {typed(path)}"):
        ledger = open_ledger(path)
        with working_in(beginning(ledger)):
            resume_claimed(ledger, changes, pool, check)


def resume_claimed(
    ledger: Ledger, changes: dict, pool: WorkerPool, check: Callable[[Experiment], None]
) -> None:
    """Read the members again, and train those that are lacking."""
    settings = sweep_settings({**ledger.about[SETTINGS], **changes})
    screen = Screen(ledger.log)
    RunFolder(ledger.path).drop_drafts()
    ledger = as_read_now(ledger, screen)
    tell_damaged(screen, ledger)
    for job in ledger.jobs:
        refuse_elsewhere(job.config, STAND_THERE)
    with screen.waiting("reading the members' data"), offline():
        experiments = built(ledger.jobs)
    refuse_other_data(ledger, experiments)
    check(experiments[0])
    ledger.put_going_on()
    lead_claimed(Sweep(ledger, experiments, settings, pool, screen))


def tell_damaged(screen: Screen, ledger: Ledger) -> None:
    """Tell which members are trained again, as a file of theirs is damaged."""
    for member, wrong in ledger.forget_damaged().items():
        screen.say(f"{ledger.names[member]}: {wrong}, so it is trained again", "yellow")
    if lines := ledger.damaged_lines():
        told = f"{LEDGER}: {lines} lines are damaged or another sweep's"
        screen.say(f"{told}; what the members' own folders tell counts", "yellow")


def beginning(ledger: Ledger) -> Path:
    """Give where relative paths begin, if the sweep lies where its settings put it from there.

    Any other folder that a file may name, such as the root of the disk, is not entered.
    """
    with suppress(OSError, LookupError, TypeError):
        began = Path(ledger.about["cwd"])
        if began_in(began.resolve(), ledger) and os.access(began, os.X_OK):
            return began
    return Path.cwd()


def began_in(folder: Path, ledger: Ledger) -> bool:
    """Tell whether a sweep that was begun in a folder would lie where this one does."""
    config, _ = earlier.as_read_now(ledger.jobs[0].config)
    output = config["output"]
    below, root = output["folder"], output["root"]
    placed = Path(root, *ledger.path.parts[-2:]) if below is None else Path(below)
    return not placed.is_absolute() and folder / placed == ledger.path


def refuse_other_data(ledger: Ledger, experiments: list[Experiment]) -> None:
    """Stop where the members that are left would learn from other rows than those that are done."""
    known = ledger.about.get(DATA)
    if known is not None and known != digest_of(experiments):
        wrong = changed_data(ledger.about, files_of(experiments))
        advice = "bring them back, or sweep anew"
        raise Mistake(Problem(str(ledger.path), None, wrong, advice))


def digest_of(experiments: list[Experiment]) -> str:
    """Compute the sha256 of all rows that any member learns from."""
    prepared = {id(one.prepared): one.prepared for one in experiments}
    digests = sorted({one.digest for one in prepared.values()})
    return sha256("".join(digests).encode()).hexdigest()


def files_of(experiments: list[Experiment]) -> dict[str, dict]:
    """Tell what the files held that any member's rows were read from."""
    return {path: told for one in experiments for path, told in one.data.files.items()}


def as_read_now(ledger: Ledger, screen: Screen) -> Ledger:
    """Write members again where an earlier version meant them otherwise; tell what is retired."""
    read = [earlier.as_read_now(job.config) for job in ledger.jobs]
    jobs = [replace(job, config=config) for job, (config, _) in zip(ledger.jobs, read, strict=True)]
    if jobs == ledger.jobs:
        return ledger
    for note in dict.fromkeys(note for _, notes in read for note in notes):
        screen.say(note)
    ledger = replace(ledger, jobs=jobs)
    ledger.put_members()
    return ledger


def built(jobs: list[Job]) -> list[Experiment]:
    """Build the members' experiments, or tell every problem of them all."""
    cache, experiments = DataCache(), []
    problems: dict[Problem, None] = {}
    for job in jobs:
        try:
            experiments.append(build(job.config, job.overrides, job.choices, cache, job.flags))
        except Mistake as mistake:
            problems |= dict.fromkeys(mistake.problems)
    refuse(list(problems))
    return experiments


def new_folder(jobs: list[Job], experiments: list[Experiment]) -> RunFolder:
    """Make the sweep's folder, under its data set where all members have the same."""
    datasets = {job.choices["dataset"] for job in jobs}
    name = datasets.pop() if len(datasets) == 1 else "several"
    output = experiments[0].settings.output
    return make_run_folder(output.root, name, output.folder)


def about(jobs: list[Job], settings: SweepSettings, typed: list[str]) -> dict:
    """Give what sweep.json says at the start."""
    return {
        "command": shlex.join(["nnrun", *untyped(jobs[0].flags, typed), *typed]),
        "cwd": os.getcwd(),
        "status": "running",
        "started": f"{datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z}",
        "members": len(jobs),
        SETTINGS: asdict(settings),
    }


def untyped(flags: Sequence[str], typed: list[str]) -> list[str]:
    """Leave out flags that are among what was typed, in whatever form."""
    names = ("--config-dir", "-cd")
    named = any(word.startswith(names) for word in typed)
    return [flag for flag in flags if not (named and flag.startswith(names))]


def lead_claimed(sweep: Sweep) -> None:
    """Train, finish, and tell the way on from wherever that ends."""
    sweep.ledger.put_about(status="running", pid=os.getpid())
    sweep.ledger.catch_up()
    if sweep.settings.reuse:
        take_over_finished(sweep)
    try:
        reason = train_missing(sweep)
        finish(sweep, reason)
    except SomeFailed:
        raise
    except (KeyboardInterrupt, SystemExit):
        sweep.ledger.put_about(status="interrupted")
        sweep.screen.say(f"interrupted; go on with: {sweep.resuming}")
        raise
    except Exception:
        with suppress(OSError):
            sweep.ledger.put_about(status="failed")
        raise


def failing_again(ledger: Ledger) -> dict[int, str]:
    """Find the members whose numbers ran away, as they would with the same settings again."""
    failures = ledger.failures().items()
    return {member: failure.reason for member, failure in failures if failure.cause == NUMBERS}


def tell_doomed(screen: Screen, ledger: Ledger, doomed: dict[int, str]) -> None:
    """Tell who would fail again, and with what they would not."""
    if not doomed:
        return
    names = listing(ledger.names[member] for member in doomed)
    again = "would fail again, as the same settings give the same numbers"
    screen.pair("left out", f"{names}: {again}; {next(iter(doomed.values()))}")
    member = typed(ledger.folder(next(iter(doomed))))
    screen.pair("", f"nnrun again {member} KEY=VALUE trains one with a difference")


def train_missing(sweep: Sweep) -> str:
    """Train the members that are not done; what to say when that was given up."""
    ledger, screen, count = sweep.ledger, sweep.screen, len(sweep.experiments)
    doomed = failing_again(ledger)
    tell_doomed(screen, ledger, doomed)
    missing = [i for i in range(count) if not ledger.done(i) and i not in doomed]
    if not missing:
        done = f"all {count} members" if not doomed else "all others"
        screen.pair("sweep", f"{done} are done already")
        return ""
    workers = worker_count(sweep.settings, ledger.jobs, len(missing))
    made = plan(sweep.experiments, missing, workers, memory_share(workers))
    show_plan(screen, made.sizes, made.workers, made.differences)
    for note in shared_notes(sweep.experiments):
        screen.pair("data", note)
    screen.pair("folder", shown(ledger.path))
    ledger.about["planned"] = made.peak
    sweep.pool.timeout = sweep.settings.timeout
    sweep.pool.resize(made.workers)
    shards, finished = [list(shard.members) for shard in made.shards], count - len(missing)
    with Board(screen, ledger, finished) as board, told_meanwhile(ledger.path):
        return Dispatch(sweep, board, shards, finished).run(partial(get_ready, sweep))
