"""The kinds of values as JSON schema, for programs; what is checked here is checked by `kinds`."""

from dataclasses import is_dataclass
from math import isfinite
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from nnrun.parts.kinds import Bound

Schema = dict[str, Any]
PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    dict: {"type": "object"},
    type(None): {"type": "null"},
    None: {"type": "null"},
    Any: {},
}


def schema_of(kind: Any) -> Schema:
    """Write a kind, or a dataclass of plain values, as JSON schema."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(choice) for choice in inner]}
    if origin is Literal:
        return {"enum": [*inner]}
    if origin is Annotated:
        return schema_of(inner[0]) | bounds_of(inner[1])
    if origin in (tuple, list):
        return schema_of_list(inner)
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(inner[1])}
    if is_dataclass(kind):
        return schema_of_class(kind)
    return dict(PLAIN[kind])


def bounds_of(bound: Bound) -> Schema:
    ends = {
        "minimum": bound.least,
        "exclusiveMinimum": bound.above,
        "maximum": bound.most,
        "exclusiveMaximum": bound.below,
    }
    return {name: end for name, end in ends.items() if isfinite(end)}


def schema_of_list(inner: tuple) -> Schema:
    if len(inner) == 1 or inner[-1] is Ellipsis:
        return {"type": "array", "items": schema_of(inner[0])}
    items = [schema_of(one) for one in inner]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def schema_of_class(cls: Any) -> Schema:
    hints = get_type_hints(cls, include_extras=True)
    properties = {name: schema_of(kind) for name, kind in hints.items()}
    return {"type": "object", "properties": properties, "required": [*properties]}
