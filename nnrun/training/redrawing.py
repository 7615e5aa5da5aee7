"""What a task draws of the rows of a finished run, from its folder and its data as they are now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nnrun import tasks
from nnrun.errors import Mistake
from nnrun.runs.comparison import changed_data
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import read_job, read_record
from nnrun.runs.summary import read_summary
from nnrun.training.rebuilding import rebuilt

if TYPE_CHECKING:
    from nnrun.report.pages.redrawn.task_drawing import TaskDrawing


FROM_FILES = "they come from files, which are read by nnrun report alone"


def redrawn(folder: Path, files: bool = True) -> tuple[list[TaskDrawing], str]:
    """Draw the rows of a run, where its task has more to show of them; or say why that fails.

    Nothing outside of the folder is read where files may not be.
    """
    record, summary = read_record(folder), read_summary(folder)
    if record.get("status") != "done" or "best_epoch" not in summary:
        return [], ""
    if "refit" in summary:  # which has learnt from every row, so that none shows how good it is
        return [], ""
    if record.get("data_files") and not files:
        return [], FROM_FILES
    try:
        return drawings(folder, record)
    except Mistake as mistake:  # of data that are gone, or of a network that is not trusted here
        return [], str(mistake.problems[0])


def drawings(folder: Path, record: dict) -> tuple[list[TaskDrawing], str]:
    """Read the data, and let the task draw them if they are those that the record tells of."""
    experiment = rebuilt(read_job(folder))
    task, own = tasks.of(experiment.data.task), experiment.settings.dataset.own_metrics()
    if not task.redraws(experiment.data, own):
        return [], ""
    if record["data_sha256"] != experiment.digest:
        return [], changed_data(record, experiment.data.files)
    from nnrun.training.outcome import reread  # torch comes with it

    return task.redrawn(reread(experiment, RunFolder(folder))), ""
