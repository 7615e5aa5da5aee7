"""Train one experiment, and leave its folder."""

import errno
import re
from dataclasses import replace
from math import inf, isfinite
from pathlib import Path

import numpy as np
import torch

from nnrun import bundle as bundles
from nnrun.catalogue import defaults
from nnrun.engine import device as machine
from nnrun.engine.assess import outputs
from nnrun.engine.chance import generator
from nnrun.engine.fit import Epoch, fit
from nnrun.engine.members import bind
from nnrun.engine.state import Cohort, Member, Rows, begin
from nnrun.experiment import Experiment
from nnrun.mistake import TrainingFailed
from nnrun.outcome import GAUGES, Trained, leave
from nnrun.results.baselines import MOST
from nnrun.results.folder import RunFolder, make
from nnrun.results.record import begun, ended
from nnrun.results.screen import Screen, comparison


def train(experiment: Experiment) -> Path:
    """From an experiment to a finished run folder."""
    device = machine.device(experiment.settings.training.device)
    threads = machine.threads(experiment.settings.training.threads, work(experiment))
    torch.set_num_threads(threads)
    machine.keep_memory()
    folder = make(experiment.settings.output.root, experiment.choices["dataset"])
    screen = Screen(lambda line: folder.append("log.txt", line))
    record = begun(folder, experiment.config, experiment.overrides, device=str(device), threads=threads)
    introduce(screen, experiment, device, threads)
    try:
        trained = fit_alone(experiment, cohort(experiment, device), folder, screen)
        summary = leave(experiment, trained, folder)
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt | SystemExit)
        ended(folder, record, *(("interrupted", "told to stop") if stopped else ("failed", str(error))))
        reason = lack(error)
        if reason:
            raise TrainingFailed(f"{reason} (the run's folder is {folder.path})") from error
        raise
    screen.table("", *comparison(summary["test"], summary["baselines"]))
    if summary["baselines"] and len(experiment.parts.train) > MOST:
        screen.pair("", f"the baselines learnt from the first {MOST:,} training rows")
    screen.pair("verdict", summary["verdict"])
    screen.pair("folder", str(folder.path))
    ended(folder, record, "interrupted" if trained.interrupted else "done", summary["verdict"])
    if trained.interrupted:
        raise KeyboardInterrupt
    return folder.path


def lack(error: BaseException) -> str:
    """What the machine had too little of, if that was the reason."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return "memory ran out; lower training.batch_size or model.widths"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space or choose another output.root"
    return ""


def check(experiment: Experiment) -> None:
    """Say what a run would do, and do nothing."""
    device = machine.device(experiment.settings.training.device)
    threads = machine.threads(experiment.settings.training.threads, work(experiment))
    screen = Screen()
    introduce(screen, experiment, device, threads)
    clock = experiment.clock
    screen.pair("steps", f"{clock.steps:,} ({clock.epochs} epochs of {clock.epoch_steps})")
    screen.pair("folder", f"{Path(experiment.settings.output.root) / experiment.choices['dataset']}/<time>-<id>")


def work(experiment: Experiment) -> int:
    """Multiplications in the forward pass of a step."""
    rows = experiment.settings.batch_rows(len(experiment.parts.train))
    return rows * experiment.settings.model.work(experiment.inputs.features, experiment.outputs)


def introduce(screen: Screen, experiment: Experiment, device: torch.device, threads: int) -> None:
    """What is about to be trained, on what."""
    data, settings, choices = experiment.data, experiment.settings, experiment.choices
    parts = ", ".join(f"{len(rows):,} {name}" for name, rows in experiment.parts.items())
    kind = count(len(data.classes), "class") if data.classes else count(len(data.target_names), "target")
    layers = settings.model.layers(experiment.inputs.features, experiment.outputs)
    parameters = sum(p.numel() for p in network(experiment).parameters())
    screen.pair("changed", " ".join(changed(experiment)) or "nothing: these are the defaults")
    screen.pair("data", f"{data.title}: {data.rows:,} rows ({parts}), {count(len(data.columns), 'column')}, {kind}")
    for note in data.notes:
        screen.pair("", note)
    screen.pair("model", f"{choices['model']} {layers}, {parameters:,} parameters")
    names = [choices[group] for group in ("optimizer", "scheduler")] + [spoken(experiment.loss)]
    place = f"{device}, {count(threads, 'thread')}" if device.type == "cpu" else str(device)
    screen.pair("training", f"{names[0]}, {names[1]} schedule, loss {names[2]}; seed {settings.seed}; on {place}")


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


def network(experiment: Experiment) -> torch.nn.Module:
    """The experiment's network with its first weights."""
    stream = generator(experiment.settings.seed, "init")
    return experiment.settings.model.build(experiment.inputs.features, experiment.outputs, stream)


def member(experiment: Experiment) -> Member:
    """What is an experiment's own inside a cohort."""
    settings, clock = experiment.settings, experiment.clock
    held = settings.regularisation
    return Member(
        settings.seed,
        settings.optimizer,
        lambda step: settings.scheduler.rate(step, clock),
        held.l2,
        settings.model.dropout,
        settings.training.clip_norm or inf,
        held.patience or inf,
        held.min_delta,
    )


def cohort(experiment: Experiment, device: torch.device) -> Cohort:
    """A cohort of one."""
    settings = experiment.settings
    return Cohort(
        members=(member(experiment),),
        networks=(network(experiment),),
        hidden_units=experiment.settings.model.hidden_units,
        loss=experiment.loss,
        gauge=GAUGES[experiment.data.task][1],
        train=on_device(experiment, experiment.parts.train, device),
        val=on_device(experiment, experiment.parts.val, device),
        epochs=settings.training.epochs,
        batch_size=settings.batch_rows(len(experiment.parts.train)),
        device=device,
        precision=machine.PRECISIONS[settings.training.precision],
        compile=settings.training.compile,
    )


def on_device(experiment: Experiment, rows: np.ndarray, device: torch.device) -> Rows:
    """Features and targets of some rows as tensors."""
    x, y = torch.from_numpy(experiment.features(rows)), torch.from_numpy(experiment.wanted(rows))
    return Rows(x.to(device), y.to(device), len(rows), (0,))


def fit_alone(experiment: Experiment, alone: Cohort, folder: RunFolder, screen: Screen) -> Trained:
    """Train, telling and writing each epoch; Ctrl-C ends training, and what was reached is kept."""
    name = GAUGES[experiment.data.task][0]
    folder.append("metrics.csv", f"epoch,train_loss,val_loss,val_{name},lr")
    folder.append("timing.csv", "epoch,seconds")
    state, seen, interrupted = begin(alone), [], False
    try:
        with screen.epochs(alone.epochs, alone.steps, name) as lines:
            for epoch in fit(alone, state):
                refuse_nan(epoch)
                seen.append(epoch)
                numbers = (epoch.train_loss[0], epoch.val_loss[0], epoch.gauge[0], epoch.lr[0])
                folder.append("metrics.csv", ",".join([str(epoch.number), *(f"{n:.9g}" for n in numbers)]))
                folder.append("timing.csv", f"{epoch.number},{epoch.seconds:.6f}")
                lines.show(epoch)
    except KeyboardInterrupt:
        if not seen:
            raise
        interrupted = True
        screen.say(f"interrupted after epoch {len(seen)}; what was reached is kept")
    bind(state.network, state.layout, state.best)
    alone = replace(alone, precision=torch.float32)  # as the bundle will predict
    predictions = {part: said(experiment, alone, state.network, rows) for part, rows in experiment.parts.items()}
    return Trained(seen, state.best_epoch[0], state.layout.views(state.best), predictions, interrupted)


def refuse_nan(epoch: Epoch) -> None:
    """A loss that is no number never becomes one again."""
    for name, loss in (("training", epoch.train_loss[0]), ("validation", epoch.val_loss[0])):
        if not isfinite(loss):
            raise TrainingFailed(
                f"{name} loss became {loss} in epoch {epoch.number}; lower optimizer.lr"
                f" (it was {epoch.lr[0]:g}) or set training.clip_norm=1"
            )


def said(experiment: Experiment, alone: Cohort, trained: torch.nn.Module, rows: np.ndarray) -> np.ndarray:
    """Predictions for some rows, in the data's own terms."""
    given = outputs(alone, trained, on_device(experiment, rows, alone.device))
    return bundles.as_predictions(given, experiment.data.classes, experiment.targets)
