"""Train one experiment, and leave its folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from nnrun import tasks
from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.errors import TrainingFailed
from nnrun.report.run_lines import show_result
from nnrun.report.screen import Screen
from nnrun.runs.epochs import add_epoch, begin_epochs
from nnrun.runs.folder import RunFolder, make_run_folder
from nnrun.runs.record import begin_record, end_record
from nnrun.runs.summary import judged_by
from nnrun.training.introduction import introduction, machine_for
from nnrun.training.outcome import epoch_columns, write_outcome
from nnrun.training.training import Training
from nnrun.training.true_values import TrueValuesCache


def train(experiment: Experiment, screen: Screen) -> Path:
    """Train an experiment to a finished run folder, which is told to the screen and its log."""
    device, threads = machine_for(experiment)
    torch.set_num_threads(threads)
    machine.keep_memory()
    output = experiment.settings.output
    folder = make_run_folder(output.root, experiment.choices["dataset"], output.folder)
    screen.log = folder.log
    facts = {"device": str(device), "threads": threads}
    record = begin_record(folder, experiment.config, experiment.overrides, **facts)
    with failures_recorded(folder, record):
        screen.pairs(introduction(experiment))
        training = Training([experiment], device)
        interrupted = fit_alone(training, folder, screen)
        truths = TrueValuesCache().truths(experiment)
        trained = training.reached(0)
        summary = write_outcome(experiment, trained, folder, truths, screen.waiting)
    headlines = tasks.headlines_in([summary[judged_by(summary)]], [experiment.score.name])
    show_result(screen, summary, headlines, len(experiment.rows.train), str(folder.path))
    status = "interrupted" if interrupted else "done"
    end_record(folder, record, status, summary["verdict"])
    if interrupted:
        raise KeyboardInterrupt
    return folder.path


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
