"""What takes a moment to find out of a run, kept for its next page."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from nnrun.config.departures import departures
from nnrun.report.pages.redrawn.task_drawing import TaskDrawing
from nnrun.runs.job import Departure
from nnrun.runs.record import read_job, read_record
from nnrun.training.redrawing import redrawn

MOST = 50  # runs of which it is kept


class Found(NamedTuple):
    """How a run differs from the defaults, and what its task draws of its rows."""

    departures: list[Departure] | None
    drawn: tuple[Sequence[TaskDrawing], str]


class Memory:
    """What was found, by the runs and by the proofs of their records."""

    def __init__(self) -> None:
        self.lock = Lock()  # Hydra composes one thing at a time
        self.found: dict[tuple[Path, str], Found] = {}

    def of(self, folder: Path) -> Found:
        """Find it, or remember it; no file outside of the run is read."""
        record = read_record(folder)
        key = folder, str(record.get("sha256") or record.get("config_sha256"))
        with self.lock:
            if key not in self.found:
                told = Found(departures(read_job(folder)), redrawn(folder, files=False))
                self.found[key] = told
            for oldest in [*self.found][:-MOST]:
                del self.found[oldest]
            return self.found[key]
