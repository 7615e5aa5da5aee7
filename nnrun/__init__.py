"""nnrun trains neural networks from a configuration."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nnrun.bundle.bundle import Bundle

__version__ = "0.1.0"


def load(run: "str | Path") -> "Bundle":
    """Load the model of a run, ready to predict: by its folder, or by the words last and best."""
    from nnrun.bundle import loading  # torch comes with it, and costs a second
    from nnrun.runs.finding import find_run

    return loading.load(find_run(run).folder)
