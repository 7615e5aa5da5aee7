"""What a person can choose: groups, their options, what is said of each; read from the folders."""

import os
import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from nnrun.errors import Mistake, Problem, did_you_mean, first_line, listing, nearest
from nnrun.parts.kinds import Names
from nnrun.reading.files import expanded, read_given

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

LARGEST_OPTION = 2**20  # bytes of its file
NOT_SET = ("defaults", "hydra")  # blocks of config.yaml that speak to Hydra


@cache
def builtin_conf() -> Path:
    """Find the configuration of nnrun itself: within the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    places = [package / "conf", package.parent / "conf"]
    return next(place for place in places if (place / "config.yaml").is_file())


def user_conf(config_dir: str | None = None) -> Path | None:
    """Find the person's own options: the given folder, else $NNRUN_CONF, else ./conf.

    None where that is nnrun's own.
    """
    named = {"--config-dir": config_dir, "NNRUN_CONF": os.environ.get("NNRUN_CONF")}
    for where, folder in named.items():
        if folder:
            return unless_builtin(existing(expanded(folder), where))
    here = Path("conf")
    return unless_builtin(here) if here.is_dir() else None


def existing(folder: Path, where: str) -> Path:
    """Refuse a folder that is not there."""
    if not folder.is_dir():
        advice = "name one that holds optimizer/mine.yaml and the like"
        raise Mistake(Problem(where, str(folder), "no such folder", advice))
    return folder


def unless_builtin(folder: Path) -> Path | None:
    """Leave out the folder that is nnrun's own."""
    return None if folder.samefile(builtin_conf()) else folder.resolve()


def folders(config_dir: str | None = None) -> list[Path]:
    """List where options are looked for; the first that has one wins."""
    user = user_conf(config_dir)
    return [folder for folder in (user, builtin_conf()) if folder]


@cache
def defaults() -> dict[str, str]:
    """Read every group with the option taken when nothing is said; `null` is none.

    They stand in the order of config.yaml.
    """
    text = (builtin_conf() / "config.yaml").read_text(encoding="utf-8")
    return dict(re.findall(r"^ *- (\w+): *(\w+)", text, flags=re.MULTILINE))


@cache
def blocks() -> dict[str, str]:
    """Read the blocks of settings that every run has, as they stand in config.yaml."""
    text = (builtin_conf() / "config.yaml").read_text(encoding="utf-8")
    parts = re.findall(r"^(\w+):(.*\n(?:[ ].*\n)*)", text, flags=re.MULTILINE)
    return {name: f"{name}:{rest}" for name, rest in parts if name not in NOT_SET}


def groups() -> list[str]:
    """Name what can be chosen: dataset, model, optimizer and so on."""
    return list(defaults())


def options(group: str, config_dir: str | None = None) -> dict[str, Path]:
    """Find the options of a group by name, each with the file that holds it."""
    files: dict[str, Path] = {}
    # The person's own come last and take the place of ours.
    for folder in reversed(folders(config_dir)):
        files |= {file.stem: file for file in (folder / group).glob("*.yaml")}
    return dict(sorted(files.items()))


def within_models() -> dict[str, Names]:
    """Find what can be chosen within a model, by the key of the setting."""
    from nnrun.parts.model.choices import Activation, Init, Norm

    kinds = {"activation": Activation, "init": Init, "norm": Norm}
    return {f"model.{name}": get_args(kind) for name, kind in kinds.items()}


def within_model(name: str | None) -> Names:
    """Find the choices of one such setting, as activation or as model.activation; () for others."""
    within = within_models()
    return within.get(f"model.{name}") or within.get(str(name), ())


def description(file: Path) -> str:
    """Read the first comment of an option's file, which says what it is and when to take it."""
    for line in text(file).splitlines():
        comment = line.removeprefix("#").strip()
        if not line.startswith("#") and comment:
            return ""
        if comment and not comment.startswith("@package"):
            return comment
    return ""


def text(file: Path) -> str:
    """Read an option's file."""
    try:
        return read_given(file, LARGEST_OPTION).decode()
    except (OSError, UnicodeDecodeError) as error:
        wrong = f"cannot be read ({error})"
        raise Mistake(Problem(shown(file), None, wrong, "it must be a text in UTF-8")) from None


def refuse_flood(file: Path) -> None:
    """Stop at an option's file of a few lines that stands for more than anybody would write."""
    from yaml import YAMLError

    from nnrun.reading.plain_yaml import refuse_floods

    try:
        refuse_floods(text(file))
    except YAMLError:
        return  # which is told with its place where it is read
    except ValueError as error:
        raise Mistake(Problem(shown(file), None, str(error), "correct the file")) from None


def settings(text: str, where: str) -> dict:
    """Read the settings in a text as Hydra would, with references as they stand."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import MarkedYAMLError, YAMLError

    try:
        content = OmegaConf.to_container(OmegaConf.create(text), resolve=False)
    except MarkedYAMLError as error:
        raise Mistake(unreadable(where, error)) from None
    except (YAMLError, OmegaConfBaseException) as error:
        wrong = f"cannot be read ({first_line(error)})"
        raise Mistake(Problem(where, None, wrong, "it must be YAML")) from None
    return content if isinstance(content, dict) else {}


def unreadable(where: str, error: "MarkedYAMLError") -> Problem:
    """Tell in which line of a file YAML goes wrong."""
    place = f"{where}, line {error.problem_mark.line + 1}" if error.problem_mark else where
    return Problem(place, None, str(error.problem), "correct the file")


def shown(file: Path) -> str:
    """Write a path as a person would type it: relative where it lies below the current folder."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def find(choice: str, config_dir: str | None = None) -> Path:
    """Find the file of `group/option`."""
    group, _, option = choice.partition("/")
    known = known_options(group, config_dir, dict.fromkeys([*groups(), *blocks()]))
    if not option:
        wrong = f"which one? name it as in {group}/{next(iter(known))}"
        raise Mistake(Problem(choice, None, wrong, f"choices: {listing(known)}"))
    if option not in known:
        raise Mistake(Problem(choice, None, f"unknown {group}", advice(option, known)))
    return known[option]


def known_options(
    group: str, config_dir: str | None = None, known: Collection[str] = ()
) -> dict[str, Path]:
    """Find the options of a group that must exist; `known` is what could have been asked for."""
    if group in groups():
        return options(group, config_dir)
    homes = [f"{home}/{group}" for home in groups() if group in options(home, config_dir)]
    hint = f"write {' or '.join(homes)}" if homes else advice(group, known or groups())
    raise Mistake(Problem(group, None, "unknown group", hint))


def advice(name: str, choices: Iterable[str]) -> str:
    """Name the nearest of the choices, and all of them."""
    choices = list(choices)
    return f"{did_you_mean(nearest(name, choices))} choices: {listing(choices)}".strip()
