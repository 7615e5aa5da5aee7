"""Settings that name a run by a word, such as model.run=last, and the folder that is meant.

It is written down, so that a configuration means the same tomorrow, when another run is the last.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache

from nnrun.config.writing import as_typed
from nnrun.errors import Mistake
from nnrun.parts.interface import Part
from nnrun.parts.registry import PARTS, TARGET, class_at
from nnrun.runs.finding import Found, find_run
from nnrun.runs.job import Job

Setting = tuple[str, str]  # group, and name in it


def with_runs_found(jobs: Sequence[Job]) -> tuple[list[Job], list[str]]:
    """Put folders in the place of words; and a note on each."""
    find = cache(find_run)  # the same for all members of a sweep
    changed, notes = [], []
    for job in jobs:
        for setting in settings_that_name_runs(job.config):
            job, note = with_run_found(job, setting, find)
            notes.append(note)
        changed.append(job)
    return changed, [note for note in dict.fromkeys(notes) if note]


def settings_that_name_runs(config: dict) -> Iterator[Setting]:
    """Go through those that are set to a text."""
    for group in PARTS:
        values = config.get(group)
        if isinstance(values, dict):
            cls = class_at(values.get(TARGET)) or Part
            named = [name for name in cls.runs if isinstance(values.get(name), str)]
            yield from ((group, name) for name in named if values[name])


def with_run_found(job: Job, setting: Setting, find) -> tuple[Job, str]:
    """Find the run that a setting names; a folder stays as it was typed."""
    group, name = setting
    typed = job.config[group][name]
    folder, note = found_for(".".join(setting), typed, find)
    if str(folder) == typed:
        return job, note
    config = deepcopy(job.config)
    config[group][name] = str(folder)
    key = f"{group}.{name}="
    overrides = [
        f"{key}{as_typed(str(folder))}" if word.startswith(key) else word for word in job.overrides
    ]
    return replace(job, config=config, overrides=overrides), note


def found_for(key: str, typed: str, find) -> Found:
    """Find a run; where there is none, the setting is at fault."""
    try:
        return find(typed)
    except Mistake as mistake:
        problems = [replace(problem, key=key, value=typed) for problem in mistake.problems]
        raise Mistake(*problems) from None
