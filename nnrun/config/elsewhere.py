"""Paths of a run that was begun in another folder than the one in which one stands now."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from nnrun.errors import Problem, refuse
from nnrun.reading.files import expanded

PATHS = ("dataset.path", "dataset.test_path", "model.run")
STAND_THERE = "stand in the folder where it was begun, as relative paths begin there"


def refuse_elsewhere(config: dict, advice: str, left_out: Iterable[str] = ()) -> None:
    """Stop where a relative path of a configuration leads nowhere from here."""
    told = f"not found from {Path.cwd()}"
    lost = {key: path for key, path in lost_paths(config) if key not in left_out}
    refuse([Problem(key, path, told, advice.format(key=key)) for key, path in lost.items()])


def lost_paths(config: dict) -> Iterator[tuple[str, str]]:
    """Go through the relative paths at which nothing lies."""
    for key in PATHS:
        group, name = key.split(".")
        settings = config.get(group)
        path = settings.get(name) if isinstance(settings, dict) else None
        if isinstance(path, str) and path and is_lost(expanded(path)):
            yield key, path


def is_lost(path: Path) -> bool:
    return not (path.is_absolute() or os.path.lexists(path))
