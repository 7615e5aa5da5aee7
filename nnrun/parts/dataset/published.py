"""Copies of published files: what is told of one that is not as it should be."""

from pathlib import Path

from nnrun.errors import Mistake, Problem
from nnrun.parts.dataset.wording import problem_at


def damaged(file: Path | str, wrong: str, source: str = "its source") -> Problem:
    """Tell of a file, or of a line in it, that is not as it was published."""
    return problem_at(file, wrong, f"take the file from {source} again")


def unreadable(file: Path, error: OSError) -> Mistake:
    """Tell of a file that the system does not give."""
    wrong = f"cannot be read ({error.strerror or error})"
    return Mistake(problem_at(file, wrong, "check the file and its permissions"))
