"""A command line, read and checked whole before the first run begins, without torch."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from importlib.util import find_spec

from nnrun.config.compose import Request, compose
from nnrun.config.experiment import examine
from nnrun.config.flags import read_flags
from nnrun.config.minutes import minutes_of_sweep
from nnrun.config.parse import why_not_first
from nnrun.config.run_words import with_runs_found
from nnrun.config.settings import read_settings
from nnrun.errors import Mistake, Problem, Problems, listing, refuse
from nnrun.reading.files import expanded
from nnrun.runs.folder import (
    file_in_the_way,
    no_folder_to_take,
    no_root,
    why_not_made,
    why_taken,
)
from nnrun.runs.job import setting_of


def checked_request(argv: list[str], verbs: Sequence[str] = ()) -> Request:
    """Compose what is asked for, or raise everything that is wrong with it."""
    refuse_late_verb(argv, verbs)
    try:
        request = compose(argv, verbs)
    except Mistake as mistake:
        further = wrong_values(argv, mistake.problems)
        raise Mistake(*mistake.problems, *further) from None
    jobs, notes = with_runs_found(request.jobs)
    request = replace(request, jobs=jobs, notes=[*request.notes, *notes])
    problems: dict[Problem, None] = {}
    for job in request.jobs:
        try:
            examine(job.config, job.overrides, job.choices)
        except Mistake as mistake:
            problems |= dict.fromkeys(mistake.problems)
    if request.sweep:
        problems |= dict.fromkeys(minutes_of_sweep(request.jobs))
    refuse(list(problems) or [*folder_problems(request), *missing_trackers(request)])
    return request


def refuse_late_verb(argv: list[str], verbs: Sequence[str]) -> None:
    """Stop at a command behind flags; what follows it are its words, and no settings."""
    flags, _ = read_flags(argv)
    first = next(iter(flags.overrides), "")
    if first in verbs:
        raise Mistake(Problem(first, None, *why_not_first(first)))


def folder_problems(request: Request) -> Problems:
    """Find what keeps the folder that was asked for from taking what will be trained."""
    outputs = [job.config["output"]["folder"] for job in request.jobs]
    folders = [folder for folder in dict.fromkeys(outputs) if folder is not None]
    if not folders:
        return []
    if len(outputs) > 1 and request.sweep is None:
        wrong = "is one folder for several runs"
        return [Problem("output.folder", folders[0], wrong, "use output.root")]
    if len(set(outputs)) > 1:
        wrong = "a sweep has one folder"
        return [Problem("output.folder", listing(outputs), wrong, "keep one of them")]
    wrong = why_taken(folders[0])
    return [no_folder_to_take(folders[0], wrong)] if wrong else []


def refuse_unmakable(request: Request) -> None:
    """Stop where the folders that a training would make cannot be."""
    outputs = [(job.config["output"], job.choices["dataset"]) for job in request.jobs]
    places = {(output["root"], output["folder"], dataset): None for output, dataset in outputs}
    problems = []
    for root, folder, dataset in places:
        path = expanded(root) / dataset if folder is None else expanded(folder)
        if wrong := file_in_the_way(str(path)) or why_not_made(path):
            told = no_root(root, wrong) if folder is None else no_folder_to_take(folder, wrong)
            problems.append(told)
    refuse(problems)


def missing_trackers(request: Request) -> Problems:
    """Find trackers that are asked for, and whose library is not there."""
    asked = [job.config["logger"] for job in request.jobs]
    named = [name for one in asked for name in ([one] if isinstance(one, str) else one)]
    return [
        Problem("logger", name, "is not installed", f"pip install 'nnrun[{name}]'")
        for name in dict.fromkeys(named)
        if find_spec(name) is None
    ]


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
