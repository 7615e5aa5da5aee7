"""The whole configuration as JSON schema: all options of each group, and what is said of them.

Kinds are those by which settings are checked; defaults and descriptions stand in conf/.
"""

import re
from typing import Any

from nnrun.config import catalogue
from nnrun.config.settings import BLOCKS, Root
from nnrun.parts.kind_schema import Schema, schema_of
from nnrun.parts.kinds import kinds_of
from nnrun.parts.registry import PARTS, TARGET, class_at

WITHIN = ("split", "scale")  # blocks that stand among the settings of every data set
SETTING = re.compile(r" *(\w+):( .*)?$")
REMARK = re.compile(r"(?:^|\s)# (.*)$")


def of_configuration(config_dir: str | None = None) -> Schema:
    """Write config.yaml, as a run has it, as JSON schema."""
    texts = catalogue.blocks()
    defined: Schema = {}
    properties: Schema = {
        key: of_settings(Root, texts[key], "")["properties"][key] for key in kinds_of(Root)
    }
    for where, cls in BLOCKS.items():
        block, _, inner = where.partition(".")
        defined[where] = of_settings(cls, texts[block], inner or block)
        if not inner:
            properties[where] = reference(where)
    for group in PARTS:
        options = of_group(group, config_dir)
        defined |= options
        properties[group] = {"anyOf": [*map(reference, options)]}
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
        "$defs": defined,
    }


def of_group(group: str, config_dir: str | None) -> Schema:
    """Write the options of a group, each by its name: optimizer.adam."""
    made = {}
    for option, file in catalogue.options(group, config_dir).items():
        text = catalogue.text(file)
        target = catalogue.settings(text, catalogue.shown(file)).get(TARGET)
        cls = class_at(target)
        if cls is None:
            continue  # a person's own that names no part, which is told where it is chosen
        schema = of_settings(cls, text, "")
        schema["properties"] = {TARGET: {"const": target}, **schema["properties"]}
        if group == "dataset":
            schema["properties"] |= {name: reference(f"dataset.{name}") for name in WITHIN}
        schema["required"] = [*schema["properties"]]
        made[f"{group}.{option}"] = {"description": catalogue.description(file), **schema}
    return made


def reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def of_settings(cls: type, text: str, block: str) -> Schema:
    """Write the settings of a class, with the defaults and remarks that stand in a text."""
    defaults, remarks = values_in(text, block), remarks_in(text)
    properties = {}
    for name, kind in kinds_of(cls).items():
        properties[name] = schema_of(kind)
        if name in defaults and "${" not in str(defaults[name]):
            properties[name]["default"] = defaults[name]
        if name in remarks:
            properties[name]["description"] = remarks[name]
    needed = [*properties]
    return {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def values_in(text: str, block: str) -> dict[str, Any]:
    """Read the values that stand in a text, below the block that is asked for."""
    values = catalogue.settings(text, block or "conf")
    for outer in [*values] if block else []:
        if block == outer:
            return values[outer]
        if isinstance(values[outer], dict) and block in values[outer]:
            return values[outer][block]
    return values


def remarks_in(text: str) -> dict[str, str]:
    """Read what stands behind settings, with the lines below that go on."""
    remarks: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        remark = REMARK.search(line)
        if setting := SETTING.match(line):
            last = setting[1]
            if remark:
                remarks[last] = remark[1].strip()
        elif remark and last in remarks and line.startswith(" "):
            remarks[last] += " " + remark[1].strip()
    return remarks
