"""Lead a sweep: from runs that were asked for to their folders, a table, and the best."""

import os
import shlex
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from random import Random

from nnrun.experiment import Experiment, Shelf, build
from nnrun.job import Job
from nnrun.mistake import Mistake, SomeFailed
from nnrun.results.folder import RunFolder, make
from nnrun.results.record import ended
from nnrun.results.screen import Screen
from nnrun.settings import read
from nnrun.sweep import compare
from nnrun.sweep import ledger as ledgers
from nnrun.sweep.board import Board, conclude, plan_lines, size
from nnrun.sweep.crew import Crew, Hand
from nnrun.sweep.dispatch import Dispatch, cores, greet
from nnrun.sweep.ledger import Ledger
from nnrun.sweep.plan import Manner, apart, cohorts, names, shards

GPU = Path("/dev/nvidiactl")  # is there where there is a driver; asking torch would take a second


def manner_of(settings: dict) -> Manner:
    """How the sweep is to be made, checked."""
    manner, problems = read(Manner, settings, "sweep")
    if problems:
        raise Mistake(*(line.replace("sweep.workers", "hydra.launcher.workers") for line in problems))
    return manner


def early(argv: list[str]) -> int:
    """How many workers can be called before anything is composed: what was typed, or one for each core."""
    wishes = [word.partition("=")[2] for word in argv if word.startswith("hydra.launcher.workers=")]
    quiet = any(
        word.startswith(("--cfg", "-c", "--info", "-i", "--hydra-help", "hydra/launcher=basic")) for word in argv
    )
    wish = wishes[0] if wishes else "auto"
    return 0 if quiet else min(int(wish), cores()) if wish.isdigit() else 1 if GPU.exists() else cores()


def begin(jobs: list[Job], settings: dict, typed: list[str], crew: Crew) -> None:
    """Train all members that were asked for."""
    manner = manner_of(settings)
    experiments = built(jobs)
    lead(record(jobs, experiments, manner, typed), experiments, crew, manner)


def resume(path: Path, crew: Crew) -> None:
    """Train what a sweep still lacks: members that are missing, and those that failed."""
    ledger = ledgers.open_ledger(path)
    lead(ledger, built(ledger.jobs), crew, manner_of(ledger.about["manner"]))


def built(jobs: list[Job]) -> list[Experiment]:
    """The members' experiments, or every problem of them all."""
    shelf, found = Shelf(), []
    problems: dict[str, None] = {}
    for job in jobs:
        try:
            found.append(build(job.config, job.overrides, job.choices, shelf))
        except Mistake as mistake:
            problems |= dict.fromkeys(mistake.problems)
    if problems:
        raise Mistake(*problems)
    return found


def hands(manner: Manner, jobs: list[Job]) -> int:
    """How many workers: one for each core, or one for all on a GPU, which they would have to share."""
    if manner.workers != "auto":
        return manner.workers
    wishes = {str(job.config["training"]["device"]) for job in jobs}
    gpu = any(wish.startswith("cuda") for wish in wishes) or ("auto" in wishes and GPU.exists())
    return 1 if gpu else cores()


def memory(workers: int) -> int:
    """What a worker may take: its share of two thirds of what is free."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 2 // 3 // workers


def record(jobs: list[Job], experiments: list[Experiment], manner: Manner, typed: list[str]) -> Ledger:
    """The sweep's folder, with all members written down."""
    datasets = {job.choices["dataset"] for job in jobs}
    folder = make(experiments[0].settings.output.root, datasets.pop() if len(datasets) == 1 else "several")
    about = {
        "command": shlex.join(["nnrun", *typed]),
        "status": "running",
        "started": f"{datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z}",
        "members": len(jobs),
        "manner": asdict(manner),
    }
    return ledgers.begin(folder, names(jobs), jobs, about)


# The course of a sweep


def lead(ledger: Ledger, experiments: list[Experiment], crew: Crew, manner: Manner) -> None:
    """From the plan to the table."""
    lock = ledgers.claim(ledger.path)
    workers, crew.timeout = min(hands(manner, ledger.jobs), len(ledger.jobs)), manner.timeout
    screen = Screen(lambda line: RunFolder(ledger.path).append("log.txt", line))
    ledger.catch_up()
    waiting, word = [i for i in range(len(experiments)) if not ledger.done(i)], ""
    try:
        if waiting:
            grouped = [[waiting[i] for i in own] for own in cohorts([experiments[i] for i in waiting])]
            plan = shards(experiments, grouped, workers, memory(workers))
            plan_lines(screen, plan, min(workers, len(plan)), apart(experiments, grouped))
            screen.pair("folder", str(ledger.path))
            ledger.about["planned"] = max(shard.memory for shard in plan)
            crew.number(min(workers, len(plan)))
            with Board(screen, ledger, len(experiments) - len(waiting)) as board:
                word = Dispatch(ledger, crew, board, deque(list(shard.members) for shard in plan)).run()
        else:
            screen.pair("sweep", f"all {len(experiments)} members are done already")
        finish(ledger, crew, manner, screen, word)
    except (KeyboardInterrupt, SystemExit):
        ledger.put_about(status="interrupted")
        screen.say(f"interrupted; go on with: nnrun resume {ledger.path}")
        raise
    finally:
        os.close(lock)


# The end


def finish(ledger: Ledger, crew: Crew, manner: Manner, screen: Screen, word: str) -> None:
    """sweep.csv, the best, pictures, what verification found, and the table."""
    found = compare.rows(ledger)
    folder, leader = RunFolder(ledger.path), compare.best(found)
    done = [row.member for row in found if row.status == "done"]
    checks = Random(ledger.about["started"]).sample(done, min(manner.verify, len(done)))
    added = additions(ledger, leader)
    tasks = deque([*added, *({"verify": member} for member in checks)])
    busy = [start(crew, ledger, tasks) for _ in range(min(len(tasks), max(1, len(crew.hands))))]
    folder.put("sweep.csv", compare.as_csv(found))
    if leader:
        link(ledger.path / "best", leader.name)
        draw(folder, found, ledger)
    words = [word for hand in busy for word in serve(crew, hand, tasks)]
    if leader and added:
        seal(RunFolder(ledger.folder(leader.member)))
    conclude(screen, found, leader)
    for member, word in words:
        screen.pair("verified", f"{ledger.names[member]}, alone: {word}")
    peak = ledger.about.get("peak")
    if peak:
        screen.pair("memory", f"{size(peak)} at a worker's peak, planned {size(ledger.about['planned'])}")
    failed = [row for row in found if row.status != "done"]
    ledger.put_about(status="failed" if failed else "done")
    if failed:
        lost = sum(row.status == "failed" for row in failed)
        again = f"{lost} of {len(found)} members failed; try them again with: nnrun resume {ledger.path}"
        raise SomeFailed(*([word] if word else []), again)


def additions(ledger: Ledger, leader: compare.Row | None) -> list[dict]:
    """The best member gets what every run gets alone."""
    if leader is None:
        return []
    output = ledger.jobs[leader.member].config["output"]
    has = {"baselines": leader.summary["baselines"], "pictures": (ledger.folder(leader.member) / "curves.png").exists()}
    return [{"add": name, "to": leader.member} for name in has if output[name] and not has[name]]


def seal(folder: RunFolder) -> None:
    """Tell in a member's record what has been added to it."""
    ended(folder, folder.get_json("run.json"), "done", folder.get_json("summary.json")["verdict"])


def start(crew: Crew, ledger: Ledger, tasks: deque) -> Hand:
    """Put a worker that has nothing to do on the first task."""
    idle = [hand for hand in crew.hands if not hand.order]
    hand = idle[0] if idle else crew.hire()
    greet(ledger, crew, hand)
    crew.tell(hand, **tasks.popleft())
    return hand


def serve(crew: Crew, hand: Hand, tasks: deque) -> list[tuple[int, str]]:
    """Let a worker do its task, and others after it; what it verified."""
    found = []
    while hand.order:
        own, event = crew.next_event()
        if "verified" in event:
            found.append((event["verified"], event["word"]))
        elif "idle" in event or "broken" in event or "gone" in event:
            own.order = None
            if tasks and "gone" not in event:
                crew.tell(own, **tasks.popleft())
    return found


def link(path: Path, target: str) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
        path.symlink_to(target, target_is_directory=True)


def draw(folder: RunFolder, found: list[compare.Row], ledger: Ledger) -> None:
    """sweep.png: the score against each varied setting."""
    if not ledger.jobs[0].config["output"]["pictures"]:
        return
    from nnrun.results.pictures import sweep

    scores = {row.member: row.score for row in found if row.score is not None}
    keys = [key for key in found[0].values if key not in compare.SEEDS]
    values = {key: [found[member].values[key] for member in scores] for key in keys}
    if values:
        folder.put("sweep.png", sweep(values, list(scores.values()), compare.gauge(found)))
