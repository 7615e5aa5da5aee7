"""A setting as it was typed: what it is about, and the values that it stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NoReturn

from hydra.core.override_parser.types import Glob, Override

from nnrun.config import catalogue
from nnrun.config.catalogue import groups
from nnrun.config.writing import as_typed
from nnrun.errors import Mistake, Problem
from nnrun.runs.job import setting_of


@dataclass(frozen=True)
class CommandLine:
    """What is known of a command line as a whole while its words are read one by one."""

    config_dir: str | None  # of the person's own options
    many: bool  # several values for one setting are tried one after the other
    verbs: Sequence[str]  # that could have come first

    def options(self, group: str) -> dict[str, Path]:
        return catalogue.options(group, self.config_dir)


def meanings(name: str, line: CommandLine) -> list[str]:
    """Find what a bare name can stand for: regularisation=early_stopping, model.activation=relu."""
    options = [f"{group}={name}" for group in groups() if name in line.options(group)]
    within = [f"{key}={name}" for key, known in catalogue.within_models().items() if name in known]
    return options or within


def problem_with(typed: str | Override, wrong: str, advice: str) -> Problem:
    """Make a problem of a word, told as it was typed."""
    word = typed if isinstance(typed, str) else str(typed.input_line)
    key, mark, value = word.partition("=")
    return Problem(setting_of(key), value if mark else None, wrong, advice, typed=word)


def refuse_word(typed: str | Override, wrong: str, advice: str) -> NoReturn:
    raise Mistake(problem_with(typed, wrong, advice))


def values(override: Override, line: CommandLine) -> list[str]:
    """List the values of a setting as texts: one, or those of a sweep."""
    glob = override.value()
    if isinstance(glob, Glob):
        return glob.filter(list(line.options(override.key_or_group)))
    if override.is_discrete_sweep():
        return listed(override)
    return [] if override.is_sweep_override() else [as_typed(override.value())]


def listed(override: Override) -> list[str]:
    """List the values of a discrete sweep, each as it would be typed alone."""
    return [as_typed(Override._convert_value(value)) for value in override.sweep_iterator()]


def as_number(value: str) -> float | str:
    """Read a number; any other text stays as it is."""
    try:
        return float(value)
    except ValueError:
        return value


def option_names(value: str) -> list[str]:
    """Split `adam` or `[l2,dropout]` into the options that it names."""
    names = (name.strip(" '\"") for name in value.strip("[] ").split(","))
    return [name for name in names if name]


def selections(overrides: list[Override], line: CommandLine) -> Iterator[list[str]]:
    """Go through each way of choosing from the groups that the settings ask for."""
    choosing = [one for one in overrides if one.key_or_group in groups() or "/" in one.key_or_group]
    yield from (list(way) for way in product(*(words_of_choice(one, line) for one in choosing)))


def words_of_choice(override: Override, line: CommandLine) -> list[str]:
    """Write a choice down as if each of its values had been typed alone."""
    if not override.is_sweep_override():
        return [str(override.input_line)]
    return [f"{override.get_key_element()}={value}" for value in values(override, line)]


def combined_choices(words: list[str]) -> dict[str, str]:
    """Find the groups from which a list of options was chosen, such as l2,dropout."""
    typed = {key: value for key, _, value in (word.partition("=") for word in words)}
    return {
        key: ",".join(option_names(value))
        for key, value in typed.items()
        if key in groups() and value.startswith("[")
    }


def for_sweep(override: Override) -> str:
    """Write a plain value as a choice of one, which Hydra checks after the groups are chosen."""
    key = override.key_or_group
    changes = override.type.name == "CHANGE" and override.value() not in (None, "")
    of_sweep = override.is_hydra_override() or key.startswith("sweep.")
    if not changes or override.is_sweep_override() or "." not in key or of_sweep:
        return str(override.input_line)
    return f"{key}=choice({override.get_value_string()})"
