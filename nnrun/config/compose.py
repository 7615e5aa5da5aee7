"""Hydra's side: from what was typed to plain configurations, and from Hydra's complaints to lines a person can use."""

import os
import re
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, NoReturn

import hydra
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.utils import get_args_parser
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import HydraException, MissingConfigException
from hydra.plugins.config_source import ConfigResult
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
)
from yaml import MarkedYAMLError, YAMLError

from nnrun.config.catalogue import advice, builtin_conf, groups, options, shown, user_conf
from nnrun.config.launcher import Composed, register
from nnrun.config.overrides import (
    chosen_together,
    for_sweep,
    idle_samples,
    read_typed,
    selections,
    unknown_key,
    values,
    wrong_key,
)
from nnrun.errors import Mistake, Problem, did_you_mean, nearest
from nnrun.runs.job import Job

REFUSALS = (HydraException, OmegaConfBaseException, YAMLError, ValueError, OSError, RecursionError)


@dataclass(frozen=True)
class Asked:
    """What a command line asks for: runs, none when its flags only want to be told something."""

    jobs: list[Job]
    sweep: dict | None = None  # how they are to be made together; None for one after the other


def asked(argv: list[str]) -> Asked:
    """What a command line asks for, or a Mistake that names every setting that is wrong."""
    flags, problems = read_flags(argv)
    if flags.experimental_rerun:
        problems.append(
            "--experimental-rerun: would unpickle a file, which can run anything; run the command in run.json"
        )
    words, flags.many = flags.overrides, flags.multirun
    with options_of(user_conf(flags.config_dir)):
        if flags.shell_completion:
            return call_hydra(flags, words)
        params = planned(words)
        flags.many = flags.multirun or (params is not None and not (flags.cfg or flags.info))
        overrides, wrong = read_typed(words, flags.config_dir, flags.many)
        wrong += idle_samples(overrides, params or {}, wrong) if flags.many else []
        wrong += sweeps_among(overrides, flags.config_dir)
        if problems or wrong:
            # the keys of a group cannot be judged before its option is right
            unsettled = {line.partition("=")[0] for line in wrong}
            judged = [
                one for one in overrides if one.key_or_group.partition(".")[0] not in unsettled
            ]
            raise Mistake(*problems, *wrong, *wrong_keys(judged, flags.config_dir))
        try:
            return alone_if_single(flags, call_hydra(flags, typed_for_hydra(flags, overrides)))
        except BrokenPipeError:
            raise
        except REFUSALS as error:
            raise Mistake(
                *(wrong_keys(overrides, flags.config_dir) or explain(error, flags.config_dir))
            ) from None


# Experiments that are sweeps


def planned(words: list[str]) -> dict[str, str] | None:
    """What the chosen experiment sweeps by itself, without -m; None where it is one run."""
    choosing = [word for word in words if word.startswith(("experiment=", "hydra.mode="))]
    try:
        own = composed_with(choosing)["hydra"] if choosing else {}
    except REFUSALS:  # is told when all that was typed is judged
        own = {}
    return own["sweeper"]["params"] or {} if own.get("mode") == RunMode.MULTIRUN else None


def sweeps_among(overrides: list[Override], given: str | None) -> list[str]:
    """A line for each of several experiments that is a sweep by itself: one sweep cannot be a member of another."""
    several = [
        one for one in overrides if one.key_or_group == "experiment" and one.is_sweep_override()
    ]
    return [
        f"{one.input_line}: experiment={name} is a sweep by itself; run it alone"
        for one in several
        for name in values(one, given)
        if planned([f"experiment={name}"]) is not None
    ]


def alone_if_single(flags: Namespace, asked: Asked) -> Asked:
    """A sweep that was not asked for by -m is a plain run where nothing is left to vary."""
    return Asked(asked.jobs) if len(asked.jobs) == 1 and not flags.multirun else asked


# Flags


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


def typed_for_hydra(flags: Namespace, overrides: list[Override]) -> list[str]:
    """The settings as Hydra should see them, alone or in a sweep."""
    if not flags.many:
        return [str(override.input_line) for override in overrides]
    return [for_sweep(override) for override in overrides]


# The call


class CollectedRuns:
    """The task that Hydra is given: it notes the runs, and what is wrong with them, for Hydra would print that."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.sweep: dict | None = None
        self.problems: list[Problem] = []

    def __call__(self, config: DictConfig) -> None:
        about = HydraConfig.get()
        overrides: list[str] = OmegaConf.to_container(about.overrides.task, resolve=False)  # type: ignore[assignment]
        self.note(config, overrides, about.runtime.choices)

    def together(self, runs: list[Composed], workers: Any) -> None:
        """The runs of a sweep at once."""
        for run in runs:
            self.note(*run)
        if runs and not self.problems:
            self.sweep = {**plain(runs[0].config)["sweep"], "workers": workers}

    def note(self, config: DictConfig, overrides: list[str], choices: dict[str, Any]) -> None:
        try:
            self.jobs.append(job_of(config, overrides, choices))
        except Mistake as mistake:
            self.problems.extend(mistake.problems)


def call_hydra(flags: Namespace, words: list[str]) -> Asked:
    """Run Hydra on the command line; it does what its flags ask, and leaves the runs to us."""
    note = CollectedRuns()
    with TemporaryDirectory(
        prefix="nnrun-"
    ) as passing:  # what Hydra notes about a sweep is of no use later
        passing_dir = [f"hydra.sweep.dir='{passing}'"] if flags.many else []
        with command_line([*hydra_flags(flags), *words, *passing_dir]), package_told(flags.package):
            hydra.main(config_path=str(builtin_conf()), config_name="config", version_base="1.3")(
                note
            )()
    if note.problems:
        raise Mistake(*dict.fromkeys(note.problems))
    return Asked(note.jobs, note.sweep)


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


@contextmanager
def command_line(argv: list[str]) -> Iterator[None]:
    """Hydra reads `argv` in here, and raises its complaints instead of printing them."""
    before, reporting = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = ["nnrun", *argv], "1"
    try:
        yield
    finally:
        sys.argv = before
        os.environ.pop("HYDRA_FULL_ERROR")
        if reporting is not None:
            os.environ["HYDRA_FULL_ERROR"] = reporting


@contextmanager
def package_told(package: str | None) -> Iterator[None]:
    """The one thing that makes Hydra leave by itself is a part of the configuration that cannot be shown."""
    printed = StringIO()
    try:
        with redirect_stderr(printed) if package else nullcontext():
            yield
    except SystemExit as leaving:
        if leaving.code and package:
            raise Mistake(
                f"--package={package}: not in the configuration; see nnrun --cfg job"
            ) from None
        raise


def job_of(config: DictConfig, overrides: list[str], choices: dict[str, Any]) -> Job:
    """The run that Hydra composed, as plain values; how a sweep goes about it is no part of a run."""
    values = {key: value for key, value in plain(config).items() if key != "sweep"}
    typed = [word for word in overrides if not word.startswith("sweep.")]
    chosen = {group: str(choices[group]) for group in groups() if choices.get(group)}
    return Job(values, typed, chosen | chosen_together(typed))


def plain(config: DictConfig) -> dict:
    """Dictionaries, lists and values, with every reference followed."""
    try:
        return OmegaConf.to_container(config, resolve=True, throw_on_missing=True)  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        raise Mistake(unresolved(error, config)) from None


# The person's own options


class UserConfSource(FileConfigSource):
    """A person's folder: it adds and replaces options of our groups, and reaches neither the root nor Hydra."""

    @staticmethod
    def scheme() -> str:
        return "user"

    def is_group(self, config_path: str) -> bool:
        return of_a_group(config_path, parts=1) and super().is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        return of_a_group(config_path, parts=2) and super().is_config(config_path)

    def available(self) -> bool:
        return Path(self.path).is_dir()

    def load_config(self, config_path: str) -> ConfigResult:
        result = super().load_config(config_path)
        if touches_hydra(result):
            file = shown(Path(self.path) / self._normalize_file_name(config_path))
            raise Mistake(
                f"{file}: sets hydra, which an option may not; set it on the command line"
            )
        return result


class UserConfFirst(SearchPathPlugin):
    """Has the person's options looked up before ours."""

    folder: ClassVar[Path | None] = None  # Hydra makes the object, so the folder waits here

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        if self.folder:
            search_path.prepend("user", f"user://{self.folder}", anchor="main")


@contextmanager
def options_of(folder: Path | None) -> Iterator[None]:
    """Options of the person's folder can be chosen in here."""
    Plugins.instance().register(UserConfSource)
    Plugins.instance().register(UserConfFirst)
    register()
    UserConfFirst.folder = folder
    try:
        yield
    finally:
        UserConfFirst.folder = None


def of_a_group(config_path: str, parts: int) -> bool:
    steps = PurePosixPath(os.path.normpath(config_path)).parts
    return len(steps) >= parts and steps[0] in groups()


def touches_hydra(option: ConfigResult) -> bool:
    """Whether an option reaches for Hydra's own settings; the values of a sweep are the one thing it may set there."""
    if not isinstance(option.config, DictConfig):
        return False
    config = OmegaConf.to_container(option.config, resolve=False)
    own = config.get("hydra") or {}  # type: ignore[union-attr]
    sweeper = own.get("sweeper") or {}
    beyond = set(own) - {"mode", "sweeper"} or set(sweeper) - {"params"}
    reaching = f"{option.header.get('package')} {config.get('defaults')} {sweeper}"  # type: ignore[union-attr]
    return bool(beyond) or re.search(r"\bhydra\b", reaching) is not None


# Complaints


def wrong_keys(overrides: list[Override], given: str | None) -> list[str]:
    """A line for each setting that the configuration does not have, under the first choice for which there is one."""
    try:
        choices = list(selections(overrides, given))
        for choice in choices:
            config = composed_with(choice)
            where = f" (with {' '.join(choice)})" if len(choices) > 1 else ""
            if problems := [
                f"{problem}{where}" for one in overrides if (problem := wrong_key(one, config))
            ]:
                return problems
    except REFUSALS as error:
        return explain(error, given)
    return []


def composed_with(choices: list[str]) -> dict:
    """The configuration that the choices alone would give, with references as they stand."""
    with hydra.initialize_config_dir(str(builtin_conf()), job_name="nnrun", version_base="1.3"):
        config = hydra.compose("config", choices, return_hydra_config=True)
        return OmegaConf.to_container(config, resolve=False)  # type: ignore[return-value]


def explain(error: Exception, given: str | None) -> list[str]:
    """What Hydra or OmegaConf complained about, in our words."""
    if within := re.match(r"In '(\w+)/([^/']+)'", str(error)):
        file = options(within[1], given).get(within[2])
        return (
            [f"{shown(file)}: {lost(error, given)}; correct its defaults"]
            if file
            else [first_line(error)]
        )
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, option = error.missing_cfg_file.rpartition("/")
        return [f"{group}={option}: unknown {group}; {advice(option, error.options)}"]
    if isinstance(error, RecursionError):
        return circular(given)
    if isinstance(error, YAMLError | OSError | UnicodeDecodeError) and (
        broken := broken_files(given)
    ):
        return broken
    if isinstance(error, ValueError):
        return [f"command line: {first_line(error)}; see nnrun --help"]
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    if isinstance(cause, ConfigAttributeError | ConfigKeyError) and isinstance(
        cause.parent_node, DictConfig
    ):
        parts = str(cause.full_key).split(".")
        return [unknown_key(parts, len(parts) - 1, list(cause.parent_node))]
    return [f"configuration: {first_line(cause)}; look at it with nnrun --info defaults-tree"]


def lost(error: Exception, given: str | None) -> str:
    """What is wrong with the defaults of an option's file."""
    group, _, option = str(getattr(error, "missing_cfg_file", None) or "").rpartition("/")
    if group in groups():
        return f"'{option}' is no {group}; {advice(option, options(group, given))}"
    return first_line(error).partition(": ")[2]


def circular(given: str | None) -> list[str]:
    """A line for each of the person's files that has itself among its defaults."""
    files = [
        file
        for group in groups()
        for file in options(group, given).values()
        if builtin_conf() not in file.parents
    ]
    advice = "give it another name, or leave that out"
    lines = [
        f"{shown(file)}: has itself among its defaults; {advice}"
        for file in files
        if names_itself(file)
    ]
    return lines or [
        "configuration: options have each other among their defaults, without end; look at your own files"
    ]


def names_itself(file: Path) -> bool:
    with suppress(YAMLError, OmegaConfBaseException, OSError, ValueError):
        own = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
        return isinstance(own, dict) and file.stem in (own.get("defaults") or [])
    return False


def broken_files(given: str | None) -> list[str]:
    """A line for each option's file that cannot be read."""
    files = [
        builtin_conf() / "config.yaml",
        *(file for group in groups() for file in options(group, given).values()),
    ]
    return [problem for file in files if (problem := broken(file))]


def broken(file: Path) -> str:
    try:
        OmegaConf.load(file)
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return f"{shown(file)}{line}: {error.problem}; correct the file"
    except (YAMLError, OmegaConfBaseException, ValueError, OSError) as error:
        return f"{shown(file)}: {first_line(error)}; correct the file"
    return ""


def unresolved(error: OmegaConfBaseException, config: DictConfig) -> str:
    """The line for a value that refers to nothing, or is not there."""
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key}: is missing; write {error.full_key}=..."
    missing = re.match(r"Interpolation key '(.*)' not found", str(error))
    if isinstance(error, InterpolationKeyError) and missing:
        known = keys(OmegaConf.to_container(config, resolve=False))
        hint = did_you_mean(nearest(missing[1], known)) or "see nnrun --cfg job"
        return f"{error.full_key}: refers to '{missing[1]}', which is not there; {hint}"
    return f"{error.full_key}: {first_line(error)}; see nnrun --cfg job"


def keys(node: Any, path: str = "") -> Iterator[str]:
    """Every dotted key of a configuration."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{path}{name}"
            yield from keys(value, f"{path}{name}.")


def first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".:")
