"""What people hand over to be predicted: a table, or rows in the order of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy import ndarray
from torch import Tensor

from nnrun.errors import Mistake, Problem, Problems, listing, refuse
from nnrun.parts.dataset.wording import counted, mistake_at

if TYPE_CHECKING:
    import pandas

    Table: TypeAlias = pandas.DataFrame | Mapping[str, Any] | Sequence | ndarray | Tensor


def as_frame(given: Table, names: Sequence[str]) -> pandas.DataFrame:
    """Make a frame of rows; those without names of columns are in the order of these."""
    import pandas

    if isinstance(given, pandas.DataFrame):
        return given
    if isinstance(given, Mapping):
        return frame_of_columns(given)
    if isinstance(given, Tensor):
        given = given.numpy(force=True)
    if not isinstance(given, Sequence | ndarray) or isinstance(given, str | bytes):
        wrong = f"is no table, but of type {type(given).__name__}"
        raise mistake_at("table", wrong, "give a pandas.DataFrame, or rows as lists or an array")
    rows = given.tolist() if isinstance(given, ndarray) else list(given)
    if rows and all(isinstance(row, Mapping) for row in rows):
        return pandas.DataFrame(rows)
    return pandas.DataFrame(values_of(rows, names), columns=list(names))


def frame_of_columns(columns: Mapping[str, Any]) -> pandas.DataFrame:
    """Make a frame of lists under the names of their columns."""
    import pandas

    try:
        return pandas.DataFrame(columns)
    except ValueError:
        advice = "give each column a list of the same length"
        raise mistake_at("table", "its columns are no lists of one length", advice) from None


def values_of(rows: Sequence, names: Sequence[str]) -> list[list]:
    """Take each row as a list of as many values as there are names."""
    values = []
    for place, row in enumerate(rows, 1):
        if not isinstance(row, Sequence | ndarray) or isinstance(row, str | bytes):
            raise no_rows(names)
        if len(row) != len(names):
            count = f"row {place} has {counted(len(row), 'value')}"
            raise mistake_at("table", f"{count}, the model was trained with {known(names)}")
        values.append(list(row))
    return values


def no_rows(names: Sequence[str]) -> Mistake:
    """Tell that values stand there which belong to no row."""
    wrong = f"is no list of rows, each with {known(names)}"
    return mistake_at("table", wrong, "for one row, put it in brackets: [row]")


def known(names: Sequence[str]) -> str:
    return f"{counted(len(names), 'column')} ({listing(names, 6)})"


def named_twice(names: Sequence[str]) -> Problems:
    """Find names that two columns would have."""
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    wrong = "is the name of two columns in what is predicted"
    advice = "keep other columns, or call it otherwise in the table"
    return [Problem(name, None, wrong, advice) for name in twice]


def beside(kept: Mapping[str, Any], answers: pandas.DataFrame) -> pandas.DataFrame:
    """Put answers behind columns of the table; those of the same name are called predicted."""
    import pandas

    renamed = {name: f"predicted_{name}" for name in answers if name in kept}
    answers = answers.rename(columns=renamed)
    refuse(named_twice([*kept, *answers]))
    columns = pandas.DataFrame({name: list(cells) for name, cells in kept.items()}, answers.index)
    return pandas.concat([columns, answers], axis=1)
