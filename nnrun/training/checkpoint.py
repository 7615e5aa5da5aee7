"""What a run goes on from: all that changes, and the epochs so far, as they stood after one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

from safetensors.torch import load, save
from torch import Tensor

from nnrun.engine.leaves import Leaf
from nnrun.runs.checkpoints import put_checkpoint
from nnrun.runs.epochs import GROWING, EpochRecord, write_epochs
from nnrun.runs.folder import RunFolder
from nnrun.training.outcome import epoch_columns
from nnrun.training.training import Training

FORMAT = 1


class Checkpoint(NamedTuple):
    """A run after a whole epoch."""

    leaves: Mapping[str, Leaf]
    epochs: list[EpochRecord]

    @property
    def number(self) -> int:
        """The epoch."""
        return int(self.leaves["epoch"])

    def as_bytes(self) -> bytes:
        tensors = {name: leaf for name, leaf in self.leaves.items() if isinstance(leaf, Tensor)}
        plain = {name: leaf for name, leaf in self.leaves.items() if name not in tensors}
        told = {"format": FORMAT, "plain": plain, "epochs": self.epochs}
        return save(tensors, {"nnrun": json.dumps(told)})


def read(content: bytes) -> Checkpoint:
    """Read a checkpoint that was written by `as_bytes`."""
    length = int.from_bytes(content[:8], "little")
    told = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["nnrun"])
    if told["format"] != FORMAT:
        raise ValueError(f"format {told['format']}; this nnrun reads {FORMAT}")
    epochs = [EpochRecord(*record) for record in told["epochs"]]
    epochs = [epoch._replace(place=tuple(epoch.place)) for epoch in epochs]
    return Checkpoint({**load(content), **told["plain"]}, epochs)


@dataclass
class CheckpointWriter:
    """Keeps a run's last whole epoch in memory, and now and then on the disk."""

    training: Training
    folder: RunFolder
    seconds: float  # that may be lost

    def __post_init__(self) -> None:
        self.newest: Checkpoint | None = None
        self.due = perf_counter() + self.seconds
        self.written = 0  # the epoch that is on the disk

    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Let a run stand where a checkpoint was made, which is on the disk."""
        take_up(self.training, checkpoint, self.folder)
        self.newest, self.written = checkpoint, checkpoint.number

    def epoch_over(self) -> None:
        """Keep the state after an epoch; write it down if that is due."""
        (epochs,) = self.training.history
        self.newest = Checkpoint(self.training.leaves(), [*epochs])
        if perf_counter() > self.due:
            self.write()

    def write(self) -> None:
        """Write the last whole epoch down: the lines about it first."""
        if self.newest is None or self.newest.number == self.written:
            return
        for name in GROWING:
            self.folder.sync(name)
        put_checkpoint(self.folder, self.newest.number, self.newest.as_bytes())
        self.written = self.newest.number
        self.due = perf_counter() + self.seconds

    def return_to_whole_epoch(self) -> bool:
        """Leave an epoch that was cut short; tell whether there was a whole one before it."""
        if self.newest is None:
            return False
        take_up(self.training, self.newest, self.folder)
        return True


def take_up(training: Training, checkpoint: Checkpoint, folder: RunFolder) -> None:
    """Let a run stand where the checkpoint was made, and its files tell of no more."""
    (experiment,) = training.experiments
    training.go_on_from(checkpoint.leaves, checkpoint.epochs)
    write_epochs(folder, checkpoint.epochs, *epoch_columns(experiment))
