"""The settings that train what a run was, with a difference.

They are those that were typed for it, and whatever else its configuration holds that these do not
give today: defaults may have changed since, and so may an experiment's file.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nnrun.config.compose import compose
from nnrun.config.earlier import as_read_now
from nnrun.config.elsewhere import PATHS, STAND_THERE, refuse_elsewhere
from nnrun.config.length import BATCH_SIZE, EPOCHS, PATIENCE
from nnrun.config.minutes import MINUTES
from nnrun.config.settings import AUTO
from nnrun.config.writing import as_typed
from nnrun.errors import Mistake, Problem, folder_beside
from nnrun.runs.job import setting_of
from nnrun.runs.ledger import ABOUT
from nnrun.runs.record import (
    CONFIG,
    NOT_TAKEN_OVER,
    OVERRIDES,
    flags_of,
    read_config,
    read_overrides,
    read_record,
    refuse_average,
)

OWN = tuple(f"output.{name}" for name in NOT_TAKEN_OVER)
MISSING = object()
LOOKED_UP = re.compile(r"\$\{[^}]*:")


@dataclass(frozen=True)
class Again:
    """What to type for a run once more."""

    words: list[str]
    notes: list[str]


def again(folder: Path, differing: Sequence[str], flags: Sequence[str] = ()) -> Again:
    """Put together what to type for a run with a difference; flags are Hydra's."""
    refuse_other_folders(folder)
    refuse_average(folder, "train")
    replaced = [*differing, *others_for(differing)]
    config, notes = as_read_now(read_config(folder))
    kept_out = [key for key in PATHS if concerns(key, replaced)]
    refuse_elsewhere(config, f"type {{key}}=..., or {STAND_THERE}", kept_out)
    typed = [word for word in words_typed(folder) if not concerns(word, OWN)]
    kept = [word for word in typed if not concerns(word, replaced)]
    try:
        today = composed_today(typed, kept, flags)
    except Mistake as mistake:
        given = [] if flags else own_options(folder)
        raise Mistake(*[with_options(problem, given) for problem in mistake.problems]) from None
    changed = differences(today, config)
    left_open = [*OWN, *replaced, *followers(today, config, replaced)]
    pinned = [word for word in changed if not concerns(word, left_open)]
    kept = [word for word in kept if not concerns(word, pinned)]
    return Again([*kept, *pinned, *differing], notes)


def others_for(differing: Sequence[str]) -> list[str]:
    """Name the epochs where minutes are given, which take their place."""
    timed = any(setting_of(word) == MINUTES for word in differing)
    return [EPOCHS] if timed else []


def followers(today: dict, saved: dict, replaced: Sequence[str]) -> list[str]:
    """Name what follows from other settings today as well: patience from epochs, all from rows."""
    followed = [key for key in (EPOCHS, BATCH_SIZE, PATIENCE) if at(today, key) == AUTO]
    if any(concerns(word, ["dataset"]) for word in replaced):
        return followed
    other_epochs = any(concerns(word, [EPOCHS]) for word in replaced)
    follows = other_epochs or saved.get("regularisation", {}).get("patience") is None
    return [PATIENCE] if PATIENCE in followed and follows else []


def at(config: dict, key: str) -> object:
    block, name = key.split(".")
    return config[block][name]


def words_typed(folder: Path) -> list[str]:
    """Read what was typed for a run, which somebody else may have written.

    What speaks to Hydra was never typed for a run. What looks something up on the machine, such as
    ${oc.env:HOME}, is left out, as the configuration holds what it came to.
    """
    words = read_overrides(folder)
    for word in words:
        if word.startswith("-") or "hydra" in setting_of(word):
            advice = "restore it, or train again"
            wrong = f"holds {word[:60]!r}, which is no setting of a run"
            raise Mistake(Problem(str(folder / OVERRIDES), None, wrong, advice))
    return [word for word in words if not LOOKED_UP.search(word)]


def refuse_other_folders(folder: Path) -> None:
    """Stop where a folder is no run's."""
    if (folder / ABOUT).is_file():
        advice = f"give one of its members, such as {folder / 'best'}"
        raise Mistake(Problem(str(folder), None, "is a sweep, and this takes a run", advice))
    if not folder.is_dir():
        advice = folder_beside(folder) or "give a folder under outputs, or write last"
        raise Mistake(Problem(str(folder), None, "no such run folder", advice))
    if not read_config(folder):
        wrong = f"has no {CONFIG} that can be read"
        raise Mistake(Problem(str(folder), None, wrong, "give the folder of a run"))


def composed_today(typed: list[str], kept: list[str], flags: Sequence[str]) -> dict:
    """Compose what was typed; where that is refused by now, only what is to stay of it."""
    try:
        (job,) = compose([*flags, *typed]).jobs
    except Mistake:
        (job,) = compose([*flags, *kept]).jobs
    return job.config


def own_options(folder: Path) -> list[str]:
    """Read the flag by which a run had options of a person's own."""
    return [flag for flag in flags_of(read_record(folder)) if flag.startswith("--config-dir=")]


def with_options(problem: Problem, given: Sequence[str]) -> Problem:
    """Say of an option that is not known that the run had others; a problem besides stays."""
    if not given or problem.wrong != f"unknown {problem.key}":
        return problem
    return replace(problem, advice=f"the run was made with others: add {shlex.join(given)}")


# Which settings a word is about


def concerns(word: str, others: Sequence[str]) -> bool:
    """Tell whether a word sets what others set anew, or something within that."""
    return any(f"{place_of(word)}.".startswith(f"{place_of(other)}.") for other in others)


def place_of(word: str) -> str:
    """Tell what a word sets: scheduler@scheduler.first=step is about scheduler.first."""
    return setting_of(word).rpartition("@")[2]


# Where two configurations differ


def differences(today: dict, saved: dict, path: str = "") -> Iterator[str]:
    """Write down what to type to get from a configuration to the one that was saved."""
    for key in {**today, **saved}:
        place = f"{path}{key}"
        is_now, was = today.get(key, MISSING), saved.get(key, MISSING)
        if was is MISSING:
            yield f"~{place}"
        elif is_now is MISSING:
            yield f"+{place}={as_typed(was)}"
        elif isinstance(is_now, dict) and isinstance(was, dict):
            yield from differences(is_now, was, f"{place}.")
        elif as_list(is_now) != as_list(was):
            yield f"{place}={as_typed(was)}"


def as_list(value: object) -> object:
    """Make a list of what a part has as a tuple, as a configuration does."""
    return list(value) if isinstance(value, tuple) else value
