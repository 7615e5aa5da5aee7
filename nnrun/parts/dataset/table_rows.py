"""The rows of a table: which of them train is settled first, and these say what columns hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems, listing, refuse
from nnrun.parts.dataset.columns import (
    Reading,
    as_input,
    as_targets,
    problems_of,
    read_categories,
    read_input,
)
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.dates import Dates, find_dates, names_of_parts, with_dates
from nnrun.parts.dataset.detect import DETECT
from nnrun.parts.dataset.gaps import (
    empty_in_training,
    filled_later,
    gaps_by_which_rows_are_split,
    gaps_in_inputs,
    gaps_in_target,
)
from nnrun.parts.dataset.held_out import HeldOutFile
from nnrun.parts.dataset.sheet import DROP, REFUSE, Sheet
from nnrun.parts.dataset.source import Source
from nnrun.parts.dataset.split import (
    Split,
    SplitRows,
    named_rows,
    split,
    split_beside_test_rows,
    too_rare,
    with_known_classes,
)
from nnrun.parts.dataset.split_columns import unused
from nnrun.parts.dataset.target import (
    ALONE,
    OF_SEVERAL,
    as_target,
    read_classes,
    read_ordered,
    read_quantity,
    read_whichever,
)
from nnrun.parts.dataset.tidying import Wanted, tidied
from nnrun.parts.dataset.units import Units
from nnrun.parts.dataset.weights import read_weights, weightless, weights_note
from nnrun.parts.dataset.wording import EXAMPLES, counted, problem_at

if TYPE_CHECKING:
    from nnrun.parts.dataset.table import Table

MOST = 20  # problems or notes on columns that a person may read
Deciding = list[int] | None  # rows by which columns are read; None for all of them
Folds = dict[int, tuple[Data, SplitRows]]


@dataclass(frozen=True)
class Inputs:
    """The columns to learn from, as some rows say."""

    columns: Sequence[str]
    readings: Sequence[Reading]
    dates: Dates
    undated: Problems

    @property
    def problems(self) -> Problems:
        found = [*self.undated, *problems_of(self.readings)]
        rest = len(found) - MOST
        more = [problem_at("", f"{counted(rest, 'more problem')} of columns")] if rest > 0 else []
        return [*found[:MOST], *more]

    @property
    def notes(self) -> list[str]:
        return first_few([note for reading in self.readings for note in reading.notes if note])


def first_few(notes: Sequence[str]) -> list[str]:
    """Keep as many notes on columns as a person may read."""
    rest = len(notes) - MOST
    return [*notes[:MOST], *([f"{counted(rest, 'more note')} on columns"] if rest > 0 else [])]


@dataclass(frozen=True)
class TableRows(Source):
    """Rows that can be learnt from, as text; with missing=median some have gaps."""

    table: Table
    title: str
    sheet: Sheet
    names: list[str]  # of the columns to learn from
    apart: Mapping[str, str]  # columns by which rows are split, by the settings that name them
    left_out: Sequence[str]  # notes on rows that cannot be learnt from
    held_out: HeldOutFile | None = None
    # columns that are categories whatever they look like, and below how many rows one is rare
    categories: Mapping[str, int] = field(default_factory=dict)
    units: Units = field(default_factory=dict)  # that were taken out of the cells
    folds: dict[Split, Folds] = field(default_factory=dict, init=False)  # what was cut already

    def whole(self) -> Data:
        """Give the rows as all of them say."""
        targets = self.read_targets(None)
        self.refuse_all(targets, None)
        data = self.with_inputs(self.with_targets(targets), None)
        return self.held_out.added_to(data) if self.held_out else data

    def undivided(self, shares: Split) -> Data:
        return self.without_rare_classes(shares).whole()

    def parted(self, shares: Split) -> tuple[Data, SplitRows]:
        if shares.many_folds and self.table.unfit == DROP:
            return self.cut_alike(replace(shares, fold=None))[shares.held_out[1]]
        return self.without_rare_classes(shares).cut(shares)

    def cut_alike(self, shares: Split) -> Folds:
        """Cut the rows into folds that read the same columns; those of some folds alone go."""
        if shares not in self.folds:
            rows = self.without_rare_classes(shares)
            folds = rows.cut_all(shares)
            if unlike := read_unlike([data for data, _ in folds.values()]):
                folds = rows.without_unlike(unlike, f"{shares.fold_word}s").cut_all(shares)
            self.folds[shares] = folds
        return self.folds[shares]

    def cut_all(self, shares: Split) -> Folds:
        return {fold.held_out[1]: self.cut(fold) for fold in shares.each_fold}

    def without_unlike(self, unlike: Collection[str], folds: str) -> TableRows:
        """Leave out columns that not every fold can read, or that each would read otherwise."""
        gone = {name for name in self.names if name in unlike or is_dated(name, unlike)}
        told = f"{self.sheet.where}: {named(sorted(gone))} not read alike in all {folds}; left out"
        return self.with_columns([name for name in self.names if name not in gone], [told])

    def with_columns(self, names: Sequence[str], notes: Sequence[str]) -> TableRows:
        """Keep some of the columns to learn from, with notes on the others."""
        gone = {*self.table.input_names(self.sheet, self.apart)} - {*names}
        sheet = self.sheet.only(name for name in self.sheet.names if name not in gone)
        left_out = [*self.left_out, *first_few(notes)]
        return replace(self, sheet=sheet, names=[*names], left_out=left_out)

    def cut(self, shares: Split) -> tuple[Data, SplitRows]:
        deciding = None if self.unsplit else self.named_to_train(shares)
        # all folds are of one task, however few rows train one of them
        targets = self.read_targets(deciding, None if shares.many_folds else deciding)
        if self.unfit or problems_of(targets):
            self.refuse_all(targets, deciding)
        without_inputs = self.with_targets(targets)
        if self.held_out:
            return self.parted_beside(without_inputs, shares, self.held_out)
        rows = with_known_classes(without_inputs, split(without_inputs, shares))
        return self.with_inputs(without_inputs, rows.train.tolist()), rows

    def parted_beside(
        self, data: Data, shares: Split, held_out: HeldOutFile
    ) -> tuple[Data, SplitRows]:
        """Split the rows, and add those that test."""
        own = with_known_classes(data, split_beside_test_rows(data, shares))
        whole = held_out.added_to(self.with_inputs(data, own.train.tolist()))
        rows = replace(own, test=np.arange(whole.own_rows, whole.rows))
        refuse(weightless(whole.weights, rows.items()))
        return whole, rows

    def named_to_train(self, shares: Split) -> Deciding:
        """List the rows that a column has train; None where rows are drawn, which takes targets."""
        for name in self.apart.values():
            return named_rows(self.sheet, shares, name).train.tolist()
        return None

    # What is wrong whichever rows train

    @cached_property
    def weights(self) -> tuple[ndarray | None, Problems]:
        return read_weights(self.sheet, self.table.weight)

    @cached_property
    def unsplit(self) -> Problems:
        return gaps_by_which_rows_are_split(self.sheet, [*self.apart.values()])

    @property
    def unfit(self) -> Problems:
        refused = self.table.missing == "refuse"
        gaps = gaps_in_inputs(self.sheet, self.names) if refused else []
        return [*gaps, *self.unsplit, *self.weights[1]]

    def refuse_all(self, targets: Sequence[Reading], deciding: Deciding) -> None:
        """Refuse all that is wrong with the table, at once."""
        inputs = self.tidy(deciding).read_inputs(deciding)
        refuse([*inputs.problems, *problems_of(targets), *self.unfit])

    # What is left out

    def tidy(self, deciding: Deciding) -> TableRows:
        """Leave out what cannot be learnt from, where that is wanted."""
        table = self.table
        if table.unfit == REFUSE:
            return self
        dates, fills = table.dates != REFUSE, table.missing == "median"
        wanted = Wanted(table.categorical, table.rare, dates, fills)
        found = tidied(self.sheet, self.names, wanted, deciding)
        if not found.names:
            where, advice = self.sheet.where, f"set dataset.unfit={REFUSE}, which leaves none out"
            why = [note.removeprefix(f"{where}: ") for note in found.notes[:1]]
            left = "no column is left to learn from"
            refuse([problem_at(where, f"{left} ({note})", advice) for note in why])
        units = {**self.units, **found.units}
        rows = replace(self, sheet=found.sheet, categories=found.categories, units=units)
        return rows.with_columns(found.names, found.notes)

    def without_rare_classes(self, shares: Split) -> TableRows:
        """Leave out the rows of classes that cannot have one in each part."""
        if self.table.unfit == REFUSE or self.apart:
            return self
        target, *others = self.read_targets(None)
        if others or not target.levels or target.problems:
            return self
        rare = too_rare(target.values.astype(int), target.levels, shares)
        if not rare:
            return self
        kept = [place not in rare for place in target.values.tolist()]
        few = listing([repr(target.levels[place]) for place in rare], EXAMPLES)
        left_out = f"{self.sheet.where}: left out {counted(kept.count(False), 'row')}"
        told = f"{left_out} of {few}, as each part needs a row of a class"
        return replace(self, sheet=self.sheet.keep(kept), left_out=[*self.left_out, told])

    # Reading

    def read_targets(self, deciding: Deciding, telling: Deciding = None) -> list[Reading]:
        """Read what some rows decide, of the task that others may tell."""
        return [self.read_target(name, deciding, telling) for name in self.table.targets]

    def read_target(self, name: str, deciding: Deciding, telling: Deciding) -> Reading:
        table, sheet = self.table, self.sheet
        gaps = gaps_in_target(sheet, name)
        if gaps:
            return Reading(np.empty(0), problems=gaps)
        if len(table.targets) > 1:
            return read_quantity(as_target(sheet, name, OF_SEVERAL, deciding))
        target = as_target(sheet, name, ALONE, deciding)
        as_text = name in table.categorical
        if table.order:
            return read_ordered(target, table.order)
        if table.task == "regression":
            return read_quantity(target)
        if table.task == "classification" or as_text:
            return read_classes(target, as_text)
        return read_whichever(target, as_target(sheet, name, ALONE, telling))

    def read_inputs(self, deciding: Deciding) -> Inputs:
        dates, undated = self.find_dates(deciding)
        dated, _ = with_dates(self.sheet, dates)
        columns = self.table.input_names(dated, self.apart)
        readings = [self.read_input(dated, name, dates, deciding) for name in columns]
        return Inputs(columns, readings, dates, undated)

    def find_dates(self, deciding: Deciding) -> tuple[Dates, Problems]:
        """Find the columns of dates, where these are wanted."""
        if self.table.dates == "refuse":
            return {}, []
        texts = {*self.table.categorical, *self.categories}
        names = [name for name in self.names if name not in texts]
        return find_dates(self.sheet, names, deciding)

    def read_input(self, sheet: Sheet, name: str, dates: Dates, deciding: Deciding) -> Reading:
        column = as_input(sheet, name, deciding)
        if name in names_of_parts(dates):
            return Reading(column.numbers()[0])
        if not column.filled:
            return Reading(np.empty(0), problems=empty_in_training(sheet, name))
        if name in self.categories:
            return read_categories(column, self.categories[name])
        read = read_categories if name in self.table.categorical else read_input
        return read(column, self.table.rare)

    # What comes of it

    def with_targets(self, targets: Sequence[Reading]) -> Data:
        """Give the rows without what is learnt from, of which some may train."""
        table, sheet, (weights, _) = self.table, self.sheet, self.weights
        classes = targets[0].levels
        return Data(
            title=self.title,
            columns=(),
            inputs=np.empty((sheet.rows, 0)),
            target_names=table.targets,
            targets=as_targets(targets),
            classes=classes,
            unseen_classes=targets[0].unseen,
            numbers=sheet.numbers,
            apart=sheet.only(self.apart.values()) if self.apart else None,
            notes=tuple(note for reading in targets for note in reading.notes if note),
            ids=sheet.cells.get(table.id, ()),
            id_name=table.id,
            weights=weights,
            weight_name=table.weight,
            origins=sheet.origins,
            ordered=bool(table.order),
            task="classification" if classes else "regression",
        )

    def with_inputs(self, data: Data, deciding: Deciding) -> Data:
        """Give the rows with what is learnt from, as some of them say."""
        return self.tidy(deciding).with_read_inputs(data, deciding)

    def with_read_inputs(self, data: Data, deciding: Deciding) -> Data:
        inputs = self.read_inputs(deciding)
        refuse(inputs.problems)
        before = *self.sheet.notes, *self.left_out, *filled_later(self.sheet, self.names)
        levelled = [
            name for name, read in zip(inputs.columns, inputs.readings, strict=True) if read.levels
        ]
        parts = [] if self.apart else unused(self.sheet, levelled)
        weighed = weights_note(self.sheet, self.table.weight, data.weights)
        flagged = self.flagged(inputs, deciding)
        told = [f"'{inputs.columns[place]}'" for place in flagged]
        of_gaps = (
            [f"{self.sheet.where}: the network is told of gaps in {listing(told)}"] if told else []
        )
        return replace(
            data,
            columns=tuple(map(column_of, inputs.columns, inputs.readings)),
            inputs=np.column_stack([reading.values for reading in inputs.readings]),
            notes=(*before, *inputs.notes, *of_gaps, *parts, *data.notes, *weighed),
            reading=self.reading(inputs.dates),
            fills_gaps=self.table.missing == "median",
            flagged=flagged,
        )

    def flagged(self, inputs: Inputs, deciding: Deciding) -> tuple[int, ...]:
        """List the places of the columns whose gaps are told, as some rows have enough of them.

        Of columns that lack the same rows the first tells.
        """
        least = self.table.flag_gaps
        if not least:
            return ()
        rows = slice(None) if deciding is None else deciding
        first: dict[bytes, int] = {}
        for place, reading in enumerate(inputs.readings):
            gaps = np.isnan(reading.values[rows])
            if gaps.sum() >= least:
                first.setdefault(gaps.tobytes(), place)
        return tuple(first.values())

    def reading(self, dates: Dates) -> dict[str, Any]:
        """Tell what new rows need to be read alike, beside the settings of the table."""
        told: dict[str, Any] = {"dates": {name: column.plain() for name, column in dates.items()}}
        if self.table.decimal == DETECT:
            told |= {"decimal": self.sheet.decimal, "decimal_found": True}
        if self.table.unfit == DROP:
            told["unfit"] = DROP
        if self.units:
            told["units"] = dict(self.units)
        return told


def read_unlike(folds: Sequence[Data]) -> set[str]:
    """Name the columns that are not numbers of one unit, or categories, to every fold."""
    kinds = [set(map(partial(kind_of, data.reading), data.columns)) for data in folds]
    in_some, in_all = set.union(*kinds), set.intersection(*kinds)
    return {name for name, *_ in in_some - in_all}


def kind_of(reading: Mapping[str, Any], column: Column) -> tuple[str, bool, str | None]:
    """Tell as what a column is read."""
    return column.name, bool(column.levels), reading.get("units", {}).get(column.name)


def is_dated(name: str, unlike: Collection[str]) -> bool:
    """Tell whether a part of a date stands among the columns."""
    return any(one.startswith(f"{name}.") for one in unlike)


def named(names: Sequence[str]) -> str:
    """Write which columns are meant: column 'age' is, columns 'age', 'town' are."""
    shown = listing(map(repr, names), EXAMPLES)
    return f"column {shown} is" if len(names) == 1 else f"columns {shown} are"


def column_of(name: str, reading: Reading) -> Column:
    return Column(name, reading.levels, reading.rare)
