"""Lead a sweep: from runs that were asked for to their folders, a table, and the best."""

import errno
import os
import shlex
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from random import Random

from nnrun.config.experiment import DataCache, Experiment, build
from nnrun.engine.cores import cores
from nnrun.errors import Mistake, SomeFailed, TrainingFailed
from nnrun.parts.kinds import read
from nnrun.report.screen import Screen
from nnrun.runs import ledger as ledgers
from nnrun.runs.folder import RunFolder, make
from nnrun.runs.job import Job
from nnrun.runs.ledger import Ledger
from nnrun.runs.record import ended
from nnrun.sweep import compare, courses
from nnrun.sweep import race as races
from nnrun.sweep.board import Board, conclude, plan_lines, size
from nnrun.sweep.dispatch import Dispatch, open_sweep
from nnrun.sweep.plan import SweepSettings, apart, cohorts, names, shards
from nnrun.sweep.pool import WorkerPool, WorkerProcess

ROOM = 500 * 2**20  # bytes below which a worker is not worth having
GPU = Path("/dev/nvidiactl")  # is there where there is a driver; asking torch would take a second


def sweep_settings(values: dict) -> SweepSettings:
    """How the sweep is to be made, checked."""
    settings, problems = read(SweepSettings, values, "sweep")
    if problems:
        raise Mistake(
            *(line.replace("sweep.workers", "hydra.launcher.workers") for line in problems)
        )
    return settings


def early(argv: list[str]) -> int:
    """How many workers can be called before anything is composed: what was typed, or one for each core."""
    wishes = [word.partition("=")[2] for word in argv if word.startswith("hydra.launcher.workers=")]
    silent = ("-c", "--cfg", "-i", "--info", "--hydra-help", "hydra/launcher=basic")
    quiet = any(word.startswith(silent) for word in argv)
    wish = wishes[0] if wishes else "auto"
    return (
        0
        if quiet
        else min(int(wish), cores())
        if wish.isdecimal()
        else 1
        if GPU.exists()
        else cores()
    )


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
    problems: dict[str, None] = {}
    for job in jobs:
        try:
            found.append(build(job.config, job.overrides, job.choices, cache))
        except Mistake as mistake:
            problems |= dict.fromkeys(mistake.problems)
    if problems:
        raise Mistake(*problems)
    return found


def worker_count(settings: SweepSettings, jobs: list[Job]) -> int:
    """How many workers: one for each core, or one for all on a GPU, which they would have to share."""
    if settings.workers != "auto":
        return settings.workers
    wishes = {str(job.config["training"]["device"]) for job in jobs}
    gpu = any(wish.startswith("cuda") for wish in wishes) or ("auto" in wishes and GPU.exists())
    return 1 if gpu else cores()


def memory(workers: int) -> int:
    """What a worker may take: its share of two thirds of what is available."""
    return available() * 2 // 3 // workers


def available() -> int:
    """Bytes that this machine, or the container on it, has to spare; 4 GB where it does not say."""
    found = []
    with suppress(OSError, ValueError, IndexError):
        line = next(
            line
            for line in Path("/proc/meminfo").read_text().splitlines()
            if line.startswith("MemAvailable")
        )
        found.append(int(line.split()[1]) * 1024)
    with suppress(OSError, ValueError):
        limit, used = (
            int(Path(f"/sys/fs/cgroup/memory.{name}").read_text()) for name in ("max", "current")
        )
        found.append(limit - used)
    return min(found, default=4 * 2**30)


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
    return ledgers.begin(folder, names(jobs), jobs, about)


# The course of a sweep


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


def shown(path: Path) -> Path:
    """A path as it is typed from here."""
    return (
        path.relative_to(Path.cwd())
        if path.is_absolute() and path.is_relative_to(Path.cwd())
        else path
    )


# The end


def finish(
    ledger: Ledger,
    experiments: list[Experiment],
    pool: WorkerPool,
    settings: SweepSettings,
    screen: Screen,
    reason: str,
) -> None:
    """sweep.csv, the best, pictures, what verification found, and the table."""
    found = compare.rows(ledger)
    folder, leader = RunFolder(ledger.path), compare.best(found)
    done = [row.member for row in found if row.status == "done"]
    checks = Random(ledger.about["started"]).sample(done, min(settings.verify, len(done)))
    tasks = deque([*additions(ledger, leader), *({"verify": member} for member in checks)])
    busy = [start(pool, ledger, tasks) for _ in range(min(len(tasks), max(1, len(pool.workers))))]
    folder.put("sweep.csv", compare.as_csv(found))
    if leader:
        link(ledger.path / "best", leader.name)
    race = races.held(found, ledger, experiments)
    if race:
        folder.put("steps.csv", races.as_csv(race))
    for name, picture in pictures(found, ledger, race).items():
        with guarded(screen, name):
            folder.put(name, picture())
    verified = serve(pool, busy, tasks, screen)
    if leader:
        update_record(RunFolder(ledger.folder(leader.member)))
    if race:
        screen.table("", *races.table(race))
    else:
        conclude(screen, found, leader)
    for member in checks:
        screen.pair(
            "verified",
            f"{ledger.names[member]}, alone: {verified.get(member, 'its worker died, so not known')}",
        )
    if "peak" in ledger.about and "planned" in ledger.about:
        screen.pair(
            "memory",
            f"{size(ledger.about['peak'])} at a worker's peak, planned {size(ledger.about['planned'])}",
        )
    ledger.put_about(status="done" if len(done) == len(found) else "failed")
    if len(done) < len(found):
        raise SomeFailed(*([reason] if reason else []), shortfall(found, ledger))


def shortfall(found: list[compare.Row], ledger: Ledger) -> str:
    """How many members are not done, and what to do."""
    lost, missing = (sum(row.status == status for row in found) for status in ("failed", "missing"))
    rest = f", {missing} were not begun" if missing else ""
    return f"{lost} of {len(found)} members failed{rest}; try these again with: nnrun resume {shown(ledger.path)}"


@contextmanager
def guarded(screen: Screen, name: str) -> Iterator[None]:
    """What is beside the point must not bring down a sweep that is through."""
    try:
        yield
    except (ImportError, OSError, ValueError) as error:
        screen.say(f"{name} could not be drawn: {error}", "yellow")


def additions(ledger: Ledger, leader: compare.Row | None) -> list[dict]:
    """The best member gets what every run gets alone."""
    if leader is None:
        return []
    output = ledger.jobs[leader.member].config["output"]
    has = {
        "baselines": leader.summary["baselines"],
        "pictures": (ledger.folder(leader.member) / "curves.png").exists(),
    }
    return [{"add": name, "to": leader.member} for name in has if output[name] and not has[name]]


def update_record(folder: RunFolder) -> None:
    """Tell in a member's record what has been added to it."""
    record = folder.get_json("run.json")
    if record["files"] != folder.manifest():
        ended(folder, record, "done", folder.get_json("summary.json")["verdict"])


def start(pool: WorkerPool, ledger: Ledger, tasks: deque) -> WorkerProcess:
    """Put a worker that has nothing to do on the first task."""
    idle = [worker for worker in pool.workers if not worker.order]
    worker = idle[0] if idle else pool.start_one()
    open_sweep(ledger, pool, worker)
    pool.assign(worker, **tasks.popleft())
    return worker


def serve(
    pool: WorkerPool, busy: list[WorkerProcess], tasks: deque, screen: Screen
) -> dict[int, str]:
    """Let workers do their tasks, and others after them; what they verified."""
    found: dict[int, str] = {}
    while any(worker.order for worker in busy):
        worker, event = pool.next_event()
        if "verified" in event:
            found[event["verified"]] = event["word"]
        if "broken" in event:
            screen.say(f"{worker.order} was not done: {event['broken']}", "yellow")
        if "idle" in event or "broken" in event or "gone" in event:
            worker.order = None
            if tasks and "gone" not in event:
                pool.assign(worker, **tasks.popleft())
    return found


def link(path: Path, target: str) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
        path.symlink_to(target, target_is_directory=True)


def pictures(
    found: list[compare.Row], ledger: Ledger, race: races.Race | None
) -> dict[str, Callable[[], bytes]]:
    """What draws each picture of which there is something to see."""
    if not ledger.jobs[0].config["output"]["pictures"]:
        return {}
    drawn: dict[str, Callable[[], bytes]] = {}
    scored, keys = (
        any(row.score is not None for row in found),
        set(found[0].values) - set(compare.SEEDS),
    )
    if scored and keys and not race:  # at the goal all scores are one
        drawn["sweep.png"] = lambda: scores(found)
    if sum(row.status == "done" for row in found) > 1:
        drawn["curves.png"] = lambda: courses.picture(race.fastest if race else found, ledger)
    if race:
        drawn["paths.png"] = lambda: races.paths(race, ledger)
    return drawn


def scores(found: list[compare.Row]) -> bytes:
    """The score against each varied setting."""
    from nnrun.report.pictures import sweep

    scored = [row for row in found if row.score is not None]
    keys = [key for key in found[0].values if key not in compare.SEEDS]
    values = {key: [row.values[key] for row in scored] for key in keys}
    return sweep(values, [row.score for row in scored], compare.score_name(found))  # type: ignore[misc]
