"""The network of another run, which learns on."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from nnrun.errors import Mistake, Problem, Problems, listing
from nnrun.parts.interface import ChosenParts, Inputs, Loss, Model, Reasons, part
from nnrun.parts.kinds import Fraction
from nnrun.parts.model.module import Module
from nnrun.parts.model.saved import FILES, Saved, TrainedModel, read_saved

if TYPE_CHECKING:
    from numpy import ndarray
    from torch import Generator, nn

    from nnrun.parts.dataset.data import Columns, Data
    from nnrun.parts.dataset.encoding import InputEncoding
    from nnrun.parts.dataset.scaling import Scaling
    from nnrun.parts.scheduler.durations import Clock


@part
class Pretrained(Model):
    """The network of another run, which learns on.

    It is taken whole or gets a new last layer, and all of it learns or that layer alone.
    """

    run: str
    last: Literal["keep", "new"]
    freeze: Literal["none", "body"]
    dropout: Fraction
    runs = ("run",)
    varies = ("dropout",)

    def problems(self) -> Problems:
        if not self.run:
            example = "outputs/digits/2026-01-31_12-00-00-a1b2"
            return [Problem("run", "''", f"expected the folder of a run, such as {example}")]
        try:
            known = self.known.model
        except Mistake as mistake:
            return in_run(mistake)
        if isinstance(known, Module):
            wrong = f"holds a network of one's own, {known.module}"
            return [self.problem("run", wrong, "take a run of nnrun's models")]
        if self.known.networks > 1:
            wrong = f"holds an ensemble of {self.known.networks} networks"
            return [self.problem("run", wrong, "take a run of one network")]
        whole = self.last == "keep" and self.freeze == "none"
        if not whole and not known.between(self.known.inputs.reads):
            advice = "use model.last=keep and model.freeze=none"
            return [self.problem("run", "has one layer alone", advice)]
        return []

    @cached_property
    def saved(self) -> Saved:
        """What the run left.

        Inputs are read as it read them; where its last layer is kept, targets are scaled so too.
        """
        return read_saved(self.run)

    @property
    def known(self) -> TrainedModel:
        """What is told of it, without its tensors."""
        return self.saved.about

    @property
    def inner(self) -> Model:
        return self.known.model.with_dropout(self.dropout)

    @property
    def kept_inputs(self) -> InputEncoding:
        return self.known.inputs

    @property
    def kept_targets(self) -> Scaling | None:
        return self.known.targets if self.last == "keep" else None

    @property
    def scales_like(self) -> tuple[str, str]:
        return self.run, self.last

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        return self.inner.unfit_beside(chosen)

    def without_effect(self) -> Reasons:
        told = "model=pretrained scales as its run did", "leave it out"
        kept = ("inputs", "targets") if self.last == "keep" else ("inputs",)
        flags = {"dataset.flag_gaps": ("model=pretrained is told of gaps as its run was", told[1])}
        return {f"dataset.scale.{name}": told for name in kept} | flags

    def unfit_for_data(self, data: Data, per_target: int) -> Problems:
        saved = self.known
        if unlike := columns_unlike(saved.inputs.columns, data.columns):
            return [self.problem("run", unlike, "take a run on columns like these")]
        if saved.inputs.fills is None and np.isnan(data.inputs).any():
            wrong = "learnt from rows without gaps, and the data have missing values"
            return [self.problem("run", wrong, "fill or drop them")]
        outputs = len(data.classes) or per_target * len(data.target_names)
        if problems := self.damaged(outputs):
            return problems
        wrong = self.other_targets(data, per_target)
        if self.last == "keep" and wrong:
            return [self.problem("run", wrong, "use model.last=new")]
        return []

    def other_targets(self, data: Data, per_target: int) -> str:
        """Say which other targets the last layer is about; empty when it is about these."""
        saved = self.known
        known, wanted = (each.classes or each.target_names for each in (saved, data))
        if known != wanted or bool(saved.classes) != bool(data.classes):
            return f"knows {listing(known, 3)}, but to predict are {listing(wanted, 3)}"
        if saved.per_target != per_target:
            return f"says {saved.per_target} numbers a target, the loss wants {per_target}"
        return ""

    def damaged(self, outputs: int) -> Problems:
        """Tell that the tensors on the disk are not those of the model that is told beside them."""
        from torch import Generator

        if self.last == "keep":
            outputs = self.known.outputs
        try:
            self.build(self.known.inputs.reads, outputs, Generator())
        except Mistake as mistake:
            return in_run(mistake)
        except (RuntimeError, KeyError):
            wrong = f"{FILES[0]} and {FILES[1]} do not belong together"
            return [self.problem("run", wrong, "train again, or restore it")]
        return []

    def build(self, inputs: Inputs, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.transfer import freeze, take_over

        tensors = self.saved.tensors()  # first, as it refuses those of a model that is not this one
        network = self.inner.build(inputs, outputs, generator)
        take_over(network, tensors, self.last)
        if self.freeze == "body":
            freeze(network)
        return network

    @property
    def task(self) -> str | None:
        return self.inner.task

    @property
    def loss(self) -> Loss | None:
        return self.inner.loss

    @property
    def straight(self) -> bool:
        return self.inner.straight

    @property
    def hidden_units(self) -> int:
        return self.inner.hidden_units

    @property
    def answers(self) -> int:
        return self.inner.answers

    @property
    def normalised_by(self) -> str:
        return self.inner.normalised_by

    @property
    def foldable(self) -> bool:
        return self.inner.foldable

    @property
    def own_rates(self) -> bool:
        return self.inner.own_rates

    def decays(self, tensor: str, axes: int) -> bool:
        return self.inner.decays(tensor, axes)

    def factor(self, tensor: str) -> float:
        return self.inner.factor(tensor)

    def dropout_rate(self, step: ndarray, clock: Clock) -> ndarray:
        return self.inner.dropout_rate(step, clock)

    def decay_rate(self, step: ndarray, clock: Clock) -> ndarray:
        return self.inner.decay_rate(step, clock)

    def between(self, inputs: Inputs) -> int:
        return self.inner.between(inputs)

    def layers(self, inputs: Inputs, outputs: int) -> str:
        return self.inner.layers(inputs, outputs)

    def work(self, inputs: Inputs, outputs: int) -> int:
        return self.inner.work(inputs, outputs)


def in_run(mistake: Mistake) -> Problems:
    """Tell as the setting's what is wrong with the folder that it names."""
    return [replace(problem, key="run", value=problem.key) for problem in mistake.problems]


def columns_unlike(learnt: Columns, given: Columns) -> str:
    """Say how the columns of the data are not those that were learnt from; empty when they are."""
    ours, theirs = ([column.name for column in columns] for columns in (given, learnt))
    if lacking := [name for name in theirs if name not in ours]:
        return f"learnt from {listing(lacking, 3)}, which the data lack"
    if new := [name for name in ours if name not in theirs]:
        return f"did not learn from {listing(new, 3)}, which the data have"
    if ours != theirs:
        return f"learnt from the same columns in another order ({listing(theirs, 3)})"
    for column, known in zip(given, learnt, strict=True):
        other = set() if known.rare else set(column.levels) - set(known.levels)
        if other or bool(column.levels) != bool(known.levels):
            return f"knows other categories of {column.name}"
    return ""
