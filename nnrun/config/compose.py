"""From what was typed to plain configurations, by Hydra."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass, replace
from io import StringIO
from tempfile import TemporaryDirectory
from typing import Any, cast

import hydra
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from nnrun.config.catalogue import builtin_conf, defaults, groups, shown, user_conf
from nnrun.config.complaints import REFUSALS, explain, unresolved
from nnrun.config.flags import hydra_flags, read_flags
from nnrun.config.giving_way import beside
from nnrun.config.keys import wrong_key
from nnrun.config.launcher import Composed, SweepTask, without_hydra
from nnrun.config.override_rules import unused_samples
from nnrun.config.overrides import (
    CommandLine,
    combined_choices,
    for_sweep,
    problem_with,
    selections,
    values,
)
from nnrun.config.parse import read_typed
from nnrun.config.user_options import options_of
from nnrun.errors import Mistake, Problem, Problems, refuse
from nnrun.parts.registry import PARTS, TARGET
from nnrun.runs.job import Job

CONF, ROOT = str(builtin_conf()), "config"  # where Hydra begins
VERSION = "1.3"  # of Hydra, whose ways are taken


@dataclass(frozen=True)
class Request:
    """What a command line asks for: runs, none when its flags only want to be told something."""

    jobs: list[Job]
    sweep: dict | None = None  # how they are to be made together; None for one after the other
    notes: Sequence[str] = ()  # that a person should hear


def compose(argv: list[str], verbs: Sequence[str] = ()) -> Request:
    """Compose the runs that a command line asks for, or raise every setting that is wrong."""
    flags, problems = read_flags(argv)
    with options_of(user_conf(flags.config_dir)):
        if flags.shell_completion:
            anything = CommandLine(flags.config_dir, flags.multirun, verbs)
            return call_hydra(flags, flags.overrides, anything)
        params = swept_by_experiment(flags.overrides)
        sweeps = params is not None and not (flags.cfg or flags.info)
        line = CommandLine(flags.config_dir, flags.multirun or sweeps, verbs)
        overrides = valid_overrides(flags.overrides, line, params or {}, problems)
        request = compose_overrides(flags, overrides, line)
    # A sweep without -m is a plain run where nothing is left to vary.
    alone = not flags.multirun and len(request.jobs) == 1
    return replace(request, sweep=None) if alone else request


def valid_overrides(
    words: list[str], line: CommandLine, params: dict[str, str], problems: Problems
) -> list[Override]:
    """Read the settings, or raise all problems of the command line that words alone can show."""
    overrides, wrong = read_typed(words, line)
    if line.many:
        wrong += unused_samples(overrides, params, wrong)
    wrong += sweeps_within_sweep(overrides, line)
    if not problems and not wrong:
        return overrides
    # The keys of a group cannot be judged before its option is right.
    open_groups = {problem.key for problem in wrong}
    judged = [one for one in overrides if one.key_or_group.partition(".")[0] not in open_groups]
    raise Mistake(*problems, *wrong, *wrong_keys(judged, line))


def compose_overrides(flags: Namespace, overrides: list[Override], line: CommandLine) -> Request:
    """Let Hydra compose the settings; what it complains about is a Mistake."""
    words = [for_sweep(one) if line.many else str(one.input_line) for one in overrides]
    try:
        with beside(flags.overrides) as told:
            request = call_hydra(flags, words, line)
        refuse(deletions(overrides))
        return replace(request, notes=list(told))
    except BrokenPipeError:
        raise
    except REFUSALS as error:
        problems = wrong_keys(overrides, line) or deletions(overrides) or explain(error, line)
        raise Mistake(*problems) from None


def deletions(overrides: list[Override]) -> Problems:
    """Find settings that were taken away, without which no run can be."""
    return [
        problem_with(one, "takes away what every run needs", f"write {one.key_or_group}=...")
        for one in overrides
        if one.is_delete() and not one.is_hydra_override() and ".arguments." not in one.key_or_group
    ]


def wrong_keys(overrides: list[Override], line: CommandLine) -> Problems:
    """Find settings that a configuration does not have, under the first choice that lacks any."""
    try:
        choices = list(selections(overrides, line))
        for choice in choices:
            config = compose_choices(choice)
            problems = [problem for one in overrides if (problem := wrong_key(one, config, line))]
            if problems and len(choices) > 1:
                return [problem.with_choice(" ".join(choice)) for problem in problems]
            if problems:
                return problems
    except REFUSALS as error:
        return explain(error, line)
    return []


# Experiments that are sweeps


def swept_by_experiment(words: list[str]) -> dict[str, str] | None:
    """Tell what the chosen experiment sweeps by itself, without -m; None where it is one run."""
    choosing = [word for word in words if word.startswith(("experiment=", "hydra.mode="))]
    if not choosing:
        return None
    try:
        config = compose_choices(choosing)["hydra"]
    except REFUSALS:  # is told when all that was typed is judged
        return None
    if config["mode"] != RunMode.MULTIRUN:
        return None
    return config["sweeper"]["params"] or {}


def sweeps_within_sweep(overrides: list[Override], line: CommandLine) -> Problems:
    """Find each of several experiments that is a sweep by itself, and so no member of another."""
    several = [
        one for one in overrides if one.key_or_group == "experiment" and one.is_sweep_override()
    ]
    return [
        problem_with(one, f"experiment={name} is a sweep by itself", "run it alone")
        for one in several
        for name in values(one, line)
        if swept_by_experiment([f"experiment={name}"]) is not None
    ]


# Calling Hydra


class RunCollector(SweepTask):
    """The task that Hydra is given: it keeps runs, and their problems, which Hydra would print."""

    def __init__(self, line: CommandLine) -> None:
        self.line = line
        self.jobs: list[Job] = []
        self.sweep: dict | None = None
        self.problems: Problems = []

    def __call__(self, config: DictConfig) -> None:
        """Keep one run."""
        about = HydraConfig.get()
        overrides = OmegaConf.to_container(about.overrides.task, resolve=False)
        self.keep(config, cast(list[str], overrides), about.runtime.choices)

    def together(self, runs: Iterator[Composed], workers: Any) -> None:
        """Keep the runs of a sweep, and how it is to be made."""
        last = None
        for last in runs:
            self.keep(*last)
        if last and not self.problems:
            self.sweep = {**plain_values(last.config)["sweep"], "workers": workers}

    def keep(self, config: DictConfig, overrides: list[str], choices: dict[str, Any]) -> None:
        """Note a run, or what keeps it from being one."""
        try:
            job = job_of(config, overrides, choices, flags_needed(self.line.config_dir))
            refuse(partless(job, self.line))
            self.jobs.append(job)
        except Mistake as mistake:
            self.problems.extend(mistake.problems)


def call_hydra(flags: Namespace, words: list[str], line: CommandLine) -> Request:
    """Let Hydra compose the runs, or do what its flags ask."""
    runs, many = RunCollector(line), line.many
    asked = hydra_flags(flags)
    with TemporaryDirectory(prefix="nnrun-") as passing:
        if many:  # what Hydra notes about a sweep is of no use later
            words = [*words, f"hydra.sweep.dir='{passing}'"]
        if set(asked) - {"--multirun"}:
            with command_line([*asked, *words]), refuse_package(flags.package):
                hydra.main(config_path=CONF, config_name=ROOT, version_base=VERSION)(runs)()
        else:
            compose_runs(runs, words, many)
    if runs.problems:
        raise Mistake(*dict.fromkeys(runs.problems))
    return Request(runs.jobs, runs.sweep)


def compose_runs(runs: RunCollector, words: list[str], many: bool) -> None:
    """Compose without Hydra's command line, which would compose once more to find its mode."""
    with our_hydra() as composer:
        if many:
            composer.multirun(ROOT, runs, words, with_log_configuration=False)
            return
        config = composer.compose_config(ROOT, words, RunMode.RUN)
        HydraConfig.instance().set_config(config)
        runs(without_hydra(config))


def compose_choices(choices: list[str]) -> dict:
    """Compose what the choices alone would give, with references as they stand."""
    with our_hydra() as composer, beside(choices):
        config = composer.compose_config(ROOT, choices, RunMode.RUN, from_shell=False)
        return cast(dict, OmegaConf.to_container(config, resolve=False))


@contextmanager
def our_hydra() -> Iterator[Hydra]:
    """Let Hydra look into our configuration in here; a program that uses Hydra keeps its own."""
    theirs, config = GlobalHydra.instance().hydra, HydraConfig.instance().cfg
    GlobalHydra.instance().clear()
    try:
        with hydra.initialize_config_dir(CONF, job_name="nnrun", version_base=VERSION):
            composer = GlobalHydra.instance().hydra
            assert composer is not None
            yield composer
    finally:
        GlobalHydra.instance().hydra, HydraConfig.instance().cfg = theirs, config


@contextmanager
def command_line(argv: list[str]) -> Iterator[None]:
    """Let Hydra read `argv` in here, and raise its complaints instead of printing them."""
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
def refuse_package(package: str | None) -> Iterator[None]:
    """Raise that a part of the configuration is not there: then alone Hydra leaves by itself."""
    try:
        with redirect_stderr(StringIO()) if package else nullcontext():
            yield
    except SystemExit as leaving:
        if leaving.code and package:
            wrong, advice = "not in the configuration", "see nnrun --cfg job"
            raise Mistake(Problem("--package", package, wrong, advice)) from None
        raise


# What comes back


def partless(job: Job, line: CommandLine) -> Problems:
    """Find options, which a person wrote, that do not say of which part they are settings."""
    found = []
    for group, classes in PARTS.items():
        file = line.options(group).get(job.choices.get(group, ""))
        if file is None or TARGET in (job.config.get(group) or {}):
            continue
        usual, target = defaults()[group], f"{TARGET}: nnrun.parts.{group}.{classes[0]}"
        another = "" if file.stem == usual else f"defaults: [{usual}], or with "
        advice = f"begin it with {another}{target}"
        found.append(Problem(shown(file), None, f"does not say which {group} it sets", advice))
    return found


def job_of(
    config: DictConfig, overrides: list[str], choices: dict[str, Any], flags: list[str]
) -> Job:
    """Turn what Hydra composed into a run; how a sweep goes about it is no part of that."""
    values = {key: value for key, value in plain_values(config).items() if key != "sweep"}
    if "experiment" in values:
        wrong, advice = "sets nothing", "begin its file with the line # @package _global_"
        raise Mistake(Problem("experiment", choices["experiment"], wrong, advice))
    typed = [word for word in overrides if not word.startswith("sweep.")]
    chosen = {group: str(choices[group]) for group in groups() if choices.get(group)}
    return Job(values, typed, chosen | combined_choices(typed), flags)


def flags_needed(config_dir: str | None) -> list[str]:
    """Write as flags what was given besides settings, be it in the environment."""
    named = config_dir or os.environ.get("NNRUN_CONF")
    trusted = filter(None, os.environ.get("NNRUN_TRUST", "").split(","))
    own = [f"--config-dir={named}"] if named else []
    return [*own, *(f"--trust={package}" for package in dict.fromkeys(trusted))]


def plain_values(config: DictConfig) -> dict:
    """Make dictionaries, lists and values of a configuration, with every reference followed."""
    try:
        values = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise Mistake(unresolved(error, config)) from None
    return cast(dict, values)
