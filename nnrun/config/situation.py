"""What rules look at: the settings, what was typed, and the data as soon as they have been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from nnrun.config.settings import AUTO, Settings
from nnrun.errors import Problem
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.split import SplitRows
from nnrun.parts.interface import ChosenParts, Part
from nnrun.parts.scheduler.durations import Clock


@dataclass(frozen=True)
class Situation(ChosenParts):
    """A configuration before or after its data have been read."""

    settings: Settings
    typed: Sequence[str]  # on the command line, as key=value
    data: Data | None  # None until they have been read
    train_rows: int | None  # None until they are known
    validated: bool  # whether there are validation rows, as far as is known
    val_classes: int | None  # how many classes they are of; None where that is not known

    @classmethod
    def of(
        cls,
        settings: Settings,
        options: Mapping[str, str],
        typed: Sequence[str],
        data: Data | None = None,
        known: SplitRows | None = None,
    ) -> Self:
        """Gather what is known; the rows of each part where their shares do not tell them."""
        return cls(
            options=options,
            task=known_task(settings, data),
            dataset=settings.dataset,
            model=settings.model,
            loss=settings.loss,
            regularisation=settings.regularisation,
            input_kind=settings.input_kind,
            target_kind=settings.target_kind,
            settings=settings,
            typed=typed,
            data=data,
            train_rows=len(known.train) if known else drawn_rows(settings, data),
            validated=bool(len(known.val)) if known else may_validate(settings),
            val_classes=classes_among(data, known),
        )

    def problem_with(self, key: str, wrong: str, advice: str) -> Problem:
        """Tell what is wrong with a setting of the training or the regularisation."""
        block, _, setting = key.partition(".")
        parts: dict[str, Part] = {
            "training": self.settings.training,
            "regularisation": self.regularisation,
        }
        return parts[block].problem(setting, wrong, advice).under(block)

    @property
    def epochs(self) -> int | None:
        return self.settings.epochs

    @property
    def clock(self) -> Clock | None:
        """How long the training is, where that is known."""
        unknown = self.epochs is None or self.settings.batch_size == AUTO
        if unknown or self.train_rows is None:
            return None
        return self.settings.clock(self.train_rows)


def classes_among(data: Data | None, known: SplitRows | None) -> int | None:
    """Count the classes of the validation rows, where there are such rows."""
    if not (data and data.classes and known and len(known.val)):
        return None
    return len(set(data.targets[known.val].tolist()))


def known_task(settings: Settings, data: Data | None) -> str | None:
    """Tell what is to be done, where that is known."""
    if data:
        return data.task
    task = settings.dataset.task
    return None if task == "auto" else task


def drawn_rows(settings: Settings, data: Data | None) -> int | None:
    """Tell how many rows train where they are drawn by their shares, and counted."""
    if settings.split.columns:
        return None
    rows = data.rows if data else settings.dataset.expected_rows()
    return None if rows is None else settings.split.sizes(rows)[0] or None


def may_validate(settings: Settings) -> bool:
    """Tell whether any rows may validate, before the data tell."""
    split, dataset = settings.split, settings.dataset
    return split.val > 0 or bool(split.bags) or split.column is not None or dataset.splits_itself
