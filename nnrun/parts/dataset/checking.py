"""Predictions that can be checked by what was asked for: what one may wish, and what is told."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from numpy import ndarray

from nnrun.arm.solution import ends_of
from nnrun.errors import Mistake, Problem, Problems


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
        try:
            ends_of((0, 0) if self.tolerance is None else self.tolerance)
        except Mistake as mistake:
            return [self.as_flag(one) if mark else one for one in mistake.problems]
        return []

    def as_flag(self, problem: Problem) -> Problem:
        """Tell a problem with the tolerance as it was typed."""
        shown = " ".join(f"{end:g}" for end in self.tolerance or ())
        advice = "give millimetres and degrees, such as --tolerance 0.1 0.6"
        return replace(problem, key=f"--tolerance {shown}", value=None, advice=advice)

    def named(self) -> list[str]:
        """Name what is wished."""
        return [field.name for field in fields(self) if getattr(self, field.name)]


@dataclass(frozen=True)
class Checked:
    """Predictions that were checked, and perhaps replaced by better ones."""

    predicted: ndarray  # (rows, targets)
    columns: dict[str, ndarray]  # what is told of each row
    notes: list[str]  # what a person should hear of them
