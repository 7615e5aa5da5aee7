"""The keys of the settings a person typed, compared with those of the configuration."""

from collections.abc import Iterable, Iterator
from typing import Any

from hydra.core.override_parser.types import Override

from nnrun.config.catalogue import groups
from nnrun.config.overrides import problem_with
from nnrun.errors import Problem, did_you_mean, listing, nearest
from nnrun.parts.kinds import show


def wrong_key(override: Override, config: dict) -> Problem | None:
    """Find a setting that is not there, or there already where one is to be added."""
    key = override.key_or_group
    if key in groups() or "/" in key or override.package is not None or override.is_force_add():
        return None
    problem = misplaced(key, config)
    if not override.is_add():
        return unknown_name(override, config) if problem and "." not in key else problem
    if problem:
        return None
    advice = f"write {str(override.input_line)[1:]}"
    return problem_with(override, f"nothing to add, {key} is there already", advice)


def misplaced(key: str, config: dict) -> Problem | None:
    """Find the first step of a dotted key that leads nowhere."""
    steps, node = key.split("."), config
    for depth, step in enumerate(steps):
        if isinstance(node, dict) and step not in node:
            return unknown_key(steps, depth, node)
        path = ".".join(steps[:depth])
        if isinstance(node, list) and not (step.isdigit() and int(step) < len(node)):
            wrong = f"{path} is a list of {len(node)}"
            return Problem(key, None, wrong, "its places are counted from 0")
        if isinstance(node, str) and node.startswith("${"):
            return None
        if not isinstance(node, dict | list):
            wrong = f"{path} is a single value, {show(node)}"
            return Problem(key, None, wrong, f"write {path}=...")
        node = node[int(step)] if isinstance(node, list) else node[step]
    return None


def unknown_key(steps: list[str], depth: int, known: Iterable) -> Problem:
    """Make a problem of a key whose step at `depth` is not among the known."""
    key, known = ".".join(steps), [str(name) for name in known]
    settable = [name for name in known if not name.startswith("_") and name != "hydra"]
    if not settable and "_target_" in known:
        nothing = f"this {'.'.join(steps[:depth])} has nothing to set"
        return Problem(key, None, "unknown key", nothing)
    if not settable:
        return Problem(key, None, "nothing is set there yet", f"write +{key}=...")
    near = nearest(steps[depth], settable)
    if not near:
        return Problem(key, None, "unknown key", f"known keys: {listing(settable)}")
    whole = ".".join([*steps[:depth], near, *steps[depth + 1 :]])
    return Problem(key, None, "unknown key", did_you_mean(whole))


def unknown_name(override: Override, config: dict) -> Problem:
    """Make a problem of a name without dots that is neither a group nor a key of the root."""
    name = override.key_or_group
    known = list(dict.fromkeys([*groups(), *config]))
    known.remove("hydra")
    near = nearest(name, known)
    if near:
        kind = "group" if near in groups() else "key"
        return problem_with(override, f"unknown {kind}", did_you_mean(near))
    ends = [key for key in every_key(config) if key.endswith(f".{name}")]
    deeper = " or ".join(f"{key}=..." for key in ends if not key.startswith("hydra."))
    advice = f"write {deeper}" if deeper else f"known keys: {listing(known)}"
    return problem_with(override, "unknown key", advice)


def every_key(node: Any, path: str = "") -> Iterator[str]:
    """Go through all dotted keys of a configuration."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{path}{name}"
            yield from every_key(value, f"{path}{name}.")
