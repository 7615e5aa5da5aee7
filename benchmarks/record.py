"""Two trainings whose times others publish: nnrun beside a plain loop of torch.

    python benchmarks/record.py                     # five minutes on an idle machine
    python benchmarks/record.py --images FOLDER     # where the four files of MNIST lie

SimpleChains.jl publishes 41 µs a step for 4-32-16-4 (tanh, all 10,000 rows in a batch, Adam) on 18
cores, where PyTorch took 1,500; and 5.3 s for ten epochs of LeNet-5 on MNIST, on four cores of a
laptop. The first loop here goes over tensors, as a DataLoader would make it easy to be faster; the
second is the one that courses teach. Without MNIST the images are noise, which takes as long.
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from step import BATCH, LR, Epochs, taught
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from nnrun import tasks
from nnrun.engine.chance import generator
from nnrun.engine.cohort import Cohort, Member, Rows
from nnrun.engine.device import keep_memory
from nnrun.engine.fit import fit
from nnrun.engine.libraries import set_library_defaults
from nnrun.engine.state import begin
from nnrun.parts.dataset.images import FILES, read_pair
from nnrun.parts.interface import Inputs, Loss, Model
from nnrun.parts.loss import CrossEntropy, Mse
from nnrun.parts.model import Cnn, Mlp
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.optimizer import Adam

ROWS, IMAGES, SIDE = 10_000, 60_000, 28
SMALL = Mlp((32, 16), "tanh", "torch", "none", 0.0, 0.1, **UNEMBEDDED)
# zeros stand around the image, so that 7×7 pixels of each filter are left where LeNet's are 4×4
LENET = Cnn((6, 16), 5, 1, (120, 84), "relu", "torch", "none", 0.0, 0.1, False, 0)


@dataclass(frozen=True)
class Task:
    """A network, rows for it to learn, and how many make a step."""

    name: str
    model: Model
    loss: Loss
    x: Tensor
    y: Tensor
    batch: int
    published: str

    @property
    def outputs(self) -> int:
        return 10 if self.kind == "classification" else self.y.shape[1]

    @property
    def kind(self) -> str:
        return "regression" if self.y.is_floating_point() else "classification"

    @property
    def steps(self) -> int:
        return -(-len(self.x) // self.batch)


def exponentials() -> Task:
    """2×2 matrices and their exponentials, as SimpleChains learns them."""
    x = torch.randn(ROWS, 2, 2, generator=generator(0, "benchmark"))
    y = torch.linalg.matrix_exp(x).flatten(1)
    name = f"4-32-16-4, tanh, all {ROWS:,} rows in a batch"
    return Task(name, SMALL, Mse(), x.flatten(1), y, ROWS, "41 µs a step on 18 cores")


def images(folder: Path | None) -> Task:
    """MNIST's training images, or noise of the same size."""
    if folder:
        pixels, labels = read_pair(*(folder / f"{name}.gz" for name in FILES[:2]))
        x = torch.from_numpy(pixels).flatten(1).float() / 255
        y = torch.from_numpy(labels).long()
    else:
        stream = generator(0, "benchmark")
        x = torch.rand(IMAGES, SIDE * SIDE, generator=stream)
        y = torch.randint(10, (IMAGES,), generator=stream)
    name = f"LeNet-5 on {'MNIST' if folder else 'noise of the size of MNIST'}, batch {BATCH}"
    loss = CrossEntropy(label_smoothing=0.0, weights="none")
    return Task(name, LENET, loss, x, y, BATCH, "10 epochs in 5.3 s on four cores")


# The ways


def plain(task: Task) -> Epochs:
    """A loop over the tensors themselves, all rows in each step, whose loss nobody reads."""
    layers = [nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 4)]
    model = nn.Sequential(*layers)
    optimizer, criterion = torch.optim.Adam(model.parameters(), lr=LR), nn.MSELoss()

    def epochs(many: int) -> None:
        for _ in range(many):
            optimizer.zero_grad()
            criterion(model(task.x), task.y).backward()
            optimizer.step()

    return epochs


def course(task: Task) -> Epochs:
    """The loop that courses teach, with LeNet in the shape that nnrun has."""
    model = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(16 * 7 * 7, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )
    pixels = TensorDataset(task.x.view(-1, 1, SIDE, SIDE), task.y)
    return taught(model, nn.CrossEntropyLoss(), pixels)


def nnrun(task: Task) -> Epochs:
    """nnrun's engine, which validates nothing here, as the loops do not."""
    train, val = (Rows(task.x[:n], task.y[:n], n, (0,)) for n in (len(task.x), 0))
    rule = Adam(lr=LR, betas=(0.9, 0.999), eps=1e-8)
    inputs = Inputs(task.x.shape[1])
    cohort = Cohort(
        members=(Member(0, task.loss, rule, np.ones_like),),
        networks=(task.model.build(inputs, task.outputs, generator(0, "init")),),
        hidden_units=task.model.hidden_units,
        penalised="weights",
        score=tasks.of(task.kind).usual_score,
        train=train,
        val=val,
        epochs=10**9,
        batch_size=task.batch,
        device=torch.device("cpu"),
        precision=torch.float32,
        foreign=False,
    )
    endless = fit(cohort, begin(cohort))

    def epochs(many: int) -> None:
        for _ in range(many):
            next(endless)

    return epochs


# The measurement


def measure(ways: dict[str, Epochs], epochs: int, rounds: int) -> dict[str, float]:
    """Seconds of so many epochs for each way: the median of rounds in which they take turns."""
    for train in ways.values():
        train(1)  # the first epoch also loads, allocates and records
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, train in ways.items():
            started = perf_counter()
            train(epochs)
            seconds[way].append(perf_counter() - started)
    return {way: median(taken) for way, taken in seconds.items()}


def report(task: Task, other: Callable[[Task], Epochs], epochs: int, rounds: int) -> None:
    """Print what each way takes, and how many times as fast nnrun is."""
    name = (other.__doc__ or "").partition(",")[0]
    taken = measure({name: other(task), "nnrun": nnrun(task)}, epochs, rounds)
    print(f"\n{task.name}; published: {task.published}")
    for way, seconds in taken.items():
        step = seconds / epochs / task.steps * 1e6
        faster = f"{taken[name] / seconds:.1f}"
        print(
            f"  {way:38} {step:8.0f} µs a step {seconds / epochs * 10:8.2f} s for 10 epochs", end=""
        )
        print(f" {faster:>6} ×")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time two trainings beside a plain loop.")
    cores = os.cpu_count() or 1
    parser.add_argument("--threads", type=int, default=cores, help=f"of each way ({cores})")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (3)")
    parser.add_argument("--images", type=Path, help="folder with the files of MNIST")
    asked = parser.parse_args()
    set_library_defaults()
    torch.set_num_threads(asked.threads)
    keep_memory()
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, {asked.threads} threads, median of {asked.rounds} rounds")
    report(exponentials(), plain, 1000, asked.rounds)
    report(images(asked.images), course, 1, asked.rounds)


if __name__ == "__main__":
    main()
