"""A trained model on disk: a file of tensors, one of JSON.

A bundle reads it, and a model that goes on from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest
from nnrun.parts.dataset.scaling import Inputs, Scaling, inputs_from_plain, scaling_from_plain
from nnrun.parts.interface import Model
from nnrun.parts.kinds import read
from nnrun.parts.registry import named

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1
FILES = ("model.safetensors", "model.json")
ADDED = {"chances": "softmax", "per_target": 1}  # later, and went without saying before
UNREADABLE = (ValueError, TypeError, ArithmeticError, LookupError, RuntimeError, OSError)


@dataclass(frozen=True)
class Saved:
    """What a run's model is, reads and says; its tensors are still on the disk."""

    folder: Path
    about: dict  # all that the file says
    model: Model
    inputs: Inputs
    targets: Scaling
    target_names: tuple[str, ...]
    classes: tuple[str, ...]
    per_target: int

    @property
    def outputs(self) -> int:
        return len(self.classes) or len(self.target_names) * self.per_target

    def tensors(self) -> dict[str, Tensor]:
        from safetensors.torch import load

        with readable(self.folder):
            return load((self.folder / FILES[0]).read_bytes())


def read_saved(run: str | Path) -> Saved:
    """Read what lies in a run folder: data alone, as classes come from lists in this package."""
    folder = bundle_in(Path(run))
    with readable(folder):
        about = json.loads((folder / FILES[1]).read_text())
        return saved_from_plain(folder, ADDED | about)


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Tell in one line what cannot be read."""
    from safetensors import SafetensorError

    try:
        yield
    except (*UNREADABLE, SafetensorError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        wrong = f"the bundle cannot be read ({reason})"
        advice = "train again, or restore the folder"
        raise Mistake(Problem(str(folder), None, wrong, advice)) from error


def bundle_in(folder: Path) -> Path:
    """Give the folder back if there is a bundle in it."""
    if not folder.is_dir():
        siblings = folder.parent.iterdir() if folder.parent.is_dir() else ()
        near = nearest(folder.name, [path.name for path in siblings])
        advice = did_you_mean(near) or "give a folder under outputs"
        raise Mistake(Problem(str(folder), None, "no such run folder", advice))
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        wrong = f"has no {' and no '.join(missing)}"
        raise Mistake(Problem(str(folder), None, wrong, where_bundles_are(folder)))
    return folder


def where_bundles_are(folder: Path) -> str:
    """Say which runs lie in a folder that is none."""
    runs = [path.parent for path in folder.glob(f"**/{FILES[1]}")]
    if not runs:
        return "did the run finish? see its run.json"
    names = sorted(run.relative_to(folder).as_posix() for run in runs)
    return f"the runs in it: {listing(names, 3)}"


def saved_from_plain(folder: Path, about: dict) -> Saved:
    """Make a model's settings, and how it reads and writes, of plain values."""
    if about["format"] != FORMAT:
        raise ValueError(f"format {about['format']}; this nnrun reads {FORMAT}")
    settings = dict(about["model"])
    cls: type[Model] = named("model", settings.pop("kind"))
    model, problems = read(cls, cls.as_read_now(settings), "model")
    if problems:
        raise ValueError(str(problems[0]))
    names, classes = tuple(about["target_names"]), tuple(about["classes"])
    inputs, targets = inputs_from_plain(about["inputs"]), scaling_from_plain(about["targets"])
    return Saved(folder, about, model, inputs, targets, names, classes, about["per_target"])
