"""Plain values from YAML that somebody else may have written, without its powers."""

from collections.abc import Iterator
from typing import Any

import yaml

from nnrun.reading.plain import (
    DEEPEST,
    decoded,
    named,
    refuse_references,
    refuse_unwritable,
    without_twins,
)

try:
    from yaml import CSafeLoader as Loader  # libyaml's is ten times as fast
except ImportError:
    from yaml import SafeLoader as Loader

LARGEST_YAML = 2**20  # bytes
MOST_EVENTS = 100_000  # where each alias counts as all that it stands for


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
