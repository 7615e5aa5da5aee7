"""What stays of a training: metrics beside baselines, a verdict, the bundle, predictions, pictures."""

import csv
from dataclasses import dataclass
from io import StringIO

import numpy as np
import torch

from nnrun import bundle as bundles
from nnrun.experiment import Experiment
from nnrun.gallery import gallery
from nnrun.parts import metric
from nnrun.results.baselines import MOST, baselines
from nnrun.results.course import Seen
from nnrun.results.folder import RunFolder
from nnrun.results.verdict import arrival, verdict

GAUGES = {
    "regression": ("r2", metric.r2),
    "classification": ("accuracy", metric.accuracy),
    "landscape": ("nearness", metric.nearness),
}


def headings(experiment: Experiment) -> dict[str, str]:
    """The first lines of the files that grow with each epoch."""
    gauge, data = GAUGES[experiment.data.task][0], experiment.data
    place = [f",{name}" for name in data.target_names if data.landscape]
    return {"metrics.csv": f"epoch,train_loss,val_loss,val_{gauge},lr{''.join(place)}", "timing.csv": "epoch,seconds"}


@dataclass(frozen=True)
class Trained:
    """What training gave: its epochs, and the network's tensors and predictions at the best of them."""

    epochs: list[Seen]
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
        part: measured(bundle, experiment, rows, trained.predictions[part]) for part, rows in experiment.parts.items()
    }
    beside = compare(bundle, experiment) if experiment.settings.output.baselines else {}
    best = trained.epochs[trained.best_epoch - 1]
    sentence = judged(experiment, trained.epochs, best, metrics, beside)
    ending = {"val_loss": best.val_loss, "best_epoch": best.number, "epochs": len(trained.epochs), "verdict": sentence}
    return {**metrics, "baselines": beside, **ending}


def judged(experiment: Experiment, seen: list[Seen], best: Seen, metrics: dict, beside: dict) -> str:
    """The verdict on a course and on what it reached."""
    if experiment.data.landscape:
        return arrival(seen)
    gauge = GAUGES[experiment.data.task][0]
    return verdict(
        [epoch.train_loss for epoch in seen],
        [epoch.val_loss for epoch in seen],
        best.number,
        gauge,
        metrics["test"][gauge],
        constant(experiment),
        beside.get("linear", {}).get(gauge),
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


def draw(experiment: Experiment, bundle: bundles.Bundle, seen: list[Seen], best_epoch: int, folder: RunFolder) -> None:
    """Every picture that the data allow."""
    for name, content in gallery(experiment, bundle, seen, best_epoch, GAUGES[experiment.data.task][0]).items():
        folder.put(name, content)


def course(folder: RunFolder) -> list[Seen]:
    """The epochs that a folder tells of."""
    return [Seen.read(line) for line in (folder.path / "metrics.csv").read_text().splitlines()[1:]]


def measured(bundle: bundles.Bundle, experiment: Experiment, rows: np.ndarray, predicted: np.ndarray) -> dict:
    """Every metric of some rows."""
    return bundle.measure(experiment.data.inputs[rows], predicted, experiment.data.targets[rows])


def compare(bundle: bundles.Bundle, experiment: Experiment) -> dict[str, dict]:
    """What simple methods reach on the test rows; there are none on a landscape."""
    if experiment.data.landscape:
        return {}
    parts, targets = experiment.parts, experiment.data.targets
    learnt = parts.train[:MOST]
    x, new = experiment.prepared.features(learnt), experiment.prepared.features(parts.test)
    found = baselines(x, targets[learnt], new, len(experiment.data.classes))
    return {name: measured(bundle, experiment, parts.test, predicted) for name, predicted in found.items()}


def constant(experiment: Experiment) -> float:
    """What the gauge gives to one answer for all test rows."""
    labels = experiment.data.targets[experiment.parts.test]
    return float(np.bincount(labels).max() / len(labels)) if experiment.data.classes else 0.0


def predictions_csv(experiment: Experiment, predicted: np.ndarray) -> str:
    """The test rows: their number in the data, what is true, what was predicted."""
    data, rows = experiment.data, experiment.parts.test
    if data.classes:
        names = ["row", f"true_{data.target_names[0]}", "predicted", *(f"p({name})" for name in data.classes)]
        classes = np.array(data.classes, dtype=object)
        columns = [rows, classes[data.targets[rows]], classes[predicted.argmax(1)], *predicted.T]
    else:
        names = ["row", *(f"{kind}_{name}" for kind in ("true", "predicted") for name in data.target_names)]
        columns = [rows, *data.targets[rows].T, *predicted.T]
    return as_csv(names, columns)


def as_csv(names: list[str], columns: list[np.ndarray]) -> str:
    """Columns as comma-separated lines; formatting them by the line takes a third of what csv takes by the cell."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(names)
    forms = {"f": "%.9g", "i": "%d", "O": "%s"}
    line = ",".join(forms[column.dtype.kind] for column in columns) + "\n"
    cells = [quoted(column) if column.dtype.kind == "O" else column.tolist() for column in columns]
    return text.getvalue() + "".join(map(line.__mod__, zip(*cells, strict=True)))


def quoted(texts: np.ndarray) -> list[str]:
    """Texts with quotes around those that need them."""
    kinds = {}
    for kind in set(texts):
        cell = StringIO()
        csv.writer(cell, lineterminator="").writerow([kind])
        kinds[kind] = cell.getvalue()
    return [kinds[text] for text in texts]
