"""The keys of the settings a person typed, compared with those of the configuration."""

from collections.abc import Iterable, Mapping

from hydra.core.override_parser.types import Override

from nnrun.config.catalogue import groups
from nnrun.config.overrides import CommandLine, meanings, problem_with
from nnrun.config.places import advice, every_setting, own_settings, places
from nnrun.config.settings import BLOCKS
from nnrun.errors import Problem, did_you_mean, listing, nearest
from nnrun.parts.kinds import show

UNKNOWN = "unknown key"
WIDTHS = "model.widths"
DEPTHS = ("depth", "layers", "n_layers", "num_layers")  # what others call how many there are
ALMOST = 0.9  # how much a name resembles another when a letter differs
ALIKE = 0.7  # how much a name without a group resembles what it may have been meant for


def wrong_key(override: Override, config: dict, line: CommandLine) -> Problem | None:
    """Find a setting that is not there, or there already where one is to be added."""
    key = override.key_or_group
    if key in groups() or "/" in key or override.package is not None or override.is_force_add():
        return None
    problem = misplaced(key, config)
    if problem and not override.is_add() and takes_any_name(key, config):
        return nothing_there(override)
    if not override.is_add():
        return problem and (elsewhere(override, config, line) or problem)
    if problem:
        return None
    without_sign = str(override.input_line)[1:]
    wrong = f"nothing to add, {key} is there already"
    return problem_with(override, wrong, f"write {without_sign}")


def takes_any_name(key: str, config: dict) -> bool:
    """Tell whether a key lies in the arguments of a class that is not nnrun's."""
    block = key.rpartition(".")[0]
    return block.endswith(".arguments") and not misplaced(block, config)


def nothing_there(override: Override) -> Problem:
    """Tell that an argument is not set yet, and so is to be added."""
    if override.is_delete():
        return problem_with(override, "nothing is set there", "leave it out")
    return problem_with(override, "nothing is set there yet", f"write +{override.input_line}")


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
    if retired := retired_in(".".join(steps[:depth])).get(steps[depth]):
        return Problem(key, None, "is no setting any more", f"{retired}; leave it out")
    settable = [name for name in known if not name.startswith("_") and name != "hydra"]
    if not settable and "_target_" in known:
        nothing = f"this {'.'.join(steps[:depth])} has nothing to set"
        return Problem(key, None, UNKNOWN, nothing)
    if not settable:
        return Problem(key, None, "nothing is set there yet", f"write +{key}=...")
    near = nearest(steps[depth], settable)
    if not near:
        return Problem(key, None, UNKNOWN, f"known keys: {listing(settable)}")
    whole = ".".join([*steps[:depth], near, *steps[depth + 1 :]])
    return Problem(key, None, UNKNOWN, did_you_mean(whole))


def retired_in(where: str) -> Mapping[str, str]:
    """Name the settings of earlier versions that a block had, and why it has them no longer."""
    return BLOCKS[where].retired if where in BLOCKS else {}


def elsewhere(override: Override, config: dict, line: CommandLine) -> Problem | None:
    """Tell where a setting belongs that stands in no place of its own."""
    key, value = override.key_or_group, str(override.input_line).partition("=")[2]
    if almost := spelt_almost(key, config):
        return problem_with(override, UNKNOWN, did_you_mean(almost))
    if key.rpartition(".")[2] in DEPTHS and WIDTHS in own_settings(config):
        return problem_with(override, UNKNOWN, f"give a width for each layer: {WIDTHS}=[128,128]")
    found = [] if override.is_delete() else places(key, config, line)
    if found:
        return problem_with(override, UNKNOWN, advice(found, key, value))
    if choosing := meanings(key.rpartition(".")[2], line):
        return problem_with(override, UNKNOWN, f"write {' or '.join(choosing)}")
    return None if "." in key else unknown_name(override, config)


def spelt_almost(key: str, config: dict) -> str:
    """Find the key of the same block that differs by a letter, as dataset.weight from weights."""
    block, _, name = key.rpartition(".")
    beside = [one for one in every_key(config) if one.rpartition(".")[0] == block]
    near = nearest(name, [one.rpartition(".")[2] for one in beside], ALMOST) if block else None
    return f"{block}.{near}" if near else ""


def unknown_name(override: Override, config: dict) -> Problem:
    """Make a problem of a name without dots that is neither a group nor a key."""
    name = override.key_or_group
    whole = [one for one in dict.fromkeys([*groups(), *config]) if one != "hydra"]
    meant = {key.rpartition(".")[2]: key for key in own_settings(config)}
    meant |= {one: one for one in whole}
    near = nearest(name, meant, ALIKE)
    if near:
        kind = "group" if near in groups() else "key"
        return problem_with(override, f"unknown {kind}", did_you_mean(meant[near]))
    return problem_with(override, UNKNOWN, f"known keys: {listing(whole)}")


def every_key(config: dict) -> list[str]:
    """List all dotted keys of a configuration."""
    return [key for key, _ in every_setting(config)]
