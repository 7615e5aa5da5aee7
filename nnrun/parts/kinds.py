"""The kinds of values a configuration may hold, and the check of plain values against them.

A part states its settings as the fields of a frozen dataclass, each with a kind from this module:

    @dataclass(frozen=True)
    class Sgd:
        lr: Positive
        momentum: Fraction
"""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from nnrun.errors import Problem, Problems, did_you_mean, listing, nearest


@dataclass(frozen=True)
class Bound:
    """A range of numbers; an end is open (`above`, `below`) or closed (`least`, `most`)."""

    above: float = -math.inf
    least: float = -math.inf
    below: float = math.inf
    most: float = math.inf

    def holds(self, number: float) -> bool:
        return self.above < number < self.below and self.least <= number <= self.most

    def __str__(self) -> str:
        ends = [(self.above, ">"), (self.least, ">="), (self.below, "<"), (self.most, "<=")]
        return " and ".join(f"{sign} {written(end)}" for end, sign in ends if math.isfinite(end))


def written(number: float) -> str:
    """Write a number as it stands in a table, or as a bound: 0.5, 4,294,967,295, 1e+20."""
    return f"{number:,.0f}" if 1e5 <= abs(number) < 1e15 else f"{number:g}"


Positive = Annotated[float, Bound(above=0)]
NotNegative = Annotated[float, Bound(least=0)]
Fraction = Annotated[float, Bound(least=0, below=1)]
Share = Annotated[float, Bound(above=0, below=1)]
Level = Annotated[float, Bound(least=0, most=1)]
Factor = Annotated[float, Bound(above=0, most=1)]
Count = Annotated[int, Bound(least=1)]
Natural = Annotated[int, Bound(least=0)]
Seed = Annotated[int, Bound(least=0, most=2**32 - 1)]
Names = tuple[str, ...]  # of columns, or of the classes and levels in one
Plain = bool | int | float | str


def read(cls: type, values: Any, where: str) -> tuple[Any, Problems]:
    """Build an object of `cls` from the plain values that a key holds, or tell every problem."""
    if not isinstance(values, dict):
        wrong = f"expected settings ({listing(names(cls))})"
        return None, [Problem(where, show(values), wrong)]
    kinds = kinds_of(cls)
    problems = [unknown(where, str(key), kinds) for key in values if key not in kinds]
    problems += [missing(where, key, kind) for key, kind in kinds.items() if key not in values]
    settings = {key: convert(values[key], kinds[key]) for key in kinds if key in values}
    for key, value in settings.items():
        if value is REFUSED:
            problems.append(refusal(values[key], kinds[key]).under(key).under(where))
    return (None, problems) if problems else (cls(**settings), [])


@cache
def kinds_of(cls: type) -> Mapping[str, Any]:
    """Look up the kind of each setting of a part."""
    hints = get_type_hints(cls, include_extras=True)
    return MappingProxyType({name: hints[name] for name in names(cls)})


def names(cls: type) -> list[str]:
    """List the settings a part has, in the order in which it states them."""
    return [field.name for field in fields(cls)]


def unknown(where: str, key: str, known: Collection[str]) -> Problem:
    """Tell that nothing reads a key."""
    near = nearest(key, known)
    if near:
        advice = did_you_mean(f"{where}.{near}" if where else near)
    elif known:
        advice = f"known keys: {listing(known)}"
    else:
        advice = "there is nothing to set here"
    return Problem(key, None, "unknown key", advice).under(where)


def missing(where: str, key: str, kind: Any) -> Problem:
    """Tell that a key is missing, and what it may hold."""
    return Problem(key, None, "is missing", f"give {expected(kind)}").under(where)


def refusal(value: Any, kind: Any) -> Problem:
    """Tell why a value is not of its kind."""
    wrong, advice = f"expected {expected(kind)}", suggestion(value, kind)
    if isinstance(value, float):
        if LARGEST < abs(value) < math.inf:
            wrong, advice = "is beyond what a float32 holds (3.4e38)", "lower it"
        elif value.is_integer() and convert(int(value), kind) is not REFUSED:
            advice = f"write {int(value)}"
    return Problem("", show(value), wrong, advice)


REFUSED = object()
LARGEST = 3.4028234e38  # that a float32 holds


def convert(value: Any, kind: Any) -> Any:
    """Give the value as its kind wants it (2 becomes 2.0 where a float is wanted), or REFUSED."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        tried = (convert(value, choice) for choice in inner)
        return next((fitted for fitted in tried if fitted is not REFUSED), REFUSED)
    if origin is Literal:
        choices = [choice for choice in inner if type(value) is type(choice)]
        return value if value in choices else REFUSED
    if origin is tuple:
        return convert_sequence(value, inner)
    if origin is dict:
        return convert_mapping(value, inner)
    if origin is Annotated:
        number = convert(value, inner[0])
        return number if number is not REFUSED and inner[1].holds(number) else REFUSED
    return convert_plain(value, kind)


def convert_sequence(value: Any, inner: tuple) -> Any:
    if not isinstance(value, list | tuple):
        return REFUSED
    kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else list(inner)
    if len(kinds) != len(value):
        return REFUSED
    fitted = tuple(convert(item, kind) for item, kind in zip(value, kinds, strict=True))
    return REFUSED if REFUSED in fitted else fitted


def convert_mapping(value: Any, inner: tuple) -> Any:
    if not isinstance(value, dict):
        return REFUSED
    fitted = {str(key): convert(item, inner[1]) for key, item in value.items()}
    return REFUSED if REFUSED in fitted.values() else fitted


def convert_plain(value: Any, kind: Any) -> Any:
    if kind in (None, type(None)):
        return None if value is None else REFUSED
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) <= LARGEST else REFUSED
    return value if type(value) is kind else REFUSED


TRUTHS = {"yes": "true", "on": "true", "no": "false", "off": "false"}  # as other files have them
WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    dict: "settings",
    type(None): "null",
}


def expected(kind: Any) -> str:
    """Say in words what a kind accepts."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(expected(choice) for choice in inner)
    if origin is Literal:
        choices = ", ".join(map(str, inner))
        return f"one of {choices}" if len(inner) > 1 else choices
    if origin is tuple:
        length = "" if inner[-1] is Ellipsis else f" of {len(inner)}"
        return f"a list{length}, each {expected(inner[0])}"
    if origin is dict:
        return f"names with {expected(inner[1])}"
    if origin is Annotated:
        return f"{expected(inner[0])} {inner[1]}".rstrip()
    return WORDS[kind]


def suggestion(value: Any, kind: Any) -> str:
    """Name the nearest of a kind's fixed choices, when the value is a misspelt one.

    Where one value stands in the place of a list, write the list.
    """
    if get_origin(kind) is tuple and isinstance(value, str) and re.fullmatch(r"\[.*\]", value):
        return f"leave out the quotes around the list, write {value}"
    if get_origin(kind) is tuple and convert([value], kind) is not REFUSED:
        return f"write [{as_typed(value)}]"
    if not isinstance(value, str):
        return in_quotes(value, kind)
    if near := usual_writing(value, kind):
        return f"write {near}"
    literals = [part for part in (kind, *get_args(kind)) if get_origin(part) is Literal]
    choices = [choice for literal in literals for choice in get_args(literal)]
    return did_you_mean(nearest(value, choices))


def in_quotes(value: Any, kind: Any) -> str:
    """Write what is read as a number, a truth value or null so that it is read as a text."""
    several = isinstance(value, list | tuple)
    every = value if several else [value]
    texts = ["null" if one is None else as_typed(one) for one in every]
    takes_numbers = convert(1, kind) is not REFUSED
    if value is None or takes_numbers or convert(texts if several else texts[0], kind) is REFUSED:
        return ""
    written = ",".join(f"'{text}'" for text in texts)
    return f'for texts, put quotes around these: "{f"[{written}]" if several else written}"'


def usual_writing(text: str, kind: Any) -> str:
    """Write a number or a truth value as it is read, where a text is meant as one: 10 for 010."""
    if convert(True, kind) is not REFUSED:
        return TRUTHS.get(text.lower(), "")
    if not re.fullmatch(r"[+-]?0*[0-9]+(\.[0-9]*)?", text):
        return ""
    number = float(text)
    plain = int(number) if number.is_integer() else number
    return str(plain) if convert(plain, kind) is not REFUSED else ""


def as_typed(value: Any) -> str:
    """Write a value as one types it; a text stands bare."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return f"[{','.join(map(as_typed, value))}]"
    return str(value)


def show(value: Any) -> str:
    """Write a value as a person would recognise it."""
    if value is None:
        return "null"
    return repr(value) if isinstance(value, str) else str(value)
