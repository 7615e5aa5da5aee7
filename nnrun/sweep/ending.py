"""The end of a sweep: its table, the best, pictures, what verification found."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from nnrun.config.experiment import Experiment
from nnrun.errors import SomeFailed
from nnrun.report.screen import Screen
from nnrun.runs.folder import RunFolder
from nnrun.runs.ledger import Ledger
from nnrun.runs.record import ended
from nnrun.sweep import compare, courses
from nnrun.sweep import race as races
from nnrun.sweep.board import conclude, size
from nnrun.sweep.dispatch import open_sweep
from nnrun.sweep.plan import SweepSettings
from nnrun.sweep.pool import WorkerPool, WorkerProcess


def shown(path: Path) -> Path:
    """A path as it is typed from here."""
    return (
        path.relative_to(Path.cwd())
        if path.is_absolute() and path.is_relative_to(Path.cwd())
        else path
    )


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
