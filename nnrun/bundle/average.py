"""Several trained models that answer together, by the mean of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from numpy import ndarray
from torch import nn

from nnrun.bundle.bundle import Bundle
from nnrun.parts.model.saved import AVERAGE, TrainedModel


@dataclass(frozen=True)
class Average(Bundle):
    """Models of any kind that speak of the same; tables are read as the first reads them."""

    models: tuple[Bundle, ...]
    times: tuple[int, ...]  # how often each model's answer counts

    @property
    def voices(self) -> int:
        return sum(model.voices for model in self.models)

    @property
    def counts(self) -> list[float]:
        pairs = zip(self.models, self.times, strict=True)
        return [time / model.voices for model, time in pairs for _ in range(model.voices)]

    def infer_each(self, cells: ndarray) -> list[ndarray]:
        return [answer for model in self.models for answer in model.infer_each(cells)]

    def plain(self) -> dict[str, Any]:
        pairs = zip(self.models, self.times, strict=True)
        told = [{"count": time, "model": model.plain()} for model, time in pairs]
        return {**super().plain(), AVERAGE: told}


def average_of(models: Sequence[Bundle], times: Sequence[int], threshold: float) -> Average:
    """Let models answer together."""
    first = min(models, key=lambda model: model.inputs.fills is not None)  # which takes no gaps
    about = {field.name: getattr(first, field.name) for field in fields(TrainedModel)}
    network = nn.ModuleList(model.network for model in models)
    told = {**about, "threshold": threshold}
    return Average(**told, network=network, models=tuple(models), times=tuple(times))
