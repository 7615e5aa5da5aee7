"""Another process beside the one that trains, which compares and draws for it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from threading import Condition, Thread

import numpy as np
from numpy import ndarray
from safetensors.numpy import load

from nnrun.config.experiment import Experiment
from nnrun.engine.cores import cores
from nnrun.engine.memory import available_memory
from nnrun.tasks.interface import Drawings
from nnrun.training.alone import ALONE, Alone
from nnrun.training.copies import Copy, can_copy, copied

STUDIO = [sys.executable, "-P", "-m", "nnrun.training"]
# the words that are told, and the file that is left
COMPARED, READY, DRAW, DRAWN = "compared", "ready", "draw", "drawn"
OVER, GONE = "over", "gone"
BASELINES = "baselines.safetensors"
LONG = 5_000  # steps, which take about as long as the other process does to begin
LARGE = 100 * 2**20  # bytes of inputs, which it holds a second time
LEAST = 2 * 2**30  # bytes that are to be free


class Beside(Alone):
    """Has a process on another core compare and draw; what that does not do is done here."""

    def __init__(self, process: subprocess.Popen | Copy, place: Path):
        self.process, self.place = process, place
        self.told: set[str] = set()
        self.done: list[str] = []  # pictures that it has drawn
        self.news = Condition()
        self.listener = Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self) -> None:
        """Hear each word that it tells, and its end."""
        assert self.process.stdout is not None
        try:
            for line in self.process.stdout:
                self.note(*line.split())
        finally:
            self.note(GONE)

    def note(self, word: str, *drawn: str) -> None:
        """Note a word, and which picture is drawn."""
        with self.news:
            self.told.add(word)
            self.done += drawn
            self.news.notify_all()

    def baselines(self) -> dict[str, ndarray]:
        if COMPARED not in self.told:
            return {}
        return in_order(load((self.place / BASELINES).read_bytes()))

    def begin(self, best_epoch: int) -> None:
        """Have it draw on all cores while this process measures and writes."""
        assert self.process.stdin is not None
        with suppress(OSError):  # it is gone
            self.process.stdin.write(f"{DRAW} {best_epoch}\n")
            self.process.stdin.flush()

    def pictures(self, drawings: Drawings) -> dict[str, bytes]:
        """Wait until it has drawn; what it did not draw is drawn here."""
        if READY not in self.told:
            return super().pictures(drawings)
        with self.news:
            self.news.wait_for(lambda: {OVER, GONE} & self.told)
        made = {name: (self.place / name).read_bytes() for name in self.done}
        self.stop()  # all that it has loaded takes a moment to be gone
        return {name: made.get(name) or draw() for name, draw in drawings.items()}

    def stop(self) -> None:
        """Kill it with its copies, whatever they do."""
        with suppress(OSError):  # it is gone
            os.killpg(self.process.pid, SIGKILL)

    def end(self) -> None:
        """Let it be gone."""
        self.stop()
        self.listener.join()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            with suppress(OSError):  # what it was told last may never have reached it
                stream.close()
        self.process.wait()


def numbered(said: dict[str, ndarray]) -> dict[str, ndarray]:
    """Name arrays by their order, which a file of tensors does not keep."""
    named = enumerate(said.items())
    return {f"{place} {name}": np.ascontiguousarray(array) for place, (name, array) in named}


def in_order(named: dict[str, ndarray]) -> dict[str, ndarray]:
    """Give numbered arrays their own names, in their order."""
    places = sorted(named, key=lambda name: int(name.partition(" ")[0]))
    return {place.partition(" ")[2]: named[place] for place in places}


@contextmanager
def company(experiment: Experiment, run: Path, threads: int) -> Iterator[Alone]:
    """Begin a process beside a training that is long enough for it, where a core is free."""
    with ExitStack() as until:
        beside = ALONE
        if worth_it(experiment, threads):
            with suppress(OSError):  # a machine that has no process, or no place, to spare
                beside = begun(experiment, run, threads, until)
        yield beside


def begun(experiment: Experiment, run: Path, threads: int, until: ExitStack) -> Beside:
    """Begin the process; in the end it is gone, and all that it left."""
    place = Path(until.enter_context(TemporaryDirectory(prefix="nnrun-")))
    made = copy_of_this(experiment, run, place) if can_copy(threads) else another(run, place)
    beside = Beside(made, place)
    until.callback(beside.end)
    return beside


def copy_of_this(experiment: Experiment, run: Path, place: Path) -> Copy:
    """Let a copy of this process work, which knows the experiment."""
    run = run.resolve()

    def work() -> None:
        from nnrun.training.studio import work_for

        work_for(lambda: experiment, run, place)

    return copied(work)


def another(run: Path, place: Path) -> subprocess.Popen:
    """Begin a process that reads what is trained."""
    return subprocess.Popen(
        [*STUDIO, str(run.resolve()), str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is for whoever trains
    )


def worth_it(experiment: Experiment, threads: int) -> bool:
    output = experiment.settings.output
    return (
        (output.pictures or output.baselines)
        and not experiment.folds  # of which each has baselines of its own
        and experiment.clock.steps >= LONG
        and threads < cores()
        and experiment.data.inputs.nbytes <= LARGE
        and available_memory() >= LEAST
    )
