"""What was typed, and does nothing."""

from __future__ import annotations

import re

from nnrun import tasks
from nnrun.config.rules.rule import Found
from nnrun.config.situation import Situation
from nnrun.errors import Problem
from nnrun.parts.interface import Part, Reasons


def typed_without_effect(situation: Situation) -> Found:
    typed = [word.lstrip("+").partition("=") for word in situation.typed]
    for setting, (why, advice) in without_effect(situation).items():
        for key, _, value in typed:
            if is_about(key, value, setting):
                yield Problem(key, value, f"has no effect, as {why}", advice)


def is_about(key: str, value: str, setting: str) -> bool:
    """Tell whether what was typed sets a setting: by itself, by one in it, or among others."""
    block, _, name = setting.rpartition(".")
    among_others = key == block and re.search(rf"\b{name}\s*:", value)
    return f"{key}.".startswith(f"{setting}.") or bool(among_others)


def without_effect(situation: Situation) -> Reasons:
    """Name settings that do nothing beside what was chosen: why, and what to do."""
    settings = situation.settings
    names: Reasons = {}
    part: Part
    chosen = settings.optimizer, settings.model, settings.dataset
    for part in (*chosen, settings.split, settings.training, settings.output):
        names |= part.without_effect()
    if situation.task:
        names |= tasks.of(situation.task).without_effect()
    if settings.batch_size == settings.training.batch_size:  # which is taken anyway
        names.pop("training.batch_size", None)
    return names
