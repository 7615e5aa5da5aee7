"""Several trained models that answer together, by the mean of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from numpy import ndarray
from torch import nn

from nnrun.bundle.bundle import Bundle
from nnrun.bundle.predictions import tempered
from nnrun.parts.dataset.encoding import InputEncoding, of_all, placed
from nnrun.parts.model.margins import Margins
from nnrun.parts.model.saved import AVERAGE, TrainedModel


@dataclass(frozen=True)
class Average(Bundle):
    """Models of any kind that speak of the same, and may have learnt of other rows."""

    models: tuple[Bundle, ...]
    times: tuple[int, ...]  # how often each model's answer counts

    @property
    def members(self) -> Sequence[Bundle]:
        return self.models

    @cached_property
    def knows(self) -> InputEncoding:
        """What any of them knows of the columns."""
        return of_all([model.inputs for model in self.models])

    @property
    def voices(self) -> int:
        return sum(model.voices for model in self.models)

    @property
    def counts(self) -> list[float]:
        pairs = zip(self.models, self.times, strict=True)
        return [time / model.voices for model, time in pairs for _ in range(model.voices)]

    def infer_each(self, cells: ndarray) -> list[ndarray]:
        columns = self.knows.columns
        return [
            tempered(answer, model.temperature) if model.classes else answer
            for model in self.models
            for answer in model.infer_each(placed(cells, columns, model.inputs.columns))
        ]

    def plain(self) -> dict[str, Any]:
        pairs = zip(self.models, self.times, strict=True)
        told = [{"count": time, "model": model.plain()} for model, time in pairs]
        return {**super().plain(), AVERAGE: told}


def average_of(
    models: Sequence[Bundle],
    times: Sequence[int],
    threshold: float,
    margins: Margins | None = None,
) -> Average:
    """Let models answer together."""
    first = min(models, key=lambda model: model.inputs.fills is not None)  # which takes no gaps
    about = {field.name: getattr(first, field.name) for field in fields(TrainedModel)}
    network = nn.ModuleList(model.network for model in models)
    own = {"threshold": threshold, "margins": margins}
    told = {**about, **own, "temperature": 1.0}  # as each has its own
    return Average(**told, network=network, models=tuple(models), times=tuple(times))
