"""One run that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

FOLDER = "output.folder"


@dataclass(frozen=True)
class Job:
    """A configuration without Hydra's part, what was typed for it, and what was chosen."""

    config: dict
    overrides: list[str]
    choices: dict[str, str]  # the option taken in each group
    flags: Sequence[str] = ()  # without which the words mean nothing: --config-dir, --trust


def without_folder(overrides: Sequence[str]) -> list[str]:
    """Leave out the folder that was named: a sweep's is not its member's, and a run's is taken."""
    return [word for word in overrides if setting_of(word) != FOLDER]


class Departure(NamedTuple):
    """A setting that differs from its default."""

    key: str
    value: Any
    usual: Any


def setting_of(word: str) -> str:
    """Tell which setting a word is about."""
    return word.partition("=")[0].strip("+~ ")
