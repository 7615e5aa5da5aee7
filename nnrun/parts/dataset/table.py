"""Tables from files: what a person has in a CSV, TSV or Parquet file becomes inputs and targets."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from nnrun.errors import Problem, Problems, did_you_mean, listing, nearest, refuse
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.detect import DETECT
from nnrun.parts.dataset.gaps import (
    drop_gaps,
    drop_without_side,
    drop_without_target,
    drop_without_weight,
    empty_columns,
)
from nnrun.parts.dataset.held_out import HeldOutFile
from nnrun.parts.dataset.sheet import DROP, REFUSE, Sheet, is_parquet, read_sheet
from nnrun.parts.dataset.table_rows import TableRows
from nnrun.parts.dataset.target import as_target
from nnrun.parts.dataset.tidying import without_odd_targets, without_total
from nnrun.parts.dataset.units import Units, unit_found, unit_note, without_units
from nnrun.parts.dataset.wording import as_list, problem_at
from nnrun.parts.interface import Dataset, Reasons, part
from nnrun.parts.kinds import Fraction, Names, Natural

USUAL = "."  # the sign of decimals, where nothing else is said or shown
ADDED = {
    "unseen": 0.0,
    "rare": 0,
    "flag_gaps": 0,
    "dates": "refuse",
    "id": "",
    "weight": "",
    "order": (),
    "unfit": REFUSE,
}  # of tables, since 0.1.0


@part
class Table(Dataset):
    """Rows of a CSV, TSV or Parquet file."""

    path: str
    target: str | Names
    task: Literal["auto", "regression", "classification"]
    missing: Literal["refuse", "drop", "median"]
    categorical: Names
    drop: Names
    missing_values: Names
    delimiter: str
    decimal: Literal[".", ",", "detect"]
    encoding: str
    unseen: Fraction
    rare: Natural
    flag_gaps: Natural
    dates: Literal["refuse", "parts", "day_first", "month_first"]
    id: str
    weight: str
    order: Names
    unfit: Literal["refuse", "drop"]
    test_path: str | None
    added = MappingProxyType({**ADDED, "test_path": None})
    of_columns = True

    def without_effect(self) -> Reasons:
        none: Reasons = flags_beside(self.missing)
        if self.test_path is not None:
            told = "dataset.test_path holds the test rows", "leave it out"
            none["dataset.split.test"] = told
        if all(map(is_parquet, self.paths)):
            no_text = "a Parquet file is no text", "leave it out"
            written = {"dataset.delimiter": self.delimiter, "dataset.encoding": self.encoding}
            none |= {key: no_text for key, sign in written.items() if sign != DETECT}
        return none

    @property
    def tests_apart(self) -> bool:
        return self.test_path is not None

    @property
    def paths(self) -> list[str]:
        """The files that it reads."""
        return [path for path in (self.path, self.test_path) if path is not None]

    @property
    def hidden(self) -> float:
        return self.unseen

    def load(self) -> Data:
        return self.open({}).whole()

    def open(self, apart: Mapping[str, str]) -> TableRows:
        """Read the rows of the file."""
        refuse(unfit_settings(self))
        written = self.delimiter, self.encoding, self.decimal
        sheet = read_sheet(self.path, *written, unfit=self.unfit)
        rows = self.rows_of(sheet, Path(self.path).stem, apart)
        if self.test_path is None:
            return rows
        test = read_sheet(self.test_path, *written, "dataset.test_path", self.unfit)
        met = self.missing_values, self.missing, self.drop, self.unfit
        return replace(rows, held_out=HeldOutFile(test, rows.sheet.decimal, *met))

    def rows_of(self, sheet: Sheet, title: str, apart: Mapping[str, str]) -> TableRows:
        """Take the rows of a sheet that can be learnt from; what they hold is told later."""
        sheet = sheet.with_signs(self.missing_values, USUAL, self.dates)
        refuse(unfit_names(self, sheet, apart))
        sheet, summed = without_total(sheet) if self.unfit == DROP else (sheet, [])
        sheet, units, told = self.targets_tidied(sheet)
        names, empty = self.without_empty(sheet, self.input_names(sheet, apart))
        sheet, left_out = self.without_gaps(sheet, names, apart)
        notes = [*summed, *told, *empty, *left_out]
        return TableRows(self, title, sheet, names, apart, notes, units=units)

    def targets_tidied(self, sheet: Sheet) -> tuple[Sheet, Units, list[str]]:
        """Take units and odd cells out of targets that are to be numbers; tell of each."""
        if self.unfit == REFUSE or self.task == "classification" or self.order:
            return sheet, {}, []
        wanted = [name for name in self.targets if name not in self.categorical]
        columns = [as_target(sheet, name) for name in wanted]
        found = {
            column.name: unit for column in columns if (unit := unit_found(column)) is not None
        }
        told = [unit_note(column, found[column.name]) for column in columns if column.name in found]
        sheet = without_units(sheet, found)
        if self.missing == "refuse":
            return sheet, found, told
        sheet, emptied = without_odd_targets(sheet, wanted)
        return sheet, found, [*told, *emptied]

    def without_empty(self, sheet: Sheet, names: list[str]) -> tuple[list[str], list[str]]:
        """Leave out or refuse the columns without any value; tell which."""
        empty = empty_columns(sheet, names)
        if self.unfit == REFUSE:
            return names, []
        filled = [name for name in names if any(sheet.cells[name])]
        return filled, [f"{problem.key}: {problem.wrong}; it is left out" for problem in empty]

    def input_names(self, sheet: Sheet, apart: Mapping[str, str]) -> list[str]:
        """List the columns to learn from."""
        others = {*self.targets, *self.drop, *apart.values(), self.id, self.weight}
        return [name for name in sheet.names if name not in others]

    def without_gaps(
        self, sheet: Sheet, names: list[str], apart: Mapping[str, str]
    ) -> tuple[Sheet, list[str]]:
        """Leave out the rows that cannot or shall not be learnt from, with a note on them."""
        left_out: list[str] = []
        weighed = [self.weight] if self.weight else []
        if self.missing == "median":
            advice = "choose another dataset.target"
            sheet, without_target = drop_without_target(sheet, self.targets, advice)
            sheet, without_side = drop_without_side(sheet, [*apart.values()])
            sheet, without_weight = drop_without_weight(sheet, weighed)
            left_out = [*without_target, *without_side, *without_weight]
        if self.unfit == REFUSE:
            refuse(empty_columns(sheet, names))
        if self.missing == "drop":
            needed = [*names, *self.targets, *apart.values(), *weighed]
            sheet, left_out = drop_gaps(sheet, needed)
        return sheet, left_out

    @property
    def targets(self) -> Names:
        return (self.target,) if isinstance(self.target, str) else self.target


def flags_beside(missing: str) -> Reasons:
    """Tell that no gap is flagged where none is filled."""
    if missing == "median":
        return {}
    return {"dataset.flag_gaps": (f"dataset.missing={missing} fills no gap", "leave it out")}


def unfit_settings(table: Table) -> Problems:
    """Find what is wrong whatever the file holds."""
    names, several = table.targets, len(table.targets) > 1
    problems = []
    if not table.path:
        problems.append(
            problem_at("dataset.path", "is not set", "give a .csv, .tsv or .parquet file")
        )
    if not names or not all(names):
        wanted = "give the name of the column to predict"
        problems.append(problem_at("dataset.target", "is not set", wanted))
    if several and table.task == "classification":
        wrong = f"wants one target, but dataset.target names {len(names)}"
        problems.append(Problem("dataset.task", table.task, wrong, "give one"))
    for name in dict.fromkeys(names):
        problems += unfit_target(table, name)
    return problems + columns_beside(names) + unfit_order(table)


def columns_beside(names: Names) -> Problems:
    """Find targets with the name of a column that may stand beside the prediction of another."""
    beside = {f"{word}_{name}": name for name in names for word in ("deviation", "spread")}
    advice = "call it otherwise in the file"
    return [
        problem_at("dataset.target", f"'{word}' is what is told beside '{name}'", advice)
        for word, name in beside.items()
        if word in names
    ]


def unfit_order(table: Table) -> Problems:
    """Find what is wrong with an order of classes."""
    given, order = as_list(*table.order), table.order
    if not order:
        return []
    if table.task == "regression" or len(table.targets) > 1:
        wrong, advice = "is of classes, where numbers are to be predicted", "leave it out"
        return [Problem("dataset.order", given, wrong, advice)]
    twice = [name for name in dict.fromkeys(order) if order.count(name) > 1]
    return [Problem("dataset.order", given, f"names {name!r} twice") for name in twice]


def unfit_target(table: Table, name: str) -> Problems:
    """Find what is wrong with one of the targets' names."""
    problems, times = [], table.targets.count(name)
    if times > 1:
        problems.append(
            problem_at("dataset.target", f"'{name}' is named {times} times", "name it once")
        )
    if name in table.drop:
        advice = "take it out of dataset.drop"
        problems.append(problem_at("dataset.drop", f"'{name}' is the target", advice))
    for key, other in (("dataset.id", table.id), ("dataset.weight", table.weight)):
        if name and name == other:
            advice = "choose another column"
            problems.append(problem_at(key, f"'{name}' is the target", advice))
    if name in table.categorical and (len(table.targets) > 1 or table.task == "regression"):
        wrong = f"'{name}' is a target, to be predicted as a number"
        advice = (
            "take it out of dataset.categorical, or set dataset.task=classification for it alone"
        )
        problems.append(problem_at("dataset.categorical", wrong, advice))
    return problems


def unfit_names(table: Table, sheet: Sheet, apart: Mapping[str, str]) -> Problems:
    """Find names in the settings that the file does not have, or that leave nothing as input."""
    settings = {
        "dataset.target": table.targets,
        "dataset.drop": table.drop,
        "dataset.categorical": table.categorical,
        **{key: (name,) for key, name in apart.items()},
        "dataset.id": (table.id,) if table.id else (),
        "dataset.weight": (table.weight,) if table.weight else (),
    }
    problems = [
        no_column(key, name, sheet)
        for key, names in settings.items()
        for name in names
        if name not in sheet.cells
    ]
    for key, name in apart.items():
        problems += unfit_apart(table, key, name)
    if not problems and not table.input_names(sheet, apart):
        return [no_input(table, sheet)]
    return problems


def no_input(table: Table, sheet: Sheet) -> Problem:
    """Tell that every column is the target, is dropped, or has another use."""
    if table.drop:
        wrong, advice = "leaves no column as input", "drop fewer of them"
        return Problem("dataset.drop", as_list(*table.drop), wrong, advice)
    columns = listing(sheet.names)
    return problem_at(sheet.where, f"no column is left as input (columns: {columns})")


def unfit_apart(table: Table, key: str, name: str) -> Problems:
    """Find other uses of a column by which rows are split, and which is not learnt from."""
    if name in table.targets:
        return [Problem(key, name, "is the target", "choose another column")]
    if name in table.categorical:
        wrong = f"'{name}' is no input, as {key} splits the rows by it"
        return [problem_at("dataset.categorical", wrong, "take it out")]
    return []


def no_column(key: str, name: str, sheet: Sheet) -> Problem:
    """Tell which columns there are instead."""
    columns = (f'"{column}"' if "," in column else column for column in sheet.names)
    wrong = f"no column '{name}' among {listing(columns)}"
    return problem_at(key, wrong, did_you_mean(nearest(name, sheet.names)))
