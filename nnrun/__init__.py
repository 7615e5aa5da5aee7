"""nnrun trains neural networks from a configuration."""

import warnings
from typing import TYPE_CHECKING, Never

if TYPE_CHECKING:
    from pathlib import Path

    from nnrun.bundle.bundle import Bundle
    from nnrun.python import Run, Sweep

__version__ = "0.1.0"


def load(run: "str | Path") -> "Bundle":
    """Load the model of a run, ready to predict: by its folder, or by the words last and best.

    A warning tells which run a word led to.
    """
    from nnrun.bundle import loading  # torch comes with it, and costs a second
    from nnrun.characters import visible
    from nnrun.runs.finding import find_run

    folder, note = find_run(run)
    if note:
        warnings.warn(visible(note), stacklevel=2)
    return loading.load(folder)


def train(*settings: str, show: bool = False, **named: Never) -> "Run":
    """Train one run: nnrun.train("dataset=iris", "training.epochs=20"), as the command does.

    Nothing is printed unless it is to be shown.
    """
    from nnrun import python  # the configuration comes with it

    python.refuse_other_than_texts("nnrun.train", settings, named)
    return python.train(*settings, show=show)


def sweep(*settings: str, show: bool = False, **named: Never) -> "Sweep":
    """Train each combination: nnrun.sweep("dataset=iris", "seed=0,1"), as the command does with -m.

    Nothing is printed unless it is to be shown; a warning tells of members that failed.
    """
    from nnrun import python

    python.refuse_other_than_texts("nnrun.sweep", settings, named)
    return python.sweep(*settings, show=show)
