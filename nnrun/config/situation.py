"""What rules look at: the settings, what was typed, and the data as soon as they have been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nnrun.config.settings import Settings
from nnrun.parts.dataset.data import Data
from nnrun.parts.interface import Chosen
from nnrun.parts.scheduler.durations import Clock


@dataclass(frozen=True)
class Situation:
    """A configuration before or after its data have been read."""

    settings: Settings
    options: Mapping[str, str]  # the option taken in each group
    typed: Sequence[str]  # on the command line, as key=value
    data: Data | None = None  # None until they have been read

    @property
    def task(self) -> str | None:
        """What is to be done, where that is known."""
        if self.data:
            return self.data.task
        task = self.settings.dataset.task
        return None if task == "auto" else task

    @cached_property
    def train_rows(self) -> int | None:
        """How many rows train, where that is known."""
        dataset, split = self.settings.dataset, self.settings.split
        if self.data and self.data.given_split:
            return len(self.data.given_split[0])
        rows = self.data.rows if self.data else dataset.expected_rows()
        return None if rows is None else split.sizes(rows)[0]

    @property
    def clock(self) -> Clock | None:
        """How long the training is, where that is known."""
        if self.train_rows is None:
            return None
        return self.settings.clock(self.train_rows)

    @property
    def chosen(self) -> Chosen:
        """What a part may ask about the others."""
        settings = self.settings
        return Chosen(
            options=self.options,
            task=self.task,
            dataset=settings.dataset,
            model=settings.model,
            loss=settings.loss,
            regularisation=settings.regularisation,
            input_kind=settings.input_kind,
            target_kind=settings.target_kind,
        )
