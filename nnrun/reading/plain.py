"""Plain values from text that somebody else may have written: JSON, and YAML without its powers."""

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Loader  # libyaml's is ten times as fast
except ImportError:
    from yaml import SafeLoader as Loader

DEEPEST = 64  # levels, of settings within settings
MOST_VALUES = 1_000_000  # in a file of JSON, and keys beside them
LARGEST_YAML = 2**20  # bytes
MOST_EVENTS = 100_000  # of YAML, where each alias counts as all that it stands for
LARGEST_WHOLE = 2**64
PLAIN = (dict, list, str, int, float, type(None))
NAMES = {dict: "settings", list: "a list", str: "a text", bool: "true or false"}


# JSON


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


# YAML


class PlainLoader(Loader):
    """Reads what a run's configuration is made of, and no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        if not all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            raise ValueError("has settings where the name of one is expected")
        construct = self.construct_object
        return without_twins(
            [(construct(key), construct(value, True)) for key, value in node.value]
        )


def yaml_object(content: bytes) -> dict[str, Any]:
    """Read the settings of a run, or raise a ValueError that says what is wrong."""
    if len(content) > LARGEST_YAML:
        raise ValueError(f"has {len(content):,} bytes, more than any configuration")
    text = decoded(content)
    try:
        refuse_powers(text)
        value = yaml.load(text, PlainLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"is no YAML ({first_words(error)})") from None
    except OverflowError:
        raise ValueError("holds a number that is too large") from None
    if not isinstance(value, dict):
        raise ValueError(f"holds {named(value)}, expected settings")
    refuse_unwritable(value)
    refuse_references(value)
    return value


def refuse_powers(text: str) -> None:
    """Stop at what no run writes: tags, and names for parts of the text that stand elsewhere."""
    for event, depth in events(text):
        if depth > DEEPEST:
            raise ValueError("goes deeper than any settings do")
        if isinstance(event, yaml.AliasEvent) or anchor_of(event):
            raise ValueError("holds an alias (& or *), which no run writes")
        if isinstance(event, yaml.NodeEvent) and tag_of(event):
            raise ValueError(f"holds the tag {tag_of(event)}, which no run writes")


def events(text: str) -> Iterator[tuple[yaml.Event, int]]:
    """Go through what a text of YAML says, with how deep it lies; nothing is built."""
    depth = 0
    for event in yaml.parse(text, Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        yield event, depth
        depth -= isinstance(event, yaml.CollectionEndEvent)


def anchor_of(event: yaml.Event) -> str | None:
    return event.anchor if isinstance(event, yaml.NodeEvent) else None


def tag_of(event: yaml.NodeEvent) -> str | None:
    """Give the tag that is written in front of a value; ! alone is that of a text."""
    tagged = isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
    return event.tag if tagged and event.tag != "!" else None


def refuse_references(value: Any) -> None:
    """Stop at references, which would be looked up on the machine of whoever reads them."""
    for inner, _ in everything_in(value):
        if isinstance(inner, str) and "${" in inner:
            raise ValueError(f"holds the reference {inner[:40]!r}, which no run writes")


def refuse_floods(text: str) -> None:
    """Stop at YAML of a few lines that stands for more than anybody would write."""
    sizes: dict[str, int] = {}  # of what each name stands for
    open_names: list[tuple[str | None, int]] = []
    total = 0
    for event, depth in events(text):
        if depth > DEEPEST:
            raise ValueError("goes deeper than any settings do")
        total += sizes.get(event.anchor, 1) if isinstance(event, yaml.AliasEvent) else 1
        if total > MOST_EVENTS:
            raise ValueError(f"stands for more than {MOST_EVENTS:,} values")
        if isinstance(event, yaml.CollectionStartEvent):
            open_names.append((event.anchor, total))
        elif isinstance(event, yaml.CollectionEndEvent):
            name, before = open_names.pop()
            if name:
                sizes[name] = total - before + 1


def first_words(error: yaml.YAMLError) -> str:
    """Say in a line what is wrong, and where."""
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    told = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
    words = " ".join(str(told).split())
    return f"{words}, line {mark.line + 1}" if mark else words
