"""Plain values from text that somebody else may have written: JSON, read strictly."""

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

DEEPEST = 64  # levels, of settings within settings
MOST_VALUES = 1_000_000  # in a file of JSON, and keys beside them
LARGEST_WHOLE = 2**64
PLAIN = (dict, list, str, int, float, type(None))
NAMES = {dict: "settings", list: "a list", str: "a text", bool: "true or false"}


def json_object(
    content: bytes, no_numbers: bool = False, most: int = MOST_VALUES
) -> dict[str, Any]:
    """Read settings from a text of JSON, or raise a ValueError that says what is wrong.

    Only where that is said may NaN and Infinity stand for numbers.
    """
    value = json_value(content, no_numbers, most)
    if not isinstance(value, dict):
        raise ValueError(f"holds {named(value)}, expected settings")
    return value


def json_value(content: bytes, no_numbers: bool = False, most: int = MOST_VALUES) -> Any:
    """Read JSON strictly: no key twice, no number that is none, nothing deeper than it can be."""
    text = decoded(content)
    if sum(map(text.count, ",[{")) > most:
        raise ValueError(f"holds more than {most:,} values")
    try:
        value = json.loads(
            text,
            object_pairs_hook=without_twins,
            parse_constant=float if no_numbers else no_number,
            parse_int=whole,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON ({error.msg}, line {error.lineno})") from None
    except RecursionError:
        raise ValueError("goes deeper than any settings do") from None
    refuse_unwritable(value, no_numbers)
    return value


def decoded(content: bytes) -> str:
    """Decode a text in UTF-8, in which something stands."""
    if content.startswith(b"\xef\xbb\xbf"):
        raise ValueError("begins with a byte order mark, which no file of nnrun does")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        byte = content[error.start]
        raise ValueError(f"is no text in UTF-8 (byte 0x{byte:02x} at {error.start:,})") from None
    if not text.strip():
        raise ValueError("is empty")
    return text


def plain_lines(content: bytes) -> list[str]:
    """Read lines of text; none where nothing stands."""
    return decoded(content).removesuffix("\n").split("\n") if content else []


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make settings of their pairs, in which no key stands twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"has the key {twin!a} twice")
    return made


def no_number(text: str) -> None:
    raise ValueError(f"holds {text}, which is no number")


def whole(text: str) -> int:
    """Read a whole number of a size that any setting may have."""
    if len(text) > len(str(LARGEST_WHOLE)) or abs(int(text)) >= LARGEST_WHOLE:
        raise ValueError(f"holds the number {text[:12]}..., which is too large")
    return int(text)


def refuse_unwritable(value: Any, no_numbers: bool = False) -> None:
    """Stop at depths, numbers and letters that could not be written down again."""
    for inner, depth in everything_in(value):
        if depth > DEEPEST:
            raise ValueError("goes deeper than any settings do")
        if isinstance(inner, float) and not isfinite(inner) and not no_numbers:
            raise ValueError("holds a number that is too large")
        if isinstance(inner, str) and not writable(inner):
            raise ValueError(f"holds {inner[:40]!a}, which is no text")
        if not isinstance(inner, PLAIN):
            raise ValueError(f"holds {inner!s:.40}, which is no plain value")


def everything_in(value: Any) -> Iterator[tuple[Any, int]]:
    """Go through all values and keys, with how deep they lie."""
    waiting = [(value, 0)]
    while waiting:
        inner, depth = waiting.pop()
        yield inner, depth
        if isinstance(inner, dict):
            waiting += [(key, depth) for key in inner]
            waiting += [(one, depth + 1) for one in inner.values()]
        elif isinstance(inner, list):
            waiting += [(one, depth + 1) for one in inner]


def refuse_references(value: Any) -> None:
    """Stop at references, which would be looked up on the machine of whoever reads them."""
    for inner, _ in everything_in(value):
        if isinstance(inner, str) and "${" in inner:
            raise ValueError(f"holds the reference {inner[:40]!r}, which no run writes")


def writable(text: str) -> bool:
    """Tell whether a text has no half of a letter, and no end within itself."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def named(value: Any) -> str:
    """Say what a value is."""
    if value is None:
        return "null"
    return NAMES.get(type(value), f"the number {value}")
