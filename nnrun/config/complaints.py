"""Hydra's complaints, in words that a person can use."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
)
from yaml import MarkedYAMLError, YAMLError

from nnrun.config.catalogue import (
    advice,
    builtin_conf,
    groups,
    refuse_flood,
    settings,
    shown,
    text,
    unreadable,
)
from nnrun.config.keys import every_key, unknown_key
from nnrun.config.overrides import CommandLine
from nnrun.errors import Mistake, Problem, Problems, did_you_mean, first_line, nearest
from nnrun.parts.kinds import show

REFUSALS = (HydraException, OmegaConfBaseException, YAMLError, ValueError, OSError, RecursionError)


def explain(error: Exception, line: CommandLine) -> Problems:
    """Tell what Hydra or OmegaConf complained about."""
    if within := re.match(r"In '(\w+)/([^/']+)'", str(error)):
        return [wrong_defaults(error, within[1], within[2], line)]
    if unlisted := re.match(r"Invalid defaults list in '(\w+)/([^']+)'", str(error)):
        return [defaults_without_brackets(unlisted[1], unlisted[2], line)]
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, option = error.missing_cfg_file.rpartition("/")
        return [Problem(group, option, f"unknown {group}", advice(option, error.options))]
    if isinstance(error, RecursionError):
        return circular(line)
    if isinstance(error, YAMLError | OSError | UnicodeDecodeError):
        problems = broken_files(line)
        if problems:
            return problems
    if isinstance(error, ValueError):
        return [Problem("command line", None, first_line(error), "see nnrun --help")]
    if elsewhere := re.match(r"Could not override '([^'@]+)@([^']*)'", str(error)):
        group, place = elsewhere.groups()
        wrong, write = f"no {group} stands at '{place}'", f"write {group}=..."
        return [Problem(f"{group}@{place}", None, wrong, write)]
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    if isinstance(cause, ConfigAttributeError | ConfigKeyError):
        steps, known = str(cause.full_key).split("."), cause.parent_node
        if isinstance(known, DictConfig):
            return [unknown_key(steps, len(steps) - 1, known)]
    defaults = "look at it with nnrun --info defaults-tree"
    return [Problem("configuration", None, first_line(cause), defaults)]


def wrong_defaults(error: Exception, group: str, option: str, line: CommandLine) -> Problem:
    """Tell what is wrong with the defaults of an option's file."""
    file = line.options(group).get(option)
    if file is None:
        return Problem("", None, first_line(error))
    missing = error.missing_cfg_file if isinstance(error, MissingConfigException) else None
    kind, _, name = str(missing or "").rpartition("/")
    if kind not in groups():
        wrong = first_line(error).partition(": ")[2]
        return Problem(shown(file), None, wrong, "correct its defaults")
    choices = advice(name, line.options(kind))
    return Problem(shown(file), None, f"'{name}' is no {kind}", f"{choices}; correct its defaults")


def defaults_without_brackets(group: str, option: str, line: CommandLine) -> Problem:
    """Tell that the defaults of an option's file are no list."""
    file = line.options(group)[option]
    given = settings(text(file), shown(file)).get("defaults")
    advice = (
        f"write defaults: [{given}]" if isinstance(given, str) else "write a list, as in [adam]"
    )
    return Problem(shown(file), None, f"its defaults, {show(given)}, are no list", advice)


def circular(line: CommandLine) -> Problems:
    """Find the person's files that have themselves among their defaults."""
    circle = "has itself among its defaults", "give it another name, or leave that out"
    problems = [
        Problem(shown(file), None, *circle)
        for file in option_files(line)
        if builtin_conf() not in file.parents and names_itself(file)
    ]
    wrong = "options include each other in a circle"
    return problems or [Problem("configuration", None, wrong, "look at your own files")]


def names_itself(file: Path) -> bool:
    """Tell whether an option is among its own defaults."""
    with suppress(YAMLError, OmegaConfBaseException, OSError, ValueError):
        config = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
        return isinstance(config, dict) and file.stem in (config.get("defaults") or [])
    return False


def broken_files(line: CommandLine) -> Problems:
    """Find the files that cannot be read."""
    files = [builtin_conf() / "config.yaml", *option_files(line)]
    return [problem for file in files if (problem := why_broken(file))]


def option_files(line: CommandLine) -> Iterator[Path]:
    """Go through the files of all options."""
    for group in groups():
        yield from line.options(group).values()


def why_broken(file: Path) -> Problem | None:
    """Find out why a file cannot be read."""
    try:
        refuse_flood(file)
        OmegaConf.load(file)
    except Mistake as mistake:
        return mistake.problems[0]
    except MarkedYAMLError as error:
        return unreadable(shown(file), error)
    except (YAMLError, OmegaConfBaseException, ValueError, OSError) as error:
        return Problem(shown(file), None, first_line(error), "correct the file")
    return None


def unresolved(error: OmegaConfBaseException, config: DictConfig) -> Problem:
    """Tell of a value that refers to nothing, or is not there."""
    key = str(error.full_key)
    if isinstance(error, MissingMandatoryValue):
        return Problem(key, None, "is missing", f"write {key}=...")
    missing = re.match(r"Interpolation key '(.*)' not found", str(error))
    if isinstance(error, InterpolationKeyError) and missing:
        known = every_key(cast(dict, OmegaConf.to_container(config, resolve=False)))
        hint = did_you_mean(nearest(missing[1], known)) or "see nnrun --cfg job"
        return Problem(key, None, f"refers to '{missing[1]}', which is not there", hint)
    return Problem(key, None, first_line(error), "see nnrun --cfg job")
