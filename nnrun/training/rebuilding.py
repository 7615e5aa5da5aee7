"""The experiment of a run anew, on the very data that its record tells of; all without torch."""

from pathlib import Path

from nnrun.config.earlier import as_read_now
from nnrun.config.elsewhere import STAND_THERE, refuse_elsewhere
from nnrun.config.experiment import Experiment, build
from nnrun.errors import Mistake, Problem
from nnrun.parts.dataset.download import offline
from nnrun.runs.commands import typed
from nnrun.runs.comparison import changed_data
from nnrun.runs.job import Job
from nnrun.runs.record import ENSEMBLE


def rebuilt(job: Job) -> Experiment:
    """Build the experiment of a run, or that of the best of those that were averaged."""
    told, _ = as_read_now(job.config)
    config = {key: value for key, value in told.items() if key != ENSEMBLE}
    refuse_elsewhere(config, STAND_THERE)
    with offline():
        return build(config, job.overrides, job.choices, flags=job.flags)


def refuse_changed_data(path: Path, record: dict, experiment: Experiment) -> None:
    if record["data_sha256"] != experiment.digest:
        raise unusable(path, changed_data(record, experiment.data.files))


def unusable(path: Path, wrong: str) -> Mistake:
    return Mistake(Problem(str(path), None, wrong, anew(path)))


def anew(path: Path) -> str:
    """Write the command that trains the same from the beginning."""
    return f"begin anew with: nnrun again {typed(path)}"
