"""Train a run again from its folder, and tell whether the same comes out."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from nnrun.config.catalogue import defaults
from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.errors import Mistake, Problem
from nnrun.reading.proofs import damage
from nnrun.report.screen import Screen
from nnrun.runs.belongings import refuse_strangers
from nnrun.runs.commands import typed
from nnrun.runs.comparison import Comparison, compare, epoch_lines
from nnrun.runs.epochs import write_epochs
from nnrun.runs.folder import MODEL, RunFolder
from nnrun.runs.record import begin_record, read_job, read_record, refuse_average
from nnrun.runs.shortages import shortages_told
from nnrun.training.facts import facts_of
from nnrun.training.outcome import epoch_columns, write_outcome
from nnrun.training.rebuilding import rebuilt
from nnrun.training.run import without_extras
from nnrun.training.training import Training
from nnrun.training.true_values import TrueValuesCache


def reproduce(path: Path, screen: Screen) -> Comparison:
    """Train a run again beside its folder, which stays as it is, and compare."""
    refuse_strangers(path)
    record = read_record(path)
    refuse_average(path, "reproduce")
    refuse_damaged(path, record)
    epochs = len(epoch_lines(path))
    if not epochs:
        advice = f"train it first: nnrun resume {typed(path)}"
        raise Mistake(Problem(str(path), None, "no epoch of it was over", advice))
    experiment, status = experiment_of(path), record.get("status")
    whole = status in ("done", "interrupted") and has_model(path)
    way_on = f"try again: nnrun reproduce {typed(path)}"
    with shortages_told(way_on), TemporaryDirectory(prefix="nnrun-") as passing:
        training = begin_again(experiment, record)
        train_again(training, screen, None if status == "done" else epochs)
        again = RunFolder(Path(passing), durable=False)
        leave(training, again, whole)
        return compare(path, again.path, epochs, whole)


def refuse_damaged(path: Path, record: dict) -> None:
    """Stop where a file is not as the run left it, so that there is nothing to compare with."""
    if wrong := damage(path, record):
        advice = "restore it, or let nnrun resume make it again"
        raise Mistake(Problem(str(path), None, "; ".join(wrong), advice))


def experiment_of(path: Path) -> Experiment:
    """Build what was trained; earlier versions did not note what was chosen by default."""
    job = read_job(path)
    return without_extras(rebuilt(replace(job, choices=defaults() | job.choices)))


def begin_again(experiment: Experiment, record: dict) -> Training:
    """Begin as the record says, on another device only where there is none such."""
    torch.set_num_threads(int(record.get("threads", torch.get_num_threads())))
    machine.keep_memory()
    try:
        device = machine.device(record.get("device", "auto"))
    except Mistake:
        device = machine.device("auto")
    return Training([experiment], device)


def train_again(training: Training, screen: Screen, epochs: int | None) -> None:
    """Train to the end, or for as many epochs as there were."""
    (experiment,) = training.experiments
    steps, score = experiment.clock.epoch_steps, experiment.score.name
    total = epochs or experiment.epochs
    with screen.epochs(total, steps, score) as lines:
        for epoch in training.epochs():
            if training.failures:
                break
            lines.show(training.history[0][-1], epoch.training)
            if epoch.number == epochs:
                training.interrupt()
                break


def leave(training: Training, folder: RunFolder, whole: bool) -> None:
    """Write down what is to be compared."""
    (experiment,) = training.experiments
    facts = facts_of(experiment, training.device, torch.get_num_threads())
    begin_record(folder, experiment.config, experiment.overrides, **facts)
    write_epochs(folder, training.history[0], *epoch_columns(experiment))
    if whole and not training.failures:
        write_outcome(experiment, training.reached(0), folder, TrueValuesCache())


def has_model(path: Path) -> bool:
    return all((path / name).is_file() for name in MODEL)
