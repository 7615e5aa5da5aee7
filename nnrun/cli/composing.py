"""What a training's command line asks for: composed, or guessed before anything is loaded."""

from contextlib import suppress
from typing import TYPE_CHECKING

from nnrun.cli.verbs import VERBS
from nnrun.cli.words import reading_aside
from nnrun.config.catalogue import options, text
from nnrun.errors import Mistake
from nnrun.garbage import loading

if TYPE_CHECKING:
    from nnrun.config.compose import Request

EXPERIMENT, SWEEPS = "experiment=", "mode: MULTIRUN"  # what is typed, and what stands in its file


def composed(argv: list[str]) -> "Request":
    """Compose what is asked for; a terminal says meanwhile what is about to be read."""
    with reading_aside(argv), loading():
        from nnrun.config.request import checked_request

        return checked_request(argv, VERBS)


def seems_many(argv: list[str]) -> bool:
    """Guess whether a sweep is asked for; an experiment may be one by itself."""
    if {"-m", "--multirun"} & set(argv):
        return True
    named = [word.removeprefix(EXPERIMENT) for word in argv if word.startswith(EXPERIMENT)]
    with suppress(Mistake):  # which is told where settings are composed
        known = options("experiment")
        return any(SWEEPS in text(known[name]) for name in named if name in known)
    return False
