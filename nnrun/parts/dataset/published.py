"""Copies of published files: what is told of one that is not as it should be."""

import os
from pathlib import Path

from nnrun.errors import Mistake, Problem, Problems, folder_beside
from nnrun.parts.dataset.text import TABLES
from nnrun.parts.dataset.wording import problem_at
from nnrun.parts.kinds import show
from nnrun.reading.files import expanded


def no_folder(path: str | None) -> Problems:
    """Tell of a table where a data set wants the folder of its files."""
    if path is None or not path.lower().endswith(TABLES):
        return []
    wrong, advice = "is a table, not a folder of this data set's files", "add dataset=table"
    return [Problem("path", path, wrong, advice)]


def folder_named(path: str, advice: str) -> Path:
    """Give the folder that a person named for published files."""
    folder = expanded(path)
    if os.path.isdir(folder):
        return folder
    if os.path.exists(folder):
        raise Mistake(Problem("dataset.path", show(path), "is a file", advice))
    advice = folder_beside(folder) or advice
    raise Mistake(Problem("dataset.path", show(path), "not found", advice))


def damaged(file: Path | str, wrong: str, source: str = "its source") -> Problem:
    """Tell of a file, or of a line in it, that is not as it was published."""
    return problem_at(file, wrong, f"take the file from {source} again")


def unreadable(file: Path, error: OSError) -> Mistake:
    """Tell of a file that the system does not give."""
    wrong = f"cannot be read ({error.strerror or error})"
    return Mistake(problem_at(file, wrong, "check the file and its permissions"))
