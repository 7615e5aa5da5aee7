"""The command in processes of its own, forked from one that has torch loaded already."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from children import Child, Fault, Left, begun


@pytest.fixture
def start(processes, forked_worker, tmp_path):
    """Begin a command in a folder: start("dataset=iris", folder=..., fault=Fault(3))."""
    children = []

    def begin(
        *words: str,
        folder: Path = tmp_path,
        fault: Fault | None = None,
        patches: Mapping[str, Any] | None = None,
    ) -> Child:
        patched = {**forked_worker, **(patches or {})}
        children.append(begun(processes, words, folder, fault, patched))
        return children[-1]

    yield begin
    for child in children:
        child.process.kill()


@pytest.fixture
def run(start) -> Callable[..., Left]:
    """Run a command to its end."""
    return lambda *words, **given: start(*words, **given).left()
