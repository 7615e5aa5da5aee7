"""What runs that are alike have in common, to the last byte."""

from pathlib import Path

RESULTS = (
    "metrics.csv",
    "weights.csv",
    "predictions.csv",
    "model.safetensors",
    "model.json",
    "summary.json",
)


def results_of(folder: Path) -> dict[str, bytes]:
    """Read the results of a run."""
    return {name: (folder / name).read_bytes() for name in RESULTS}
