"""From a configuration to an experiment: every check, and the data that it is about."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple, Self

import numpy as np
from numpy import ndarray

from nnrun import tasks
from nnrun.config.length import Taken, config_with, settings_with, taken_for
from nnrun.config.rules import problems_of
from nnrun.config.settings import Settings, read_settings
from nnrun.config.situation import Situation
from nnrun.errors import Problem, Problems, refuse
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.encoding import InputEncoding, fit_inputs, read_as
from nnrun.parts.dataset.new_rows import unseen_note
from nnrun.parts.dataset.repeats import repeated_rows, repeats_note, telling_note
from nnrun.parts.dataset.scaling import Affine, Scaling, fit
from nnrun.parts.dataset.source import Source
from nnrun.parts.dataset.split import Split, SplitRows
from nnrun.parts.interface import Inputs, Loss
from nnrun.parts.scheduler.durations import Clock
from nnrun.tasks.interface import Score


@dataclass(frozen=True)
class Prepared:
    """A data set, read, split and scaled; experiments that agree in all of this share it."""

    data: Data
    rows: SplitRows
    inputs: InputEncoding
    targets: Scaling
    cuts: dict[int, ndarray] = field(default_factory=dict, compare=False)  # edges, by their parts
    bags: Sequence[Prepared] = ()  # of which it was put together

    def edges(self, parts: int) -> ndarray:
        """Cut each number of the training rows, scaled, into parts of as many rows."""
        if parts not in self.cuts:
            numbers = self.features(self.rows.train)[:, : self.inputs.reads.numbers]
            self.cuts[parts] = np.quantile(numbers, np.linspace(0, 1, parts + 1), axis=0)
        return self.cuts[parts]

    def features(self, rows: ndarray) -> ndarray:
        return self.inputs.apply(self.data.inputs[rows])

    def wanted(self, rows: ndarray) -> ndarray:
        """Give targets as the network learns them."""
        targets = self.data.targets[rows]
        if self.data.classes:
            return targets
        return self.targets.apply(targets).astype(np.float32)

    @cached_property
    def digest(self) -> str:
        """Compute the sha256 of all that is learnt from: the data, and how they are split."""
        told = sha256(self.data.digest.encode())
        for _, rows in self.rows.items():
            told.update(np.ascontiguousarray(rows).data)
        return told.hexdigest()

    @cached_property
    def repeated(self) -> dict[str, int]:
        """Count the rows that judge, by their part, of which the like is trained on."""
        return repeated_rows([(one.data, one.rows) for one in self.bags or [self]])

    @property
    def unseen(self) -> ndarray:
        """Tell of rows that judge, column by column, whether no training row has their category."""
        each = self.bags or [self]
        val = [one.inputs.unseen(one.data.inputs[one.rows.val]) for one in each]
        test = [one.inputs.unseen(one.data.inputs[one.rows.test]) for one in each]
        return np.concatenate([*val, np.all(test, axis=0)])

    @cached_property
    def notes(self) -> list[str]:
        """Gather what a person should hear of the rows, and of how they were split."""
        unseen = unseen_note(self.inputs, self.unseen) if self.inputs.categories else []
        repeats = repeats_note(self.repeated, self.rows)
        telling = telling_note(self.data, self.rows.train)
        return [*self.data.notes, *self.rows.notes, *unseen, *repeats, *telling]


class DataCache:
    """Where experiments find what they share, so that a data set is read once for a whole sweep."""

    def __init__(self) -> None:
        self.opened: dict[Hashable, Source] = {}
        self.split: dict[Hashable, tuple[Data, SplitRows]] = {}
        self.prepared: dict[Hashable, Prepared] = {}

    @classmethod
    def holding(cls, experiment: Experiment) -> Self:
        """Begin with the data of an experiment, for another on the same."""
        cache = cls()
        for fold in experiment.each_fold:
            settings, prepared = fold.settings, fold.prepared
            cache.split[settings.dataset, settings.split] = prepared.data, prepared.rows
            cache.prepared[settings.rows_key] = prepared
        return cache

    def open(self, settings: Settings) -> Source:
        """Read the rows; columns by which they are split are no inputs."""
        dataset, apart = settings.dataset, settings.split.columns
        key = dataset, tuple(apart.items())
        if key not in self.opened:
            self.opened[key] = dataset.open(apart)
        return self.opened[key]

    def parted(self, settings: Settings) -> tuple[Data, SplitRows]:
        """Split the rows, and read them as those that train say."""
        key = settings.dataset, settings.split
        if key not in self.split:
            self.split[key] = self.open(settings).parted(settings.split)
        return self.split[key]

    def prepare(self, settings: Settings) -> Prepared:
        if settings.rows_key not in self.prepared:
            data, rows = self.parted(settings)
            self.prepared[settings.rows_key] = prepare(data, rows, settings)
        return self.prepared[settings.rows_key]


class Fold(NamedTuple):
    """One of the ways in which an experiment's rows are split, and what follows from it."""

    split: Split
    prepared: Prepared
    loss: Loss


@dataclass(frozen=True)
class Experiment:
    """A checked configuration with its data; of several folds, those of the first."""

    settings: Settings
    config: dict  # complete and resolved, as it goes into the run folder
    overrides: list[str]  # what was typed
    choices: dict[str, str]  # the option taken in each group
    prepared: Prepared
    loss: Loss
    flags: Sequence[str] = ()  # given besides settings
    taken: Taken = field(default_factory=dict)  # where auto stood
    minutes: float | None = None  # that its epochs were counted for
    folds: Sequence[Fold] = ()  # none where rows are split once

    @property
    def each_fold(self) -> list[Experiment]:
        """Give the experiment of each fold as it would be alone; this one where there are none."""
        return [self.of_fold(fold) for fold in self.folds] or [self]

    @cached_property
    def prepared_together(self) -> Prepared:
        """Put bags together: all rows validate that do not test; those that train are the first's.

        By these a length is counted for all. Anything else is as it is.
        """
        if not (self.folds and self.settings.split.bagged):
            return self.prepared
        bags = [fold.prepared for fold in self.folds]
        val = np.concatenate([bag.rows.val for bag in bags])
        return replace(self.prepared, rows=replace(self.rows, val=val), bags=bags)

    def of_fold(self, fold: Fold) -> Experiment:
        settings = replace(self.settings, split=fold.split)
        return replace(self, settings=settings, prepared=fold.prepared, loss=fold.loss, folds=())

    @property
    def networks(self) -> int:
        """Count the networks that it trains."""
        return self.settings.training.ensemble * max(1, len(self.folds))

    @property
    def digest(self) -> str:
        """Compute the sha256 of all that is learnt from, in every fold."""
        each = [fold.prepared.digest for fold in self.folds]
        return sha256("".join(each).encode()).hexdigest() if each else self.prepared.digest

    @property
    def data(self) -> Data:
        return self.prepared.data

    @property
    def rows(self) -> SplitRows:
        return self.prepared.rows

    @property
    def score(self) -> Score:
        """The metric by which epochs and members are watched and ranked."""
        task, own = tasks.of(self.data.task), self.settings.dataset.own_metrics()
        known = task.scores(self.loss, own)
        named = (score for score in known if score.name == self.settings.training.score)
        return next(named, known[0])

    @property
    def inputs(self) -> Inputs:
        """What the network reads of a row."""
        return self.prepared.inputs.reads

    @property
    def outputs(self) -> int:
        """Numbers that the network says of a row."""
        return len(self.data.classes) or len(self.data.target_names) * self.per_target

    @property
    def per_target(self) -> int:
        """Numbers that the loss wants to hear of each target."""
        return self.loss.per_target

    @property
    def epochs(self) -> int:
        return int(self.clock.epochs)

    @property
    def batch_rows(self) -> int:
        return self.settings.batch_rows(len(self.rows.train))

    @property
    def work(self) -> int:
        """Multiplications in the forward pass of a step."""
        return self.batch_rows * self.settings.model.work(self.inputs, self.outputs)

    @property
    def clock(self) -> Clock:
        return self.settings.clock(len(self.rows.train))


def build(
    config: dict,
    overrides: list[str],
    choices: dict[str, str],
    cache: DataCache | None = None,
    flags: Sequence[str] = (),
) -> Experiment:
    """Make the experiment that a configuration describes, or raise every problem in a Mistake."""
    settings, cache = examine(config, overrides, choices), cache or DataCache()
    data, rows = cache.parted(replace(settings, split=settings.split.first_fold))
    taken = taken_for(settings, data, len(rows.train), bool(len(rows.val)))
    if taken:
        config, settings = config_with(config, taken), settings_with(settings, taken)
    folds = []
    for split in settings.split.each_fold:
        alone = replace(settings, split=split)
        data, rows = cache.parted(alone)
        refuse(problems_of(Situation.of(alone, choices, overrides, data, rows)))
        prepared = cache.prepare(alone)
        folds.append(Fold(split, prepared, loss_for(alone, prepared)))
    refuse(unlike_folds(settings.split, [fold.prepared.data for fold in folds]))
    first, *others = folds
    told = config, overrides, choices, first.prepared, first.loss, flags, taken
    return Experiment(settings, *told, folds=folds if others else ())


def unlike_folds(split: Split, each: Sequence[Data]) -> Problems:
    """Find out whether folds read or predict other things, so that no network answers for all."""
    first, *others = each
    word, (many, _) = split.fold_word, split.held_out
    read = [(column.name, bool(column.levels)) for column in first.columns]
    for fold, data in enumerate(others, 2):
        own = [(column.name, bool(column.levels)) for column in data.columns]
        columns = sorted(name for name, _ in {*read} ^ {*own})
        classes = sorted({*data.classes} ^ {*first.classes})
        wrong, advice = "", f"take fewer {word}s"
        if columns:
            wrong = f"column '{columns[0]}' is another to {word} {fold} than to {word} 1"
            advice += ", leave it out, or say what it is: dataset.categorical"
        if classes:
            wrong = f"class '{classes[0]}' is not learnt in all {word}s"
            advice = f"take fewer {word}s{', or another dataset.split.group' * bool(split.group)}"
        if wrong:
            return [Problem(f"dataset.split.{word}s", str(many), wrong, advice)]
    return []


def examine(config: dict, overrides: list[str], choices: dict[str, str]) -> Settings:
    """Judge all that can be judged before the data are read."""
    settings = read_settings(config)
    refuse(problems_of(Situation.of(settings, choices, overrides)))
    return settings


def loss_for(settings: Settings, prepared: Prepared) -> Loss:
    """Give the loss that model and data want, with what it takes from labels or targets."""
    data = prepared.data
    loss = settings.model.loss or settings.loss.for_task(data.task)
    if data.classes:
        learnt = prepared.rows.train
        labels, weights = data.targets[learnt], data.weights_of(learnt)
        return loss.for_labels(labels, len(data.classes), weights)
    return loss.for_targets(prepared.targets, settings.dataset)


def prepare(data: Data, rows: SplitRows, settings: Settings) -> Prepared:
    """Scale by the training rows alone."""
    if kept := settings.model.kept_inputs:
        data = read_as(data, kept.columns)
    inputs = input_scaling(settings, data, rows)
    return Prepared(data, rows, inputs, target_scaling(settings, data, rows))


def input_scaling(settings: Settings, data: Data, rows: SplitRows) -> InputEncoding:
    """Say how cells become features: by the training rows, or by those of an earlier training."""
    if kept := settings.model.kept_inputs:
        return kept.after(data.inputs[rows.train])
    return fit_inputs(data, rows.train, settings.scale.inputs)


def target_scaling(settings: Settings, data: Data, rows: SplitRows) -> Scaling:
    """Say how the numbers to predict are scaled; classes are not."""
    if kept := settings.model.kept_targets:
        return kept
    if data.classes:
        return Affine(np.zeros(0), np.ones(0))
    return fit(settings.scale.targets, data.targets[rows.train])
