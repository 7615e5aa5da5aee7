"""A training that is given minutes instead of epochs: how it becomes one of so many epochs."""

from collections.abc import Iterator, Sequence

from nnrun.config.compose import compose
from nnrun.config.experiment import DataCache, Experiment, build
from nnrun.config.length import EPOCHS
from nnrun.config.writing import as_typed
from nnrun.errors import Problem, Problems
from nnrun.runs.job import Job, setting_of

MINUTES = "training.minutes"
ALONE = "hydra.mode=RUN"  # though the experiment be a sweep, of which this is one run


def minutes_of_sweep(jobs: Sequence[Job]) -> Problems:
    """Find members with minutes: how many share a worker would decide how far each comes."""
    given = [job.config["training"]["minutes"] for job in jobs]
    wrong = "is about a run alone, and this is a sweep"
    typed = dict.fromkeys(as_typed(minutes) for minutes in given if minutes is not None)
    return [Problem(MINUTES, minutes, wrong, f"set {EPOCHS}") for minutes in typed]


def with_epochs(experiment: Experiment, epochs: int) -> Experiment:
    """Give the experiment that so many epochs instead of minutes would have been, on its data."""
    folders = [flag for flag in experiment.flags if flag.startswith("--config-dir=")]
    words = list(words_with_epochs(experiment.overrides, epochs))
    (job,) = compose([*folders, *words, ALONE]).jobs
    known = DataCache.holding(experiment)
    return build(job.config, words, experiment.choices, known, experiment.flags)


def words_with_epochs(words: Sequence[str], epochs: int) -> Iterator[str]:
    """Write epochs where minutes were typed; else, as a file gives these, behind all else."""
    asked = f"{EPOCHS}={epochs}"
    typed = [setting_of(word) == MINUTES for word in words]
    for word, minutes in zip(words, typed, strict=True):
        yield asked if minutes else word
    if not any(typed):
        yield from (asked, f"{MINUTES}=null")
