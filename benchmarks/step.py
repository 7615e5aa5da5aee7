"""What a training step costs: the course's loop, scikit-learn and nnrun on the same tasks.

Each has one thread; they take turns.

python benchmarks/step.py --rounds 5 --epochs 5
python benchmarks/step.py --calls --members 64     # each call of a step, with its time
"""

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from nnrun import tasks
from nnrun.engine.chance import generator
from nnrun.engine.cohort import Cohort, Member, Rows
from nnrun.engine.device import keep_memory
from nnrun.engine.fit import fit
from nnrun.engine.kernels import Line
from nnrun.engine.lanes import make_steppers, tiny_as_zero
from nnrun.engine.libraries import set_library_defaults
from nnrun.engine.state import begin
from nnrun.engine.stretch import Taped
from nnrun.engine.tape import Pool
from nnrun.parts.interface import Inputs, Loss
from nnrun.parts.loss import CrossEntropy, Mse
from nnrun.parts.model import Mlp
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.optimizer import Adam

BATCH = 64
LR = 1e-3
COURSE = "the course's loop"
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Task:
    """A network's sizes, and rows for it to learn."""

    sizes: tuple[int, ...]
    classes: bool
    rows: int = 6000

    def __str__(self) -> str:
        return "-".join(map(str, self.sizes))

    @property
    def steps(self) -> int:
        return -(-self.rows // BATCH)

    def data(self) -> tuple[Tensor, Tensor]:
        """Inputs, and what a fixed random network says about them."""
        stream = generator(0, "benchmark")
        x = torch.randn(self.rows, self.sizes[0], generator=stream)
        weight = torch.randn(self.sizes[0], self.sizes[-1], generator=stream) / self.sizes[0] ** 0.5
        y = torch.tanh(x @ weight)
        return x, y.argmax(1) if self.classes else y


TASKS = (
    Task((6, 64, 5), classes=False),
    Task((6, 128, 128, 128, 5), classes=False),
    Task((784, 128, 64, 10), classes=True),
)

Epochs = Callable[[int], None]  # trains so many epochs


# The ways


def course(task: Task, device: torch.device = CPU) -> Epochs:
    """The loop that courses teach."""
    pairs = list(zip(task.sizes, task.sizes[1:], strict=False))
    layers = [layer for a, b in pairs for layer in (nn.Linear(a, b), nn.ReLU())]
    criterion = nn.CrossEntropyLoss() if task.classes else nn.MSELoss()
    return taught(nn.Sequential(*layers[:-1]), criterion, TensorDataset(*task.data()), device)


def taught(
    model: nn.Module, criterion: nn.Module, rows: TensorDataset, device: torch.device = CPU
) -> Epochs:
    """Train a network with Adam as courses write it."""
    model = model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    loader = DataLoader(rows, batch_size=BATCH, shuffle=True)

    def epochs(many: int) -> None:
        for _ in range(many):
            running = 0.0
            for inputs, targets in loader:
                inputs, targets = inputs.to(device), targets.to(device)
                optimizer.zero_grad()
                loss = criterion(model(inputs), targets)
                loss.backward()
                optimizer.step()
                running += loss.item()

    return epochs


def scikit_learn(task: Task) -> Epochs:
    """`fit` of the MLP, in float32 like the others, never stopping early."""
    x, y = (tensor.numpy() for tensor in task.data())
    kind = MLPClassifier if task.classes else MLPRegressor

    def epochs(many: int) -> None:
        settings = {
            "hidden_layer_sizes": task.sizes[1:-1],
            "batch_size": BATCH,
            "learning_rate_init": LR,
        }
        model = kind(**settings, solver="adam", max_iter=many, tol=0, n_iter_no_change=many)
        with warnings.catch_warnings():
            # a few epochs are what was asked for
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, y)

    return epochs


def nnrun(task: Task, members: int = 1, device: torch.device = CPU) -> Epochs:
    """nnrun's engine with one member or many; an epoch ends with a validation of one batch."""
    cohort = members_of(task, members, device)
    endless = fit(cohort, begin(cohort))

    def epochs(many: int) -> None:
        for _ in range(many):
            next(endless)

    return epochs


def members_of(task: Task, members: int, device: torch.device = CPU) -> Cohort:
    """Members that differ in their seeds, with Adam."""
    x, y = (rows.to(device) for rows in task.data())
    seeds = range(members)
    train, val = (Rows(x[:n], y[:n], n, (0,) * members) for n in (task.rows, BATCH))
    rule = Adam(lr=LR, betas=(0.9, 0.999), eps=1e-8)
    loss: Loss = CrossEntropy(label_smoothing=0.0, weights="none") if task.classes else Mse()
    network = Mlp(task.sizes[1:-1], "relu", "torch", "none", 0.0, 0.1, **UNEMBEDDED)
    return Cohort(
        members=tuple(Member(seed, loss, rule, np.ones_like) for seed in seeds),
        networks=tuple(
            network.build(Inputs(task.sizes[0]), task.sizes[-1], generator(seed, "init"))
            for seed in seeds
        ),
        hidden_units=sum(task.sizes[1:-1]),
        penalised="weights",
        score=tasks.of("classification" if task.classes else "regression").usual_score,
        train=train,
        val=val,
        epochs=10**9,
        batch_size=BATCH,
        device=device,
        precision=torch.float32,
        foreign=False,
    )


# The measurement


def measure(ways: dict[str, Epochs], task: Task, rounds: int, epochs: int) -> dict[str, float]:
    """Microseconds a step for each way: the median over rounds in which the ways take turns."""
    for train in ways.values():
        train(1)  # the first epoch also loads, allocates and records
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, train in ways.items():
            started = perf_counter()
            train(epochs)
            seconds[way].append(perf_counter() - started)
    return {way: median(taken) / epochs / task.steps * 1e6 for way, taken in seconds.items()}


def on_cpu(task: Task, rounds: int, epochs: int) -> None:
    """A line for each way, with how many times faster it is than each of the first two."""
    ways = {
        COURSE: course(task),
        "scikit-learn": scikit_learn(task),
        "nnrun": nnrun(task),
    }
    cost = measure(ways, task, rounds, epochs)
    print_heading(task)
    print(f"  {'':18} {'µs a step':>10} {'× the course':>14} {'× scikit-learn':>15}")
    for way, taken in cost.items():
        faster, than_sklearn = cost[COURSE] / taken, cost["scikit-learn"] / taken
        print(f"  {way:18} {taken:10.0f} {faster:14.1f} {than_sklearn:15.1f}")


def on_gpu(task: Task, rounds: int, epochs: int) -> None:
    """A line for one member and for many on a graphics card, beside the course's loop there."""
    card = torch.device("cuda")
    several = {f"nnrun, {n} members": n for n in (1, 64, 1000)}
    ways = {COURSE: course(task, card)}
    ways |= {way: nnrun(task, n, card) for way, n in several.items()}
    cost = measure(ways, task, rounds, epochs)
    print_heading(task)
    print(f"  {'':22} {'µs a step of one':>17} {'× the course':>14}")
    for way, taken in cost.items():
        of_one = taken / several.get(way, 1)
        print(f"  {way:22} {of_one:17.2f} {cost[COURSE] / of_one:14.1f}")


def print_heading(task: Task) -> None:
    kind = "classification" if task.classes else "regression"
    print(f"\n{task}, {kind}, {task.rows} rows, batch {BATCH}, Adam")


# The calls of a step


def calls(task: Task, members: int, rounds: int) -> None:
    """A line for each call of a step, with its time; the members are those that go together."""
    cohort = members_of(task, members)
    stepper = make_steppers(cohort, begin(cohort), Pool(CPU))[0]
    many = len(stepper.cohort.members)
    list(stepper.epoch(0, [1.0] * many))
    way = stepper.ways[BATCH]
    assert isinstance(way, Taped), "a step that is not recorded has no calls to time"
    tape = way.tape.calls
    taken = times(tape, rounds)
    print(f"\n{task}, {many} members together, µs")
    for call, cost in zip(tape, taken, strict=True):
        print(f"  {cost:8.2f}  {described(call)}")
    print(f"  {sum(taken):8.2f}  a step, of which {sum(taken) / many:.2f} for a member")


@torch.inference_mode()
def times(tape: list[Line], rounds: int) -> list[float]:
    """Microseconds of each call, one after the other: the median over rounds."""
    seen: list[list[float]] = [[] for _ in tape]
    with tiny_as_zero():
        for _ in range(rounds):
            for call, taken in zip(tape, seen, strict=True):
                started = perf_counter()
                call()
                taken.append(perf_counter() - started)
    return [median(taken) * 1e6 for taken in seen]


def described(call: Line) -> str:
    """Name a call and the shapes that it takes."""
    if not isinstance(call, partial):
        return str(call)
    bound = getattr(call.func, "__self__", None)
    given = [bound, *call.args, *call.keywords.values()]
    shapes = [tuple(one.shape) for one in given if isinstance(one, Tensor)]
    return f"{call.func.__name__:24} {' '.join(map(str, shapes))}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Time a training step of nnrun beside the usual ways."
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="turns each way gets; the median counts (5)"
    )
    parser.add_argument("--epochs", type=int, default=5, help="passes over the rows in a turn (5)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--calls", action="store_true", help="time each call of a step instead")
    parser.add_argument("--members", type=int, default=1, help="how many, for --calls (1)")
    asked = parser.parse_args()
    set_library_defaults()
    torch.set_num_threads(1)
    keep_memory()
    torch.manual_seed(0)
    if asked.calls:
        for task in TASKS:
            calls(task, asked.members, rounds=1000)
        return
    rounds = f"{asked.rounds} rounds of {asked.epochs} epochs"
    print(f"torch {torch.__version__}, one thread, median of {rounds}")
    if asked.device == "cuda":
        print(torch.cuda.get_device_name())
    told = on_gpu if asked.device == "cuda" else on_cpu
    with threadpool_limits(1):  # scikit-learn's share
        for task in TASKS:
            told(task, asked.rounds, asked.epochs)


if __name__ == "__main__":
    main()
