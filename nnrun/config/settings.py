"""A configuration's plain values, each checked against its kind, and the parts that they name."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from nnrun.errors import Problem, Problems, refuse, under
from nnrun.parts.dataset.scaling import ScaleSettings
from nnrun.parts.dataset.split import Split
from nnrun.parts.interface import (
    Dataset,
    Loss,
    Model,
    Optimizer,
    Part,
    Reasons,
    Scheduler,
    part,
)
from nnrun.parts.kinds import Bound, Count, NotNegative, Positive, Seed, names, read, show, unknown
from nnrun.parts.registry import PARTS, TARGET, class_named
from nnrun.parts.regularisation import Regularisation
from nnrun.parts.scheduler.durations import Clock
from nnrun.runs.folder import file_in_the_way
from nnrun.runs.notes import unfit

AUTO = "auto"  # in the place of a number that rows and columns are to tell

Tracker = Literal["tensorboard", "mlflow", "trackio"]  # each an extra of this name


@part
class Training(Part):
    """How long, in what portions, and on what machine."""

    epochs: Count | Literal["auto"]
    minutes: Positive | None
    batch_size: Count | Literal["full", "auto"]
    device: str
    precision: Literal["float32", "bfloat16"]
    threads: Count | Literal["auto"]
    refresh_norm: bool
    fold_norm: bool
    score: str
    threshold: Literal["accuracy", "balanced_accuracy", "f1", "mcc"] | None
    calibrate: bool
    checkpoint: NotNegative
    hashes: bool
    ensemble: Annotated[int, Bound(least=1, most=1000)]
    added = MappingProxyType(
        {
            "minutes": None,
            "score": "auto",
            "threshold": None,
            "calibrate": False,
            "checkpoint": 10.0,
            "hashes": False,
            "ensemble": 1,
        }
    )
    retired = MappingProxyType({"compile": "a step is replayed now, with nothing to compile"})

    def problems(self) -> Problems:
        problems = []
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            wrong = "expected auto, cpu, cuda or cuda:1"
            problems.append(Problem("device", repr(self.device), wrong))
        cores = os.cpu_count() or 1
        if self.threads != "auto" and self.threads > cores:
            wrong, advice = f"this machine has {cores} cores", "lower it or use auto"
            problems.append(self.problem("threads", wrong, advice))
        return problems

    def without_effect(self) -> Reasons:
        if self.minutes is None:
            return {}
        why = f"training.minutes={self.minutes:g} says how long"
        return {"training.epochs": (why, "leave it out, or set training.minutes=null")}


@part
class Output(Part):
    """Where a run goes, and how much of it."""

    root: str
    folder: str | None
    name: str | None
    pictures: bool
    baselines: bool
    added: ClassVar = {"folder": None, "name": None}

    def problems(self) -> Problems:
        if self.name is not None and (wrong := unfit(self.name)):
            return [Problem("name", repr(self.name), wrong)]
        if self.folder is not None and not self.folder.strip():
            return [Problem("folder", "''", "expected a folder, such as results/nightly")]
        if not self.root.strip():
            return [Problem("root", "''", "expected a folder, such as outputs")]
        if wrong := file_in_the_way(self.root):
            return [Problem("root", repr(self.root), wrong, "choose another folder")]
        return []

    def without_effect(self) -> Reasons:
        if self.folder is None:
            return {}
        return {"output.root": ("output.folder is the very folder", "leave it out")}


@dataclass(frozen=True)
class Settings:
    """A configuration whose every value has been checked, its parts built."""

    seed: Seed
    logger: Tracker | tuple[Tracker, ...]
    training: Training
    output: Output
    split: Split
    scale: ScaleSettings
    dataset: Dataset
    model: Model
    optimizer: Optimizer
    scheduler: Scheduler
    loss: Loss
    regularisation: Regularisation

    @property
    def batch_size(self) -> Count | Literal["full", "auto"]:
        """The size that is taken, unless the data set or the optimizer insists on another."""
        return self.dataset.batch or self.optimizer.batch or self.training.batch_size

    @property
    def epochs(self) -> int | None:
        """How many there are; None as long as minutes, or rows and columns, are to tell."""
        epochs = self.training.epochs
        return epochs if isinstance(epochs, int) and self.training.minutes is None else None

    @property
    def saved_model(self) -> Model:
        """The model as the bundle has it."""
        model = self.model.inner
        return model.without_norms() if self.training.fold_norm else model

    @property
    def input_kind(self) -> str:
        """How inputs are scaled: as chosen, or as the run did that the model goes on from."""
        kept = self.model.kept_inputs
        return kept.scaling.kind if kept else self.scale.inputs

    @property
    def target_kind(self) -> str:
        """How targets are scaled: as chosen, or as the run did whose last layer is kept."""
        kept = self.model.kept_targets
        return kept.kind if kept else self.scale.targets

    @property
    def rows_key(self) -> Hashable:
        """Gather what the rows, their split and their scaling follow from; equals share these."""
        return self.dataset, self.split, self.scale, self.model.scales_like

    def batch_rows(self, train_rows: int) -> int:
        """Count the rows of a step; a batch larger than the training holds all of its rows."""
        size = self.batch_size
        return min(size, train_rows) if isinstance(size, int) else train_rows

    def clock(self, train_rows: int) -> Clock:
        """Tell how long the training is."""
        epochs = self.training.epochs
        assert isinstance(epochs, int)  # as soon as rows are known, in whose place auto stood
        return Clock(epochs, -(-train_rows // self.batch_rows(train_rows)))


@part
class Root(Part):
    """What stands in no block."""

    seed: Seed
    logger: Tracker | tuple[Tracker, ...]
    added: ClassVar = {"logger": ()}


BLOCKS: dict[str, type[Part]] = {
    "training": Training,
    "output": Output,
    "dataset.split": Split,  # these two stand among the settings of every data set
    "dataset.scale": ScaleSettings,
    "regularisation": Regularisation,
}


def read_settings(config: dict) -> Settings:
    """Check each value against its kind, and build each part from the class it names."""
    values = dict(config)
    if isinstance(given := config.get("dataset"), dict):
        values["dataset"] = dataset = dict(given)
    else:
        dataset = {}  # what stands there instead is told as no part
    inner = {
        "dataset.split": dataset.pop("split", None),
        "dataset.scale": dataset.pop("scale", None),
    }
    root, problems = read(Root, {key: values.get(key) for key in names(Root)}, "")
    read_blocks: dict[str, tuple[Any, Problems]]
    read_blocks = {key: (vars(root)[key] if root else None, []) for key in names(Root)}
    for where, cls in BLOCKS.items():
        block = inner[where] if where in inner else values.get(where)
        read_blocks[where.rpartition(".")[2]] = read_block(cls, block, where)
    for group in PARTS:
        read_blocks[group] = read_part(group, values.get(group))
    known = [name for name in names(Settings) if name not in ("split", "scale")]
    problems += [unknown("", str(key), known) for key in config if key not in known]
    problems += [problem for _, told in read_blocks.values() for problem in told]
    refuse(without_echoes(problems))
    return Settings(**{name: block for name, (block, _) in read_blocks.items()})


def read_block(cls: type[Part], values: Any, where: str) -> tuple[Any, Problems]:
    """Build a block of settings; None and every problem if any is wrong."""
    block, problems = read(cls, values, where)
    if block is None:
        return None, problems
    return block, under(where, block.problems())


def read_part(group: str, values: Any) -> tuple[Any, Problems]:
    """Build a part of a group from the class that `_target_` names."""
    if not isinstance(values, dict) or TARGET not in values:
        advice = f"choose one, as in {group}={PARTS[group][0].lower()}"
        return None, [Problem(group, show(values), "names no part", advice)]
    settings = dict(values)
    cls, problems = class_named(group, settings.pop(TARGET))
    if cls is None:
        return None, under(group, problems)
    return read_block(cls, settings, group)


# Settings that follow others unless they are typed.
ECHOES = {
    "dataset.seed": "dataset.split.seed",
    "model.dropout": "regularisation.dropout",
    "loss.label_smoothing": "regularisation.label_smoothing",
    "loss.surface": "dataset.surface",
}


def without_echoes(problems: Problems) -> Problems:
    """Leave out problems of a setting that only follows another one which is told as well."""
    told = {(problem.key, problem.value) for problem in problems}
    return [problem for problem in problems if (ECHOES.get(problem.key), problem.value) not in told]
