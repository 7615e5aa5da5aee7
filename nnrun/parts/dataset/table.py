"""Tables from files: what a person has in a CSV, TSV or Parquet file becomes inputs and targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from nnrun.errors import Mistake, did_you_mean, listing, nearest
from nnrun.parts.dataset.columns import Cells, Reading, read_again, read_categories, read_input
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.gaps import (
    drop_gaps,
    filled_later,
    gaps_in_inputs,
    gaps_in_target,
    refuse_empty_columns,
)
from nnrun.parts.dataset.sheet import Sheet, read_sheet
from nnrun.parts.dataset.target import (
    as_one_of_several,
    as_target,
    read_classes,
    read_quantity,
    read_whichever,
)
from nnrun.parts.interface import Dataset


@dataclass(frozen=True)
class Table(Dataset):
    """Rows of a CSV, TSV or Parquet file."""

    path: str
    target: str | tuple[str, ...]
    task: Literal["auto", "regression", "classification"]
    missing: Literal["refuse", "drop", "median"]
    categorical: tuple[str, ...]
    drop: tuple[str, ...]
    missing_values: tuple[str, ...]
    delimiter: str
    decimal: Literal[".", ","]
    encoding: str

    def load(self) -> Data:
        """The rows of the file."""
        refuse_settings(self)
        return self.read(
            read_sheet(self.path, self.delimiter, self.encoding), title=Path(self.path).stem
        )

    def read(self, sheet: Sheet, title: str) -> Data:
        """The rows of a sheet; with missing=median a gap stays NaN, since the training rows are not known yet."""
        sheet = sheet.blank(self.missing_values)
        refuse_names(self, sheet)
        names = [name for name in sheet.names if name not in (*self.targets, *self.drop)]
        refuse_empty_columns(sheet, names)
        sheet, left_out = (
            drop_gaps(sheet, [*names, *self.targets]) if self.missing == "drop" else (sheet, [])
        )
        inputs = [self.read_input(sheet, name) for name in names]
        targets = [self.read_target(sheet, name) for name in self.targets]
        gaps = gaps_in_inputs(sheet, names) if self.missing == "refuse" else []
        refuse([*inputs, *targets], gaps)
        notes = (*sheet.notes, *left_out, *filled_later(sheet, names), *said([*inputs, *targets]))
        return Data(
            title=title,
            columns=tuple(
                Column(name, reading.levels) for name, reading in zip(names, inputs, strict=True)
            ),
            inputs=np.column_stack([reading.values for reading in inputs]),
            target_names=self.targets,
            targets=together(targets),
            classes=targets[0].levels,
            task="classification" if targets[0].levels else "regression",
            notes=notes,
        )

    @property
    def targets(self) -> tuple[str, ...]:
        return (self.target,) if isinstance(self.target, str) else self.target

    def read_input(self, sheet: Sheet, name: str) -> Reading:
        return (
            read_categories(sheet, name)
            if name in self.categorical
            else read_input(sheet, name, self.decimal)
        )

    def read_target(self, sheet: Sheet, name: str) -> Reading:
        gaps = gaps_in_target(sheet, name, "remove such rows or set dataset.missing=drop")
        if gaps:
            return Reading(np.empty(0), problems=gaps)
        if len(self.targets) > 1:
            return read_quantity(as_one_of_several(sheet, name), self.decimal)
        target, as_text = as_target(sheet, name), name in self.categorical
        if self.task == "regression":
            return read_quantity(target, self.decimal)
        if self.task == "classification" or as_text:
            return read_classes(target, self.decimal, as_text)
        return read_whichever(target, self.decimal)


def refuse_settings(table: Table) -> None:
    """What is wrong whatever the file holds."""
    names, several = table.targets, len(table.targets) > 1
    problems = []
    if not table.path:
        problems.append("dataset.path: is not set; give a .csv, .tsv or .parquet file")
    if not names or not all(names):
        problems.append("dataset.target: is not set; give the name of the column to predict")
    if several and table.task == "classification":
        problems.append(
            f"dataset.task: classification has one target, dataset.target names {len(names)}; give one"
        )
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problems.append(
                f"dataset.target: '{name}' is named {names.count(name)} times; name it once"
            )
        if name in table.drop:
            problems.append(f"dataset.drop: '{name}' is the target; take it out of dataset.drop")
        if name in table.categorical and (several or table.task == "regression"):
            problems.append(
                f"dataset.categorical: '{name}' is a target of regression; take it out of one of the two"
            )
    if problems:
        raise Mistake(*problems)


def refuse_names(table: Table, sheet: Sheet) -> None:
    """Every column that the settings name is in the file, and one is left as input."""
    asked = {"target": table.targets, "drop": table.drop, "categorical": table.categorical}
    problems = [
        no_column(key, name, sheet)
        for key, names in asked.items()
        for name in names
        if name not in sheet.cells
    ]
    if not problems and not set(sheet.names) - {*table.targets, *table.drop}:
        problems = [f"{sheet.where}: no column is left as input (columns: {listing(sheet.names)})"]
    if problems:
        raise Mistake(*problems)


def no_column(key: str, name: str, sheet: Sheet) -> str:
    hint = did_you_mean(nearest(name, sheet.names))
    return f"dataset.{key}: no column '{name}'; columns: {listing(sheet.names)}" + (
        f"; {hint}" if hint else ""
    )


def refuse(readings: Sequence[Reading], gaps: Sequence[str] = ()) -> None:
    """All that is wrong with the columns is told at once."""
    problems = [problem for reading in readings for problem in reading.problems] + list(gaps)
    if problems:
        raise Mistake(*problems)


def said(readings: Sequence[Reading]) -> list[str]:
    return [note for reading in readings for note in reading.notes]


def together(targets: Sequence[Reading]) -> np.ndarray:
    """Class positions as (rows,) int64, or quantities as (rows, targets)."""
    if targets[0].levels:
        return targets[0].values.astype(np.int64)
    return np.column_stack([reading.values for reading in targets])


# New rows


def read_inputs(
    sheet: Sheet,
    columns: tuple[Column, ...],
    decimal: str = ".",
    missing_values: tuple[str, ...] = (),
    aside: tuple[str, ...] = (),
) -> tuple[np.ndarray, list[str]]:
    """The inputs of new rows, in the order of training, and notes; `aside` names columns that are read elsewhere."""
    sheet = sheet.blank(missing_values)
    names = [column.name for column in columns]
    refuse_absent(sheet, names)
    called = {name: Cells(sheet, name, f"column '{name}'") for name in names}
    readings = [read_again(called[column.name], column.levels, decimal) for column in columns]
    refuse(readings)
    inputs = np.column_stack([reading.values for reading in readings])  # (rows, columns)
    return inputs, [*sheet.notes, *other_columns(sheet, names, aside)]


def read_targets(
    sheet: Sheet,
    names: tuple[str, ...],
    classes: tuple[str, ...],
    decimal: str = ".",
    missing_values: tuple[str, ...] = (),
) -> np.ndarray:
    """The targets of new rows: (rows,) int64 positions in the classes, or (rows, targets) where there are none."""
    sheet = sheet.blank(missing_values)
    refuse_absent(sheet, names)
    gaps = [line for name in names for line in gaps_in_target(sheet, name, "remove such rows")]
    readings = [
        read_again(Cells(sheet, name, f"target '{name}'"), classes, decimal) for name in names
    ]
    refuse(readings, gaps)
    return together(readings)


def refuse_absent(sheet: Sheet, names: Sequence[str]) -> None:
    """New rows have every column of training."""
    problems = []
    for name in names:
        if name not in sheet.cells:
            hint = did_you_mean(
                nearest(name, [other for other in sheet.names if other not in names])
            )
            told = f"{sheet.where}: column '{name}' is missing (the model was trained with {listing(names)})"
            problems.append(f"{told}; {hint}" if hint else told)
    if problems:
        raise Mistake(*problems)


def other_columns(sheet: Sheet, names: Sequence[str], aside: Sequence[str]) -> list[str]:
    """The note on columns that training did not have, or had in another order."""
    extra = [name for name in sheet.names if name not in {*names, *aside}]
    ordered = [name for name in sheet.names if name in names] == list(names)
    parts = []
    if extra:
        parts.append(
            f"ignoring {len(extra)} extra column{'s' if len(extra) > 1 else ''} ({listing(extra)})"
        )
    if not ordered:
        parts.append("order differs from training, matched by name")
    return [f"{sheet.where}: {'; '.join(parts)}"] if parts else []
