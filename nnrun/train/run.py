"""Train one experiment, and leave its folder."""

import re
from pathlib import Path

import torch

from nnrun import tasks
from nnrun.config.catalogue import defaults
from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.errors import TrainingFailed
from nnrun.report.baselines import MOST
from nnrun.report.metric_tables import comparison
from nnrun.report.screen import Screen
from nnrun.runs.epochs import add_epoch, begin_epochs
from nnrun.runs.folder import RunFolder, make
from nnrun.runs.record import begun, ended
from nnrun.train.cohort import network
from nnrun.train.outcome import epoch_columns, leave
from nnrun.train.training import Training
from nnrun.train.truths import TruthCache


def train(experiment: Experiment) -> Path:
    """From an experiment to a finished run folder."""
    device = machine.device(experiment.settings.training.device)
    threads = machine.threads(experiment.settings.training.threads, experiment.work)
    torch.set_num_threads(threads)
    machine.keep_memory()
    folder = make(experiment.settings.output.root, experiment.choices["dataset"])
    screen = Screen(lambda line: folder.append("log.txt", line))
    record = begun(
        folder, experiment.config, experiment.overrides, device=str(device), threads=threads
    )
    try:
        introduce(screen, experiment, device, threads)
        training = Training([experiment], device)
        interrupted = fit_alone(training, folder, screen)
        truths = TruthCache().truths(experiment)
        summary = leave(experiment, training.reached(0), folder, truths)
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt | SystemExit)
        ended(
            folder,
            record,
            *(("interrupted", "told to stop") if stopped else ("failed", str(error))),
        )
        reason = machine.lack(error)
        if reason:
            raise TrainingFailed(f"{reason} (the run's folder is {folder.path})") from error
        raise
    paths = tasks.headlines_in([summary["test"]])
    screen.table("", *comparison(summary["test"], summary["baselines"], paths))
    if summary["baselines"] and len(experiment.parts.train) > MOST:
        screen.pair("", f"the baselines learnt from the first {MOST:,} training rows")
    screen.pair("verdict", summary["verdict"])
    screen.pair("folder", str(folder.path))
    ended(folder, record, "interrupted" if interrupted else "done", summary["verdict"])
    if interrupted:
        raise KeyboardInterrupt
    return folder.path


def check(experiment: Experiment) -> None:
    """Say what a run would do, and do nothing."""
    device = machine.device(experiment.settings.training.device)
    threads = machine.threads(experiment.settings.training.threads, experiment.work)
    screen = Screen()
    try:
        introduce(screen, experiment, device, threads)
    except (RuntimeError, MemoryError) as error:
        if reason := machine.lack(error):
            raise TrainingFailed(reason) from error
        raise
    clock = experiment.clock
    screen.pair("steps", f"{clock.steps:,} ({clock.epochs} epochs of {clock.epoch_steps})")
    screen.pair(
        "folder",
        f"{Path(experiment.settings.output.root) / experiment.choices['dataset']}/<time>-<id>",
    )


def introduce(screen: Screen, experiment: Experiment, device: torch.device, threads: int) -> None:
    """What is about to be trained, on what."""
    data, settings, choices = experiment.data, experiment.settings, experiment.choices
    parts = ", ".join(f"{len(rows):,} {name}" for name, rows in experiment.parts.items())
    kind = (
        count(len(data.classes), "class")
        if data.classes
        else count(len(data.target_names), "target")
    )
    layers = settings.model.layers(experiment.inputs, experiment.outputs)
    parameters = sum(p.numel() for p in network(experiment).parameters())
    screen.pair("changed", " ".join(changed(experiment)) or "nothing: these are the defaults")
    screen.pair(
        "data",
        f"{data.title}: {count(data.rows, 'row')} ({parts}), {count(len(data.columns), 'column')}, {kind}",
    )
    for note in data.notes:
        screen.pair("", note)
    screen.pair("model", f"{choices['model']} {layers}, {parameters:,} parameters")
    names = [choices[group] for group in ("optimizer", "scheduler")] + [spoken(experiment.loss)]
    place = f"{device}, {count(threads, 'thread')}" if device.type == "cpu" else str(device)
    screen.pair(
        "training",
        f"{names[0]}, {names[1]} schedule, loss {names[2]}; seed {settings.seed}; on {place}",
    )
    if settings.training.compile:
        screen.pair(
            "",
            "the first epoch waits for the compiler, a minute or several; a graph made before is used again",
        )


def changed(experiment: Experiment) -> list[str]:
    """What was typed, less the choices that are the defaults anyway."""
    usual = {f"{group}={option}" for group, option in defaults().items()}
    return [override for override in experiment.overrides if override not in usual]


def count(number: int, noun: str) -> str:
    """A number with its noun: 1 target, 5 targets, 3 classes."""
    return f"{number:,} {noun}" + ("" if number == 1 else "es" if noun.endswith("s") else "s")


def spoken(part: object) -> str:
    """A part's class as configurations call it: CrossEntropy is cross_entropy."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(part).__name__).lower()


def fit_alone(training: Training, folder: RunFolder, screen: Screen) -> bool:
    """Train, telling and writing each epoch; whether Ctrl-C ended it, in which case what was reached is kept."""
    (experiment,), (seen,) = training.experiments, training.history
    begin_epochs(folder, *epoch_columns(experiment))
    try:
        clock, score = experiment.clock, tasks.of(experiment.data.task).score
        with screen.epochs(experiment.settings.training.epochs, clock.epoch_steps, score) as lines:
            for epoch in training.epochs():
                if training.failures:
                    raise TrainingFailed(training.failures[0])
                add_epoch(folder, seen[-1])
                lines.show(epoch)
    except KeyboardInterrupt:
        if not seen:
            raise
        training.interrupt()
        screen.say(f"interrupted after epoch {len(seen)}; what was reached is kept")
        return True
    return False
