"""A trained model on disk: a file of tensors, one of JSON.

A bundle reads it, and a model that goes on from it.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from nnrun.errors import Mistake, Problem, folder_beside, listing
from nnrun.parts.dataset.detect import DETECT
from nnrun.parts.dataset.encoding import InputEncoding, inputs_from_plain
from nnrun.parts.dataset.own_metrics import own_metrics_from_plain, own_metrics_plain
from nnrun.parts.dataset.scaling import Scaling, scaling_from_plain
from nnrun.parts.interface import Model, OwnMetrics
from nnrun.parts.kinds import Names, read
from nnrun.parts.model.margins import Margins, margins_from_plain
from nnrun.parts.model.shape import SHAPE, refuse_misfits
from nnrun.parts.registry import named
from nnrun.reading.files import LARGEST, opened_own, read_own
from nnrun.reading.proofs import (
    RECORD,
    SWEEP_RECORD,
    meant_to_go_on,
    prove,
    read_settings,
    refuse_led_astray,
)
from nnrun.reading.tensors import Header, read_header

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1
DEEPEST = 3  # folders down to a run that is looked for
FILES = ("model.safetensors", "model.json")
AVERAGE = "average"  # key of model.json, where several models answer together
# later, and went without saying before
ADDED = {
    "chances": "softmax",
    "per_target": 1,
    "share_below": None,
    "threshold": 0.5,
    "temperature": 1.0,
    "networks": 1,
    "margins": None,
}
UNREADABLE = (ValueError, TypeError, ArithmeticError, LookupError, RuntimeError, OSError)


@dataclass(frozen=True)
class TrainedModel:
    """What a trained model is, what it reads and what it says; all but its tensors."""

    model: Model
    inputs: InputEncoding
    targets: Scaling
    target_names: Names
    classes: Names
    own_metrics: OwnMetrics
    reading: dict  # how the table was written: decimal sign, texts for a missing cell
    chances: str  # how scores become probabilities, by nnrun.bundle's name
    per_target: int  # outputs: a mean, and perhaps the logarithm of a variance
    share_below: float | None  # of targets, where it aims; None at the middle
    threshold: float  # the probability from which the second of two classes is taken
    temperature: float  # by which logarithms of probabilities are divided
    networks: int  # that answer together, by their mean; each tensor has an axis of them
    margins: Margins | None  # by which intervals are drawn; None where no rows could tell

    @property
    def outputs(self) -> int:
        return len(self.classes) or len(self.target_names) * self.per_target

    @property
    def ordered(self) -> bool:
        """Whether its classes have an order that counts."""
        return self.chances == "ordered" or bool(self.reading.get("order"))

    @property
    def deviation_names(self) -> list[str]:
        """Name the deviations, where it says any."""
        return [f"deviation_{name}" for name in self.target_names] if self.per_target > 1 else []

    @property
    def probability_names(self) -> list[str]:
        """Name the probabilities, where it says any."""
        return [f"p({name})" for name in self.classes]

    @property
    def voices(self) -> int:
        """Count the answers to a row whose mean is taken."""
        return self.networks * self.model.answers

    @property
    def spread_names(self) -> list[str]:
        """Name what is told of how far these answers differ."""
        if self.voices == 1:
            return []
        if self.classes:
            return [f"spread_{self.target_names[0]}"]
        return [f"spread_{name}" for name in self.target_names]

    @property
    def says(self) -> tuple[Hashable, ...]:
        """What has to be the same of models whose answers are averaged."""
        kind = self.target_names, self.classes, self.per_target, self.share_below
        return *kind, *((column.name, bool(column.levels)) for column in self.inputs.columns)

    @property
    def decimal(self) -> str:
        """Tell the sign of decimals; it is looked for in new rows where training looked for it."""
        found = self.reading.get("decimal_found", False)
        return DETECT if found else self.reading.get("decimal", ".")

    def written(self, *names: str) -> dict:
        """Tell some of how the table was written, where that is known."""
        return {name: self.reading[name] for name in names if name in self.reading}

    def plain(self) -> dict:
        """Write all as plain values."""
        return {
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
            "share_below": self.share_below,
            "threshold": self.threshold,
            "temperature": self.temperature,
            "networks": self.networks,
            "margins": self.margins and self.margins.plain(),
        }


@dataclass(frozen=True)
class Saved:
    """One trained model, or several that answer together, whose tensors are still on the disk."""

    folder: Path
    models: tuple[TrainedModel, ...]
    counts: tuple[int, ...]  # how often each model's answer counts
    threshold: float
    margins: Margins | None
    average: bool = False  # whether model.json tells of several, be they one

    @property
    def about(self) -> TrainedModel:
        """The one model that it holds."""
        if self.average:
            wrong = f"holds the average of {len(self.models)} models"
            raise Mistake(Problem(str(self.folder), None, wrong, "take a run of one model"))
        return self.models[0]

    @property
    def prefixes(self) -> list[str]:
        """What the names of each model's tensors begin with."""
        return [f"{place}." for place in range(len(self.models))] if self.average else [""]

    def tensors(self) -> dict[str, Tensor]:
        """Read those of the one model that it holds."""
        assert self.about
        return self.tensors_of_each()[0]

    def tensors_of_each(self) -> list[dict[str, Tensor]]:
        """Read them, once it is known that they are these models'."""
        from safetensors.torch import load

        from nnrun.parts.model.sketch import refuse_unlike

        with readable(self.folder):
            prove(self.folder, FILES[0])
            models = dict(zip(self.prefixes, self.models, strict=True))
            refuse_unlike(header_of(self.folder), models)
            held = load(read_own(self.folder, FILES[0], LARGEST))
        return [beginning_with(prefix, held) for prefix in self.prefixes]


def beginning_with(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Take the tensors whose names begin so, under the rest of their names."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def read_saved(run: str | Path) -> Saved:
    """Read what lies in a run folder: data alone, as classes come from lists in this package."""
    folder = bundle_in(Path(run))
    with readable(folder):
        told = read_settings(folder, FILES[1], SHAPE)
        about = trained_from_plain(ADDED | told)
        if AVERAGE in told:
            return average_from_plain(folder, told[AVERAGE], about)
        return Saved(folder, (about,), (1,), about.threshold, about.margins)


def average_from_plain(folder: Path, counted: list[dict], about: TrainedModel) -> Saved:
    """Make the models that answer together of plain values."""
    models = tuple(trained_from_plain(ADDED | one["model"]) for one in counted)
    counts = tuple(one["count"] for one in counted)
    if not counts or min(counts) < 1:
        raise ValueError("it averages nothing")
    if any(model.says != models[0].says for model in models):
        raise ValueError("its models do not speak of the same")
    return Saved(folder, models, counts, about.threshold, about.margins, average=True)


def header_of(folder: Path) -> Header:
    """Read what the file of tensors says of itself."""
    with opened_own(folder, FILES[0]) as file:
        return read_header(file, os.fstat(file.fileno()).st_size)


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
    refuse_led_astray(folder)
    if not folder.is_dir():
        advice = folder_beside(folder) or "give a folder under outputs, or write last"
        raise Mistake(Problem(str(folder), None, "no such run folder", advice))
    missing = [name for name in FILES if not os.path.lexists(folder / name)]
    if missing:
        wrong = f"has no {' and no '.join(missing)}"
        if os.path.lexists(folder / SWEEP_RECORD):
            wrong = "is a sweep, and this takes a run"
        raise Mistake(Problem(str(folder), None, wrong, where_bundles_are(folder)))
    return folder


def where_bundles_are(folder: Path) -> str:
    """Say which runs lie in a folder that is none."""
    below = (f"{'*/' * depth}{FILES[1]}" for depth in range(1, DEEPEST + 1))
    runs = [path.parent for pattern in below for path in folder.glob(pattern)]
    if not runs:
        return way_to_a_bundle(folder)
    names = sorted(run.relative_to(folder).as_posix() for run in runs)
    return f"the runs in it: {listing(names, 3)}"


def way_to_a_bundle(folder: Path) -> str:
    """Say what would leave a bundle in a folder that has none."""
    if not any(os.path.lexists(folder / name) for name in (RECORD, SWEEP_RECORD)):
        return "give the folder of a run"
    meant = meant_to_go_on(folder)
    return f"if training did not come to its end, go on with: nnrun resume {quote(str(meant))}"


def trained_from_plain(about: dict) -> TrainedModel:
    """Make a model's settings, and how it reads and speaks, of plain values."""
    if about["format"] != FORMAT:
        raise ValueError(f"format {about['format']}; this nnrun reads {FORMAT}")
    settings = dict(about["model"])
    cls: type[Model] = named("model", settings.pop("kind"))
    if cls.runs:
        raise ValueError(f"model {cls.__name__} would be read from another folder")
    model, problems = read(cls, cls.as_read_now(settings), "model")
    if problems:
        raise ValueError(str(problems[0]))
    inputs, targets = inputs_from_plain(about["inputs"]), scaling_from_plain(about["targets"])
    margins = margins_from_plain(about["margins"])
    refuse_misfits(inputs, targets, margins, about)
    return TrainedModel(
        model=model,
        inputs=inputs,
        targets=targets,
        target_names=tuple(about["target_names"]),
        classes=tuple(about["classes"]),
        own_metrics=own_metrics_from_plain(about["judge"]),
        reading=dict(about["reading"]),
        chances=about["chances"],
        per_target=about["per_target"],
        share_below=about["share_below"],
        threshold=about["threshold"],
        temperature=about["temperature"],
        networks=about["networks"],
        margins=margins,
    )
