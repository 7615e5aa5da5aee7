"""A trained model one can use: weights, scaling, column names, classes. Tensors and JSON, nothing that runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

from nnrun.experiment import Experiment
from nnrun.mistake import Mistake, listing, nearest
from nnrun.parts import metric, named
from nnrun.parts.dataset.landscape import GoalMetrics
from nnrun.parts.dataset.nao import ArmMetrics
from nnrun.parts.dataset.scaling import Inputs, Scaling, thaw, thaw_inputs
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.table import read_inputs
from nnrun.settings import read

if TYPE_CHECKING:
    import pandas

FORMAT = 1
EARLIER = {"Mlp": {"slope": 0.1}}  # settings that went without saying when a bundle may have been written
JUDGES = {"ArmMetrics": ArmMetrics, "GoalMetrics": GoalMetrics}
CHUNK = 8192  # rows at once
FILES = ("model.safetensors", "model.json")


@dataclass(frozen=True)
class Bundle:
    """All that prediction needs."""

    model: Any
    network: nn.Module
    inputs: Inputs
    targets: Scaling
    target_names: tuple[str, ...]
    classes: tuple[str, ...]
    judge: Any  # a data set's own metrics, or None
    reading: dict  # how the table was written: decimal sign, texts for a missing cell
    chances: str  # how scores become probabilities, by a name in CHANCES

    def predict(self, table: pandas.DataFrame | Sheet) -> pandas.DataFrame:
        """Predictions in the data's own units; for classes the likeliest one and the probability of each."""
        import pandas

        predicted = self.infer(self.cells(as_sheet(table))[0])
        index = table.index if isinstance(table, pandas.DataFrame) else None
        if not self.classes:
            return pandas.DataFrame(predicted, index, columns=list(self.target_names))
        likeliest = [self.classes[i] for i in predicted.argmax(1)]
        chances = {f"p({name})": predicted[:, i] for i, name in enumerate(self.classes)}
        return pandas.DataFrame({self.target_names[0]: likeliest, **chances}, index)

    def cells(self, sheet: Sheet) -> tuple[np.ndarray, list[str]]:
        """The input columns found by their names, and what a person should hear about the others."""
        options = {key: self.reading[key] for key in ("decimal", "missing_values") if key in self.reading}
        cells, notes = read_inputs(sheet, self.inputs.columns, aside=self.target_names, **options)
        if self.inputs.fills is None and np.isnan(cells).any():
            row, column = np.argwhere(np.isnan(cells))[0]
            name = self.inputs.columns[column].name
            raise Mistake(
                f"{sheet.at(row)}: column '{name}': {int(np.isnan(cells).sum())} missing values in all; the model was"
                " trained without gaps: fill them, or train with dataset.missing=median"
            )
        return cells, notes

    def infer(self, cells: np.ndarray) -> np.ndarray:
        """From cells to predictions: numbers in their own units, or the probability of each class."""
        x = torch.from_numpy(self.inputs.apply(cells))
        with torch.inference_mode():
            said = torch.cat([self.network(part, None) for part in x.split(CHUNK)])
        return as_predictions(said, self.classes, self.targets, self.chances)

    def measure(self, cells: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> dict:
        """Every metric of these rows."""
        return measure(self.classes, self.target_names, self.judge, cells, predicted, true)

    def files(self) -> dict[str, bytes]:
        """The bundle as it lies in a folder."""
        judge = None if self.judge is None else {"kind": type(self.judge).__name__, **asdict(self.judge)}
        about = {
            "format": FORMAT,
            "model": {"kind": type(self.model).__name__, **asdict(self.model)},
            "inputs": self.inputs.plain(),
            "targets": self.targets.plain(),
            "target_names": self.target_names,
            "classes": self.classes,
            "judge": judge,
            "reading": self.reading,
            "chances": self.chances,
        }
        tensors = {name: tensor.contiguous() for name, tensor in self.network.state_dict().items()}
        return {FILES[0]: save_tensors(tensors), FILES[1]: (json.dumps(about, indent=1) + "\n").encode()}


def as_predictions(said: torch.Tensor, classes: tuple, targets: Scaling, chances: str) -> np.ndarray:
    """What a network says, in the data's own terms."""
    said = said.double()
    return CHANCES[chances](said).numpy(force=True) if classes else targets.invert(said.numpy(force=True))


def sigmoids(scores: torch.Tensor) -> torch.Tensor:
    """Each class's probability against the rest, divided by their sum."""
    return torch.nn.functional.logsigmoid(scores).softmax(-1)  # in logarithms, as all of them may be almost 0


def threshold(scores: torch.Tensor) -> torch.Tensor:
    """The winner has all."""
    return torch.zeros_like(scores).scatter(-1, scores.argmax(-1, keepdim=True), 1)


CHANCES = {"softmax": lambda scores: scores.softmax(-1), "sigmoid": sigmoids, "threshold": threshold}


def chances_of(loss: Any) -> str:
    """How the scores become probabilities that were trained by a loss."""
    return getattr(loss, "chances", "softmax")


def measure(classes: tuple, target_names: tuple, judge: Any, cells, predicted, true) -> dict:
    """Every metric that fits the data."""
    if classes:
        return metric.classification(true, predicted, classes)
    own = judge(cells, predicted, true) if judge else {}
    return own if getattr(judge, "alone", False) else {**metric.regression(true, predicted, target_names), **own}


def as_sheet(table: pandas.DataFrame | Sheet) -> Sheet:
    return table if isinstance(table, Sheet) else Sheet.from_frame(table)


def of(experiment: Experiment, tensors: dict[str, torch.Tensor]) -> Bundle:
    """The bundle of a trained experiment."""
    settings, data = experiment.settings, experiment.data
    judge = settings.dataset.judge() if hasattr(settings.dataset, "judge") else None
    kept = ("decimal", "missing_values", "delimiter", "encoding")
    reading = {key: value for key, value in asdict(settings.dataset).items() if key in kept}
    network = settings.model.build(experiment.inputs, experiment.outputs, torch.Generator())
    network.load_state_dict({name: tensor.cpu() for name, tensor in tensors.items()})
    network.eval()
    return Bundle(
        settings.model,
        network,
        experiment.prepared.inputs,
        experiment.prepared.targets,
        data.target_names,
        data.classes,
        judge,
        reading,
        chances_of(experiment.loss),
    )


def load(run: str | Path) -> Bundle:
    """The bundle of a run folder; what is read is data, and classes come from lists in this package."""
    folder = found(Path(run))
    try:
        return thaw_bundle(json.loads((folder / FILES[1]).read_text()), (folder / FILES[0]).read_bytes())
    except (ValueError, TypeError, ArithmeticError, LookupError, RuntimeError, OSError, SafetensorError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Mistake(f"{run}: the bundle cannot be read ({reason}); train again, or restore the folder") from error


def found(folder: Path) -> Path:
    """The folder, if there is a bundle in it."""
    if not folder.is_dir():
        beside = [path.name for path in folder.parent.iterdir()] if folder.parent.is_dir() else []
        raise Mistake(f"{folder}: no such run folder; {nearest(folder.name, beside) or 'give a folder under outputs'}")
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        inner = sorted(path.parent.relative_to(folder).as_posix() for path in folder.glob(f"**/{FILES[1]}"))
        hint = f"the runs in it: {listing(inner, 3)}" if inner else "did the run finish? see its run.json"
        raise Mistake(f"{folder}: has no {' and no '.join(missing)}; {hint}")
    return folder


def thaw_bundle(about: dict, tensors: bytes) -> Bundle:
    """A bundle from its two files."""
    if about["format"] != FORMAT:
        raise ValueError(f"format {about['format']}; this nnrun reads {FORMAT}")
    settings = dict(about["model"])
    kind = settings.pop("kind")
    model, problems = read(named("model", kind), EARLIER.get(kind, {}) | settings, "model")
    if problems:
        raise ValueError(problems[0])
    inputs, classes = thaw_inputs(about["inputs"]), tuple(about["classes"])
    target_names = tuple(about["target_names"])
    network = model.build(inputs.features, len(classes) or len(target_names), torch.Generator())
    network.load_state_dict(load_tensors(tensors))
    network.eval()
    judge = dict(about["judge"] or {})
    own = JUDGES[judge.pop("kind")](**judge) if judge else None
    targets, reading = thaw(about["targets"]), dict(about["reading"])
    chances = about.get("chances", "softmax")  # which went without saying at first
    if chances not in CHANCES:
        raise ValueError(f"chances {chances!r}; this nnrun knows {listing(CHANCES)}")
    return Bundle(model, network, inputs, targets, target_names, classes, own, reading, chances)
