"""From a configuration to an experiment: every check, all problems at once; nothing else reads a configuration."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from nnrun.mistake import Mistake
from nnrun.parts import PARTS, part
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.scaling import Affine, Inputs, Scale, Scaling, fit, fit_inputs
from nnrun.parts.dataset.split import Parts, Split, split
from nnrun.parts.regularisation import Regularisation
from nnrun.parts.scheduler import Clock
from nnrun.settings import Count, Natural, names, read, show, unknown


@dataclass(frozen=True)
class Training:
    """How long, in what portions, and on what machine."""

    epochs: Count
    batch_size: Count | Literal["full"]
    device: str
    precision: Literal["float32", "bfloat16"]
    threads: Count | Literal["auto"]
    compile: bool
    refresh_norm: bool
    fold_norm: bool

    def problems(self) -> list[str]:
        found = []
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            found.append(f"training.device={self.device!r}: expected auto, cpu, cuda or cuda:1")
        cores = os.cpu_count() or 1
        if self.threads != "auto" and self.threads > cores:
            found.append(f"training.threads={self.threads}: this machine has {cores} cores; lower it or use auto")
        return found


@dataclass(frozen=True)
class Output:
    """Where a run goes, and how much of it."""

    root: str
    pictures: bool
    baselines: bool

    def problems(self) -> list[str]:
        if not self.root.strip():
            return ["output.root='': expected a folder, such as outputs"]
        root = Path(self.root).expanduser()
        blocked = next((path for path in (root, *root.parents) if path.exists() and not path.is_dir()), None)
        return [f"output.root={self.root!r}: '{blocked}' is a file; choose another folder"] if blocked else []


@dataclass(frozen=True)
class Settings:
    """A configuration whose every value has been checked, its parts built."""

    seed: Natural
    training: Training
    output: Output
    split: Split
    scale: Scale
    dataset: Any
    model: Any
    optimizer: Any
    scheduler: Any
    loss: Any
    regularisation: Regularisation

    @property
    def batch_size(self) -> Count | Literal["full"]:
        """As configured, unless the data set or the optimizer insists on a size of its own."""
        insisting = (getattr(part, "batch", None) for part in (self.dataset, self.optimizer))
        return next((size for size in insisting if size), self.training.batch_size)

    @property
    def saved_model(self) -> Any:
        """The model as the bundle has it."""
        model = getattr(self.model, "inner", self.model)
        return replace(model, norm="none") if self.training.fold_norm else model

    def batch_rows(self, train_rows: int) -> int:
        size = self.batch_size
        return train_rows if size == "full" else size


@dataclass(frozen=True)
class Prepared:
    """A data set, read, split and scaled; experiments that agree in all of this share it."""

    data: Data
    parts: Parts
    inputs: Inputs
    targets: Scaling

    def features(self, rows: np.ndarray) -> np.ndarray:
        return self.inputs.apply(self.data.inputs[rows])

    def wanted(self, rows: np.ndarray) -> np.ndarray:
        """Targets as the network learns them."""
        targets = self.data.targets[rows]
        return targets if self.data.classes else self.targets.apply(targets).astype(np.float32)


class Shelf:
    """Where experiments find what they share, so that a data set is read once for a whole sweep."""

    def __init__(self) -> None:
        self.read: dict[str, Data] = {}
        self.prepared: dict[tuple[str, ...], Prepared] = {}

    def data(self, dataset: Any) -> Data:
        key = repr(dataset)
        if key not in self.read:
            self.read[key] = dataset.load()
        return self.read[key]

    def prepare(self, settings: Settings) -> Prepared:
        known = f"{settings.model.run} {settings.model.last}" if hasattr(settings.model, "saved") else ""
        key = (repr(settings.dataset), repr(settings.split), repr(settings.scale), known)
        if key not in self.prepared:
            self.prepared[key] = prepare(self.data(settings.dataset), settings)
        return self.prepared[key]


@dataclass(frozen=True)
class Experiment:
    """A checked configuration with its data."""

    settings: Settings
    config: dict  # complete and resolved, as it goes into the run folder
    overrides: list[str]  # what was typed
    choices: dict[str, str]  # the option taken in each group
    prepared: Prepared
    loss: Any

    @property
    def data(self) -> Data:
        return self.prepared.data

    @property
    def parts(self) -> Parts:
        return self.prepared.parts

    @property
    def inputs(self) -> int:
        """Features of a row."""
        return self.prepared.inputs.features

    @property
    def outputs(self) -> int:
        """Numbers that the network says of a row."""
        return len(self.data.classes) or len(self.data.target_names) * self.per_target

    @property
    def per_target(self) -> int:
        """Numbers that the loss wants to hear of each target."""
        return getattr(self.loss, "per_target", 1)

    @property
    def batch_rows(self) -> int:
        return self.settings.batch_rows(len(self.parts.train))

    @property
    def work(self) -> int:
        """Multiplications in the forward pass of a step."""
        return self.batch_rows * self.settings.model.work(self.inputs, self.outputs)

    @property
    def clock(self) -> Clock:
        return Clock(self.settings.training.epochs, -(-len(self.parts.train) // self.batch_rows))


def build(config: dict, overrides: list[str], choices: dict[str, str], shelf: Shelf | None = None) -> Experiment:
    """The experiment a configuration describes, or a Mistake that names every problem."""
    settings, shelf = examine(config, overrides, choices), shelf or Shelf()
    data = shelf.data(settings.dataset)
    refuse(conflicts(settings, choices, data.task, train_rows(settings, data)))
    refuse(idle(overrides, data.task, settings))
    refuse(strange(settings, data))
    prepared = shelf.prepare(settings)
    refuse(misfits(settings, prepared))
    return Experiment(settings, config, overrides, choices, prepared, loss_for(settings, prepared))


def loss_for(settings: Settings, prepared: Prepared) -> Any:
    """The loss as model and data want it: the one for their task, with what it takes from labels or targets."""
    data, loss = prepared.data, settings.loss
    if hasattr(loss, "for_task"):
        loss = getattr(settings.model, "loss", None) or loss.for_task(data.task)
    if hasattr(loss, "for_targets"):
        return loss.for_targets(prepared.targets, settings.dataset)
    if not hasattr(loss, "for_labels"):
        return loss
    return loss.for_labels(data.targets[prepared.parts.train], len(data.classes))


def strange(settings: Settings, data: Data) -> list[str]:
    """Why a model that knows other data cannot go on with these."""
    if not hasattr(settings.model, "misfits"):
        return []
    return settings.model.misfits(data, getattr(settings.loss, "per_target", 1))


def misfits(settings: Settings, prepared: Prepared) -> list[str]:
    """What does not fit the shape of the data."""
    loss, model = settings.loss, settings.model
    return [
        *image_conflicts(settings, prepared.data),
        *(loss.conflicts(prepared.data.classes) if hasattr(loss, "conflicts") else []),
        *(model.conflicts(prepared.inputs.features) if hasattr(model, "conflicts") else []),
    ]


def prepare(data: Data, settings: Settings) -> Prepared:
    """Split by the seed, and scaled by the training rows alone."""
    parts = split(data, settings.split)
    return Prepared(data, parts, input_scaling(settings, data, parts), target_scaling(settings, data, parts))


def examine(config: dict, overrides: list[str], choices: dict[str, str]) -> Settings:
    """All that can be judged before the data are read."""
    settings = read_settings(config)
    task = known_task(settings)
    refuse([*conflicts(settings, choices, task, known_rows(settings)), *idle(overrides, task, settings)])
    return settings


def input_scaling(settings: Settings, data: Data, parts: Parts) -> Inputs:
    """How cells become features: as the run had it that the model goes on from, or by the training rows."""
    if hasattr(settings.model, "saved"):
        return settings.model.saved.inputs
    return fit_inputs(data, parts.train, settings.scale.inputs)


def target_scaling(settings: Settings, data: Data, parts: Parts) -> Scaling:
    """The scaling of the numbers to predict; classes have none."""
    if getattr(settings.model, "last", "new") == "keep":
        return settings.model.saved.targets
    if data.classes:
        return Affine(np.zeros(0), np.ones(0))
    return fit(settings.scale.targets, data.targets[parts.train])


def refuse(problems: list[str]) -> None:
    """Stop here if anything is wrong."""
    if problems:
        raise Mistake(*problems)


def read_settings(config: dict) -> Settings:
    """Each value checked against its kind, each part built from the class it names."""
    values = dict(config)
    dataset = dict(values.get("dataset") or {})
    blocks = {
        "training": (Training, values.get("training")),
        "output": (Output, values.get("output")),
        "split": (Split, dataset.pop("split", None)),
        "scale": (Scale, dataset.pop("scale", None)),
        "regularisation": (Regularisation, values.get("regularisation")),
    }
    known = [*names(Settings)]
    problems = [unknown("", key, known) for key in values if key not in known]
    seed, found = read(Seed, {"seed": values.get("seed")}, "")
    problems += [line.removeprefix(".") for line in found]
    read_blocks = {}
    for name, (cls, block) in blocks.items():
        where = f"dataset.{name}" if name in ("split", "scale") else name
        read_blocks[name], found = read(cls, block, where)
        problems += found
    for group in PARTS:
        given = dataset if group == "dataset" else values.get(group)
        read_blocks[group], found = read_part(group, given)
        problems += found
    problems += [line for block in read_blocks.values() for line in own_problems(block)]
    refuse(problems)
    return Settings(seed=seed.seed, **read_blocks)


@dataclass(frozen=True)
class Seed:
    seed: Natural


def read_part(group: str, values: Any) -> tuple[Any, list[str]]:
    """A part of a group, built from the class that `_target_` names."""
    if not isinstance(values, dict) or "_target_" not in values:
        return None, [f"{group}={show(values)}: names no part; choose one, as in {group}={PARTS[group][0].lower()}"]
    own = {key: value for key, value in values.items() if key != "_target_"}
    cls, problems = part(group, values["_target_"])
    return read(cls, own, group) if cls else (None, problems)


def own_problems(block: Any) -> list[str]:
    """What a block says against itself."""
    return block.problems() if hasattr(block, "problems") else []


def known_task(settings: Settings) -> str | None:
    """Regression or classification, where the configuration alone tells."""
    task = getattr(settings.dataset, "task", "auto")
    return None if task == "auto" else task


def known_rows(settings: Settings) -> int | None:
    """Training rows, where the configuration alone tells."""
    rows = settings.dataset.expected_rows()
    return None if rows is None else settings.split.sizes(rows)[0]


def train_rows(settings: Settings, data: Data) -> int:
    return len(data.given_split[0]) if data.given_split else settings.split.sizes(data.rows)[0]


def conflicts(settings: Settings, choices: dict[str, str], task: str | None, rows: int | None) -> list[str]:
    """What is right by itself and wrong together; `task` and `rows` are None until the data have been read."""
    if homeless := landscape_conflicts(settings, choices, task):
        return homeless
    return [
        *(model_conflicts(settings, choices, task) or loss_conflicts(settings, choices, task)),
        *dropout_conflicts(settings, choices),
        *smoothing_conflicts(settings, choices, task),
        *decay_conflicts(settings, choices),
        *compile_conflicts(settings, choices),
        *pose_conflicts(settings, choices),
        *batch_conflicts(settings, rows),
        *norm_conflicts(settings, choices),
        *patience_conflicts(settings),
        *schedule_conflicts(settings, rows),
    ]


def idle(overrides: list[str], task: str | None, settings: Settings) -> list[str]:
    """What was typed and would do nothing."""
    typed = [override.partition("=") for override in overrides]
    dataset = settings.dataset
    own, why = dataset.without_effect() if hasattr(dataset, "without_effect") else ((), "")
    found = [f"{key}={value}: has no effect {why}" for key, _, value in typed if own and key.startswith(own)]
    bend = getattr(settings.model, "activation", None)
    if bend not in ("leaky_relu", "prelu", "shared_prelu"):
        found += [
            f"{key}={value}: has no effect on model.activation={bend}; leave it out, or use leaky_relu or prelu"
            for key, _, value in typed
            if key == "model.slope"
        ]
    if task == "classification":
        advice = "classes are not scaled; leave it out"
        found += [
            f"{key}={value}: has no effect; {advice}" for key, _, value in typed if key == "dataset.scale.targets"
        ]
    if hasattr(settings.model, "saved"):
        scaled = ("dataset.scale.inputs", "dataset.scale.targets")[: 1 + (settings.model.last == "keep")]
        found += [
            f"{key}={value}: has no effect on model=pretrained, which scales as its run did; leave it out"
            for key, _, value in typed
            if key in scaled
        ]
    if settings.batch_size != settings.training.batch_size:
        reason = f"the optimizer takes {settings.batch_size} batches whatever it is; leave it out or use optimizer=sgd"
        if hasattr(dataset, "batch"):
            reason = "a landscape has one row; leave it out"
        found += [
            f"{key}={value}: has no effect, as {reason}" for key, _, value in typed if key == "training.batch_size"
        ]
    return found


def landscape_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    """A landscape goes with a point and its height, and these with nothing else."""
    parts = {group: getattr(settings, group) for group in ("model", "loss")}
    fitting = [group for group, part in parts.items() if getattr(part, "task", None) == "landscape"]
    if task == "landscape" and len(fitting) < len(parts):
        return [
            f"dataset={choices.get('dataset')}: is a surface for a point to walk on, with no rows to learn from;"
            " add model=point loss=height"
        ]
    if task not in (None, "landscape"):
        other = {"model": "mlp", "loss": "auto"}
        return [
            f"{group}={choices.get(group)}: is for dataset=landscape alone; use {group}={other[group]}"
            for group in fitting
        ]
    return []


def model_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    """What does not fit a model that is for one task, or learns by one loss."""
    model, loss, name = settings.model, settings.loss, f"model={choices.get('model')}"
    if task not in (None, getattr(model, "task", task)):
        wrong = f"chooses between classes, but dataset={choices.get('dataset')} has numbers to predict"
        return [f"{name}: {wrong}; use model=linear"]
    if loss.task != "any" and loss != getattr(model, "loss", loss):
        wrong = f"does not teach {name}, which learns from its mistakes alone"
        return [f"loss={choices.get('loss')}: {wrong}; use loss=auto or model=linear"]
    return []


def loss_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    dataset, loss, scaled = choices.get("dataset"), choices.get("loss"), settings.scale.targets
    if task not in (None, settings.loss.task) and settings.loss.task != "any":
        kind, better = ("numbers", "mse or mae") if task == "regression" else ("classes", "cross_entropy")
        wrong = f"is for {settings.loss.task}, but dataset={dataset} has {kind} to predict"
        return [f"loss={loss}: {wrong}; use loss={better}"]
    of_an_arm = getattr(settings.loss, "of_an_arm", False)
    if of_an_arm and not hasattr(settings.dataset, "arm"):
        return [
            f"loss={loss}: compares poses of an arm's hand, but dataset={dataset} has no arm; use dataset=arkoma, or"
            " loss=mse"
        ]
    if of_an_arm and scaled == "quantile":
        return [
            f"dataset.scale.targets=quantile: loss={loss} cannot take joints back from it; use"
            " dataset.scale.targets=standard"
        ]
    if getattr(settings.loss, "unscaled", False) and scaled != "none":
        return [
            f"dataset.scale.targets={scaled}: moves the targets' zero, and loss={loss} is a share of the target;"
            " use dataset.scale.targets=none"
        ]
    return []


def dropout_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    rate, taken = settings.regularisation.dropout, settings.model.dropout
    if not rate or rate == taken:
        return []
    if not settings.model.hidden_units:
        return [f"regularisation.dropout={rate:g}: has no effect on model={choices.get('model')}; use model=mlp"]
    return [
        f"regularisation.dropout={rate:g}: has no effect, as model.dropout={taken:g} stands for itself; set only one"
    ]


def smoothing_conflicts(settings: Settings, choices: dict[str, str], task: str | None) -> list[str]:
    rate, loss = settings.regularisation.label_smoothing, settings.loss
    taken = getattr(loss, "label_smoothing", None)
    if rate and (taken is None or task == "regression"):
        return [
            f"regularisation.label_smoothing={rate:g}: has no effect on loss={choices.get('loss')}"
            f"{' for numbers' if task == 'regression' else ''}; it is for classes, with loss=cross_entropy or kl_div"
        ]
    if not rate or rate == taken:
        return []
    return [
        f"regularisation.label_smoothing={rate:g}: has no effect, as loss.label_smoothing={taken:g} stands for itself;"
        " set only one"
    ]


def decay_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    decay = settings.regularisation.weight_decay
    if not decay or not hasattr(settings.optimizer, "weight_decay"):
        return []
    return [
        f"regularisation.weight_decay={decay:g}: optimizer={choices.get('optimizer')} has a decay of its own; set"
        f" optimizer.weight_decay={decay:g} instead, or take optimizer=adam"
    ]


def compile_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    if not settings.training.compile or not hasattr(settings.optimizer, "alone"):
        return []
    return [
        f"training.compile=true: cannot reach into optimizer={choices.get('optimizer')}; leave it out, or take one of"
        " nnrun's own, such as adam"
    ]


def pose_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    share = settings.regularisation.new_poses
    if not share or hasattr(settings.dataset, "anew"):
        return []
    return [f"regularisation.new_poses={share:g}: draws poses of the arm; use dataset=arkoma, or leave it out"]


def image_conflicts(settings: Settings, data: Data) -> list[str]:
    """Why images cannot be moved, if they are to be."""
    if not settings.regularisation.distorts:
        return []
    advice = "use dataset=mnist, fashion_mnist or digits, or leave it out"
    if data.image_shape is None:
        return [f"regularisation.shift, rotation, elastic: move images, but {data.title} has none; {advice}"]
    if settings.scale.inputs not in ("pixels", "signed", "none"):
        return [
            f"dataset.scale.inputs={settings.scale.inputs}: scales each pixel in its own way, so that images cannot be"
            " moved; use dataset.scale.inputs=pixels"
        ]
    return []


def batch_conflicts(settings: Settings, rows: int | None) -> list[str]:
    size, norm = settings.batch_size, settings.model.norm
    of_batches = norm in ("batch", "batch_renorm")
    if of_batches and size == 1:
        return [
            f"training.batch_size=1: model.norm={norm} needs at least 2 rows in a batch;"
            " raise it or use model.norm=layer"
        ]
    if rows is None or size == "full":
        return []
    if size > rows:
        return [
            f"training.batch_size={size}: there are only {rows} training rows; lower it or use training.batch_size=full"
        ]
    if of_batches and rows % size == 1:
        better = next(other for other in range(size + 1, rows + 2) if rows % other != 1)
        return [
            f"training.batch_size={size}: leaves a last batch of one row of {rows}, which model.norm={norm} cannot"
            f" normalise; use training.batch_size={better} or model.norm=layer"
        ]
    return []


def norm_conflicts(settings: Settings, choices: dict[str, str]) -> list[str]:
    model, wanted = settings.model, [name for name in ("refresh_norm", "fold_norm") if getattr(settings.training, name)]
    if wanted and not model.norm.startswith("batch"):
        return [
            f"training.{wanted[0]}=true: is about batch norm, but model={choices.get('model')} has norm {model.norm};"
            " use model=mlp model.norm=batch, or leave it out"
        ]
    if "fold_norm" in wanted and not getattr(model, "foldable", False):
        return [
            f"training.fold_norm=true: in model={choices.get('model')} an activation stands between a norm and the next"
            " linear layer; use model=mlp, or leave it out"
        ]
    return []


def patience_conflicts(settings: Settings) -> list[str]:
    patience, epochs = settings.regularisation.patience, settings.training.epochs
    if patience is not None and patience >= epochs:
        return [
            f"regularisation.patience={patience}: can never stop a training of {epochs} epochs;"
            " lower it or raise training.epochs"
        ]
    return []


def schedule_conflicts(settings: Settings, rows: int | None) -> list[str]:
    if rows is None or not hasattr(settings.scheduler, "conflicts"):
        return []
    epoch_steps = -(-rows // settings.batch_rows(rows))
    return settings.scheduler.conflicts(Clock(settings.training.epochs, epoch_steps))
