"""Train one experiment, from its beginning or from a checkpoint, and leave its folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from nnrun import tasks
from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.errors import TrainingFailed
from nnrun.report.run_lines import show_result
from nnrun.report.screen import Screen
from nnrun.runs.commands import typed
from nnrun.runs.commit import git
from nnrun.runs.epochs import add_epoch, write_epochs
from nnrun.runs.folder import RunFolder, make_run_folder
from nnrun.runs.lock import claimed
from nnrun.runs.record import RECORD, begin_record, end_record, put_results
from nnrun.runs.shortages import cause_of, lack, refusal, shortages_told
from nnrun.runs.summary import judged_by
from nnrun.training.alone import Alone
from nnrun.training.beside import company
from nnrun.training.bundling import bundle_of_folds
from nnrun.training.checkpoint import Checkpoint, CheckpointWriter
from nnrun.training.facts import facts_of
from nnrun.training.introduction import introduction, machine_for
from nnrun.training.outcome import epoch_columns, write_outcome
from nnrun.training.training import Training, loss_told, pace_told
from nnrun.training.true_values import TrueValuesCache

Signal = KeyboardInterrupt | SystemExit  # what a person or the system sends to stop it


@dataclass(frozen=True)
class Run:
    """A training, its folder, what run.json says so far, and where it is told."""

    experiment: Experiment
    folder: RunFolder
    record: dict
    screen: Screen


def new_folder(experiment: Experiment) -> RunFolder:
    """Make the folder of a run that begins, on a machine that there is."""
    machine_for(experiment)
    output = experiment.settings.output
    return make_run_folder(output.root, experiment.choices["dataset"], output.folder)


def train(experiment: Experiment, folder: RunFolder, screen: Screen) -> Path:
    """Train an experiment to a finished run folder, which is told to the screen and its log."""
    device, threads = machine_for(experiment)
    screen.log = folder.log
    git.cache_clear()  # in a notebook, files may have changed since the last run
    with claimed(folder.path), shortages_told(f"go on with: {resuming(folder.path)}"):
        with taken_back(folder.path), shortages_told("train again"):
            facts = facts_of(experiment, device, threads)
            record = begin_record(folder, experiment.config, experiment.overrides, **facts)
        run = Run(experiment, folder, record, screen)
        with endings_recorded(run):
            screen.pairs(introduction(experiment))
            return carry_out(run)


@contextmanager
def taken_back(folder: Path) -> Iterator[None]:
    """Leave no folder behind that ends before its record begins, as nothing could go on with it."""
    try:
        yield
    except BaseException:
        if not (folder / RECORD).exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def carry_out(run: Run, checkpoint: Checkpoint | None = None) -> Path:
    """Train to the end, as the record says on what, and write down what stays."""
    torch.set_num_threads(run.record["threads"])
    machine.keep_memory()
    training = Training([run.experiment], torch.device(run.record["device"]))
    with company(run.experiment, run.folder.path, run.record["threads"]) as beside:
        stopped = fit_alone(run, training, checkpoint)
        summary = left_by(run, training, stopped, beside)
    if stopped:
        raise stopped
    end_record(run.folder, run.record, "done", summary["verdict"])
    return run.folder.path


def left_by(run: Run, training: Training, stopped: Signal | None, beside: Alone) -> dict:
    """Write down what a training came to, and tell it."""
    for line in pace_told(training):
        run.folder.log(line)
    run.screen.pairs(loss_told(training))
    experiment = run.experiment
    if stopped:
        experiment = without_extras(experiment)
        # at once, as predicting many rows may take longer than there is time
        put_results(run.folder, bundle_of_folds(experiment, training.tensors(0)).files())
    truths = TrueValuesCache()
    truths.truths(experiment).known = beside.baselines()
    trained, waiting = training.reached(0), run.screen.waiting
    summary = write_outcome(experiment, trained, run.folder, truths, waiting, beside)
    headlines = tasks.headlines_in([summary[judged_by(summary)]], [experiment.score.name])
    train_rows, place = len(experiment.rows.train), str(run.folder.path)
    show_result(run.screen, summary, headlines, train_rows, place)
    return summary


@contextmanager
def endings_recorded(run: Run) -> Iterator[None]:
    """Write down in run.json that training failed or was stopped, and tell the way on."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        with suppress(OSError):
            run.screen.say(f"interrupted; go on with: {resuming(run.folder.path)}")
            end_record(run.folder, run.record, "interrupted", "told to stop")
        raise
    except BaseException as error:
        told = lack(error) or refusal(error) or str(error)
        with suppress(OSError):  # the disk may be what failed
            end_record(run.folder, run.record, "failed", told, cause_of(error))
        raise


def resuming(folder: Path) -> str:
    """Write the command that goes on with a run."""
    return f"nnrun resume {typed(folder)}"


def fit_alone(run: Run, training: Training, checkpoint: Checkpoint | None) -> Signal | None:
    """Train, telling and writing each epoch; give the signal that ended it before its time.

    What was reached in whole epochs is kept then.
    """
    writer = CheckpointWriter(training, run.folder, run.experiment.settings.training.checkpoint)
    if checkpoint:
        writer.go_on_from(checkpoint)
    else:
        write_epochs(run.folder, [], *epoch_columns(run.experiment))
    try:
        train_epochs(run, training, writer)
        writer.write()
    except (KeyboardInterrupt, SystemExit) as signal:
        if not writer.return_to_whole_epoch():
            raise
        writer.write()
        training.interrupt()
        run.screen.say(f"stopped after epoch {training.epoch}; what was reached is kept")
        return signal
    return None


def train_epochs(run: Run, training: Training, writer: CheckpointWriter) -> None:
    steps, score = run.experiment.clock.epoch_steps, run.experiment.score.name
    with run.screen.epochs(run.experiment.epochs, steps, score) as lines:
        for epoch in training.epochs():
            if training.failures:
                problem = training.failures[0]
                raise TrainingFailed(str(problem), problem.cause)
            newest = training.history[0][-1]
            add_epoch(run.folder, newest)
            writer.epoch_over()
            lines.show(newest, epoch.training)


def without_extras(experiment: Experiment) -> Experiment:
    """Leave out what takes seconds: who was told to stop has none."""
    output = replace(experiment.settings.output, pictures=False, baselines=False)
    return replace(experiment, settings=replace(experiment.settings, output=output))
