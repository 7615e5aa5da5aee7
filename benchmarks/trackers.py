"""What trackers cost a training: how long it waits for their process, and what that computes.

A training does two things for trackers: it starts a process, and when it is over it waits until the
process has sent the rest. Both are timed in the training itself. What the process computes is told
apart: it takes another core, and the lowest priority. Trainings without any take turns with them,
to show how much a training's own seconds differ from one to the next.

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
from nnrun.integrations import following

waited = 0.0

def timed(function):
    def call(*args, **kwargs):
        global waited
        began = perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            waited += perf_counter() - began
    return call

for name in ("Popen", "tell", "ending"):
    setattr(following, name, timed(getattr(following, name)))

def seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime

began = perf_counter()
code = exit_code(sys.argv[2:])
clock = perf_counter() - began
told = waited, clock, seconds(resource.RUSAGE_SELF), seconds(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump(told, file)
sys.exit(code)
"""


class Taken(NamedTuple):
    """Seconds that a training took."""

    waited: float  # by the clock, for the process that tells trackers
    clock: float
    own: float  # of a core, by its process
    beside: float  # of a core, by the process that tells trackers


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
    print(f"{'tracker':14}{'waited':>9}{'longer':>9}{'clock':>9}{'own':>9}{'beside':>9}")
    for name, every in taken.items():
        waited, clock, own, beside = (median(numbers) for numbers in zip(*every, strict=True))
        longer = f"{waited / (clock - waited):.1%}"
        print(f"{name:14}{waited:9.2f}{longer:>9}{clock:9.2f}{own:9.2f}{beside:9.2f}")


if __name__ == "__main__":
    main()
