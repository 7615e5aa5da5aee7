"""A process that trains shards of a sweep: orders come in as lines of JSON, events go out as lines of JSON."""

import json
import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

import torch

from nnrun.config.experiment import DataCache, Experiment, build
from nnrun.engine import device as machine
from nnrun.errors import Mistake, TrainingFailed
from nnrun.runs.folder import RunFolder
from nnrun.runs.ledger import Ledger, open_ledger
from nnrun.runs.record import begun, ended
from nnrun.train.outcome import add_baselines, add_pictures, headings, leave
from nnrun.train.training import Training

CHANNEL = sys.stdout  # of events; whatever else is printed goes to the errors
ADDED = {"baselines": add_baselines, "pictures": add_pictures}
COMPARED = ("metrics.csv", "predictions.csv", "model.safetensors")


class Worker:
    """Does what it is told, one order after the other."""

    def __init__(self, path: Path, threads: int):
        self.ledger: Ledger = open_ledger(path)
        self.threads = threads
        self.cache = DataCache()

    def handle(self, order: dict) -> None:
        if "train" in order:
            self.train(order["train"])
        elif "verify" in order:
            tell(verified=order["verify"], word=self.verify(order["verify"]))
        elif "add" in order:
            ADDED[order["add"]](
                self.experiment(order["to"]), RunFolder(self.ledger.folder(order["to"]))
            )
        os.sync()
        tell(idle=True, peak=peak())

    def experiment(self, member: int) -> Experiment:
        job = self.ledger.jobs[member]
        return build(job.config, job.overrides, job.choices, self.cache)

    def train(self, members: list[int]) -> None:
        """Train members together; each is written down as soon as it is through."""
        experiments = [self.experiment(member) for member in members]
        device = self.device_for(experiments[0])
        training, told = Training(experiments, device), set[int]()
        for epoch in training.epochs():
            for place in sorted({*training.left, *training.failures} - told):
                told.add(place)
                self.finish(training, place, members[place], len(members))
            tell(epoch=epoch.number, epochs=training.cohort.epochs, members=len(training.places))

    def device_for(self, experiment: Experiment, alone: bool = False) -> torch.device:
        """The device, and the threads that it would have alone, or with company this worker's share of the cores."""
        wish = experiment.settings.training.threads
        threads = machine.threads(wish, experiment.work)
        torch.set_num_threads(threads if alone or wish != "auto" else min(threads, self.threads))
        return machine.device(experiment.settings.training.device)

    def finish(self, training: Training, place: int, member: int, together: int) -> None:
        """The run folder of a member that is through."""
        experiment, folder = plainer(training.experiments[place]), self.ledger.fresh(member)
        facts = {
            "device": str(training.device),
            "threads": torch.get_num_threads(),
            "together": together,
        }
        record = begun(folder, experiment.config, experiment.overrides, **facts)
        put_courses(folder, training, place)
        failure = training.failures.get(place)
        others = "alone" if together == 1 else f"together with {together - 1} others"
        folder.append("log.txt", f"a member of the sweep {self.ledger.path.name}, trained {others}")
        if failure:
            folder.append("log.txt", f"failed: {failure}")
            ended(folder, record, "failed", failure)
            tell(failed=member, word=failure)
            return
        summary = leave(experiment, training.reached(place), folder)
        folder.append("log.txt", f"verdict   {summary['verdict']}")
        ended(folder, record, "done", summary["verdict"])
        tell(done=member)

    def verify(self, member: int) -> str:
        """Train a member once more, alone, and compare what it leaves: `identical`, or the largest difference."""
        experiment = plainer(self.experiment(member))
        training = Training([experiment], self.device_for(experiment, alone=True))
        for _ in training.epochs():
            pass
        with TemporaryDirectory() as passing:
            folder = RunFolder(Path(passing))
            put_courses(folder, training, 0)
            if not training.failures:
                leave(experiment, training.reached(0), folder)
            files = [name for name in COMPARED if (folder.path / name).exists()]
            return difference(folder.path, self.ledger.folder(member), files)


def put_courses(folder: RunFolder, training: Training, place: int) -> None:
    """The files that a run alone writes epoch by epoch."""
    heads, seen = headings(training.experiments[place]), training.history[place]
    folder.put(
        "metrics.csv", "\n".join([heads["metrics.csv"], *(own.row() for own in seen)]) + "\n"
    )
    folder.put("timing.csv", "\n".join([heads["timing.csv"], *(own.time() for own in seen)]) + "\n")


def plainer(experiment: Experiment) -> Experiment:
    """Without pictures and baselines, unless they were asked for: a thousand members have to stay cheap."""
    typed = [word.lstrip("+").lower() for word in experiment.overrides]
    pictures, baselines = "output.pictures=true" in typed, "output.baselines=true" in typed
    output = replace(experiment.settings.output, pictures=pictures, baselines=baselines)
    return replace(experiment, settings=replace(experiment.settings, output=output))


def difference(alone: Path, together: Path, files: list[str]) -> str:
    """How two run folders differ."""
    from safetensors.torch import load_file

    if all((alone / name).read_bytes() == (together / name).read_bytes() for name in files):
        return "identical"
    ours, theirs = (load_file(folder / "model.safetensors") for folder in (alone, together))
    most = max(float((ours[name] - theirs[name]).abs().max()) for name in ours)
    return f"weights differ by {most:.2g} at most, with {torch.get_num_threads()} threads alone"


# Orders and events


def tell(**event: Any) -> None:
    CHANNEL.write(json.dumps(event) + "\n")
    CHANNEL.flush()


def peak() -> int:
    """The most memory this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


def listen(orders: SimpleQueue) -> None:
    """Put each line of the input in the queue; when the input ends, whoever gave the orders is gone, and so is this."""
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)


def serve() -> None:
    """Obey until there is nobody to obey. An order that fails is told, and the next one comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who gives the orders
    machine.keep_memory()
    orders: SimpleQueue = SimpleQueue()
    threading.Thread(target=listen, args=(orders,), daemon=True).start()
    tell(ready=True)
    worker = None
    while True:
        order = orders.get()
        try:
            if "sweep" in order:
                worker = Worker(Path(order["sweep"]), order["threads"])
            else:
                assert worker is not None
                worker.handle(order)
        except Exception as error:
            tell(broken=reason(error))


def reason(error: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(error, Mistake):
        return "; ".join(map(str, error.problems))
    if isinstance(error, TrainingFailed):
        return str(error)
    return (
        machine.lack(error) or f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    )


if __name__ == "__main__":
    CHANNEL = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with suppress(BrokenPipeError):
        serve()
