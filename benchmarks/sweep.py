"""What a sweep costs: 64 members of 6-64-5 on arkoma, beside the course's loop under joblib.

    python benchmarks/sweep.py                 # whole processes, start-up included; four minutes
    python benchmarks/sweep.py --epochs 100    # a quarter of an hour
    python benchmarks/sweep.py --steps         # in one process: a step of a member, by how many

The other side, which Hydra starts, needs `pip install hydra-joblib-launcher`.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
from step import COURSE, TASKS, course, nnrun

from nnrun.engine.device import keep_memory
from nnrun.engine.libraries import set_library_defaults

RATES = [round(10 ** (-4 + 2.5 * i / 15), 6) for i in range(16)]
SEEDS = range(4)

# The loop of a course, as one would put it under Hydra: the same data, split, scaling, network
# and validation.
APP = """
import hydra, numpy as np, torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from nnrun.parts.dataset.arkoma import Arkoma

@hydra.main(version_base="1.3", config_path=None)
def main(cfg):
    torch.set_num_threads(1)
    torch.manual_seed(cfg.seed)
    data = Arkoma(arm="right", rows=10000, uniform=0.1, seed=0, path=None, rotation="vector").load()
    order = np.random.RandomState(0).permutation(data.rows)  # the same rows for all, as nnrun has
    train, val, test = order[:6000], order[6000:8000], order[8000:]
    x, y = ((a - a[train].mean(0)) / a[train].std(0) for a in (data.inputs, data.targets))
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    model = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 5))
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    criterion = nn.MSELoss()
    loader = DataLoader(TensorDataset(x[train], y[train]), batch_size=64, shuffle=True)
    watched = DataLoader(TensorDataset(x[val], y[val]), batch_size=64)
    for epoch in range(cfg.epochs):
        model.train()
        running = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            running += loss.item()
        model.eval()
        with torch.no_grad():
            val_loss = sum(criterion(model(inputs), targets).item() for inputs, targets in watched)
    output_dir = hydra.core.hydra_config.HydraConfig.get().runtime.output_dir
    torch.save(model.state_dict(), f"{output_dir}/model.pt")

main()
"""


# Whole processes


def usual(folder: Path, epochs: int) -> list[str]:
    """The course's loop, 64 jobs on two workers."""
    (folder / "app.py").write_text(APP)
    settings = [
        "+lr=" + ",".join(map(str, RATES)),
        "+seed=" + ",".join(map(str, SEEDS)),
        f"+epochs={epochs}",
    ]
    return [
        sys.executable,
        "app.py",
        "-m",
        "hydra/launcher=joblib",
        "hydra.launcher.n_jobs=2",
        *settings,
    ]


def ours(folder: Path, epochs: int) -> list[str]:
    """The same as one sweep of nnrun, without pictures and baselines, as the course has none."""
    return [
        *(
            sys.executable,
            "-m",
            "nnrun",
            "-m",
            "dataset=arkoma",
            "model.widths=[64]",
            "model.activation=relu",
        ),
        *("scheduler=constant", f"training.epochs={epochs}", "hydra.launcher.workers=2"),
        *("optimizer.lr=" + ",".join(map(str, RATES)), "seed=" + ",".join(map(str, SEEDS))),
    ]


def plain(folder: Path, epochs: int) -> list[str]:
    return [*ours(folder, epochs), "output.pictures=false", "output.baselines=false"]


WAYS: dict[str, Callable[[Path, int], list[str]]] = {
    "the course's loop, joblib": usual,
    "nnrun -m": ours,
    "nnrun -m, no pictures and baselines": plain,
}


def whole(epochs: int, rounds: int) -> None:
    """Seconds of whole processes, the ways taking turns."""
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed nnrun is compiled
    for _ in range(rounds):
        for way, command in WAYS.items():
            with TemporaryDirectory() as folder:
                words = command(Path(folder), epochs)
                started = perf_counter()
                subprocess.run(
                    words, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
                )
                seconds[way].append(perf_counter() - started)
    slowest = median(seconds["the course's loop, joblib"])
    print(f"\n64 members of 6-64-5, arkoma, {epochs} epochs, two workers;", end=" ")
    print(f"median of {rounds} rounds, seconds")
    for way, taken in seconds.items():
        print(f"  {way:38} {median(taken):7.1f}   {slowest / median(taken):5.1f} ×")


# Steps


def timed(train: Callable[[int], None], epochs: int) -> float:
    """Seconds that so many epochs take."""
    started = perf_counter()
    train(epochs)
    return perf_counter() - started


def steps(rounds: int) -> None:
    """Time a step of one member on one core, by the number of members; the ways take turns."""
    set_library_defaults()
    torch.set_num_threads(1)
    keep_memory()
    for task, counts in ((TASKS[0], (1, 8, 64, 256)), (TASKS[2], (1, 4, 16))):
        ways = {COURSE: (course(task), 1)} | {
            f"nnrun, {n} members": (nnrun(task, members=n), n) for n in counts
        }
        cost: dict[str, list[float]] = {way: [] for way in ways}
        for train, _ in ways.values():
            train(1)
        for _ in range(rounds):
            for way, (train, members) in ways.items():
                cost[way].append(timed(train, 2) / 2 / task.steps / members * 1e6)
        if task.classes:  # a wide network takes all cores when it trains alone
            torch.set_num_threads(os.cpu_count() or 1)
            wide = nnrun(task)
            cost["nnrun alone, all cores"] = [
                timed(wide, 2) / 2 / task.steps * 1e6 for _ in range(rounds + 1)
            ][1:]
            torch.set_num_threads(1)
        slowest, alone = median(cost[COURSE]), median(cost["nnrun, 1 members"])
        columns = "µs a step and member, × the course, × nnrun alone"
        print(f"\n{task}, one core, median of {rounds} rounds: {columns}")
        for way, taken in cost.items():
            cost_here = median(taken)
            print(
                f"  {way:22} {cost_here:8.1f} {slowest / cost_here:7.1f} {alone / cost_here:7.1f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description="Time a sweep of nnrun beside the usual way.")
    parser.add_argument("--epochs", type=int, default=20, help="epochs of each member (20)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns each way gets; the median counts (3)"
    )
    parser.add_argument(
        "--steps", action="store_true", help="time steps inside one process instead"
    )
    asked = parser.parse_args()
    if asked.steps:
        steps(asked.rounds)
    else:
        whole(asked.epochs, asked.rounds)


if __name__ == "__main__":
    main()
