"""What stays of a training: the bundle, metrics beside baselines, a verdict, pictures."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from nnrun import tasks
from nnrun.bundle import bundle as bundles
from nnrun.config.experiment import Experiment
from nnrun.parts.dataset.data import Data
from nnrun.parts.interface import OwnMetrics
from nnrun.report.baselines import MOST
from nnrun.report.verdict import Reached
from nnrun.runs.epochs import EpochRecord, read_epochs
from nnrun.runs.folder import RunFolder
from nnrun.runs.tables import line, lines
from nnrun.tasks.interface import FinishedRun


def epoch_columns(experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Name the score that is watched, and where a point stands, as metrics.csv has them."""
    task = tasks.of(experiment.data.task)
    return task.score, task.place_names(experiment.data)


@dataclass(frozen=True)
class Trained:
    """What training gave: its epochs, and tensors and predictions at the best of them."""

    epochs: list[EpochRecord]
    best_epoch: int
    tensors: dict[str, torch.Tensor]
    predictions: dict[str, np.ndarray]  # of each part of the rows, in the data's own terms


def leave(experiment: Experiment, trained: Trained, folder: RunFolder) -> dict:
    """Write everything that stays; gives the summary."""
    bundle = bundles.of(experiment, trained.tensors)
    for name, content in bundle.files().items():
        folder.put(name, content)
    summary = summarise(experiment, bundle, trained)
    folder.put_json("summary.json", summary)
    folder.put("predictions.csv", predictions_csv(experiment, trained.predictions["test"]))
    if experiment.settings.output.pictures:
        draw(experiment, bundle, trained.epochs, trained.best_epoch, folder)
    return summary


def summarise(experiment: Experiment, bundle: bundles.Bundle, trained: Trained) -> dict:
    """Gather all metrics, the baselines on the test rows, and the verdict."""
    metrics = {
        part: measured(bundle, experiment, rows, trained.predictions[part])
        for part, rows in experiment.parts.items()
    }
    baselines = compare(bundle, experiment) if experiment.settings.output.baselines else {}
    best = trained.epochs[trained.best_epoch - 1]
    ending = {
        "val_loss": best.val_loss,
        "best_epoch": best.number,
        "epochs": len(trained.epochs),
        "verdict": verdict(experiment, trained.epochs, best.number, metrics["test"], baselines),
    }
    return {**metrics, "baselines": baselines, **ending}


def verdict(
    experiment: Experiment,
    epochs: list[EpochRecord],
    best_epoch: int,
    test: dict,
    baselines: dict[str, dict],
) -> str:
    """Judge the epochs and what was reached on the test rows."""
    task = tasks.of(experiment.data.task)
    if experiment.loss.off_centre:
        return task.verdict(epochs, best_epoch, None)
    constant = task.constant(experiment.data.targets[experiment.parts.test])
    linear = baselines.get("linear", {}).get(task.score)
    reached = Reached(task.score, test[task.score], constant, linear)
    return task.verdict(epochs, best_epoch, reached)


def add_baselines(experiment: Experiment, folder: RunFolder) -> None:
    """Give a member's folder the baselines that a run alone has."""
    summary, epochs = folder.get_json("summary.json"), read_epochs(folder.path)
    baselines = compare(bundles.load(folder.path), experiment)
    sentence = verdict(experiment, epochs, summary["best_epoch"], summary["test"], baselines)
    folder.put_json("summary.json", {**summary, "baselines": baselines, "verdict": sentence})


def add_pictures(experiment: Experiment, folder: RunFolder) -> None:
    """Give a member's folder the pictures that a run alone has."""
    best_epoch = folder.get_json("summary.json")["best_epoch"]
    draw(experiment, bundles.load(folder.path), read_epochs(folder.path), best_epoch, folder)


def draw(
    experiment: Experiment,
    bundle: bundles.Bundle,
    epochs: list[EpochRecord],
    best_epoch: int,
    folder: RunFolder,
) -> None:
    """Draw every picture that the data allow."""
    data = experiment.data
    title = f"{data.title}, {experiment.choices['model']}"
    dataset, rows = experiment.settings.dataset, experiment.parts
    run = FinishedRun(title, dataset, data, rows, bundle, epochs, best_epoch)
    for name, content in pictures(run).items():
        folder.put(name, content)


def pictures(run: FinishedRun) -> dict[str, bytes]:
    """Draw the losses, and what the task has to show."""
    from nnrun.report.pictures import curves  # matplotlib takes half a second

    task = tasks.of(run.data.task)
    train = [epoch.train_loss for epoch in run.epochs]
    val = [epoch.val_loss for epoch in run.epochs]
    score = [epoch.score for epoch in run.epochs]
    drawn = {"curves.png": curves(train, val, score, task.score, run.best_epoch, run.title)}
    return drawn | task.pictures(run)


def measured(
    bundle: bundles.Bundle, experiment: Experiment, rows: np.ndarray, predicted: np.ndarray
) -> dict:
    """Compute every metric of some rows."""
    data = experiment.data
    return bundle.measure(
        asked(bundle.own_metrics, data).take(rows, 0), predicted, data.targets.take(rows, 0)
    )


@lru_cache(maxsize=1)  # members of a sweep share the data, though each may have a split of its own
def asked(own_metrics: OwnMetrics, data: Data) -> np.ndarray:
    """What a data set's own metrics want to know of all rows."""
    return own_metrics.asked(data.inputs)


def compare(bundle: bundles.Bundle, experiment: Experiment) -> dict[str, dict]:
    """Measure what simple methods reach on the test rows."""
    data, parts, prepared = experiment.data, experiment.parts, experiment.prepared
    learnt = parts.train[:MOST]
    x, new = prepared.features(learnt), prepared.features(parts.test)
    simple = tasks.of(data.task).baselines(x, data.targets[learnt], new, data)
    return {
        name: measured(bundle, experiment, parts.test, predicted)
        for name, predicted in simple.items()
    }


def predictions_csv(experiment: Experiment, predicted: np.ndarray) -> str:
    """Write the test rows: their number in the data, what is true, what was predicted."""
    data, task = experiment.data, tasks.of(experiment.data.task)
    deviations = bundles.deviation_names(data.target_names, experiment.per_target)
    heading = line(["row", *task.true_names(data), *task.predicted_names(data, deviations)])
    columns = [truths(data, experiment.parts.test), *task.predicted_columns(data, predicted)]
    return heading + "".join(f"{text}\n" for text in lines(columns))


def truths(data: Data, rows: np.ndarray) -> list[str]:
    """The number of each row and what is true of it, as the first cells of a line."""
    written = written_of(data)
    new = np.array([row for row in rows.tolist() if row not in written], np.int64)
    true = tasks.of(data.task).true_columns(data, new)
    written.update(zip(new.tolist(), lines([new, *true]), strict=True))
    return [written[row] for row in rows.tolist()]


@lru_cache(maxsize=1)
def written_of(data: Data) -> dict[int, str]:
    """The truths about rows that members of a sweep have written so far."""
    return {}
