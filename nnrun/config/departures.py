"""How a run's settings differ from the defaults: from those of the options that it chose."""

from nnrun.config.again import as_list
from nnrun.config.catalogue import defaults
from nnrun.config.compose import compose
from nnrun.errors import Mistake
from nnrun.runs.entries import flat
from nnrun.runs.job import Departure, Job
from nnrun.runs.names import typed_key

AUTO = "auto"  # a default that is found for each run
NO_OTHER_RUN = ("output", "hydra", "sweep")  # settings of where it lies


def departures(job: Job) -> list[Departure] | None:
    """List what differs; None where the options are unknown here, as those of somebody else.

    What a default of auto came to is no difference, unless it was typed.
    """
    config, choices = job.config, job.choices
    usual_choices = defaults()
    chosen = {group: option for group, option in choices.items() if group in usual_choices}
    try:
        (usually,) = compose([f"{group}={option}" for group, option in chosen.items()]).jobs
    except Mistake:
        return None
    other = [
        Departure(group, option, usual_choices[group])
        for group, option in chosen.items()
        if option != usual_choices[group]
    ]
    typed = {typed_key(word) for word in job.overrides}
    usual, found = flat(usually.config), flat(config)
    return other + [
        Departure(key, value, usual.get(key))
        for key, value in found.items()
        if counts(key) and as_list(value) != as_list(usual.get(key))
        if usual.get(key) != AUTO or key in typed
    ]


def counts(key: str) -> bool:
    return key.partition(".")[0] not in NO_OTHER_RUN
