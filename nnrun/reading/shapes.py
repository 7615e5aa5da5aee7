"""The shape that settings from a file must have: which keys, and what may stand there.

A shape is a type, several in a tuple, a list of one shape, or `Keys` with a shape for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnrun.reading.plain import named

NUMBER = (int, float)
WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
WORDS |= {dict: "settings", list: "a list", type(None): "null"}


@dataclass(frozen=True)
class Keys:
    """Settings under known keys, which must or may be there; others are left alone."""

    must: Mapping[str, Any] = field(default_factory=dict)
    may: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Each:
    """Settings under any keys, all of one shape."""

    shape: Any


def misfit(value: Any, shape: Any, where: str = "") -> str:
    """Say what is not as it must be, and where; empty where all is."""
    if isinstance(shape, Keys):
        return misfit_of_keys(value, shape, where)
    if isinstance(shape, Each):
        shapes = dict.fromkeys(value, shape.shape) if isinstance(value, dict) else {}
        return misfit_of_keys(value, Keys(may=shapes), where)
    if isinstance(shape, list):
        return misfit_of_list(value, shape[0], where)
    if isinstance(shape, tuple):
        told = [misfit(value, one, where) for one in shape]
        return "" if "" in told else nearest_of(value, shape, told, where)
    return "" if is_a(value, shape) else unlike(value, expected(shape), where)


def misfit_of_keys(value: Any, keys: Keys, where: str) -> str:
    if not isinstance(value, dict):
        return unlike(value, "settings", where)
    lacking = [key for key in keys.must if key not in value]
    if lacking:
        return f"lacks {below(where, lacking[0])}"
    shapes = {**keys.may, **keys.must}
    told = (misfit(value[key], shapes[key], below(where, key)) for key in shapes if key in value)
    return next(filter(None, told), "")


def misfit_of_list(value: Any, shape: Any, where: str) -> str:
    if not isinstance(value, list):
        return unlike(value, "a list", where)
    told = (misfit(one, shape, f"{where}[{place}]") for place, one in enumerate(value))
    return next(filter(None, told), "")


def nearest_of(value: Any, shapes: tuple, told: list[str], where: str) -> str:
    """Say what is wrong with a value that fits none of several shapes."""
    if isinstance(value, dict | list):
        deep = [text for shape, text in zip(shapes, told, strict=True) if holds(shape, value)]
        return deep[0] if deep else unlike(value, expected(shapes), where)
    return unlike(value, expected(shapes), where)


def holds(shape: Any, value: dict | list) -> bool:
    return isinstance(shape, Keys | Each if isinstance(value, dict) else list)


def is_a(value: Any, kind: type) -> bool:
    """Tell whether a value is of a type; true is no number, and a whole number is one."""
    if isinstance(value, bool) and kind is not bool:
        return False
    return isinstance(value, (int, float) if kind is float else kind)


def expected(shape: Any) -> str:
    """Say what may stand there."""
    if isinstance(shape, tuple):
        return " or ".join(dict.fromkeys(map(expected, shape)))
    if isinstance(shape, Keys | Each):
        return "settings"
    return "a list" if isinstance(shape, list) else WORDS[shape]


def unlike(value: Any, wanted: str, where: str) -> str:
    shown = repr(value[:40]) if isinstance(value, str) else named(value)
    return f"has {shown} at {where}, expected {wanted}" if where else f"holds {shown}"


def below(where: str, key: str) -> str:
    return f"{where}.{key}" if where else str(key)


# As JSON schema, for programs

TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
TYPES |= {dict: "object", list: "array", type(None): "null"}


def schema_of(shape: Any) -> dict[str, Any]:
    """Write a shape as JSON schema."""
    if isinstance(shape, Keys):
        properties = {key: schema_of(one) for key, one in {**shape.must, **shape.may}.items()}
        needed = {"required": [*shape.must]} if shape.must else {}
        return {"type": "object", "properties": properties, **needed}
    if isinstance(shape, Each):
        return {"type": "object", "additionalProperties": schema_of(shape.shape)}
    if isinstance(shape, list):
        return {"type": "array", "items": schema_of(shape[0])}
    if isinstance(shape, tuple):
        return {"anyOf": [schema_of(one) for one in shape]}
    return {"type": TYPES[shape]}
