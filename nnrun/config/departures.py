"""How a run's settings differ from the defaults: from those of the options that it chose."""

from typing import Any

from nnrun.config.again import as_list
from nnrun.config.catalogue import defaults
from nnrun.config.compose import compose
from nnrun.errors import Mistake
from nnrun.runs.entries import flat
from nnrun.runs.job import Departure

NO_OTHER_RUN = ("output", "hydra", "sweep")  # settings of where it lies


def departures(config: dict[str, Any], choices: dict[str, str]) -> list[Departure] | None:
    """List what differs; None where the options are unknown here, as those of somebody else."""
    usual_choices = defaults()
    chosen = {group: option for group, option in choices.items() if group in usual_choices}
    try:
        (job,) = compose([f"{group}={option}" for group, option in chosen.items()]).jobs
    except Mistake:
        return None
    other = [
        Departure(group, option, usual_choices[group])
        for group, option in chosen.items()
        if option != usual_choices[group]
    ]
    usual, found = flat(job.config), flat(config)
    return other + [
        Departure(key, value, usual.get(key))
        for key, value in found.items()
        if counts(key) and as_list(value) != as_list(usual.get(key))
    ]


def counts(key: str) -> bool:
    return key.partition(".")[0] not in NO_OTHER_RUN
