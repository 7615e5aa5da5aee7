"""The keys of the settings a person typed, held against those of the configuration."""

from hydra.core.override_parser.types import Override

from nnrun.config.catalogue import groups
from nnrun.errors import did_you_mean, listing, nearest
from nnrun.parts.kinds import show


def wrong_key(override: Override, config: dict) -> str:
    """The line for a setting that the configuration does not have, or has already where one is to be added."""
    key, typed = override.key_or_group, override.input_line
    if key in groups() or "/" in key or override.package is not None or override.is_force_add():
        return ""
    problem = misplaced(key, config)
    if override.is_add():
        return (
            ""
            if problem
            else f"{typed}: nothing to add, {key} is there already; write {str(typed)[1:]}"
        )
    return unknown_group(override, config) if problem and "." not in key else problem


def misplaced(key: str, config: dict) -> str:
    """The line for the first step of a dotted key that leads nowhere; empty when all lead on."""
    parts, node = key.split("."), config
    for depth, part in enumerate(parts):
        path = ".".join(parts[:depth])
        if isinstance(node, dict) and part not in node:
            return unknown_key(parts, depth, node)
        if isinstance(node, list) and not (part.isdigit() and int(part) < len(node)):
            return f"{key}: {path} is a list of {len(node)}; its places are counted from 0"
        if not isinstance(node, dict | list):
            refers = isinstance(node, str) and node.startswith("${")
            return (
                "" if refers else f"{key}: {path} is a single value, {show(node)}; write {path}=..."
            )
        node = node[int(part)] if isinstance(node, list) else node[part]
    return ""


def unknown_key(parts: list[str], depth: int, known) -> str:
    """The line for a key whose part at `depth` is not among the known."""
    settable = [name for name in known if not str(name).startswith("_") and name != "hydra"]
    if not settable and "_target_" in known:
        return f"{'.'.join(parts)}: unknown key; this {'.'.join(parts[:depth])} has nothing to set"
    if not settable:
        return f"{'.'.join(parts)}: nothing is set there yet; write +{'.'.join(parts)}=..."
    advice = f"known keys: {listing(settable)}"
    if near := nearest(parts[depth], settable):
        advice = did_you_mean(".".join([*parts[:depth], near, *parts[depth + 1 :]]))
    return f"{'.'.join(parts)}: unknown key; {advice}"


def unknown_group(override: Override, config: dict) -> str:
    """The line for a name without dots that is neither a group nor a key of the root."""
    name, known = (
        override.key_or_group,
        [*groups(), *(key for key in config if key not in [*groups(), "hydra"])],
    )
    near = nearest(name, known)
    if not near:
        return f"{override.input_line}: unknown key; known keys: {listing(known)}"
    what = "group" if near in groups() else "key"
    return f"{override.input_line}: unknown {what}; {did_you_mean(near)}"
