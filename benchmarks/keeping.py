"""What it costs to keep a run: the hashes of its weights, and its checkpoints, beside the training.

In one process, with one thread; each share is of the seconds in which the epochs are trained.

python benchmarks/keeping.py
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import torch

from nnrun.config.compose import compose
from nnrun.config.experiment import DataCache, build
from nnrun.runs.checkpoints import FOLDER, put_checkpoint
from nnrun.training import training as trainings
from nnrun.training.checkpoint import SHARE, Checkpoint, identity, stand
from nnrun.training.training import Training

CASES = {
    "the defaults": (["training.epochs=11"], 1),
    "iris": (["dataset=iris", "training.epochs=201"], 1),
    "digits, 3 layers of 1024": (
        ["dataset=digits", "model.widths=[1024,1024,1024]", "training.epochs=4"],
        1,
    ),
    "50 members on the defaults": (["training.epochs=3"], 50),
    "300 members on iris": (["dataset=iris", "training.epochs=21"], 300),
}
EVERY = 10  # seconds between checkpoints


class Watch:
    """Adds up the seconds that functions take."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function: Callable) -> Callable:
        def measured(*given):
            started = perf_counter()
            try:
                return function(*given)
            finally:
                self.seconds += perf_counter() - started

        return measured


def members_of(words: list[str], members: int) -> Training:
    """Build members that differ in their seeds alone."""
    (job,), cache = compose(words).jobs, DataCache()
    configs = [{**job.config, "seed": seed} for seed in range(members)]
    experiments = [build(config, job.overrides, job.choices, cache) for config in configs]
    return Training(experiments, torch.device("cpu"))


def shares(words: list[str], members: int) -> tuple[float, float, float]:
    """Measure an epoch, and the shares of hashes and of checkpoints as often as they are due."""
    training, hashing, writing = members_of(words, members), Watch(), Watch()
    write = writing.timed(write_checkpoints)
    epochs = training.epochs()
    next(epochs)
    with hashes_timed(hashing):
        started = perf_counter()
        for _ in epochs:
            write(training)
        total = perf_counter() - started - writing.seconds
    count = training.epoch - 1
    each = writing.seconds / count
    return total / count, hashing.seconds / total, each / max(EVERY, each / SHARE)


@contextmanager
def hashes_timed(watch: Watch) -> Iterator[None]:
    """Time in here what a training does for its hashes."""
    before = trainings.weights_of_members, trainings.link
    trainings.weights_of_members, trainings.link = (watch.timed(one) for one in before)
    try:
        yield
    finally:
        trainings.weights_of_members, trainings.link = before


def write_checkpoints(training: Training) -> None:
    """Write down where each member stands, as a run alone and a worker do."""
    with tempfile.TemporaryDirectory(dir=".") as passing:
        for place in training.under_way:
            own = identity(training.experiments[place])
            checkpoint = Checkpoint(own, *stand(training, place))
            folder = Path(passing, str(place), FOLDER)
            folder.parent.mkdir()
            put_checkpoint(folder, checkpoint.number, checkpoint.as_bytes())


def main() -> None:
    """Print a line for each case."""
    torch.set_num_threads(1)
    print(f"{'':28}{'an epoch':>12}{'hashes':>10}{'checkpoints':>14}")
    for name, (words, members) in CASES.items():
        epoch, hashes, checkpoints = shares(words, members)
        print(f"{name:28}{epoch * 1e3:9.1f} ms{hashes:10.2%}{checkpoints:14.2%}", flush=True)


if __name__ == "__main__":
    main()
