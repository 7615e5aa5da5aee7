"""Paths in commands that are told: as they can be pasted where the person stands."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnrun.reading.proofs import meant_to_go_on
from nnrun.runs.job import without_folder

left: list[Path] = []  # where the person stands, while this process works elsewhere


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Let relative paths begin in a folder in here."""
    here = Path.cwd()
    os.chdir(folder)
    left.append(here)
    try:
        yield
    finally:
        left.pop()
        os.chdir(here)


def shown(path: Path) -> str:
    """Write a path as one sees it from where the person stands."""
    here = left[0] if left else Path.cwd()
    if left:
        path = path.absolute()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def typed(path: Path) -> str:
    """Write a path as it is typed there, be there spaces in it or a dash in front."""
    text = shown(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


def going_on(folder: Path) -> str:
    """Write the command that goes on with a run, or with the sweep of which it is a member."""
    return f"nnrun resume {typed(meant_to_go_on(folder))}"


def anew(command: str) -> str:
    """Write a command once more without the folder that it named, which is no longer empty."""
    try:
        return shlex.join(without_folder(shlex.split(command)))
    except ValueError:  # quotes without an end, in somebody else's folder
        return command
