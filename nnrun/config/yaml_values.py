"""Values in a YAML file that YAML reads otherwise than a person does: 010 is 8, and no is false."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from nnrun.config.catalogue import shown
from nnrun.errors import Problem, Problems

KINDS = ("int", "float", "bool")
AS_PEOPLE_READ = {
    "bool": re.compile("true|false", re.IGNORECASE),
    "int": re.compile(r"[+-]?(0|[1-9]\d{0,2}(_\d{3})+|[1-9]\d*)"),
    "float": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?\.inf|\.nan", re.IGNORECASE),
}


def otherwise_read(file: Path) -> Problems:
    """Find the values of a file that are not what they look like."""
    root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return [problem_of(node, file) for node in scalars(root) if is_odd(node)]


def scalars(root: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Go through the values of a file, and through what is referred to again only once."""
    waiting, known = [root], set[int]()
    while waiting:
        node = waiting.pop(0)
        if node is None or id(node) in known:
            continue
        known.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            yield node
        elif isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]
        else:
            waiting += node.value


def is_odd(node: yaml.ScalarNode) -> bool:
    kind = node.tag.rpartition(":")[2]
    return kind in KINDS and not node.style and not AS_PEOPLE_READ[kind].fullmatch(node.value)


def problem_of(node: yaml.ScalarNode, file: Path) -> Problem:
    """Tell what YAML makes of a value."""
    place = f"{shown(file)}, line {node.start_mark.line + 1}"
    read = str(yaml.safe_load(node.value)).lower()
    advice = f"write {read} if that is meant; in quotes it is a text"
    return Problem(place, None, f"YAML reads {node.value} as {read}", advice)
