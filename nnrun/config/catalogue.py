"""What a person can choose: the groups, their options and what is said about each, read from the folders themselves."""

import os
import re
from functools import cache
from pathlib import Path

from nnrun.errors import Mistake, did_you_mean, listing, nearest


@cache
def builtin_conf() -> Path:
    """The configuration that comes with nnrun: within the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    places = [package / "conf", package.parent / "conf"]
    return next(place for place in places if (place / "config.yaml").is_file())


def user_conf(given: str | None = None) -> Path | None:
    """The person's own folder of options: the given one, else $NNRUN_CONF, else ./conf; None when it is nnrun's own."""
    named = {"--config-dir": given, "NNRUN_CONF": os.environ.get("NNRUN_CONF")}
    for where, folder in named.items():
        if folder:
            return unless_builtin(existing(Path(folder).expanduser(), where))
    here = Path("conf")
    return unless_builtin(here) if here.is_dir() else None


def existing(folder: Path, where: str) -> Path:
    if not folder.is_dir():
        raise Mistake(
            f"{where}={folder}: no such folder; name one that holds optimizer/mine.yaml and the like"
        )
    return folder


def unless_builtin(folder: Path) -> Path | None:
    return None if folder.samefile(builtin_conf()) else folder.resolve()


def folders(given: str | None = None) -> list[Path]:
    """Where options are looked for; the first that has one wins."""
    user = user_conf(given)
    return [folder for folder in (user, builtin_conf()) if folder]


@cache
def defaults() -> dict[str, str]:
    """Every group with the option taken when nothing is said, in the order of config.yaml; `null` is none."""
    text = (builtin_conf() / "config.yaml").read_text(encoding="utf-8")
    return dict(re.findall(r"^ *- (\w+): *(\w+)", text, flags=re.MULTILINE))


def groups() -> list[str]:
    """The names of what can be chosen: dataset, model, optimizer and so on."""
    return list(defaults())


def options(group: str, given: str | None = None) -> dict[str, Path]:
    """The options of a group by name, each with the file that holds it."""
    found: dict[str, Path] = {}
    for folder in reversed(folders(given)):  # the person's own come last and take the place of ours
        found |= {file.stem: file for file in (folder / group).glob("*.yaml")}
    return dict(sorted(found.items()))


def description(file: Path) -> str:
    """The first comment of an option's file, which says what it is and when to take it."""
    for line in text(file).splitlines():
        comment = line.removeprefix("#").strip()
        if not line.startswith("#") and comment:
            return ""
        if comment and not comment.startswith("@package"):
            return comment
    return ""


def text(file: Path) -> str:
    """What stands in an option's file."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(
            f"{shown(file)}: cannot be read ({error}); it must be a text in UTF-8"
        ) from None


def shown(file: Path) -> str:
    """A path as a person would type it: relative when it lies below the current folder."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def find(choice: str, given: str | None = None) -> Path:
    """The file of `group/option`."""
    group, _, option = choice.partition("/")
    known = known_options(group, given)
    if not option:
        raise Mistake(
            f"{choice}: which one? name it as in {group}/{next(iter(known))}; choices: {listing(known)}"
        )
    if option not in known:
        raise Mistake(f"{choice}: unknown {group}; {advice(option, known)}")
    return known[option]


def known_options(group: str, given: str | None = None) -> dict[str, Path]:
    """The options of a group that must exist."""
    if group not in groups():
        raise Mistake(f"{group}: unknown group; {advice(group, groups())}")
    return options(group, given)


def advice(name: str, choices) -> str:
    """The nearest of the choices, and all of them."""
    return f"{did_you_mean(nearest(name, choices))} choices: {listing(choices)}".strip()
