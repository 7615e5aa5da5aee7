"""What can be seen to be impossible in one setting alone: a function refuses each such thing."""

import re
from decimal import Decimal
from math import ceil
from typing import Any

from hydra.core.override_parser.types import Glob, IntervalSweep, Override, RangeSweep

from nnrun.config.catalogue import advice, groups
from nnrun.config.launcher import MOST
from nnrun.config.overrides import (
    CommandLine,
    as_number,
    meanings,
    option_names,
    problem_with,
    refuse_word,
    values,
)
from nnrun.config.places import own_settings, usual_settings
from nnrun.errors import Mistake, Problem, Problems, listing
from nnrun.parts.dataset.text import TABLES

MOST_SHOWN = 10**15  # values that are counted to the last one
SEVERAL = ("regularisation",)  # groups whose options combine
OUTPUT_FOLDERS = ("output.root", "output.folder")
HYDRAS_FOLDERS = ("hydra.run", "hydra.sweep.", "hydra.job.", "hydra.output_subdir")
OF_SWEEPS = ("sweep.", "hydra.launcher", "hydra/launcher", "hydra/sweeper")
SWEEPERS = {"hydra/launcher": ("together", "basic"), "hydra/sweeper": ("grid",)}


def too_many_values(override: Override, line: CommandLine) -> None:
    """Refuse a range that would take long to go through."""
    sweep = override.value()
    if not isinstance(sweep, RangeSweep):
        return
    first, end, step = map(Decimal, (sweep.start or 0, sweep.stop or 0, sweep.step))
    if not step:
        refuse_word(override, "steps by 0", "write range(first,end,step)")
    if not all(number.is_finite() for number in (first, end, step)):
        refuse_word(override, "has no end", "write range(first,end,step)")
    count = (end - first) / step
    if 0 < count <= 1 and not first % 1 == end % 1 == 0:
        wrong = f"steps by {sweep.step}, so {sweep.start} is its only value"
        refuse_word(override, wrong, "write range(first,end,step) with a smaller step")
    if count > MOST:
        shown = f"{ceil(count):,}" if count < MOST_SHOWN else f"{count:.0e}"
        wrong = f"stands for {shown} values, and a sweep can hold {MOST:,} members"
        refuse_word(override, wrong, "take larger steps, or draw samples")


def odd_underscores(override: Override, line: CommandLine) -> None:
    """Refuse underscores in a number that part no thousands."""
    value, text = override.value(), str(override.input_line).partition("=")[2]
    if not isinstance(value, int | float) or not re.search(r"\d_\d", text):
        return
    if not re.fullmatch(r"[+-]?\d{1,3}(_\d{3})+(\.\d*)?", text):
        refuse_word(override, "has an underscore that parts no thousands", f"write {value}")


def several_folders(override: Override, line: CommandLine) -> None:
    """Refuse several folders for one sweep."""
    if override.key_or_group in OUTPUT_FOLDERS and override.is_sweep_override():
        refuse_word(override, "a sweep has one folder", "keep one of them")


def no_value(override: Override, line: CommandLine) -> None:
    """Refuse a range or a pattern that stands for nothing."""
    enumerates = isinstance(override.value(), Glob) or override.is_discrete_sweep()
    if line.many and enumerates and not values(override, line):
        group = override.key_or_group
        choices = f"choices: {listing(line.options(group))}" if group in groups() else ""
        empty_range = isinstance(override.value(), RangeSweep)
        beyond = "write range(first,end,step), the end not included"
        refuse_word(override, "matches nothing", beyond if empty_range else choices)


def same_value_twice(override: Override, line: CommandLine) -> None:
    """Refuse members that would train alike."""
    if line.many and override.is_discrete_sweep():
        value = first_repeated(values(override, line))
        if value:
            wrong = f"has {value} twice, which would train the same again"
            refuse_word(override, wrong, "keep one of them")


def several_for_one_run(override: Override, line: CommandLine) -> None:
    """Refuse several values where no sweep was asked for."""
    if override.is_sweep_override() and not line.many:
        advice = "add -m to try each, or put them in [ ] for a list"
        if point := with_decimal_point(override, line):
            advice = f"write {point} for a decimal number, or add -m to try each"
        refuse_word(override, "several values", advice)


def with_decimal_point(override: Override, line: CommandLine) -> str:
    """Write 0.01 for 0,01 where that may be meant: in 01 no number begins, or one is wanted."""
    number = re.fullmatch(r"([+-]?\d+),(\d+)", str(override.input_line).partition("=")[2])
    if not number:
        return ""
    usual = own_settings(usual_settings(line)).get(override.key_or_group)
    fraction = not isinstance(usual, int) and isinstance(as_number(str(usual)), float)
    meant = fraction or re.fullmatch(r"0\d+", number[2])
    return f"{number[1]}.{number[2]}" if meant else ""


def no_choice(override: Override, line: CommandLine) -> None:
    """Refuse what would leave a group without an option, or with too many."""
    group = override.key_or_group
    if group not in groups() or override.package is not None:
        return
    choices = listing(line.options(group))
    if override.is_delete():
        refuse_word(override, f"a run needs its {group}", f"choose another instead: {choices}")
    if override.is_add() or override.is_force_add():
        wrong = f"nothing to add, {group} is there already"
        refuse_word(override, wrong, f"write {group}=...")
    if override.value() is None:
        advice = f"leave it out, or choose one of {choices}"
        refuse_word(override, "null is no choice", advice)
    if isinstance(override.value(), list) and group not in SEVERAL:
        advice = "add -m and leave the brackets out to try each"
        refuse_word(override, "takes one option", advice)


def unknown_option(override: Override, line: CommandLine) -> None:
    """Refuse an option that has no file."""
    group = override.key_or_group
    if group not in groups() or override.package is not None:
        return
    known = line.options(group)
    chosen = [name for value in values(override, line) for name in option_names(value)]
    for name in chosen:
        if name not in known and group == "dataset" and name.endswith(TABLES):
            table = f"write dataset=table dataset.path={name}"
            raise Mistake(Problem(group, name, "is a file, not a data set", table))
        if name not in known:
            raise Mistake(no_option(group, name, line))


def no_option(group: str, name: str, line: CommandLine) -> Problem:
    """Tell of a name that the group does not have, be it that another one has it."""
    if others := meanings(name, line):
        return Problem(group, name, f"no such {group}", f"write {' or '.join(others)}")
    return Problem(group, name, f"unknown {group}", advice(name, line.options(group)))


def wrong_for_sweep(override: Override, line: CommandLine) -> None:
    """Refuse settings of a sweep without a sweep, with several values or with another sweeper."""
    key = override.key_or_group
    if not key.startswith(OF_SWEEPS):
        return
    if not line.many:
        refuse_word(override, "has no effect on one run", "add -m for a sweep")
    if override.is_sweep_override():
        wrong = "several values, but a sweep is run in one way"
        refuse_word(override, wrong, "keep one of them")
    known = SWEEPERS.get(key)
    if known and override.value() not in known:
        refuse_word(override, "nnrun sweeps by itself, on all cores", f"use {key}={known[0]}")


def empty_interval(override: Override, line: CommandLine) -> None:
    """Refuse an interval that does not begin below its end."""
    interval: Any = override.value()
    if not isinstance(interval, IntervalSweep):
        return
    if not float(interval.start or 0) < float(interval.end or 0):
        wrong = "the second end is not above the first"
        refuse_word(override, wrong, "write interval(low,high)")


def folder_of_hydra(override: Override, line: CommandLine) -> None:
    """Refuse a place for folders that Hydra would make."""
    if override.key_or_group.startswith(HYDRAS_FOLDERS):
        refuse_word(override, "nnrun makes its folders itself", "use output.root or output.folder")


RULES = (
    odd_underscores,
    too_many_values,
    several_folders,
    no_value,
    same_value_twice,
    several_for_one_run,
    no_choice,
    unknown_option,
    wrong_for_sweep,
    empty_interval,
    folder_of_hydra,
)


def unused_samples(
    overrides: list[Override], params: dict[str, str], problems: Problems
) -> Problems:
    """Find a number of samples where nothing is drawn, neither as typed nor by the experiment."""
    typed = {one.key_or_group for one in overrides}
    texts = [text for key, text in params.items() if key not in typed]
    # A problem that is told already may have been meant to draw.
    texts += [problem.value or "" for problem in problems]
    if any(isinstance(one.value(), IntervalSweep) for one in overrides):
        return []
    if any("interval(" in text for text in texts):
        return []
    wrong, advice = "has no effect, as nothing is drawn", "write a value as interval(low,high)"
    samples = [one for one in overrides if one.key_or_group == "sweep.samples"]
    return [problem_with(one, wrong, advice) for one in samples]


def first_repeated(values: list[str]) -> str:
    """Find a value that stands there before, in any way of writing; empty when all differ."""
    seen: set[float | str] = set()
    for value in values:
        number = as_number(value)
        if number in seen:
            return value
        seen.add(number)
    return ""
