"""A configuration's plain values, each checked against its kind, and the parts that they name, built."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from nnrun.errors import Mistake, Problem
from nnrun.parts.dataset.scaling import Scale
from nnrun.parts.dataset.split import Split
from nnrun.parts.interface import Dataset, Loss, Model, Optimizer, Part, Scheduler
from nnrun.parts.kinds import Count, Seed, names, read, show, unknown
from nnrun.parts.registry import PARTS, part
from nnrun.parts.regularisation import Regularisation


@dataclass(frozen=True)
class Training(Part):
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
            found.append(
                f"training.threads={self.threads}: this machine has {cores} cores; lower it or use auto"
            )
        return found


@dataclass(frozen=True)
class Output(Part):
    """Where a run goes, and how much of it."""

    root: str
    pictures: bool
    baselines: bool

    def problems(self) -> list[str]:
        if not self.root.strip():
            return ["output.root='': expected a folder, such as outputs"]
        root = Path(self.root).expanduser()
        blocked = next(
            (path for path in (root, *root.parents) if path.exists() and not path.is_dir()), None
        )
        return (
            [f"output.root={self.root!r}: '{blocked}' is a file; choose another folder"]
            if blocked
            else []
        )


@dataclass(frozen=True)
class Settings:
    """A configuration whose every value has been checked, its parts built."""

    seed: Seed
    training: Training
    output: Output
    split: Split
    scale: Scale
    dataset: Dataset
    model: Model
    optimizer: Optimizer
    scheduler: Scheduler
    loss: Loss
    regularisation: Regularisation

    @property
    def batch_size(self) -> Count | Literal["full"]:
        """As configured, unless the data set or the optimizer insists on a size of its own."""
        return self.dataset.batch or self.optimizer.batch or self.training.batch_size

    @property
    def saved_model(self) -> Model:
        """The model as the bundle has it."""
        model: Any = self.model.inner
        return replace(model, norm="none") if self.training.fold_norm else model

    def batch_rows(self, train_rows: int) -> int:
        size = self.batch_size
        return train_rows if size == "full" else size


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
    known = [name for name in names(Settings) if name not in ("split", "scale")]  # stand in dataset
    problems = [unknown("", key, known) for key in values if key not in known]
    seed, found = read(Root, {"seed": values.get("seed")}, "")
    problems += [line.removeprefix(".") for line in found]
    read_blocks = {}
    places = {"split": "dataset.split", "scale": "dataset.scale"}
    for name, (cls, block) in blocks.items():
        read_blocks[name], found = read(cls, block, places.get(name, name))
        problems += found
    for group in PARTS:
        given = dataset if group == "dataset" else values.get(group)
        read_blocks[group], found = read_part(group, given)
        problems += found
    for name, block in read_blocks.items():
        problems += own_problems(places.get(name, name), block)
    refuse(without_echoes(problems))
    return Settings(seed=seed.seed, **read_blocks)


@dataclass(frozen=True)
class Root:
    seed: Seed


ECHOES = {  # settings that follow others unless they are typed
    "dataset.split.seed": "seed",
    "dataset.seed": "seed",
    "model.dropout": "regularisation.dropout",
    "loss.label_smoothing": "regularisation.label_smoothing",
    "loss.surface": "dataset.surface",
}


def without_echoes(problems: list[str]) -> list[str]:
    """The problems without those of a setting that only follows another one which is told as well."""
    told = {line.partition(":")[0] for line in problems}
    followed = {f"{echo}={value}" for key, _, value in (one.partition("=") for one in told)
                for echo, source in ECHOES.items() if source == key}  # fmt: skip
    return [line for line in problems if line.partition(":")[0] not in followed]


def read_part(group: str, values: Any) -> tuple[Any, list[str]]:
    """A part of a group, built from the class that `_target_` names."""
    if not isinstance(values, dict) or "_target_" not in values:
        return None, [
            f"{group}={show(values)}: names no part; choose one, as in {group}={PARTS[group][0].lower()}"
        ]
    own = {key: value for key, value in values.items() if key != "_target_"}
    cls, problems = part(group, values["_target_"])
    return read(cls, own, group) if cls else (None, problems)


def own_problems(key: str, block: Any) -> list[str]:
    """Tell what a block says against itself."""
    problems = block.problems() if block else []
    return [
        str(problem.under(key)) if isinstance(problem, Problem) else problem for problem in problems
    ]


def refuse(problems: list[str]) -> None:
    """Stop here if anything is wrong."""
    if problems:
        raise Mistake(*problems)
