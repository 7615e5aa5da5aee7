"""Hydra's complaints, in words that a person can use."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

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

from nnrun.config.catalogue import advice, builtin_conf, groups, options, shown
from nnrun.config.keys import unknown_key
from nnrun.errors import did_you_mean, nearest

REFUSALS = (HydraException, OmegaConfBaseException, YAMLError, ValueError, OSError, RecursionError)


def explain(error: Exception, given: str | None) -> list[str]:
    """What Hydra or OmegaConf complained about, in our words."""
    if within := re.match(r"In '(\w+)/([^/']+)'", str(error)):
        file = options(within[1], given).get(within[2])
        return (
            [f"{shown(file)}: {lost(error, given)}; correct its defaults"]
            if file
            else [first_line(error)]
        )
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, option = error.missing_cfg_file.rpartition("/")
        return [f"{group}={option}: unknown {group}; {advice(option, error.options)}"]
    if isinstance(error, RecursionError):
        return circular(given)
    if isinstance(error, YAMLError | OSError | UnicodeDecodeError) and (
        broken := broken_files(given)
    ):
        return broken
    if isinstance(error, ValueError):
        return [f"command line: {first_line(error)}; see nnrun --help"]
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    if isinstance(cause, ConfigAttributeError | ConfigKeyError) and isinstance(
        cause.parent_node, DictConfig
    ):
        parts = str(cause.full_key).split(".")
        return [unknown_key(parts, len(parts) - 1, list(cause.parent_node))]
    return [f"configuration: {first_line(cause)}; look at it with nnrun --info defaults-tree"]


def lost(error: Exception, given: str | None) -> str:
    """What is wrong with the defaults of an option's file."""
    group, _, option = str(getattr(error, "missing_cfg_file", None) or "").rpartition("/")
    if group in groups():
        return f"'{option}' is no {group}; {advice(option, options(group, given))}"
    return first_line(error).partition(": ")[2]


def circular(given: str | None) -> list[str]:
    """A line for each of the person's files that has itself among its defaults."""
    files = [
        file
        for group in groups()
        for file in options(group, given).values()
        if builtin_conf() not in file.parents
    ]
    advice = "give it another name, or leave that out"
    lines = [
        f"{shown(file)}: has itself among its defaults; {advice}"
        for file in files
        if names_itself(file)
    ]
    return lines or [
        "configuration: options have each other among their defaults, without end; look at your own files"
    ]


def names_itself(file: Path) -> bool:
    with suppress(YAMLError, OmegaConfBaseException, OSError, ValueError):
        own = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
        return isinstance(own, dict) and file.stem in (own.get("defaults") or [])
    return False


def broken_files(given: str | None) -> list[str]:
    """A line for each option's file that cannot be read."""
    files = [
        builtin_conf() / "config.yaml",
        *(file for group in groups() for file in options(group, given).values()),
    ]
    return [problem for file in files if (problem := broken(file))]


def broken(file: Path) -> str:
    try:
        OmegaConf.load(file)
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return f"{shown(file)}{line}: {error.problem}; correct the file"
    except (YAMLError, OmegaConfBaseException, ValueError, OSError) as error:
        return f"{shown(file)}: {first_line(error)}; correct the file"
    return ""


def unresolved(error: OmegaConfBaseException, config: DictConfig) -> str:
    """The line for a value that refers to nothing, or is not there."""
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key}: is missing; write {error.full_key}=..."
    missing = re.match(r"Interpolation key '(.*)' not found", str(error))
    if isinstance(error, InterpolationKeyError) and missing:
        known = keys(OmegaConf.to_container(config, resolve=False))
        hint = did_you_mean(nearest(missing[1], known)) or "see nnrun --cfg job"
        return f"{error.full_key}: refers to '{missing[1]}', which is not there; {hint}"
    return f"{error.full_key}: {first_line(error)}; see nnrun --cfg job"


def keys(node: Any, path: str = "") -> Iterator[str]:
    """Every dotted key of a configuration."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{path}{name}"
            yield from keys(value, f"{path}{name}.")


def first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".:")
