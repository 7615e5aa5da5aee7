"""Courses of trainings side by side."""

from __future__ import annotations

from dataclasses import dataclass

from nnrun.runs.epochs import EpochRecord


@dataclass(frozen=True)
class Course:
    """A member's epochs, and whether it failed after the last of them."""

    epochs: list[EpochRecord]
    failed: bool


@dataclass(frozen=True)
class Panel:
    """Courses whose losses can be compared, by the name of their line; a line has a course for each seed."""

    title: str
    lines: dict[str, list[Course]]
