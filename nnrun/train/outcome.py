"""What stays of a training: metrics beside baselines, a verdict, the bundle, predictions, pictures."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO

import numpy as np
import torch

from nnrun.bundle import bundle as bundles
from nnrun.bundle import metric
from nnrun.config.experiment import Experiment
from nnrun.parts.dataset.data import Data
from nnrun.parts.interface import OwnMetrics
from nnrun.report.baselines import MOST, baselines
from nnrun.report.verdict import arrival, reading, verdict
from nnrun.runs.course import EpochRecord
from nnrun.runs.folder import RunFolder
from nnrun.train.gallery import gallery

SCORES = {
    "regression": ("r2", metric.r2),
    "classification": ("accuracy", metric.accuracy),
    "landscape": ("nearness", metric.nearness),
}


def headings(experiment: Experiment) -> dict[str, str]:
    """The first lines of the files that grow with each epoch."""
    score, data = SCORES[experiment.data.task][0], experiment.data
    place = [f",{name}" for name in data.target_names if data.landscape]
    return {
        "metrics.csv": f"epoch,train_loss,val_loss,val_{score},lr{''.join(place)}",
        "timing.csv": "epoch,seconds",
    }


@dataclass(frozen=True)
class Trained:
    """What training gave: its epochs, and the network's tensors and predictions at the best of them."""

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
    """Every metric of each part of the rows, the baselines on the test rows, and the verdict."""
    metrics = {
        part: measured(bundle, experiment, rows, trained.predictions[part])
        for part, rows in experiment.parts.items()
    }
    beside = compare(bundle, experiment) if experiment.settings.output.baselines else {}
    best = trained.epochs[trained.best_epoch - 1]
    sentence = judged(experiment, trained.epochs, best, metrics, beside)
    ending = {
        "val_loss": best.val_loss,
        "best_epoch": best.number,
        "epochs": len(trained.epochs),
        "verdict": sentence,
    }
    return {**metrics, "baselines": beside, **ending}


def judged(
    experiment: Experiment, seen: list[EpochRecord], best: EpochRecord, metrics: dict, beside: dict
) -> str:
    """The verdict on a course and on what it reached."""
    if experiment.data.landscape:
        return arrival(seen)
    train, val = [epoch.train_loss for epoch in seen], [epoch.val_loss for epoch in seen]
    if getattr(experiment.loss, "aside", False):
        return reading(train, val, best.number)
    score = SCORES[experiment.data.task][0]
    return verdict(
        train,
        val,
        best.number,
        score,
        metrics["test"][score],
        constant(experiment),
        beside.get("linear", {}).get(score),
    )


def add_baselines(experiment: Experiment, folder: RunFolder) -> None:
    """Give a member's folder the baselines that a run alone has."""
    summary, seen = folder.get_json("summary.json"), course(folder)
    beside = compare(bundles.load(folder.path), experiment)
    sentence = judged(experiment, seen, seen[summary["best_epoch"] - 1], summary, beside)
    folder.put_json("summary.json", {**summary, "baselines": beside, "verdict": sentence})


def add_pictures(experiment: Experiment, folder: RunFolder) -> None:
    """Give a member's folder the pictures that a run alone has."""
    best_epoch = folder.get_json("summary.json")["best_epoch"]
    draw(experiment, bundles.load(folder.path), course(folder), best_epoch, folder)


def draw(
    experiment: Experiment,
    bundle: bundles.Bundle,
    seen: list[EpochRecord],
    best_epoch: int,
    folder: RunFolder,
) -> None:
    """Every picture that the data allow."""
    for name, content in gallery(
        experiment, bundle, seen, best_epoch, SCORES[experiment.data.task][0]
    ).items():
        folder.put(name, content)


def course(folder: RunFolder) -> list[EpochRecord]:
    """The epochs that a folder tells of."""
    return [
        EpochRecord.read(line)
        for line in (folder.path / "metrics.csv").read_text().splitlines()[1:]
    ]


def measured(
    bundle: bundles.Bundle, experiment: Experiment, rows: np.ndarray, predicted: np.ndarray
) -> dict:
    """Every metric of some rows."""
    data = experiment.data
    return bundle.measure(
        asked(bundle.own_metrics, data).take(rows, 0), predicted, data.targets.take(rows, 0)
    )


@lru_cache(maxsize=1)  # members of a sweep share the data, though each may have a split of its own
def asked(own_metrics: OwnMetrics, data: Data) -> np.ndarray:
    """What a data set's own metrics want to know of all rows."""
    return own_metrics.asked(data.inputs)


def compare(bundle: bundles.Bundle, experiment: Experiment) -> dict[str, dict]:
    """What simple methods reach on the test rows; there are none on a landscape."""
    if experiment.data.landscape:
        return {}
    parts, targets = experiment.parts, experiment.data.targets
    learnt = parts.train[:MOST]
    x, new = experiment.prepared.features(learnt), experiment.prepared.features(parts.test)
    found = baselines(x, targets[learnt], new, len(experiment.data.classes))
    return {
        name: measured(bundle, experiment, parts.test, predicted)
        for name, predicted in found.items()
    }


def constant(experiment: Experiment) -> float:
    """What the score gives to one answer for all test rows."""
    labels = experiment.data.targets[experiment.parts.test]
    return float(np.bincount(labels).max() / len(labels)) if experiment.data.classes else 0.0


def predictions_csv(experiment: Experiment, predicted: np.ndarray) -> str:
    """The test rows: their number in the data, what is true, what was predicted."""
    data, rows = experiment.data, experiment.parts.test
    if data.classes:
        names = [
            "row",
            f"true_{data.target_names[0]}",
            "predicted",
            *(f"p({name})" for name in data.classes),
        ]
        columns = [classes_of(data, predicted.argmax(1)), *predicted.T]
    else:
        names = [
            "row",
            *(f"{kind}_{name}" for kind in ("true", "predicted") for name in data.target_names),
        ]
        names += bundles.deviation_names(data.target_names, experiment.per_target)
        columns = [*predicted.T]
    return header(names) + "".join(line + "\n" for line in lines([truths(data, rows), *columns]))


def truths(data: Data, rows: np.ndarray) -> list[str]:
    """The number of each row and what is true of it, as the first cells of a line."""
    written = written_of(data)
    new = np.array([row for row in rows.tolist() if row not in written], np.int64)
    true = data.targets[new]
    columns = [classes_of(data, true)] if data.classes else [*true.T]
    written.update(zip(new.tolist(), lines([new, *columns]), strict=True))
    return [written[row] for row in rows.tolist()]


@lru_cache(maxsize=1)
def written_of(data: Data) -> dict[int, str]:
    """The truths about rows that members of a sweep have written so far."""
    return {}


def classes_of(data: Data, places: np.ndarray) -> list[str]:
    """The classes at some places, with quotes around those that need them."""
    names = [header([name]).rstrip("\n") for name in data.classes]
    return [names[place] for place in places.tolist()]


def header(names: list[str]) -> str:
    """The first line of a table."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(names)
    return text.getvalue()


def lines(columns: list[np.ndarray | list[str]]) -> Iterator[str]:
    """Columns as comma-separated lines; formatting them by the line takes a third of what csv takes by the cell."""
    forms = {"f": "%.9g", "i": "%d"}
    line = ",".join(
        "%s" if isinstance(column, list) else forms[column.dtype.kind] for column in columns
    )
    cells = [column if isinstance(column, list) else column.tolist() for column in columns]
    return map(line.__mod__, zip(*cells, strict=True))
