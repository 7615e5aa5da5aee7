"""Where the time of a whole command goes besides its epochs: a default run, and a sweep of 64.

    python benchmarks/whole.py                          # the run, then the sweep; two idle minutes
    python benchmarks/whole.py --rounds 5 dataset=iris    # another run, five times
    python benchmarks/whole.py -m dataset=iris seed=0,1   # another sweep

Each round is a process of its own. Seconds pass on the clock, and a core computes for some of them:
on a busy machine only these can be compared.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

RUN = ["dataset=arkoma", "optimizer=adam"]
RATES = ",".join(str(round(10 ** (-4 + 2.5 * i / 15), 6)) for i in range(16))
SWEEP = [
    *("-m", "model.widths=[64]", f"optimizer.lr={RATES}", "seed=0,1,2,3", "scheduler=constant"),
    *("training.epochs=20", "hydra.launcher.workers=2"),
]
# a phase, and the functions in which its time passes, where they are looked up
FUNCTIONS = {
    "data": ["nnrun.config.experiment.build", "nnrun.sweeps.leading.built"],
    "epochs": ["nnrun.training.run.fit_alone", "nnrun.sweeps.leading.Dispatch.run"],
    "baselines": ["nnrun.training.true_values.TrueValues.simple_methods"],
    "metrics": ["nnrun.training.outcome.summarise", "nnrun.training.training.Training.reached"],
    "pictures": [
        *("nnrun.training.alone.Alone.pictures", "nnrun.training.beside.Beside.pictures"),
        "nnrun.sweeps.ending.draw_pictures",
    ],
    "files": [
        *("nnrun.training.run.begin_record", "nnrun.training.run.end_record"),
        *("nnrun.training.outcome.put_results", "nnrun.training.outcome.predictions_csv"),
        *("nnrun.sweeps.ending.write_tables", "nnrun.sweeps.ending.read_result"),
    ],
    "the best member": ["nnrun.sweeps.ending.FollowUp.finish"],
}
Times = dict[str, tuple[float, float]]  # seconds of each phase: on the clock, and of a core


class Watch:
    """Adds up the seconds of phases; a phase within another is not counted there."""

    def __init__(self) -> None:
        self.times: Times = {}
        self.phase = "the rest"
        self.since = perf_counter(), process_time()

    def turn_to(self, phase: str) -> str:
        """Let another phase begin; gives the one that stops meanwhile."""
        now, before = (perf_counter(), process_time()), self.phase
        clock, core = self.times.get(before, (0.0, 0.0))
        self.times[before] = clock + now[0] - self.since[0], core + now[1] - self.since[1]
        self.phase, self.since = phase, now
        return before

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        before = self.turn_to(phase)
        try:
            yield
        finally:
            self.turn_to(before)

    def watched(self, phase: str, function: Callable) -> Callable:
        def call(*given: Any, **named: Any) -> Any:
            with self.of(phase):
                return function(*given, **named)

        return call


# Within the process that is timed


def inside(words: list[str], result: Path) -> None:
    """Do what the command does, and write down in which phases its time passed."""
    watch = Watch()
    with watch.of("nnrun's imports"):
        from nnrun.cli import door, train
        from nnrun.cli.composing import seems_many
        from nnrun.engine.libraries import set_library_defaults

        set_library_defaults()
    train.composed = loaded_and_watched(watch, train.composed, seems_many(words))
    code = door.exit_code(words)
    watch.turn_to("the end")
    result.write_text(json.dumps({"code": code, "times": watch.times}))
    door.end_process(code)


def loaded_and_watched(watch: Watch, composed: Callable, many: bool) -> Callable:
    """Load around composing what is loaded there, and watch it."""

    def call(argv: list[str]) -> Any:
        load(watch, "nnrun's imports", "nnrun.config.request")
        with watch.of("composing"):
            request = composed(argv)
        if not many:  # the workers of a sweep load it, and who leads them does not
            load(watch, "torch's import", "torch")
        load(watch, "nnrun's imports", "nnrun.sweeps.leading" if many else "nnrun.training.run")
        put_watches(watch)
        return request

    return call


def load(watch: Watch, phase: str, module: str) -> None:
    from nnrun.garbage import uncollected

    with watch.of(phase), uncollected():
        import_module(module)


def put_watches(watch: Watch) -> None:
    for phase, places in FUNCTIONS.items():
        for place in places:
            put_watch(watch, phase, place)


def put_watch(watch: Watch, phase: str, place: str) -> None:
    """Watch a function of a module that this command has loaded, or of a class there."""
    above, _, name = place.rpartition(".")
    module, _, inner = above.rpartition(".")
    owner = sys.modules.get(above) or vars(sys.modules.get(module, object)).get(inner)
    if owner is not None:
        setattr(owner, name, watch.watched(phase, vars(owner)[name]))


# Around it


def timed(words: list[str], passing: Path) -> Times:
    """Time a command in a process of its own; what its children compute counts apart."""
    result = passing / "times.json"
    command = [sys.executable, __file__, "--inside", str(result), *words]
    started, before = perf_counter(), children()
    subprocess.run(command, cwd=passing, stdout=subprocess.DEVNULL, check=True)
    whole = perf_counter() - started, children() - before
    times = {name: tuple(pair) for name, pair in json.loads(result.read_text())["times"].items()}
    clock, core = (whole[i] - sum(pair[i] for pair in times.values()) for i in (0, 1))
    beside = "python, and workers" if "-m" in words else "python"
    return {beside: (clock, core), **times, "whole": whole}


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(words: list[str], rounds: int) -> None:
    """Print the median of each phase."""
    with TemporaryDirectory() as passing:
        seen = [timed(words, Path(passing)) for _ in range(rounds)]
        torch = median(seconds_of([sys.executable, "-c", "import torch"]) for _ in range(rounds))
    print(f"\nnnrun {' '.join(words)[:80]}\n  {'':22} {'seconds':>8} {'of a core':>10}")
    for phase in seen[-1]:
        clock, core = (median(one.get(phase, (0, 0))[i] for one in seen) for i in (0, 1))
        print(f"  {phase:22} {clock:8.2f} {core:10.2f}")
    beyond = median(one["whole"][0] - one["epochs"][0] for one in seen)
    times = f"{beyond / torch:.2f} times python -c 'import torch' ({torch:.2f})"
    print(f"  beyond its epochs      {beyond:8.2f}, {times}")


def seconds_of(command: list[str]) -> float:
    started = perf_counter()
    subprocess.run(command, check=True)
    return perf_counter() - started


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[3:], Path(sys.argv[2]))
    parser = argparse.ArgumentParser(description="Tell where the time of a whole command goes.")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (3)")
    asked, words = parser.parse_known_args()
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).resolve().parent.parent))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed nnrun is compiled
    for command in [words] if words else [RUN, SWEEP]:
        report(command, asked.rounds)


if __name__ == "__main__":
    main()
