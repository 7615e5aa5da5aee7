"""The command in processes of its own, forked from one that has torch loaded already."""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from children import Child, Fault, Left, begun


@pytest.fixture(scope="session")
def soon(processes, tmp_path_factory) -> float:
    """In how many seconds a signal ends a command: in five, or more where the machine is busy."""
    began = monotonic()
    begun(processes, ["show", "training"], tmp_path_factory.mktemp("idle")).left()
    return 5 + min(max(3.0, 10 * (monotonic() - began)), 15.0)


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
