"""What TAB offers: our verbs and what can follow them, or else what Hydra offers."""

import io
import os
from contextlib import redirect_stderr, suppress

from nnrun.cli.verbs import VERBS, load


def complete(argv: list[str], line: str) -> None:
    """Print what could stand at the end of `line`."""
    words = line.split()[1:]
    current = "" if line.endswith(" ") or not words else words.pop()
    verb = load(words[0]) if words and words[0] in VERBS else None
    offers = verb.offers() if verb else VERBS if not words else []
    for offer in offers:
        if offer.startswith(current):
            print(offer)
    if verb is None:
        complete_settings(argv, line)
    elif verb.takes_settings:
        complete_settings(argv, line.replace(f" {words[0]} ", " ", 1))


def complete_settings(argv: list[str], line: str) -> None:
    """Let Hydra print how a setting goes on; what is wrong with the line is told another time."""
    from nnrun.config.compose import compose

    os.environ["COMP_LINE"] = line
    with redirect_stderr(io.StringIO()), suppress(Exception, SystemExit):
        compose(argv)
