"""A command line, read and checked whole before the first run begins, without torch."""

from collections.abc import Collection, Sequence

from nnrun.config.compose import Request, compose
from nnrun.config.experiment import examine
from nnrun.config.overrides import setting_of
from nnrun.config.settings import read_settings
from nnrun.errors import Mistake, Problem


def checked_request(argv: list[str], verbs: Sequence[str] = ()) -> Request:
    """Compose what is asked for, or raise everything that is wrong with it."""
    try:
        request = compose(argv, verbs)
    except Mistake as mistake:
        further = wrong_values(argv, mistake.problems)
        raise Mistake(*mistake.problems, *further) from None
    problems: dict[Problem, None] = {}
    for job in request.jobs:
        try:
            examine(job.config, job.overrides, job.choices)
        except Mistake as mistake:
            problems |= dict.fromkeys(mistake.problems)
    if problems:
        raise Mistake(*problems)
    return request


def wrong_values(argv: list[str], told: Sequence[Problem]) -> Sequence[Problem]:
    """Find values that are wrong by themselves, among the settings of which nothing is told yet."""
    keys = {problem.key for problem in told}
    if any(key.startswith("-") for key in keys):
        return []
    words = {word for problem in told for word in problem.typed.split()}
    # Whether samples are drawn, only all settings together can tell.
    keys.add("sweep.samples")
    rest = [word for word in argv if word not in words and not below(setting_of(word), keys)]
    if len(rest) == len(argv):
        return []
    try:
        for job in compose(rest).jobs:
            read_settings(job.config)
    except Mistake as mistake:
        return mistake.problems
    return []


def below(key: str, others: Collection[str]) -> bool:
    """Tell whether a key is one of the others, or lies below one."""
    return any(f"{key}.".startswith(f"{other}.") for other in others)
