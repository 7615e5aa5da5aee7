"""Predictions that can be checked by what was asked for: what one may wish, and what is told."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from numpy import ndarray

from nnrun.errors import Problem, Problems


@dataclass(frozen=True)
class Wishes:
    """What a person wants of predictions that can be checked, as an arm's joints can."""

    refine: bool = False  # go on from them until they are right
    degrees: bool = False  # tell angles in degrees
    tolerance: tuple[float, float] | None = None  # millimetres and degrees; None for what is usual

    def problems(self, checks: bool, mark: str = "") -> Problems:
        """Tell what cannot be wished of a run; the mark makes a name what was typed."""
        if not checks:
            wrong = "the run predicts no joints of an arm, which could be checked"
            return [Problem(mark + name, None, wrong, "leave it out") for name in self.named()]
        ends = self.tolerance or (0.0, 0.0)
        if all(end >= 0 and math.isfinite(end) for end in ends):
            return []
        wrong = "expected two numbers, none below 0"
        shown = " ".join(f"{end:g}" for end in ends)
        advice = f"give millimetres and degrees, such as {mark}tolerance 0.1 0.6"
        return [Problem(f"{mark}tolerance {shown}", None, wrong, advice)]

    def named(self) -> list[str]:
        """Name what is wished."""
        return [field.name for field in fields(self) if getattr(self, field.name)]


@dataclass(frozen=True)
class Checked:
    """Predictions that were checked, and perhaps replaced by better ones."""

    predicted: ndarray  # (rows, targets)
    columns: dict[str, ndarray]  # what is told of each row
    notes: list[str]  # what a person should hear of them
