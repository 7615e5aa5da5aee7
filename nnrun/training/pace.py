"""How long an epoch takes, and how many of them a person's minutes allow."""

from dataclasses import replace
from itertools import pairwise
from math import ceil
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from time import perf_counter

import torch

from nnrun.config.experiment import Experiment
from nnrun.config.length import EPOCHS
from nnrun.config.minutes import MINUTES, with_epochs
from nnrun.engine import device as machine
from nnrun.engine.cohort import Rows
from nnrun.engine.fit import fit
from nnrun.engine.state import begin
from nnrun.errors import Mistake, Problem
from nnrun.parts.interface import Loss
from nnrun.report.numbers import setting
from nnrun.report.screen import Screen
from nnrun.runs.epochs import add_epoch
from nnrun.runs.folder import RunFolder
from nnrun.training.cohort import cohort
from nnrun.training.ensemble import networks_of
from nnrun.training.introduction import device_for, machine_for
from nnrun.training.together import stackable
from nnrun.training.training import Training

TIMED = 12  # steps of an epoch that is timed at first
WATCHED = 1000  # validation rows that are timed
SHARE, MOST = 1 / 20, 10.0  # of the time, and seconds at most, for measuring the pace
TELLING = 2  # epochs at least, where they can be timed whole
OPEN = 1_000_000  # epochs, as long as nobody knows how many there will be


def as_long_as_asked(experiment: Experiment, screen: Screen) -> Experiment:
    """Give an experiment with minutes the epochs that these allow; others stay as they are.

    What is trained to learn the pace is thrown away, and the training begins anew, since its
    schedule follows from how many epochs there are.
    """
    minutes = experiment.settings.training.minutes
    if minutes is None:
        return experiment
    until = perf_counter() + 60 * minutes
    with screen.waiting("measuring the pace"):
        epoch = measured_pace(experiment, min(MOST, SHARE * 60 * minutes))
    epochs = round((until - perf_counter()) / epoch)
    if epochs < 1:
        raise too_short(minutes, epoch)
    screen.pair("pace", f"{spoken_pace(epoch)} an epoch, so {EPOCHS}={epochs}")
    return replace(with_epochs(experiment, epochs), minutes=minutes)


def too_short(minutes: float, epoch: float) -> Mistake:
    """Tell that not even one epoch comes near the time."""
    least = setting(ceil(100 * epoch / 60 / (1 - SHARE)) / 100)
    wrong = f"one epoch takes {spoken_pace(epoch)}"
    advice = f"raise it to {least}, or set {EPOCHS}=1 instead"
    return Mistake(Problem(MINUTES, setting(minutes), wrong, advice))


def spoken_pace(seconds: float) -> str:
    return f"{setting(1000 * seconds)} ms" if seconds < 1 else f"{setting(seconds)} s"


def measured_pace(experiment: Experiment, budget: float) -> float:
    """Time epochs of a run alone within some seconds, in each stage of its loss."""
    training = replace(experiment.settings.training, epochs=OPEN, minutes=None)
    endless = replace(experiment, settings=replace(experiment.settings, training=training))
    _, threads = machine_for(endless)
    torch.set_num_threads(threads)
    machine.keep_memory()
    return sum(share * pace_within(one, share * budget) for share, one in by_stage(endless))


def by_stage(experiment: Experiment) -> list[tuple[float, Experiment]]:
    """Give the share of each stage of the loss, and the experiment as if it stayed there."""
    starts = [start for start, _ in experiment.loss.stages]
    shares = [end - start for start, end in pairwise([*starts, 1.0])]
    return [(share, staying(experiment, stage)) for stage, share in enumerate(shares)]


def staying(experiment: Experiment, stage: int) -> Experiment:
    def alone(loss: Loss) -> Loss:
        return loss.stages[stage][1]

    folds = [fold._replace(loss=alone(fold.loss)) for fold in experiment.folds]
    return replace(experiment, loss=alone(experiment.loss), folds=folds)


def pace_within(experiment: Experiment, budget: float) -> float:
    """Time epochs of an experiment within some seconds: whole ones, or steps if these are long."""
    guess = pace([experiment])
    if 2 * guess < budget:
        first, *others = seconds_of_epochs(experiment, budget)
        return fmean(others or [first])
    steps = budget / 3 / (guess / experiment.clock.epoch_steps)
    return pace([experiment], round(steps)) if steps > TIMED else guess


def seconds_of_epochs(experiment: Experiment, budget: float) -> list[float]:
    """Time whole epochs, with what a run writes down in each."""
    training = Training([experiment], device_for(experiment))
    with TemporaryDirectory(prefix="nnrun-") as passing:
        folder = RunFolder(Path(passing), durable=False)
        marks = [perf_counter()]
        for _ in training.epochs():
            if not training.failures:  # else the training itself tells of it
                add_epoch(folder, training.history[0][-1])
            marks.append(perf_counter())
            # the first one alone also records its steps
            if marks[-1] > marks[0] + budget and len(marks) > TELLING:
                break
    return [until - since for since, until in pairwise(marks)]


def pace(experiments: list[Experiment], timed: int = TIMED) -> float:
    """Time an epoch of these members together by a few of its steps, in seconds."""
    folds = [fold for experiment in experiments for fold in networks_of(experiment)]
    networks = [one for fold in folds for one in fold]
    return sum(pace_together([networks[i] for i in own], timed) for own in stackable(networks))


def pace_together(networks: list[Experiment], timed: int) -> float:
    """Time an epoch of networks that go through steps together."""
    whole = cohort(networks, device_for(networks[0]))
    train, val = some(whole.train, timed * whole.batch_size), whole.val
    if not any(member.measure for member in whole.members):  # which know what is true of all rows
        val = some(val, WATCHED)
    few = replace(whole, train=train, val=val, epochs=3)
    *_, last = fit(few, begin(few))
    watching = (last.seconds - last.training) * whole.val.count / max(1, val.count)
    return last.training / few.steps * whole.steps + watching


def some(rows: Rows, most: int) -> Rows:
    """Take the first rows of each set."""
    count = min(rows.count, most)
    if not count:
        return rows

    def first(flat: torch.Tensor) -> torch.Tensor:
        sets = flat.view(-1, rows.count, *flat.shape[1:])  # (sets, rows, ...)
        return sets[:, :count].flatten(0, 1).contiguous()

    weights = None if rows.weights is None else first(rows.weights)
    return Rows(first(rows.x), first(rows.y), count, rows.set_of, weights)
