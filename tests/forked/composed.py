"""Whoever imports this has composed a run: Hydra has looked for its plugins, and made its grammar, once."""

from parsed import parse_once

from nnrun.config.compose import compose_choices
from nnrun.config.user_options import options_of

parse_once()
with options_of(None):
    compose_choices([])
