"""One more training of a run's networks, on all rows and for as long as the run found best."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from nnrun import tasks
from nnrun.bundle.bundle import Bundle
from nnrun.bundle.loading import load
from nnrun.config.experiment import Experiment, loss_for, prepare
from nnrun.engine import device as machine
from nnrun.errors import Mistake, Problem, TrainingFailed
from nnrun.parts.dataset.split import SplitRows
from nnrun.report.numbers import count
from nnrun.report.screen import Screen
from nnrun.runs.commands import shown, typed
from nnrun.runs.epochs import add_epoch, write_epochs
from nnrun.runs.folder import RunFolder, as_json, claim_folder
from nnrun.runs.lock import claimed
from nnrun.runs.predictions import PREDICTIONS
from nnrun.runs.record import (
    REFIT,
    begin_record,
    command,
    end_record,
    put_results,
    read_job,
    read_record,
    refuse_average,
    taken_over,
)
from nnrun.runs.summary import SUMMARY, read_summary
from nnrun.runs.whole import gone_unless_whole
from nnrun.training.bundling import bundle_of
from nnrun.training.calibration import middle_temperature
from nnrun.training.ensemble import networks_of_fold
from nnrun.training.facts import facts_of
from nnrun.training.introduction import machine_for
from nnrun.training.outcome import epoch_columns
from nnrun.training.rebuilding import rebuilt, refuse_changed_data
from nnrun.training.training import Training


class Judged(NamedTuple):
    """A finished run, and what it came to on rows that had taught it nothing."""

    folder: Path
    experiment: Experiment
    bundle: Bundle
    summary: dict

    @property
    def epochs(self) -> int:
        """The epoch by which half of its networks were at their best."""
        return int(self.summary["best_epoch"])


def refit(run: Path, out: str, words: list[str], screen: Screen) -> Path:
    """Train the networks of a run again, on every row that it has; gives the new folder."""
    judged = opened(run)
    whole = on_all_rows(judged)
    folder = claim_folder(out)
    again = command([], words)
    with claimed(folder.path), gone_unless_whole(folder.path, again, screen.say):
        fill(judged, whole, folder, words, screen)
    return folder.path


def opened(run: Path) -> Judged:
    """Read a run that has come to its end, and the rows that it was trained on."""
    refuse_average(run, "retrain")
    bundle, record, summary = load(run), read_record(run), read_summary(run)
    if record.get("status") != "done" or "best_epoch" not in summary:
        advice = f"bring it to its end: nnrun resume {typed(run)}"
        raise Mistake(Problem(shown(run), None, "is not done, so no epoch is known", advice))
    experiment = rebuilt(read_job(run))
    refuse_changed_data(run, record, experiment)
    refuse_unfit(run, experiment)
    return Judged(run, experiment, bundle, summary)


def refuse_unfit(run: Path, experiment: Experiment) -> None:
    """Stop where there is nothing to be retrained, or where no rows validate what follows them."""
    wrong, advice = "", "nothing is left to be retrained"
    if tasks.of(experiment.data.task).race:
        wrong = "is a point on a landscape, which has no rows"
    elif experiment.settings.scheduler.follows_losses:
        wrong = f"scheduler={experiment.choices['scheduler']} follows the validation loss"
        advice = f"train with another, and refit that: nnrun again {typed(run)} scheduler=constant"
    elif len(experiment.rows.train) == experiment.data.rows:
        wrong = "was trained on all of its rows"
    if wrong:
        raise Mistake(Problem(shown(run), None, wrong, advice))


def on_all_rows(judged: Judged) -> Experiment:
    """Give the experiment that lets every row train, for as long as was best."""
    experiment = unbagged(judged.experiment)
    settings, split = experiment.settings, experiment.settings.split
    data = settings.dataset.open(split.columns).undivided(split)
    every, none = np.arange(data.rows), np.arange(0)
    rows = SplitRows(every, none, none)
    training = replace(
        settings.training, epochs=judged.epochs, minutes=None, score="auto", threshold=None
    )
    limits = replace(settings.regularisation, patience=None)
    settings = replace(settings, training=training, regularisation=limits)
    prepared = prepare(data, rows, settings)
    loss = loss_for(settings, prepared)
    return replace(experiment, settings=settings, prepared=prepared, loss=loss, folds=())


def unbagged(experiment: Experiment) -> Experiment:
    """Give an experiment without bags, and with as many networks as they have together."""
    settings = experiment.settings
    if not settings.split.bagged:
        return experiment
    split = replace(settings.split, bags=None)
    training = replace(settings.training, ensemble=experiment.networks)
    return replace(experiment, settings=replace(settings, split=split, training=training))


def fill(
    judged: Judged, whole: Experiment, folder: RunFolder, words: list[str], screen: Screen
) -> None:
    """Train, and write the folder."""
    device, threads = machine_for(whole)
    torch.set_num_threads(threads)
    machine.keep_memory()
    rows = count(len(whole.rows.train), "row")
    made_of = f"{shown(judged.folder)}: {count(judged.epochs, 'epoch')} on all {rows}"
    facts = facts_of(whole, device, threads) | {"command": command([], words), "flags": []}
    record = begin_record(folder, {**taken_over(whole.config), REFIT: made_of}, [], **facts)
    screen.log = folder.log
    screen.pair("training", f"{count(judged.epochs, 'epoch')}, on all {rows}")
    training = trained(whole, device, folder, screen)
    summary = summary_of(judged, whole)
    kept = {SUMMARY: as_json(summary), PREDICTIONS: (judged.folder / PREDICTIONS).read_bytes()}
    put_results(folder, bundle_like(judged, whole, training).files() | kept)
    screen.pair("verdict", summary["verdict"])
    screen.pair("folder", shown(folder.path))
    end_record(folder, record, "done", summary["verdict"])


def trained(whole: Experiment, device: torch.device, folder: RunFolder, screen: Screen) -> Training:
    """Train to the last epoch, telling and writing each."""
    training = Training([whole], device)
    write_epochs(folder, [], *epoch_columns(whole))
    with screen.epochs(whole.epochs, whole.clock.epoch_steps, whole.score.name) as lines:
        for epoch in training.epochs():
            if training.failures:
                problem = training.failures[0]
                raise TrainingFailed(str(problem), problem.cause)
            newest = training.history[0][-1]
            add_epoch(folder, newest)
            lines.show(newest, epoch.training)
    return training


def bundle_like(judged: Judged, whole: Experiment, training: Training) -> Bundle:
    """Bundle what was trained, as sure as the run that was judged turned out to be."""
    known = judged.bundle
    (tensors,) = training.tensors(0)
    temperature = middle_temperature([member.temperature for member in known.members])
    bundle = bundle_of(whole, tensors, known.threshold, temperature)
    return replace(bundle, margins=known.margins)


def summary_of(judged: Judged, whole: Experiment) -> dict:
    """Keep the metrics of the run that was judged, and tell whose they are."""
    rows, run = len(whole.rows.train), shown(judged.folder)
    told = {"of": run, "epochs": judged.epochs, "rows": rows}
    verdict = (
        f"retrained on all {count(rows, 'row')} for {count(judged.epochs, 'epoch')}; the metrics"
        f" are those of {run}, as no row is left to judge this one"
    )
    known = {name: value for name, value in judged.summary.items() if name != "networks"}
    return {**known, **networks_told(judged, whole), "refit": told, "verdict": verdict}


def networks_told(judged: Judged, whole: Experiment) -> dict:
    """Tell of several networks by which seed each could be trained alone."""
    seeds = [network.settings.seed for network in networks_of_fold(whole)]
    told = [{"seed": seed, "best_epoch": judged.epochs} for seed in seeds]
    return {"networks": told} if len(told) > 1 else {}
