"""Hydra's flags: read from what was typed, and handed to Hydra again."""

import re
from argparse import Namespace
from typing import NoReturn

from hydra._internal.utils import get_args_parser

from nnrun.errors import Mistake, did_you_mean, nearest


def read_flags(argv: list[str]) -> tuple[Namespace, list[str]]:
    """Hydra's flags and the settings, in whatever order they were typed, and a line for each flag it does not have."""
    parser = get_args_parser()
    parser.error = refuse_flag  # type: ignore[method-assign]
    known = [name for name in parser._option_string_actions if name.startswith("--")]
    flags, strange = parser.parse_known_intermixed_args(spelt_out(argv))
    problems = [
        f"{flag}: unknown flag; {did_you_mean(nearest(flag, known)) or 'see nnrun --help'}"
        for flag in strange
    ]
    return flags, problems


def spelt_out(argv: list[str]) -> list[str]:
    """`--info` followed by a setting means all of it; argparse would take the setting for its value."""
    following = [*argv[1:], "="]
    return [
        "--info=all" if word in ("--info", "-i") and "=" in after else word
        for word, after in zip(argv, following, strict=False)
    ]


def refuse_flag(message: str) -> NoReturn:
    found = re.fullmatch(r"argument (\S+): (.*)", message, flags=re.DOTALL)
    raise Mistake(
        f"{found[1]}: {found[2]}; see nnrun --help" if found else f"{message}; see nnrun --help"
    )


def hydra_flags(flags: Namespace) -> list[str]:
    """The flags that are Hydra's own, in front of the settings as it wants them."""
    ours = ("overrides", "config_dir", "many")
    given = {
        name: value
        for name, value in vars(flags).items()
        if name not in ours and value not in (None, False)
    }
    return [
        f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
        for name, value in given.items()
    ]
