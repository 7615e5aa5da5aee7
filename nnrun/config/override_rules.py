"""What can be seen to be impossible in one setting alone: a function for each such thing."""

from collections.abc import Callable
from typing import Any

from hydra.core.override_parser.types import Glob, IntervalSweep, Override

from nnrun.config.catalogue import advice, groups
from nnrun.config.overrides import CommandLine, as_number, names, problem_with, values
from nnrun.errors import Problem, listing
from nnrun.parts.dataset.text import TABLES

SEVERAL = ("regularisation",)  # groups whose options combine


def several_folders(override: Override, line: CommandLine) -> Problem | None:
    """A sweep has one folder."""
    if override.key_or_group != "output.root" or not override.is_sweep_override():
        return None
    return problem_with(str(override.input_line), "a sweep has one folder", "keep one of them")


def no_value(override: Override, line: CommandLine) -> Problem | None:
    """A range or a pattern has to stand for something."""
    enumerates = isinstance(override.value(), Glob) or override.is_discrete_sweep()
    if not line.many or not enumerates or values(override, line):
        return None
    known = line.options(override.key_or_group) if override.key_or_group in groups() else ()
    choices = f"choices: {listing(known)}" if known else ""
    return problem_with(str(override.input_line), "stands for no value at all", choices)


def same_value_twice(override: Override, line: CommandLine) -> Problem | None:
    """Members that would train alike are one too many."""
    if not line.many or not override.is_discrete_sweep():
        return None
    value = first_repeated(values(override, line))
    if not value:
        return None
    wrong = f"has {value} twice, which would train alike"
    return problem_with(str(override.input_line), wrong, "keep one of them")


def several_for_one_run(override: Override, line: CommandLine) -> Problem | None:
    """Several values are a sweep."""
    if line.many or not override.is_sweep_override():
        return None
    advice = "add -m to try each, or put them in [ ] for a list"
    return problem_with(str(override.input_line), "several values", advice)


def wrong_choice(override: Override, line: CommandLine) -> Problem | None:
    """A group has one of its options, or several where these combine."""
    group, typed = override.key_or_group, str(override.input_line)
    if group not in groups() or override.package is not None:
        return None
    known = line.options(group)
    if override.is_delete():
        advice = f"choose another instead: {listing(known)}"
        return problem_with(typed, f"a run needs its {group}", advice)
    if override.is_add() or override.is_force_add():
        return problem_with(
            typed, f"nothing to add, {group} is there already", f"write {group}=..."
        )
    if override.value() is None:
        advice = f"leave it out, or choose one of {listing(known)}"
        return problem_with(typed, "null is no choice", advice)
    if isinstance(override.value(), list) and group not in SEVERAL:
        advice = "add -m and leave the brackets out to try each"
        return problem_with(typed, "takes one option", advice)
    return unknown_option(override, line)


def unknown_option(override: Override, line: CommandLine) -> Problem | None:
    """An option has a file."""
    group, known = override.key_or_group, line.options(override.key_or_group)
    chosen = [name for value in values(override, line) for name in names(value)]
    unknown = [name for name in chosen if name not in known]
    if not unknown:
        return None
    if group == "dataset" and unknown[0].endswith(TABLES):
        table = f"write dataset=table dataset.path={unknown[0]}"
        return Problem(group, unknown[0], "is no data set but a file", table)
    return Problem(group, unknown[0], f"unknown {group}", advice(unknown[0], known))


def wrong_for_sweep(override: Override, line: CommandLine) -> Problem | None:
    """A setting of the sweep itself needs a sweep, and one value."""
    key, typed = override.key_or_group, str(override.input_line)
    if not key.startswith(("sweep.", "hydra.launcher", "hydra/launcher", "hydra/sweeper")):
        return None
    if not line.many:
        return problem_with(typed, "has no effect on one run", "add -m for a sweep")
    if override.is_sweep_override():
        wrong = "several values, but a sweep is made in one way"
        return problem_with(typed, wrong, "keep one of them")
    known = {"hydra/launcher": ("together", "basic"), "hydra/sweeper": ("grid",)}.get(key)
    if known and override.value() not in known:
        return problem_with(typed, "nnrun sweeps by itself, on all cores", f"use {key}={known[0]}")
    return None


def empty_interval(override: Override, line: CommandLine) -> Problem | None:
    """An interval begins below its end."""
    interval: Any = override.value()
    if not isinstance(interval, IntervalSweep):
        return None
    if float(interval.start or 0) < float(interval.end or 0):
        return None
    wrong = "the second end is not above the first"
    return problem_with(str(override.input_line), wrong, "write interval(low,high)")


def folder_of_hydra(override: Override, line: CommandLine) -> Problem | None:
    """Hydra makes no folders here."""
    theirs = ("hydra.run", "hydra.sweep.", "hydra.job.", "hydra.output_subdir")
    if not str(override.key_or_group).startswith(theirs):
        return None
    wrong = "nnrun makes its folders itself"
    return problem_with(str(override.input_line), wrong, "use output.root to say where")


Rule = Callable[[Override, CommandLine], Problem | None]
RULES: tuple[Rule, ...] = (
    several_folders,
    no_value,
    same_value_twice,
    several_for_one_run,
    wrong_choice,
    wrong_for_sweep,
    empty_interval,
    folder_of_hydra,
)


def unused_samples(
    overrides: list[Override], params: dict[str, str], problems: list[Problem]
) -> list[Problem]:
    """Find a number of samples where nothing is drawn, neither as typed nor by the experiment."""
    typed_keys = {one.key_or_group for one in overrides}
    drawn = any(isinstance(one.value(), IntervalSweep) for one in overrides)
    drawn |= any("interval(" in text for key, text in params.items() if key not in typed_keys)
    # A problem that is told already may have been meant to draw.
    drawn |= any("interval(" in (problem.value or "") for problem in problems)
    typed = [str(one.input_line) for one in overrides if one.key_or_group == "sweep.samples"]
    wrong, advice = "has no effect, as nothing is drawn", "write a value as interval(low,high)"
    return [] if drawn else [problem_with(word, wrong, advice) for word in typed]


def first_repeated(values: list[str]) -> str:
    """Find a value that stands there before, in any way of writing; empty when all differ."""
    seen: set[float | str] = set()
    for value in values:
        number = as_number(value)
        if number in seen:
            return value
        seen.add(number)
    return ""
