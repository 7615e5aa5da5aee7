"""What trackers cost a training: the seconds of a core that it takes itself, with each and without.

Each training is a process of its own, and takes turns with the others. What the process beside it
computes is told apart: it takes another core, and the lowest priority.

python benchmarks/trackers.py
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from statistics import median
from typing import NamedTuple

TRACKERS = ("tensorboard", "mlflow", "trackio")
NONE = "none"
TRAINING = """
import json, resource, sys
from time import perf_counter
from nnrun.cli.door import exit_code

def seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime

began = perf_counter()
code = exit_code(sys.argv[2:])
told = seconds(resource.RUSAGE_SELF), seconds(resource.RUSAGE_CHILDREN), perf_counter() - began
with open(sys.argv[1], "w") as file:
    json.dump(told, file)
sys.exit(code)
"""


class Taken(NamedTuple):
    """Seconds that a training took."""

    own: float  # of a core, by its process
    beside: float  # of a core, by the process that tells trackers
    clock: float


def train(tracker: str, epochs: int) -> Taken:
    """Train once in an empty folder."""
    words = [f"training.epochs={epochs}", "output.pictures=false", "output.baselines=false"]
    words += [] if tracker == NONE else [f"logger={tracker}"]
    with tempfile.TemporaryDirectory() as folder:
        told = os.path.join(folder, "told.json")
        kept = {"TRACKIO_DIR": os.path.join(folder, "trackio")}
        subprocess.run(
            [sys.executable, "-c", TRAINING, told, "-q", *words],
            cwd=folder,
            env={**os.environ, **kept},
            check=True,
        )
        with open(told, encoding="utf-8") as file:
            return Taken(*json.load(file))


def measure(trackers: list[str], epochs: int, rounds: int) -> dict[str, list[Taken]]:
    """Train with each tracker and without any, in turns."""
    taken: dict[str, list[Taken]] = {}
    for _ in range(rounds):
        for tracker in (NONE, *trackers):
            taken.setdefault(tracker, []).append(train(tracker, epochs))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=800, help="of each training (800)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each is trained (3)")
    typed = parser.parse_args()
    installed = [name for name in TRACKERS if find_spec(name)]
    taken = measure(installed, typed.epochs, typed.rounds)
    alone = median(one.own for one in taken[NONE])
    print(f"{'tracker':14}{'own':>9}{'longer':>9}{'beside':>9}{'clock':>9}")
    for name, every in taken.items():
        own, beside, clock = (median(numbers) for numbers in zip(*every, strict=True))
        print(f"{name:14}{own:9.2f}{own / alone - 1:9.1%}{beside:9.2f}{clock:9.2f}")


if __name__ == "__main__":
    main()
