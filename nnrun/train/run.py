"""Train one experiment, and leave its folder."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from nnrun import tasks
from nnrun.config.catalogue import defaults
from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.errors import TrainingFailed
from nnrun.report.run_lines import Introduction, introduce, show_result
from nnrun.report.screen import Screen
from nnrun.runs.epochs import add_epoch, begin_epochs
from nnrun.runs.folder import RunFolder, make_run_folder
from nnrun.runs.record import begin_record, end_record
from nnrun.train.cohort import network
from nnrun.train.outcome import epoch_columns, write_outcome
from nnrun.train.training import Training
from nnrun.train.true_values import TrueValuesCache


def train(experiment: Experiment, screen: Screen) -> Path:
    """Train an experiment to a finished run folder, which is told to the screen and its log."""
    device, threads = machine_for(experiment)
    torch.set_num_threads(threads)
    machine.keep_memory()
    folder = make_run_folder(experiment.settings.output.root, experiment.choices["dataset"])
    screen.log = folder.log
    facts = {"device": str(device), "threads": threads}
    record = begin_record(folder, experiment.config, experiment.overrides, **facts)
    with failures_recorded(folder, record):
        introduce(screen, describe(experiment))
        training = Training([experiment], device)
        interrupted = fit_alone(training, folder, screen)
        truths = TrueValuesCache().truths(experiment)
        summary = write_outcome(experiment, training.reached(0), folder, truths)
    headlines = tasks.headlines_in([summary["test"]])
    show_result(screen, summary, headlines, len(experiment.parts.train), str(folder.path))
    status = "interrupted" if interrupted else "done"
    end_record(folder, record, status, summary["verdict"])
    if interrupted:
        raise KeyboardInterrupt
    return folder.path


def machine_for(experiment: Experiment) -> tuple[torch.device, int]:
    """Choose the device, and how many threads."""
    settings = experiment.settings.training
    return machine.device(settings.device), machine.threads(settings.threads, experiment.work)


@contextmanager
def failures_recorded(folder: RunFolder, record: dict) -> Iterator[None]:
    """Write down in run.json that training failed, or was stopped, and why."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        end_record(folder, record, "interrupted", "told to stop")
        raise
    except BaseException as error:
        end_record(folder, record, "failed", str(error))
        if lack := machine.lack(error):
            raise TrainingFailed(f"{lack} (the run's folder is {folder.path})") from error
        raise


def fit_alone(training: Training, folder: RunFolder, screen: Screen) -> bool:
    """Train, telling and writing each epoch; give whether Ctrl-C ended it, and keep the rest."""
    (experiment,), (epochs,) = training.experiments, training.history
    score, place_names = epoch_columns(experiment)
    begin_epochs(folder, score, place_names)
    total, steps = experiment.settings.training.epochs, experiment.clock.epoch_steps
    try:
        with screen.epochs(total, steps, score) as lines:
            for epoch in training.epochs():
                if training.failures:
                    raise TrainingFailed(str(training.failures[0]))
                add_epoch(folder, epochs[-1])
                lines.show(epoch)
    except KeyboardInterrupt:
        if not epochs:
            raise
        training.interrupt()
        screen.say(f"interrupted after epoch {len(epochs)}; what was reached is kept")
        return True
    return False


# What is about to be trained


def check(experiment: Experiment) -> Introduction:
    """Tell what a run would be, without training it."""
    try:
        return describe(experiment)
    except (RuntimeError, MemoryError) as error:
        if lack := machine.lack(error):
            raise TrainingFailed(lack) from error
        raise


def describe(experiment: Experiment) -> Introduction:
    """Describe what is about to be trained, on what."""
    settings, choices, data = experiment.settings, experiment.choices, experiment.data
    device, threads = machine_for(experiment)
    folder = Path(settings.output.root) / choices["dataset"]
    return Introduction(
        changed=changed(experiment),
        data=data.title,
        rows=data.rows,
        rows_of={name: len(rows) for name, rows in experiment.parts.items()},
        columns=len(data.columns),
        targets=len(data.target_names),
        classes=len(data.classes),
        notes=data.notes,
        model=choices["model"],
        layers=settings.model.layers(experiment.inputs, experiment.outputs),
        parameters=sum(numbers.numel() for numbers in network(experiment).parameters()),
        optimizer=choices["optimizer"],
        scheduler=choices["scheduler"],
        loss=option_name(experiment.loss),
        seed=settings.seed,
        device=str(device),
        threads=threads,
        compile=settings.training.compile,
        epochs=settings.training.epochs,
        epoch_steps=experiment.clock.epoch_steps,
        folder=f"{folder}/<time>-<id>",
    )


def changed(experiment: Experiment) -> list[str]:
    """List what was typed, without choices that are the defaults anyway."""
    usual = {f"{group}={option}" for group, option in defaults().items()}
    return [override for override in experiment.overrides if override not in usual]


def option_name(part: object) -> str:
    """Name a part's class as configurations do: CrossEntropy is cross_entropy."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(part).__name__).lower()
