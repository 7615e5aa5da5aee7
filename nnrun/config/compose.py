"""From what was typed to plain configurations, by Hydra."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from tempfile import TemporaryDirectory
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from nnrun.config.catalogue import builtin_conf, groups, user_conf
from nnrun.config.complaints import REFUSALS, explain, unresolved
from nnrun.config.flags import hydra_flags, read_flags
from nnrun.config.keys import wrong_key
from nnrun.config.launcher import Composed
from nnrun.config.overrides import (
    chosen_together,
    for_sweep,
    idle_samples,
    read_typed,
    selections,
    values,
)
from nnrun.config.user_options import options_of
from nnrun.errors import Mistake, Problem
from nnrun.runs.job import Job


@dataclass(frozen=True)
class Request:
    """What a command line asks for: runs, none when its flags only want to be told something."""

    jobs: list[Job]
    sweep: dict | None = None  # how they are to be made together; None for one after the other


def compose(argv: list[str]) -> Request:
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


def alone_if_single(flags: Namespace, request: Request) -> Request:
    """A sweep that was not asked for by -m is a plain run where nothing is left to vary."""
    return Request(request.jobs) if len(request.jobs) == 1 and not flags.multirun else request


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


def composed_with(choices: list[str]) -> dict:
    """The configuration that the choices alone would give, with references as they stand."""
    with hydra.initialize_config_dir(str(builtin_conf()), job_name="nnrun", version_base="1.3"):
        config = hydra.compose("config", choices, return_hydra_config=True)
        return OmegaConf.to_container(config, resolve=False)  # type: ignore[return-value]


def call_hydra(flags: Namespace, words: list[str]) -> Request:
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
    return Request(note.jobs, note.sweep)


def typed_for_hydra(flags: Namespace, overrides: list[Override]) -> list[str]:
    """The settings as Hydra should see them, alone or in a sweep."""
    if not flags.many:
        return [str(override.input_line) for override in overrides]
    return [for_sweep(override) for override in overrides]


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
