"""Hydra's flags: read from what was typed, and handed to Hydra again."""

import re
from argparse import Namespace
from typing import NoReturn

from hydra._internal.utils import get_args_parser

from nnrun.config.overrides import CommandLine
from nnrun.config.places import advice, places, usual_settings
from nnrun.errors import Mistake, Problem, Problems, did_you_mean, nearest

NO_LINE = CommandLine(None, False, ())  # before any is read
HELP = "see nnrun --help"
OURS = ("overrides", "config_dir")  # what Hydra is told in another way
TAKEN = ("--json", "--quiet", "--fail-unless", "--trust")  # by nnrun, before Hydra's are read

BESIDE = "nnrun reads a configuration of its own", "add options to it by --config-dir"
UNPICKLES = "would unpickle a file, which can run anything", "run the command in run.json"
REFUSED = (
    Problem("--experimental-rerun", None, *UNPICKLES),
    Problem("--config-path", None, *BESIDE),
    Problem("--config-name", None, *BESIDE),
)


def read_flags(argv: list[str]) -> tuple[Namespace, Problems]:
    """Read Hydra's flags and the settings, in whatever order; a flag that it lacks is a problem."""
    parser = get_args_parser()
    parser.error = refuse_flag  # type: ignore[method-assign]
    flags, unknown = parser.parse_known_intermixed_args(spelt_out(argv))
    known = [name for name in parser._option_string_actions if name.startswith("--")]
    problems = [unknown_flag(flag, [*known, *TAKEN]) for flag in unknown]
    typed = {f"--{name.replace('_', '-')}" for name, value in vars(flags).items() if value}
    problems += [problem for problem in REFUSED if problem.key in typed]
    return flags, problems


def spelt_out(argv: list[str]) -> list[str]:
    """Let `--info` mean all of it before a setting, which argparse would take for its value."""
    following = [*argv[1:], "="]
    return [
        "--info=all" if word in ("--info", "-i") and "=" in after else word
        for word, after in zip(argv, following, strict=False)
    ]


def unknown_flag(flag: str, known: list[str]) -> Problem:
    """Make a problem of a flag that Hydra does not have."""
    name, is_setting, value = flag.partition("=")
    bare, near = name.lstrip("-").replace("-", "_"), nearest(name, known)
    if meant := places(bare, usual_settings(NO_LINE), NO_LINE):
        hint = f"a setting has no dashes, {advice(meant, '', value or '...')}"
    elif is_setting and not near:
        hint = f"a setting has no dashes, write {flag.lstrip('-')}"
    else:
        hint = did_you_mean(near) or HELP
    return Problem(flag, None, "unknown flag", hint)


def refuse_flag(message: str) -> NoReturn:
    """Raise what argparse says of a flag's value."""
    about_flag = re.fullmatch(r"argument (\S+): (.*)", message, flags=re.DOTALL)
    key, wrong = about_flag.groups() if about_flag else ("", message)
    raise Mistake(Problem(key, None, wrong, HELP))


def hydra_flags(flags: Namespace) -> list[str]:
    """Write down the flags that are Hydra's own, as it wants them in front of the settings."""
    words = []
    for name, value in vars(flags).items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
        elif name not in OURS and value not in (None, False):
            words.append(f"{flag}={value}")
    return words
