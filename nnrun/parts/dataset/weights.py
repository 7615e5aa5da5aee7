"""How much each row of a table counts: a column that says so, which is never learnt from."""

from collections.abc import Sequence

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems
from nnrun.parts.dataset.cells import Cells
from nnrun.parts.dataset.columns import not_numbers, too_large
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.wording import if_several, problem_at
from nnrun.parts.kinds import written


def read_weights(sheet: Sheet, name: str) -> tuple[ndarray | None, Problems]:
    """Read the weights of a column; none where there is no such column."""
    if not name:
        return None, []
    column = as_weight(sheet, name, "another dataset.weight")
    values, others = column.numbers()
    unfit = not_numbers(column, others) or too_large(column, values)
    advice = "fill it, or leave such rows out by dataset.missing=drop or dataset.missing=median"
    return values, unfit or unfit_weights(column, values, advice)


def as_weight(sheet: Sheet, name: str, remedy: str = "") -> Cells:
    """Take a column as weights."""
    return Cells(sheet, name, f"weight '{name}'", remedy)


def unfit_weights(column: Cells, values: ndarray, filling: str) -> Problems:
    """Find numbers that are no weights; what to do about gaps is another thing of new rows."""
    return missing(column, filling) or negative(column, values) or no_weight(column, values)


def missing(column: Cells, advice: str) -> Problems:
    """Find rows without a weight."""
    gaps = [row for row, text in enumerate(column.texts) if not text]
    if not gaps:
        return []
    told = f"{column.called} is empty{if_several(len(gaps))}"
    return [problem_at(column.sheet.at(gaps[0]), told, advice)]


def negative(column: Cells, values: ndarray) -> Problems:
    rows = np.flatnonzero(values < 0).tolist()
    if not rows:
        return []
    wrong = f"{column.texts[rows[0]]} is below 0{if_several(len(rows))}"
    return [column.problem_at(rows[0], wrong, "a row counts at least 0 times")]


def no_weight(column: Cells, values: ndarray) -> Problems:
    return (
        [] if values.any() else [column.problem("is 0 in every row", "give those that count more")]
    )


def weightless(weights: ndarray | None, parts: Sequence[tuple[str, ndarray]]) -> Problems:
    """Find parts of the rows in which none has a weight."""
    empty = [name for name, rows in parts if weights is not None and not weights[rows].any()]
    told = "is 0 in every {} row", "split the rows otherwise, or choose another column"
    return [Problem("dataset.weight", None, told[0].format(name), told[1]) for name in empty]


def joined(some: ndarray | None, more: ndarray | None) -> ndarray | None:
    """Put the weights of further rows behind."""
    return None if some is None or more is None else np.concatenate([some, more])


def weights_note(sheet: Sheet, name: str, weights: ndarray | None) -> list[str]:
    """Tell that rows count differently."""
    if weights is None:
        return []
    least, greatest = weights.min(), weights.max()
    return [f"{sheet.where}: rows count by '{name}' ({written(least)} to {written(greatest)})"]
