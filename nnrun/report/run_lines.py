"""What a person sees of a run: what is about to be trained, on what, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnrun.report.baselines import MOST
from nnrun.report.metric_tables import comparison
from nnrun.report.numbers import count
from nnrun.report.screen import Screen


@dataclass(frozen=True)
class Introduction:
    """What is about to be trained, and on what."""

    changed: list[str]  # what was typed and is not the default anyway
    data: str  # its title
    rows: int
    rows_of: dict[str, int]  # train, val, test
    columns: int
    targets: int
    classes: int  # 0 where numbers are predicted
    notes: tuple[str, ...]  # what a person should hear about the data
    model: str
    layers: str
    parameters: int
    optimizer: str
    scheduler: str
    loss: str
    seed: int
    device: str
    threads: int
    compile: bool
    epochs: int
    epoch_steps: int
    folder: str  # as far as it is known before


def introduce(screen: Screen, run: Introduction) -> None:
    """Tell what is about to be trained."""
    rows = ", ".join(f"{rows:,} {name}" for name, rows in run.rows_of.items())
    wanted = count(run.classes, "class") if run.classes else count(run.targets, "target")
    sizes = f"{count(run.rows, 'row')} ({rows}), {count(run.columns, 'column')}, {wanted}"
    screen.pair("changed", " ".join(run.changed) or "nothing: these are the defaults")
    screen.pair("data", f"{run.data}: {sizes}")
    for note in run.notes:
        screen.pair("", note)
    screen.pair("model", f"{run.model} {run.layers}, {run.parameters:,} parameters")
    choices = f"{run.optimizer}, {run.scheduler} schedule, loss {run.loss}"
    screen.pair("training", f"{choices}; seed {run.seed}; on {place(run)}")
    if run.compile:
        wait = "the first epoch waits for the compiler, a minute or several"
        screen.pair("", f"{wait}; a graph made before is used again")


def place(run: Introduction) -> str:
    """Tell where it is trained."""
    return f"{run.device}, {count(run.threads, 'thread')}" if run.device == "cpu" else run.device


def show_check(screen: Screen, run: Introduction) -> None:
    """Tell what a run would be."""
    introduce(screen, run)
    steps = run.epochs * run.epoch_steps
    screen.pair("steps", f"{steps:,} ({run.epochs} epochs of {run.epoch_steps})")
    screen.pair("folder", run.folder)


def show_result(
    screen: Screen, summary: dict, headlines: Sequence[str], train_rows: int, folder: str
) -> None:
    """Tell what a run came to, and where it lies."""
    screen.table("", *comparison(summary["test"], summary["baselines"], headlines))
    if summary["baselines"] and train_rows > MOST:
        screen.pair("", f"the baselines learnt from the first {MOST:,} training rows")
    screen.pair("verdict", summary["verdict"])
    screen.pair("folder", folder)
