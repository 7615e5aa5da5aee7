"""summary.json: the metrics of a run, its baselines, its best epoch and the verdict."""

from pathlib import Path

from nnrun.runs.folder import RunFolder, read_json

SUMMARY = "summary.json"


def write_summary(folder: RunFolder, summary: dict) -> None:
    folder.put_json(SUMMARY, summary)


def read_summary(folder: Path) -> dict:
    """Read the summary of a run folder; nothing where there is none."""
    return read_json(folder / SUMMARY)
