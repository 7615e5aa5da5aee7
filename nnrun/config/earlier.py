"""Configurations that earlier versions wrote, read as they were meant.

A block or a part says itself which of its settings came later (`added`) and which are `retired`.
"""

from typing import Any

from nnrun.config.settings import BLOCKS, Root
from nnrun.parts.interface import Part
from nnrun.parts.registry import TARGET, class_at


def as_read_now(config: dict, where: str = "") -> tuple[dict[str, Any], list[str]]:
    """Give a saved configuration what came later; and a note on each setting that is retired."""
    block = BLOCKS.get(where) if where else Root
    cls = block or class_at(config.get(TARGET)) or Part
    prefix = f"{where}." if where else ""
    retired = [key for key in config if key in cls.retired]
    notes = [f"{prefix}{key}={config[key]}: {cls.retired[key]}" for key in retired]
    values = cls.as_read_now(config)
    for key, value in values.items():
        if isinstance(value, dict):
            values[key], more = as_read_now(value, f"{prefix}{key}")
            notes += more
    return values, notes
