"""A process that trains shards of a sweep: orders come in and events go out as lines of JSON."""

import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any, NamedTuple

import torch

from nnrun.config.experiment import DataCache, Experiment, build
from nnrun.engine import device as machine
from nnrun.errors import Mistake, Problem, TrainingFailed, first_line, listing
from nnrun.parts.model.saved import read_saved
from nnrun.report.numbers import count, number
from nnrun.runs.epochs import EpochRecord, write_epochs
from nnrun.runs.folder import RunFolder, differing_results
from nnrun.runs.job import without_folder
from nnrun.runs.ledger import Ledger
from nnrun.runs.opening import open_ledger
from nnrun.runs.record import begin_record, command, end_record, now
from nnrun.runs.shortages import cause_of, lack
from nnrun.runs.under_way import Progress, ScoreTold, progress
from nnrun.sweeps.processes import await_forks, fork_for_each
from nnrun.training.checkpoint import Checkpoint, MemberCheckpoints, newest_of_use
from nnrun.training.facts import facts_of
from nnrun.training.introduction import device_for
from nnrun.training.outcome import add_baselines, add_pictures, epoch_columns, write_outcome
from nnrun.training.training import Training, pace_told
from nnrun.training.true_values import TrueValuesCache

GRACE = 2.5  # seconds in which who is told to end may come to the end of an epoch
EARLIER = 100  # epochs, of those before a training went on, that its curves are drawn by
CHANNEL = sys.stdout  # of events; whatever else is printed goes to the errors


hung_up = threading.Event()  # whoever gives the orders is gone
training_now = threading.Event()


@contextmanager
def in_training() -> Iterator[None]:
    """Let whoever hears that it is to end know that there is something to write down."""
    training_now.set()
    try:
        yield
    finally:
        training_now.clear()


class Member(NamedTuple):
    """A member that is to be trained, and what it goes on from."""

    place: int  # in the sweep
    experiment: Experiment
    checkpoint: Checkpoint | None

    @property
    def epoch(self) -> int:
        """The last one that is over."""
        return self.checkpoint.number if self.checkpoint else 0


class MemberTrainer:
    """Trains members of one sweep, verifies them, and completes their folders, order by order."""

    def __init__(self, path: Path, threads: int):
        self.ledger: Ledger = open_ledger(path)
        self.threads = threads
        self.cache = DataCache()
        self.truth_cache = TrueValuesCache()

    def handle(self, order: dict) -> None:
        """Do what an order says, and tell that it is done."""
        if "train" in order:
            with in_training():
                self.train_shard(order["train"])
        elif "verify" in order:
            tell(verified=order["verify"], result=self.verify(order["verify"]))
        elif "baselines" in order:
            self.add_baselines(order["baselines"])
        elif "draw" in order:
            self.draw(order["draw"], order["first"], order["step"])
        os.sync()
        self.ledger.drop_checkpoints(order.get("train", ()))
        tell(finished=True, peak=peak())

    def experiment(self, member: int) -> Experiment:
        job = self.ledger.jobs[member]
        return build(job.config, job.overrides, job.choices, self.cache, job.flags)

    def train_shard(self, members: list[int]) -> None:
        """Train members together; where they stand at different epochs, one group after another."""
        groups: dict[int, list[Member]] = {}
        for member in map(self.member, members):
            groups.setdefault(member.epoch, []).append(member)
        for group in groups.values():
            self.train_group(group)

    def member(self, place: int) -> Member:
        """Read what a member is, and what it goes on from."""
        experiment = self.experiment(place)
        checkpoint, wrong = newest_of_use(self.ledger.checkpoint(place), experiment)
        instead = "the one before it is taken" if checkpoint else "it begins anew"
        for file, why in wrong.items():
            name = self.ledger.names[place]
            tell(note=f"{name}: its checkpoint {file.name} {why}; {instead}")
        return Member(place, experiment, checkpoint)

    def train_group(self, group: list[Member]) -> None:
        """Train members from the same epoch; write the folder of each as soon as it has left."""
        began, experiments = now(), [member.experiment for member in group]
        networks = sum(experiment.networks for experiment in experiments)
        training = Training(experiments, self.device_for(experiments[0], networks))
        go_on(training, [member.checkpoint for member in group if member.checkpoint])
        places = [self.ledger.checkpoint(member.place) for member in group]
        checkpoints = MemberCheckpoints(training, places)
        written: set[int] = set()
        with self.progress(training, group) as progress:
            for epoch in training.epochs():
                for place in sorted({*training.through, *training.failures} - written):
                    written.add(place)
                    self.write(training, place, group[place].place, began)
                members = len(training.under_way)
                tell(epoch=epoch.number, epochs=training.most_epochs, members=members)
                if progress.due:
                    progress.add([newest(training, group)])
                if checkpoints.due.now or hung_up.is_set():
                    checkpoints.write()
                if hung_up.is_set():
                    os._exit(0)

    @contextmanager
    def progress(self, training: Training, group: list[Member]) -> Iterator[Progress]:
        """Tell how far members are as long as they train, from where they go on."""
        members = [member.place for member in group]
        ranked = [ScoreTold(one.score.name, one.score.better) for one in training.experiments]
        with progress(self.ledger.path, members, training.most_epochs, ranked) as told:
            told.add(earlier(training, group))
            yield told

    def device_for(
        self, experiment: Experiment, networks: int, alone: bool = False
    ) -> torch.device:
        """Choose the device, and as many threads as alone or as are this worker's share."""
        settings = experiment.settings.training
        threads = machine.threads(settings.threads, experiment.work, networks)
        if settings.threads == "auto" and not alone:
            threads = min(threads, self.threads)
        torch.set_num_threads(threads)
        return device_for(experiment)

    def write(self, training: Training, place: int, member: int, began: str) -> None:
        """Write the run folder of a member that has been trained, or has failed."""
        experiment, folder = without_extras(training.experiments[place]), self.ledger.fresh(member)
        threads, together = torch.get_num_threads(), len(training.experiments)
        facts = {"started": began, **facts_of(experiment, training.device, threads, together)}
        facts["command"] = command(experiment.flags, without_folder(experiment.overrides))
        record = begin_record(folder, experiment.config, experiment.overrides, **facts)
        put_epochs(folder, training, place)
        folder.log(f"a member of the sweep {self.ledger.path.name}, {company(training)}")
        for line in pace_told(training):
            folder.log(line)
        if place in training.failures:
            problem = training.failures[place]
            folder.log(f"failed: {problem}")
            end_record(folder, record, "failed", str(problem), problem.cause)
            tell(failed=member, problem=asdict(problem))
            return
        reached = training.reached(place)
        verdict = write_outcome(experiment, reached, folder, self.truth_cache)["verdict"]
        folder.log(f"verdict   {verdict}")
        end_record(folder, record, "done", verdict)
        tell(done=member)

    def add_baselines(self, member: int) -> None:
        """Give a member the baselines that every run has."""
        experiment, folder = self.experiment(member), RunFolder(self.ledger.folder(member))
        add_baselines(experiment, folder, self.truth_cache.truths(experiment))

    def draw(self, member: int, first: int, step: int) -> None:
        """Give a member some of the pictures that a run alone has: from the first, in steps."""
        folder = RunFolder(self.ledger.folder(member))
        add_pictures(self.experiment(member), folder, slice(first, None, step))

    def verify(self, member: int) -> str:
        """Train a member once more, alone, and compare what it leaves."""
        experiment = without_extras(self.experiment(member))
        training = Training(
            [experiment], self.device_for(experiment, experiment.networks, alone=True)
        )
        for _ in training.epochs():
            pass
        with TemporaryDirectory() as passing:
            folder = RunFolder(Path(passing))
            put_epochs(folder, training, 0)
            if training.failures:
                return f"failed: {training.failures[0]}"
            write_outcome(experiment, training.reached(0), folder, self.truth_cache)
            return difference(folder.path, self.ledger.folder(member))


def go_on(training: Training, checkpoints: list[Checkpoint]) -> None:
    """Let members stand where they stood, and tell it; where there is nothing, they begin."""
    if checkpoints:
        standing, records = zip(*((one.leaves, one.epochs) for one in checkpoints), strict=True)
        training.go_on_from(standing, records)
        members = count(len(checkpoints), "member")
        tell(note=f"{members} went on after epoch {checkpoints[0].number}")


def put_epochs(folder: RunFolder, training: Training, place: int) -> None:
    """Write the files that a run alone writes epoch by epoch."""
    columns = epoch_columns(training.experiments[place])
    write_epochs(folder, training.history[place], *columns)


def newest(training: Training, group: list[Member]) -> dict[int, EpochRecord]:
    """Give what members showed in the last epoch who still train."""
    return {group[place].place: training.history[place][-1] for place in training.under_way}


def earlier(training: Training, group: list[Member]) -> list[dict[int, EpochRecord]]:
    """Give some of the epochs that were over before, the last of them too."""
    epoch = group[0].epoch
    numbers = range(epoch, 0, -max(1, epoch // EARLIER))[::-1]
    places = training.under_way
    return [
        {group[place].place: training.history[place][number - 1] for place in places}
        for number in numbers
    ]


def company(training: Training) -> str:
    """Tell how many members trained together."""
    others = len(training.experiments) - 1
    return f"trained together with {others} others" if others else "trained alone"


def without_extras(experiment: Experiment) -> Experiment:
    """Leave out pictures that nobody typed: a thousand members have to stay cheap."""
    typed = [word.lstrip("+").lower() for word in experiment.overrides]
    output = replace(
        experiment.settings.output,
        pictures="output.pictures=true" in typed,
    )
    return replace(experiment, settings=replace(experiment.settings, output=output))


def difference(alone: Path, together: Path) -> str:
    """Tell how two run folders differ: `identical`, in which files, and by how much in weights."""
    differing = differing_results(alone, together)
    if not differing:
        return "identical"
    ours, theirs = (read_saved(folder).tensors() for folder in (alone, together))
    most = max(float((ours[name] - theirs[name]).abs().max()) for name in ours)
    weights = f"weights differ by {number(most)} at most" if most else "weights are identical"
    others = "" if most else f", but not {listing(differing)}"
    return f"{weights}{others}, with {count(torch.get_num_threads(), 'thread')} alone"


# Orders and events


def tell(**event: Any) -> None:
    CHANNEL.write(json.dumps(event) + "\n")
    CHANNEL.flush()


def peak() -> int:
    """Measure the most memory this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def read_orders(orders: SimpleQueue) -> None:
    """Put each order in the queue; when whoever gives them is gone, this process ends too.

    Who trains may first end an epoch and write down where members stand.
    """
    for line in sys.stdin:
        orders.put(json.loads(line))
    hung_up.set()
    if training_now.is_set():
        sleep(GRACE)
    await_forks()
    os._exit(0)


def serve() -> None:
    """Handle orders as long as they come. One that fails is told, and the next one is handled."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever gives the orders
    machine.keep_memory()
    orders: SimpleQueue = SimpleQueue()
    threading.Thread(target=read_orders, args=(orders,), daemon=True).start()
    tell(ready=os.getpid())
    trainer = None
    while True:
        order = orders.get()
        try:
            if "sweep" in order:
                os.chdir(order["cwd"])  # where relative paths begin
                trainer = MemberTrainer(Path(order["sweep"]), order["threads"])
            else:
                assert trainer is not None
                trainer.handle(order)
        except Exception as error:
            tell(error=asdict(problem_with(error)))


def problem_with(error: Exception) -> Problem:
    """Tell what went wrong, in one line."""
    line = lack(error) or f"{type(error).__name__}: {first_line(error)}"
    if isinstance(error, Mistake):
        line = "; ".join(map(str, error.problems))
    elif isinstance(error, TrainingFailed):
        line = str(error)
    return Problem("", None, line, cause=cause_of(error))


def main(far_ends: Sequence[int] = ()) -> None:
    """Be a worker, and make others of oneself for the far ends of their streams.

    Events go where the output went, and what is printed to the errors.
    """
    global CHANNEL
    fork_for_each(far_ends)
    CHANNEL = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with suppress(BrokenPipeError):
        serve()
