"""A trained model that one can use: weights, scaling, names of columns and classes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy import ndarray
from safetensors.torch import save as save_tensors
from torch import Generator, Tensor, nn

from nnrun.bundle.intervals import columns as interval_columns
from nnrun.bundle.intervals import limits, problems_of
from nnrun.bundle.measuring import measure
from nnrun.bundle.metrics import taken
from nnrun.bundle.predictions import as_predictions, averaged, spread
from nnrun.bundle.tables import as_frame, beside
from nnrun.characters import visible
from nnrun.engine.assess import CHUNK
from nnrun.engine.members import put
from nnrun.engine.surroundings import torch_as_usual
from nnrun.errors import Mistake, Problem, refuse
from nnrun.parts.dataset.checking import Wishes
from nnrun.parts.dataset.dates import Dates, dates_from_plain, given_names, names_of_parts
from nnrun.parts.dataset.encoding import InputEncoding
from nnrun.parts.dataset.new_rows import (
    beyond_note,
    read_inputs,
    unknown_categories,
    unknown_note,
)
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.model.saved import FILES, TrainedModel

if TYPE_CHECKING:
    import pandas

    from nnrun.bundle.tables import Table

AS_IN_TRAINING = ("decimal", "missing_values", "dates", "unfit", "units")  # of how a table is read


@dataclass(frozen=True)
class Bundle(TrainedModel):
    """All that prediction needs."""

    network: nn.Module

    @property
    def members(self) -> Sequence[Bundle]:
        """The models that answer together."""
        return [self]

    @property
    def knows(self) -> InputEncoding:
        """What is known of the columns, by which tables are read."""
        return self.inputs

    def predict(
        self, table: Table, *, strict: bool = False, interval: float | None = None
    ) -> pandas.DataFrame:
        """Predict numbers in their own units, and their deviations where the network says them.

        For classes it is the likeliest one and the probability of each. Several networks, or heads
        of one, answer by their mean, with how far they differ. The table is a frame, a
        dictionary of columns, or rows: dictionaries, or lists in the order of training. What the
        command notes of their cells is warned of: those that are taken as missing, lie outside the
        range of training, or hold a category that it never saw, which `strict` refuses. An
        `interval` of .9 adds the ends between which 90 % of new rows lie.
        """
        if interval is not None:
            refuse(problems_of(self, interval))
        frame = as_frame(table, self.input_names)
        cells, notes = self.cells(self.sheet_of(frame), strict)
        warn_of(notes)
        answers = beside(self.ids(frame), self.answers(cells, interval))
        return answers.set_index(frame.index)

    def sheet_of(self, frame: pandas.DataFrame) -> Sheet:
        """Take the cells of a frame that the model reads; any other column may stand there."""
        signs = dict(decimal=self.decimal, usual=self.reading.get("decimal", "."))
        sheet = Sheet.from_frame(frame, **signs)
        names = self.input_names
        return sheet.only(names) if set(names) <= set(sheet.names) else sheet

    @property
    def input_names(self) -> list[str]:
        """The columns that a table needs, in the order of training."""
        return given_names(self.knows.columns, self.dates)

    @property
    def dates(self) -> Dates:
        """How its columns of dates are read."""
        return dates_from_plain(self.reading.get("dates", {}))

    def ids(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Give the column that says what each row is called, where the table has it."""
        name = self.reading.get("id", "")
        return {name: table[name]} if name in table else {}

    def cells(self, sheet: Sheet, strict: bool = False) -> tuple[ndarray, list[str]]:
        """Find the input columns by their names; tell what a person should hear of the rows."""
        options, columns = self.written(*AS_IN_TRAINING), self.knows.columns
        others = (*self.target_names, *self.written("id", "weight").values())
        cells, notes = read_inputs(sheet, columns, others=others, **options)
        if self.knows.fills is None:
            whole = names_of_parts(self.dates)
            refuse_gaps(sheet, cells, [whole.get(column.name, column.name) for column in columns])
        unseen = self.knows.unseen(cells)
        if strict:
            refuse(unknown_categories(sheet, self.knows, unseen))
        notes += unknown_note(sheet, self.knows, unseen)
        dates = self.written("dates")
        return cells, [*notes, *beyond_note(sheet, self.knows, unseen, **dates)]

    def answers(self, cells: ndarray, interval: float | None = None) -> pandas.DataFrame:
        """Predict from cells, under the names that people know."""
        import pandas

        each = self.infer_each(cells)
        predicted, differing = self.mean_of(each), self.spread_of(each)
        spreads = dict(zip(self.spread_names, differing.T, strict=True))
        if not self.classes:
            names = [*self.target_names, *self.deviation_names]
            ends = self.ends(predicted, differing, interval)
            return pandas.DataFrame(predicted, columns=names).assign(**spreads, **ends)
        chosen = [self.classes[place] for place in taken(predicted, self.threshold)]
        columns = dict(zip(self.probability_names, predicted.T, strict=True))
        return pandas.DataFrame({self.target_names[0]: chosen, **columns, **spreads})

    def ends(
        self, predicted: ndarray, differing: ndarray, interval: float | None
    ) -> dict[str, ndarray]:
        """Give the ends of intervals, where they are asked for."""
        if interval is None or self.margins is None:
            return {}
        return interval_columns(self, *limits(self, self.margins, interval, predicted, differing))

    def checked(
        self,
        table: Table,
        *,
        refine: bool = False,
        degrees: bool = False,
        tolerance: tuple[float, float] | None = None,
    ) -> pandas.DataFrame:
        """Predict joints of an arm, and tell what each row's come to, as `nnrun predict` does.

        Refined joints put the hand where it was asked to be, if that can be reached within the
        tolerance, in millimetres and degrees.
        """
        wishes = Wishes(refine, degrees, tolerance)
        refuse(wishes.problems(self.own_metrics.checks))
        frame = as_frame(table, [column.name for column in self.knows.columns])
        cells, notes = self.cells(self.sheet_of(frame))
        warn_of(notes)
        answers, _ = self.checked_answers(cells, wishes)
        return beside(self.ids(frame), answers).set_index(frame.index)

    def checked_answers(
        self, cells: ndarray, wishes: Wishes, interval: float | None = None
    ) -> tuple[pandas.DataFrame, list[str]]:
        """Predict from cells, and check what can be checked; tell what a person should hear."""
        answers = self.answers(cells, interval)
        if not self.own_metrics.checks:
            return answers, []
        names = list(self.target_names)
        checked = self.own_metrics.check(cells, answers[names].to_numpy(), wishes)
        answers[names] = checked.predicted
        return answers.assign(**checked.columns), checked.notes

    def infer(self, cells: ndarray) -> ndarray:
        """Predict from cells: numbers and their deviations, or the probability of each class."""
        return self.mean_of(self.infer_each(cells))

    def mean_of(self, each: Sequence[ndarray]) -> ndarray:
        """Average what `infer_each` told, as sure as calibration found it to be."""
        return averaged(each, self, self.counts)

    def spread_of(self, each: Sequence[ndarray]) -> ndarray:
        """Tell how far apart lies what `infer_each` told."""
        return spread(each, self, self.counts)

    @property
    def counts(self) -> list[float] | None:
        """How much each of `infer_each` counts; None where alike."""
        return None

    @torch_as_usual()
    def infer_each(self, cells: ndarray) -> list[ndarray]:
        """Predict with each network by itself, and with each of its heads."""
        x = torch.from_numpy(self.inputs.apply(cells))
        with torch.inference_mode():
            said = [self.network(self.for_each(rows), None) for rows in x.split(CHUNK)]
        outputs = torch.cat(said, -2)
        terms = self.classes, self.target_names, self.targets, self.chances
        every = outputs.flatten(0, -3) if outputs.dim() > 2 else [outputs]
        return [as_predictions(of_one, *terms) for of_one in every]

    def for_each(self, rows: Tensor) -> Tensor:
        """Lay rows before each network of an ensemble: ([networks,] rows, features)."""
        return rows.expand(self.networks, *rows.shape) if self.networks > 1 else rows

    def asked(self, cells: ndarray, true: ndarray) -> ndarray:
        """Compute what the data set's own metrics want to know of rows."""
        return self.own_metrics.asked(cells, true)

    def measure(
        self,
        asked: ndarray,
        predicted: ndarray,
        true: ndarray,
        weights: ndarray | None = None,
    ) -> dict:
        """Compute every metric of rows, of which `asked` is known, and perhaps their weights."""
        return measure(self, asked, predicted, true, weights)

    def files(self) -> dict[str, bytes]:
        """Write the bundle as it lies in a folder."""
        # a weight that two layers share is written for each
        whole = torch.contiguous_format
        own = self.network.state_dict().items()
        tensors = {name: tensor.clone(memory_format=whole) for name, tensor in own}
        text = json.dumps(self.plain(), indent=1) + "\n"
        return {FILES[0]: save_tensors(tensors), FILES[1]: text.encode()}


def with_tensors(about: TrainedModel, tensors: Mapping[str, Tensor]) -> Bundle:
    """Give a trained model its tensors, ready to predict."""
    network = about.model.build(about.inputs.reads, about.outputs, Generator())
    if about.networks > 1:
        put(network, tensors)
    else:
        network.load_state_dict(tensors)
    network.eval()
    return Bundle(**vars(about), network=network)


def warn_of(notes: Sequence[str]) -> None:
    """Tell whoever called a method of a model what is to be heard of the rows."""
    for note in notes:
        warnings.warn(visible(note), stacklevel=3)


def refuse_gaps(sheet: Sheet, cells: ndarray, names: list[str]) -> None:
    """Refuse missing values where the model never learnt what to do with them."""
    # parts of a date have a name together
    gaps = list(dict.fromkeys((row, names[column]) for row, column in np.argwhere(np.isnan(cells))))
    if not gaps:
        return
    row, name = gaps[0]
    more = f", {len(gaps)} missing values in all" if len(gaps) > 1 else ""
    advice = "the model was trained without gaps: fill them, or train with dataset.missing=median"
    raise Mistake(Problem(sheet.at(row), None, f"column '{name}' is empty{more}", advice))
