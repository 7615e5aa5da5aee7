"""Several trained models that answer together, by the mean of what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from numpy import ndarray
from torch import nn

from nnrun.bundle.bundle import Bundle
from nnrun.bundle.predictions import averaged, tempered
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
            answer
            for model in self.models
            for answer in model.infer_each(placed(cells, columns, model.inputs.columns))
        ]

    def mean_of(self, each: Sequence[ndarray]) -> ndarray:
        """Average the answers of the models, of which each is as sure as it was found to be."""
        said = [model.mean_of(own) for model, own in self.by_model(each)]
        return averaged(said, self, self.times)

    def spread_of(self, each: Sequence[ndarray]) -> ndarray:
        if not self.classes:
            return super().spread_of(each)
        pairs = self.by_model(each)
        sure = [tempered(answer, model.temperature) for model, own in pairs for answer in own]
        return super().spread_of(sure)

    def by_model(self, each: Sequence[ndarray]) -> Iterator[tuple[Bundle, Sequence[ndarray]]]:
        """Put beside each model what it told."""
        before = 0
        for model in self.models:
            yield model, each[before : before + model.voices]
            before += model.voices

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
