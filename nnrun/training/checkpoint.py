"""What a run goes on from: all that changes, and the epochs so far, as they stood after one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from nnrun.config.experiment import Experiment
from nnrun.engine.leaves import Leaf, below, named
from nnrun.engine.progress import MemberProgress
from nnrun.errors import listing
from nnrun.reading.files import LARGEST
from nnrun.reading.plain import json_object
from nnrun.reading.proofs import GROWING
from nnrun.reading.shapes import Keys, misfit
from nnrun.reading.tensors import read_header
from nnrun.runs.checkpoints import FOLDER, checkpoints, put_checkpoint, read_whole
from nnrun.runs.epochs import EpochRecord, write_epochs
from nnrun.runs.folder import RunFolder
from nnrun.training.chain import link
from nnrun.training.outcome import epoch_columns
from nnrun.training.training import Standing, Training

FORMAT = 2
DAMAGED = "is damaged"  # a file that is not what its name proves, which is as good as none
PLAIN = Keys(must={"epoch": int})
SHAPE = Keys(
    must={"format": int, "of": str, "plain": PLAIN, "epochs": [list]},
    may={"others": [[list]]},  # epochs of an ensemble's networks but the first
)
UNREADABLE = (ValueError, LookupError, TypeError, SafetensorError)
MOST_VALUES = 5_000_000  # of some hundred thousand epochs
KEPT = 1024  # bytes at most for each of a network's numbers: L-BFGS may remember 200 steps
SHARE = 1 / 50  # of the time that checkpoints may take


class Checkpoint(NamedTuple):
    """A run after a whole epoch."""

    of: str  # what it trains, whose place no other's checkpoint may take
    leaves: Sequence[Mapping[str, Leaf]]  # of each network
    epochs: Sequence[list[EpochRecord]]  # of each network

    @property
    def number(self) -> int:
        """The epoch."""
        return max(int(leaves["epoch"]) for leaves in self.leaves)

    def flaw(self, experiment: Experiment) -> str:
        """Say what keeps an experiment from going on from it; empty where nothing does."""
        if self.of != identity(experiment):
            return "is another run's"
        averaged = bool(experiment.settings.regularisation.newest(experiment.clock))
        needed = needed_leaves(experiment.settings.optimizer.slots, averaged)
        flaws = (
            flaw_of_network(leaves, epochs, needed, averaged)
            for leaves, epochs in zip(self.leaves, self.epochs, strict=True)
        )
        return next(filter(None, flaws), "")

    def as_bytes(self) -> bytes:
        leaves: dict[str, Leaf] = {}
        for number, own in enumerate(self.leaves):
            leaves |= named(str(number), own) if number else own
        tensors = {name: leaf for name, leaf in leaves.items() if isinstance(leaf, Tensor)}
        plain = {name: leaf for name, leaf in leaves.items() if name not in tensors}
        first, *others = self.epochs
        told = {"format": FORMAT, "of": self.of, "plain": plain, "epochs": first, "others": others}
        return save(tensors, {"nnrun": json.dumps(told)})


def flaw_of_network(
    leaves: Mapping[str, Leaf], epochs: list[EpochRecord], needed: set[str], averaged: bool
) -> str:
    """Say what keeps a network from going on from its leaves; empty where nothing does."""
    if lacking := sorted(needed - leaves.keys()):
        return f"lacks {listing(lacking)}"
    names = ("numbers", "average") if averaged else ("numbers",)
    before = epochs[-2].weights if len(epochs) > 1 else ""
    chain = link(before, [leaves[name][0] for name in names])
    if epochs[-1].weights not in ("", chain):
        return "holds other weights than those of its last epoch"
    return ""


def read(content: bytes) -> Checkpoint:
    """Read a checkpoint that was written by `as_bytes`."""
    header = read_header(BytesIO(content), len(content))
    told = json_object(header.about["nnrun"].encode(), no_numbers=True, most=MOST_VALUES)
    if wrong := misfit(told, SHAPE):
        raise ValueError(wrong)
    if told["format"] != FORMAT:
        raise ValueError(f"format {told['format']}; this nnrun reads {FORMAT}")
    leaves, others = {**load(content), **told["plain"]}, told.get("others", [])
    first = {name: leaf for name, leaf in leaves.items() if not name[0].isdigit()}
    networks = [below(leaves, str(number)) for number in range(1, len(others) + 1)]
    epochs = [[as_record(one) for one in own] for own in (told["epochs"], *others)]
    return Checkpoint(told["of"], [first, *networks], epochs)


def as_record(plain: list) -> EpochRecord:
    record = EpochRecord(*plain)
    return record._replace(place=tuple(record.place))


def newest_of_use(place: Path, experiment: Experiment) -> tuple[Checkpoint | None, dict[Path, str]]:
    """Read the newest checkpoint from which one can go on; tell what is wrong with later ones."""
    wrong: dict[Path, str] = {}
    for file in checkpoints(place):
        content = read_whole(file, most_bytes(experiment))
        try:
            checkpoint = read(content) if content else None
            flaw = checkpoint.flaw(experiment) if checkpoint else DAMAGED
        except UNREADABLE as error:
            flaw = f"cannot be read ({error})"
        if not flaw:
            return checkpoint, wrong
        wrong[file] = flaw
    return None, wrong


def most_bytes(experiment: Experiment) -> int:
    """Bound a checkpoint's bytes by the network of which it has to tell."""
    numbers = experiment.networks * experiment.work // experiment.batch_rows
    return max(LARGEST, KEPT * numbers)


def needed_leaves(slots: int, averaged: bool) -> set[str]:
    """Name what a run cannot go on without, whatever an optimizer of torch remembers besides."""
    memory = {f"memory.{i}" for i in range(slots)}
    progress = {f"progress.{name}" for name in MemberProgress().leaves()}
    return {"epoch", "numbers", "best", *memory, *progress} | ({"average"} if averaged else set())


def identity(experiment: Experiment) -> str:
    """Compute a sha256 of all that decides about a training's course, but for its length."""
    course = {key: value for key, value in experiment.config.items() if key != "output"}
    course["training"] = {**course["training"], "epochs": None}
    text = json.dumps(course, sort_keys=True)
    return sha256(f"{experiment.digest} {text}".encode()).hexdigest()


def stand(training: Training, place: int) -> tuple[Standing, list[list[EpochRecord]]]:
    """Copy where one under way stands."""
    epochs = [[*training.each[number]] for number in training.numbers[place]]
    return training.standing(place), epochs


class Due:
    """When to write the next checkpoint: they may take a fiftieth of the time at most.

    Who wants one after each epoch gets it, whatever that takes.
    """

    def __init__(self, seconds: float):
        self.seconds = seconds  # that may be lost
        self.next = perf_counter() + seconds

    @property
    def now(self) -> bool:
        return perf_counter() > self.next

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Write in here; the longer it takes, the longer the next one waits."""
        started = perf_counter()
        yield
        ended = perf_counter()
        pause = max(self.seconds, (ended - started) / SHARE)
        self.next = ended + pause if self.seconds else ended


@dataclass
class CheckpointWriter:
    """Keeps a run's last whole epoch in memory, and now and then on the disk."""

    training: Training
    folder: RunFolder
    seconds: float  # that may be lost

    def __post_init__(self) -> None:
        (experiment,) = self.training.experiments
        self.of = identity(experiment)
        self.newest: Checkpoint | None = None
        self.training.known = self.known
        self.due = Due(self.seconds)
        self.written = 0  # the epoch that is on the disk

    def known(self, _: int) -> Standing | None:
        """Give the state after the last whole epoch."""
        return self.newest.leaves if self.newest else None

    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Let a run stand where a checkpoint was made, which is on the disk."""
        take_up(self.training, checkpoint, self.folder)
        self.newest, self.written = checkpoint, checkpoint.number

    def epoch_over(self) -> None:
        """Keep the state after an epoch; write it down if that is due."""
        self.newest = Checkpoint(self.of, *stand(self.training, 0))
        if self.due.now:
            self.write()

    def write(self) -> None:
        """Write the last whole epoch down: the lines about it first."""
        if self.newest is None or self.newest.number == self.written:
            return
        with self.due.measured():
            for name in GROWING:
                self.folder.sync(name)
            put_checkpoint(self.folder.path / FOLDER, self.newest.number, self.newest.as_bytes())
        self.written = self.newest.number

    def return_to_whole_epoch(self) -> bool:
        """Leave an epoch that was cut short; tell whether there was a whole one before it."""
        if self.newest is None:
            return False
        take_up(self.training, self.newest, self.folder)
        return True


def take_up(training: Training, checkpoint: Checkpoint, folder: RunFolder) -> None:
    """Let a run stand where the checkpoint was made, and its files tell of no more."""
    (experiment,) = training.experiments
    training.go_on_from([checkpoint.leaves], [checkpoint.epochs])
    write_epochs(folder, training.history[0], *epoch_columns(experiment))


@dataclass
class MemberCheckpoints:
    """Writes down where each of those that train together stands."""

    training: Training
    places: list[Path]  # of each member's checkpoints

    def __post_init__(self) -> None:
        experiments = self.training.experiments
        self.own = [identity(experiment) for experiment in experiments]
        self.due = Due(experiments[0].settings.training.checkpoint)
        self.training.known = self.known

    def known(self, place: int) -> Standing | None:
        """Read the state of a member that was written last."""
        checkpoint, _ = newest_of_use(self.places[place], self.training.experiments[place])
        return checkpoint.leaves if checkpoint else None

    def write(self) -> None:
        """Write down those that are under way; this is after an epoch."""
        with self.due.measured():
            for place in self.training.under_way:
                checkpoint = Checkpoint(self.own[place], *stand(self.training, place))
                put_checkpoint(self.places[place], checkpoint.number, checkpoint.as_bytes())
