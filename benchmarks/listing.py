"""What `nnrun runs`, `last` and `best` take with thousands of folders, in seconds of a core.

The folders are copies of one tiny run, with other settings, scores and times. Each command is a
process of its own; a busy machine changes how long it waits, and much less what a core does for it.

python benchmarks/listing.py
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from nnrun.runs.folder import RunFolder

TINY = (
    *("dataset=iris", "training.epochs=2", "model.widths=[8]", "optimizer.lr=0.5"),
    *("output.pictures=false", "output.baselines=false"),
)
NNRUN = (sys.executable, "-m", "nnrun")
ASKED = (
    ("runs",),
    ("runs", "--sort", "score"),
    ("runs", "lr<0.01"),
    ("runs", "model=mlp and test.accuracy>0.3", "--sort", "lr"),
    ("runs", "--group", "lr"),
    ("runs", "--columns", "name,lr,test.accuracy"),
    ("runs", "--csv"),
    ("runs", "--json"),
    ("note", "last"),
    ("note", "best"),
)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def seconds_of(words: list[str], folder: Path) -> float:
    """Run a process, and tell the seconds that cores computed for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        words, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=environment(folder)
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def environment(folder: Path) -> dict[str, str]:
    """Let a cache lie beside the runs, and Python keep what it compiled."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "NNRUN_CACHE": str(folder / "cache")}


def train(folder: Path) -> Path:
    """Train the run that is copied."""
    subprocess.run(
        [*NNRUN, *TINY, "output.folder=first"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment(folder),
    )
    return folder / "first"


def copy(first: Path, folder: Path, place: int) -> None:
    """Write a run with another learning rate, seed, score and hour."""
    folder.mkdir(parents=True)
    run, lr, seed = RunFolder(folder, durable=False), 10 ** (-place % 40 / 10), place % 7
    config = (first / "config.yaml").read_text(encoding="utf-8")
    run.put(
        "config.yaml", config.replace("lr: 0.5", f"lr: {lr}").replace("seed: 0", f"seed: {seed}")
    )
    run.put("overrides.txt", f"dataset=iris\noptimizer.lr={lr}\nseed={seed}\n")
    summary = json.loads((first / "summary.json").read_bytes())
    summary["val"]["accuracy"] = 0.5 + place % 50 / 100
    run.put_json("summary.json", summary)
    for name in ("model.json", "model.safetensors"):  # without which no run is the best
        os.link(first / name, folder / name)
    record = json.loads((first / "run.json").read_bytes())
    began = BEGAN + timedelta(minutes=place)
    times = {"started": began.isoformat(), "ended": (began + timedelta(seconds=9)).isoformat()}
    run.put_record("run.json", {**record, **times, "files": run.manifest()})


def measure(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Time each command as often, in turns, once the first of them has read all folders."""
    first = seconds_of([*NNRUN, "runs"], folder)
    taken: dict[str, list[float]] = {"the first time": [first]}
    bare = {"python -c 'import sqlite3, json'": [sys.executable, "-c", "import sqlite3, json"]}
    asked = {" ".join(("nnrun", *words)): [*NNRUN, *words] for words in ASKED}
    for _ in range(rounds):
        for name, words in (bare | asked).items():
            taken.setdefault(name, []).append(seconds_of(words, folder))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", type=int, default=10_000, help="how many there are (10,000)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each is measured (3)")
    typed = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        first = train(folder)
        for place in range(typed.folders):
            copy(first, folder / "outputs" / "iris" / f"{place:05}", place)
        shutil.rmtree(first)
        for name, taken in measure(folder, typed.rounds).items():
            print(f"{name:58} {median(taken):6.2f} s of a core")


if __name__ == "__main__":
    main()
