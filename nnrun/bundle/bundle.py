"""A trained model one can use: weights, scaling, column names, classes. Tensors and JSON, nothing that runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save as save_tensors
from torch import nn

from nnrun.bundle import metric
from nnrun.config.experiment import Experiment
from nnrun.engine.assess import CHUNK
from nnrun.errors import Mistake, listing
from nnrun.parts.dataset.own_metrics import own_metrics_from_plain, own_metrics_plain
from nnrun.parts.dataset.scaling import Inputs, Scaling
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.table import read_inputs
from nnrun.parts.interface import OwnMetrics
from nnrun.parts.loss import LEAST_VARIANCE
from nnrun.parts.model.saved import FILES, FORMAT, Saved, read_saved, readable

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Bundle:
    """All that prediction needs."""

    model: Any
    network: nn.Module
    inputs: Inputs
    targets: Scaling
    target_names: tuple[str, ...]
    classes: tuple[str, ...]
    own_metrics: OwnMetrics
    reading: dict  # how the table was written: decimal sign, texts for a missing cell
    chances: str  # how scores become probabilities, by a name in CHANCES
    per_target: (
        int  # what the network says of each: a mean, and perhaps the logarithm of a variance
    )

    def predict(self, table: pandas.DataFrame | Sheet) -> pandas.DataFrame:
        """Predictions in the data's own units, and their deviations where the network says them.

        For classes the likeliest one and the probability of each.
        """
        import pandas

        predicted = self.infer(self.cells(as_sheet(table))[0])
        index = table.index if isinstance(table, pandas.DataFrame) else None
        if not self.classes:
            names = [*self.target_names, *deviation_names(self.target_names, self.per_target)]
            return pandas.DataFrame(predicted, index, columns=names)
        likeliest = [self.classes[i] for i in predicted.argmax(1)]
        chances = {f"p({name})": predicted[:, i] for i, name in enumerate(self.classes)}
        return pandas.DataFrame({self.target_names[0]: likeliest, **chances}, index)

    def cells(self, sheet: Sheet) -> tuple[np.ndarray, list[str]]:
        """The input columns found by their names, and what a person should hear about the others."""
        options = {
            key: self.reading[key] for key in ("decimal", "missing_values") if key in self.reading
        }
        cells, notes = read_inputs(
            sheet, self.inputs.columns, target_names=self.target_names, **options
        )
        if self.inputs.fills is None and np.isnan(cells).any():
            row, column = np.argwhere(np.isnan(cells))[0]
            name = self.inputs.columns[column].name
            raise Mistake(
                f"{sheet.at(row)}: column '{name}': {int(np.isnan(cells).sum())} missing values in all; the model was"
                " trained without gaps: fill them, or train with dataset.missing=median"
            )
        return cells, notes

    def infer(self, cells: np.ndarray) -> np.ndarray:
        """From cells to predictions: numbers in their own units, then deviations; or the probability of each class."""
        x = torch.from_numpy(self.inputs.apply(cells))
        with torch.inference_mode():
            said = torch.cat([self.network(part, None) for part in x.split(CHUNK)])
        return as_predictions(said, self.classes, self.target_names, self.targets, self.chances)

    def asked(self, cells: np.ndarray) -> np.ndarray:
        """What the data set's own metrics want to know of rows."""
        return self.own_metrics.asked(cells)

    def measure(self, asked: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> dict:
        """Every metric of rows, of which `asked` is known."""
        return measure(self.classes, self.target_names, self.own_metrics, asked, predicted, true)

    def files(self) -> dict[str, bytes]:
        """The bundle as it lies in a folder."""
        about = {
            "format": FORMAT,
            "model": {"kind": type(self.model).__name__, **asdict(self.model)},
            "inputs": self.inputs.plain(),
            "targets": self.targets.plain(),
            "target_names": self.target_names,
            "classes": self.classes,
            "judge": own_metrics_plain(self.own_metrics),
            "reading": self.reading,
            "chances": self.chances,
            "per_target": self.per_target,
        }
        tensors = {name: tensor.contiguous() for name, tensor in self.network.state_dict().items()}
        return {
            FILES[0]: save_tensors(tensors),
            FILES[1]: (json.dumps(about, indent=1) + "\n").encode(),
        }


def as_predictions(
    said: torch.Tensor, classes: tuple, target_names: tuple, targets: Scaling, chances: str
) -> np.ndarray:
    """What a network says, in the data's own terms."""
    said = said.double()
    if classes:
        return CHANCES[chances](said).numpy(force=True)
    means, log_variances = np.split(said.numpy(force=True), [len(target_names)], axis=1)
    if not log_variances.size:
        return targets.invert(means)
    return np.concatenate(
        [targets.invert(means), deviations(means, log_variances, targets)], axis=1
    )


def deviations(means: np.ndarray, log_variances: np.ndarray, targets: Scaling) -> np.ndarray:
    """How far a target strays, in its own units: half the way from one deviation below the mean to one above."""
    with np.errstate(over="ignore", invalid="ignore"):  # what diverged is told as inf or nan
        own = np.sqrt(np.exp(log_variances).clip(LEAST_VARIANCE))
        return (targets.invert(means + own) - targets.invert(means - own)) / 2


def deviation_names(target_names: tuple[str, ...], per_target: int) -> list[str]:
    """What the deviations are called, where the network says any."""
    return [f"deviation_{name}" for name in target_names] if per_target > 1 else []


def sigmoids(scores: torch.Tensor) -> torch.Tensor:
    """Each class's probability against the rest, divided by their sum."""
    return torch.nn.functional.logsigmoid(scores).softmax(
        -1
    )  # in logarithms, as all of them may be almost 0


def threshold(scores: torch.Tensor) -> torch.Tensor:
    """The winner has all."""
    return torch.zeros_like(scores).scatter(-1, scores.argmax(-1, keepdim=True), 1)


CHANCES = {
    "softmax": lambda scores: scores.softmax(-1),
    "sigmoid": sigmoids,
    "threshold": threshold,
}


def measure(
    classes: tuple, target_names: tuple, own_metrics: OwnMetrics, asked, predicted, true
) -> dict:
    """Every metric that fits the data."""
    if classes:
        return metric.classification(true, predicted, classes)
    means = predicted[:, : len(target_names)]
    more = own_metrics(asked, means, true)
    if own_metrics.replaces_usual:
        return more
    return {**metric.regression(true, means, target_names), **more}


def as_sheet(table: pandas.DataFrame | Sheet) -> Sheet:
    return table if isinstance(table, Sheet) else Sheet.from_frame(table)


def of(experiment: Experiment, tensors: dict[str, torch.Tensor]) -> Bundle:
    """The bundle of a trained experiment."""
    settings, data = experiment.settings, experiment.data
    kept = ("decimal", "missing_values", "delimiter", "encoding")
    reading = {key: value for key, value in asdict(settings.dataset).items() if key in kept}
    network = settings.saved_model.build(experiment.inputs, experiment.outputs, torch.Generator())
    network.load_state_dict({name: tensor.cpu() for name, tensor in tensors.items()})
    network.eval()
    return Bundle(
        settings.saved_model,
        network,
        experiment.prepared.inputs,
        experiment.prepared.targets,
        data.target_names,
        data.classes,
        settings.dataset.own_metrics(),
        reading,
        experiment.loss.chances,
        experiment.per_target,
    )


def load(run: str | Path) -> Bundle:
    """The bundle of a run folder."""
    saved = read_saved(run)
    with readable(saved.folder):
        return bundle_from_saved(saved)


def bundle_from_saved(saved: Saved) -> Bundle:
    """A bundle from what was saved."""
    network = saved.model.build(saved.inputs.features, saved.outputs, torch.Generator())
    network.load_state_dict(saved.tensors())
    network.eval()
    chances = saved.about.get("chances", "softmax")  # which went without saying at first
    if chances not in CHANCES:
        raise ValueError(f"chances {chances!r}; this nnrun knows {listing(CHANCES)}")
    return Bundle(
        saved.model,
        network,
        saved.inputs,
        saved.targets,
        saved.target_names,
        saved.classes,
        own_metrics_from_plain(saved.about["judge"]),
        dict(saved.about["reading"]),
        chances,
        saved.per_target,
    )
