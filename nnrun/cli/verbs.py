"""The verbs of the command line: each is a module here, with its arguments and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

VERBS = (
    "check",
    "again",
    "resume",
    "reproduce",
    "runs",
    "export-runs",
    "compare",
    "report",
    "view",
    "note",
    "rm",
    "ls",
    "show",
    "schema",
    "ensemble",
    "refit",
    "predict",
    "evaluate",
    "importance",
)


@dataclass(frozen=True)
class Verb:
    """A word that comes first on the command line, and what it leads to."""

    usage: str  # the command as a person types it
    summary: str  # behind the usage in the text of --help
    run: Callable[[list[str]], None]
    offers: Callable[[], list[str]] = list  # first words behind it, for completion
    takes_settings: bool = False  # as a training does, so that Hydra completes them
    takes_run: bool = False  # in front of the settings


def load_verb(name: str) -> Verb:
    """Import the module of a verb alone, so that each answer waits for nothing but its own."""
    return import_module(f"nnrun.cli.{name.replace('-', '_')}").VERB
