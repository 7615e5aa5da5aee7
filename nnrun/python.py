"""nnrun from Python: a training and a sweep as functions, and what they leave as objects."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.characters import visible, visible_lines
from nnrun.config.compose import Request
from nnrun.config.request import checked_request
from nnrun.engine.libraries import set_library_defaults
from nnrun.errors import Mistake, Problem, SomeFailed, refuse
from nnrun.integrations.following import followed
from nnrun.runs.finding import TrainingFolder
from nnrun.runs.ledger import Ledger
from nnrun.runs.opening import open_ledger
from nnrun.runs.record import read_config
from nnrun.runs.summary import read_summary
from nnrun.runs.tables import as_written

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnrun.bundle.bundle import Bundle

OF_COMMAND = re.compile(r"\badd -m\b")


@dataclass(frozen=True)
class Run:
    """What a training left in its folder."""

    folder: Path

    @cached_property
    def summary(self) -> dict:
        """The metrics of each part of the rows, the best epoch, the verdict: summary.json."""
        return read_summary(self.folder)

    @cached_property
    def config(self) -> dict:
        """Every setting, as it was taken: config.yaml."""
        return read_config(self.folder)

    @cached_property
    def epochs(self) -> DataFrame:
        """The losses, the score and the learning rate of each epoch: metrics.csv.

        An average of other runs, which was not trained, has none.
        """
        import pandas

        file = self.folder / "metrics.csv"
        return pandas.read_csv(file) if file.exists() else pandas.DataFrame()

    @cached_property
    def model(self) -> Bundle:
        """The trained model, ready to predict; it is read when first asked for."""
        from nnrun.bundle.loading import load

        return load(self.folder)

    def refit(self, folder: str, show: bool = False) -> Run:
        """Train its networks once more, on all rows, in a folder of their own.

        It is what `nnrun refit` does.
        """
        from nnrun.engine.surroundings import own_training  # torch comes with it
        from nnrun.report.screen import Screen
        from nnrun.runs.opening import refuse_unfit_place

        refuse_unfit_place(folder)
        words = ["refit", str(self.folder), "-o", folder]
        with own_training():
            from nnrun.training.refit import refit

            return Run(refit(self.folder, folder, words, Screen(quiet=not show)))


@dataclass(frozen=True)
class Sweep:
    """What a sweep left in its folder."""

    folder: Path

    @cached_property
    def table(self) -> DataFrame:
        """A row for each member, with its settings, its score and test metrics: sweep.csv."""
        import pandas

        table = pandas.read_csv(self.folder / "sweep.csv")
        return table.rename(columns=as_written).map(as_written)

    @cached_property
    def runs(self) -> dict[str, Run]:
        """The members that are done, by their names."""
        return {name: Run(self.ledger.folder(i)) for i, name in self.members if self.ledger.done(i)}

    @cached_property
    def failed(self) -> dict[str, str]:
        """Why the other members failed, by their names."""
        failures = self.ledger.failures()
        return {name: failures[i].reason for i, name in self.members if i in failures}

    @cached_property
    def best(self) -> Run | None:
        """The best member; None where members have no score in common."""
        best = TrainingFolder(self.folder).run
        return Run(best) if best else None

    def average(self, folder: str, show: bool = False) -> Run:
        """Average members that the validation rows choose, in a folder of their own.

        It is what `nnrun ensemble` does.
        """
        from nnrun.engine.surroundings import own_training  # torch comes with it
        from nnrun.report.screen import Screen
        from nnrun.runs.opening import refuse_unfit_place

        refuse_unfit_place(folder)
        words = ["ensemble", str(self.folder), "-o", folder]
        with own_training():
            from nnrun.sweeps.averaging import average

            return Run(average(self.folder, folder, words, Screen(quiet=not show)))

    @cached_property
    def ledger(self) -> Ledger:
        return open_ledger(self.folder)

    @property
    def members(self) -> list[tuple[int, str]]:
        return list(enumerate(self.ledger.names))


def train(*settings: str, show: bool = False) -> Run:
    """Train what the settings say, as the command does with these words."""
    request = read_request(settings)
    if request.sweep:
        raise Mistake(Problem(" ".join(settings), None, "is a sweep", "call nnrun.sweep"))
    (job,) = request.jobs
    from nnrun.engine.surroundings import own_training  # torch comes with it

    with own_training():
        from nnrun.config.experiment import build
        from nnrun.report.screen import Screen
        from nnrun.training import pace, run

        experiment = build(job.config, job.overrides, job.choices, flags=job.flags)
        screen = Screen(quiet=not show)
        experiment = pace.as_long_as_asked(experiment, screen)
        folder = run.new_folder(experiment)
        with followed(folder.path, experiment.settings.logger, screen):
            return Run(run.train(experiment, folder, screen))


def sweep(*settings: str, show: bool = False) -> Sweep:
    """Train every combination of values, as the command does with -m; warn where some failed."""
    request = read_request(settings, "-m")
    if request.sweep is None:
        wrong = "makes runs one by one, and no sweep"
        raise Mistake(Problem("hydra/launcher", "basic", wrong, "leave it out"))
    from nnrun.engine.surroundings import own_training  # torch comes with it

    with own_training():
        from nnrun.report.screen import Screen
        from nnrun.sweeps import leading
        from nnrun.sweeps.pool import WorkerPool

        pool = WorkerPool(0)
        try:
            typed, screen = ["-m", *settings], Screen(quiet=not show)
            made = leading.prepare(request.jobs, request.sweep, typed, pool, screen)
            with followed(made.ledger.path, made.experiments[0].settings.logger, screen):
                leading.lead(made)
        except SomeFailed as failures:
            warnings.warn(visible_lines("\n".join(map(str, failures.args))), stacklevel=3)
        finally:
            pool.stop()
        return Sweep(made.ledger.path)


def refuse_other_than_texts(
    function: str, settings: Sequence[object], named: Mapping[str, object]
) -> None:
    """Refuse settings that are given by name, or in a list: each is a text, as it is typed."""
    problems = [
        Problem(name, repr(value), "is given by name", f'write {function}("{name}={value}")')
        for name, value in named.items()
    ]
    problems += [
        Problem(function, None, f"{each!r} is no text", as_texts(function, each))
        for each in settings
        if not isinstance(each, str)
    ]
    refuse(problems)


def as_texts(function: str, given: object) -> str:
    """Write how settings are given where it was tried otherwise."""
    if isinstance(given, list | tuple):
        return f"write {function}(*settings) for a list of texts"
    return f'write {function}("dataset=iris", "training.epochs=20")'


def read_request(settings: tuple[str, ...], *flags: str) -> Request:
    """Compose and check what is asked for."""
    set_library_defaults()  # before torch is loaded, so that numbers are those of the command
    typed = [word for word in settings if word.startswith("-")]
    advice = "give settings alone, such as training.epochs=20"
    refuse([Problem(word, None, "is a flag of the command", advice) for word in typed])
    request = checked_as_called([*flags, *settings])
    for note in request.notes:
        warnings.warn(visible(note), stacklevel=3)
    return request


def checked_as_called(words: list[str]) -> Request:
    """Compose and check; what to type after a command is told as what to call."""
    try:
        return checked_request(words)
    except Mistake as mistake:
        told = [
            replace(one, advice=OF_COMMAND.sub("call nnrun.sweep", one.advice))
            for one in mistake.problems
        ]
        raise Mistake(*told) from None
