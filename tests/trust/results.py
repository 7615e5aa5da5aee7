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
    """Read the results of a run, and what each network of an ensemble showed."""
    several = [name for name in ("networks.csv",) if (folder / name).exists()]
    return {name: (folder / name).read_bytes() for name in (*RESULTS, *several)}
