"""What TAB offers: our verbs and what can follow them, or else what Hydra offers."""

import io
import os
from collections.abc import Iterable
from contextlib import redirect_stderr, suppress

from nnrun.cli.verbs import VERBS, Verb, load_verb


def complete(argv: list[str], line: str) -> None:
    """Print what could stand at the end of `line`."""
    words = line.split()[1:]
    current = words.pop() if words and not line.endswith(" ") else ""
    if not words:
        offer(VERBS, current)
    if not words or words[0] not in VERBS:
        complete_settings(argv, line)
        return
    complete_verb(argv, load_verb(words[0]), words[1:], current)


def complete_verb(argv: list[str], verb: Verb, words: list[str], current: str) -> None:
    """Print what could stand behind a verb and some words."""
    first = all(word.startswith("-") for word in words)
    if first:
        offer(verb.offers(), current)
    if not verb.takes_settings or (first and verb.takes_run):
        return
    if verb.takes_run:
        words.remove(next(word for word in words if not word.startswith("-")))
    complete_settings(argv, " ".join(["nnrun", *words, current]))


def offer(choices: Iterable[str], current: str) -> None:
    """Print the choices that begin as the current word does."""
    for choice in choices:
        if choice.startswith(current):
            print(choice)


def complete_settings(argv: list[str], line: str) -> None:
    """Let Hydra print how a setting goes on; what is wrong with the line is told another time."""
    from nnrun.config.compose import compose

    os.environ["COMP_LINE"] = line
    with redirect_stderr(io.StringIO()), suppress(Exception, SystemExit):
        compose(argv)
