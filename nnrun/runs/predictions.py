"""predictions.csv of a run, read as somebody else may have written it."""

import csv
from collections.abc import Collection, Sequence
from io import StringIO
from math import inf
from pathlib import Path
from typing import NamedTuple

from nnrun.errors import Mistake
from nnrun.reading.files import refusal
from nnrun.reading.plain import decoded
from nnrun.reading.proofs import read_proved, understood
from nnrun.runs.tables import FEW, is_number

PREDICTIONS = "predictions.csv"
FOLD, ROW = "fold", "row"
TRUE, PREDICTED, WEIGHT = "true_", "predicted", "weight"


class Predictions(NamedTuple):
    """The rows that judge a run, as texts: what is true of them, and what was predicted."""

    names: tuple[str, ...]  # of the targets
    rows: tuple[str, ...]  # by which they are called
    true: tuple[tuple[str, ...], ...]  # a column for each target
    predicted: tuple[tuple[str, ...], ...]
    sure: tuple[str, ...] = ()  # of classes: the probability of the one that was predicted
    weights: tuple[float, ...] = ()  # of rows that do not count alike

    @property
    def counted(self) -> list[float]:
        """What each row counts, 1 on average."""
        if not self.weights:
            return [1.0] * len(self.rows)
        each = len(self.weights) / sum(self.weights)
        return [each * weight for weight in self.weights]

    @property
    def judged_on(self) -> tuple:
        """Tell which rows these are; the same for all that are judged on them.

        Earlier versions kept few digits of what is true.
        """
        true = tuple(tuple(map(shortened, column)) for column in self.true)
        return self.rows, true, self.weights


def read_predictions(folder: Path) -> Predictions:
    """Read them, in the order in which they stand."""
    try:
        text = understood(folder / PREDICTIONS, read_proved(folder, PREDICTIONS), decoded)
    except FileNotFoundError:
        raise missing(folder) from None
    heading, *lines = cells_of(folder, text) or [[]]
    if not lines or any(len(line) != len(heading) for line in lines):
        raise refusal(folder / PREDICTIONS, "is no table of predictions")
    columns = dict(zip(heading, zip(*lines, strict=True), strict=True))
    true = [name for name in heading if name.startswith(TRUE)]
    predicted = [f"{PREDICTED}_{name.removeprefix(TRUE)}" for name in true]
    if PREDICTED in columns:
        predicted = [PREDICTED]
    lacking = [name for name in (ROW, *predicted) if name not in columns]
    if lacking or not true:
        raise refusal(folder / PREDICTIONS, f"has no column {(lacking or [TRUE])[0]}")
    return Predictions(
        tuple(name.removeprefix(TRUE) for name in true),
        columns[ROW],
        tuple(columns[name] for name in true),
        tuple(columns[name] for name in predicted),
        sureness(columns, columns[predicted[0]]),
        # in front of what is true stands what rows are called, which was any word once
        weights_in(folder, columns[WEIGHT] if WEIGHT in heading[heading.index(true[-1]) :] else ()),
    )


def id_heading(name: str, own: Collection[str]) -> str:
    """Name the column of ids, apart from those that such a table may have."""
    taken = name in own or name in (PREDICTED, WEIGHT) or name.startswith(TRUE)
    return f"id_{name}" if taken else name


def shortened(cell: str) -> str:
    """Keep the first digits of a number, and whatever is none."""
    return f"{float(cell):.{FEW}g}" if is_number(cell) else cell


def weights_in(folder: Path, told: Sequence[str]) -> tuple[float, ...]:
    """Read what rows count, if any of them does."""
    try:
        weights = tuple(map(float, told))
    except ValueError:
        weights = (-inf,)
    if told and not (all(0 <= weight < inf for weight in weights) and any(weights)):
        raise refusal(folder / PREDICTIONS, f"has a {WEIGHT} that none can be")
    return weights


def sureness(columns: dict[str, tuple[str, ...]], predicted: Sequence[str]) -> tuple[str, ...]:
    """Find the probability of what was predicted of each row; nothing where none was told."""
    named = [columns.get(f"p({name})") for name in predicted]
    return tuple(column[row] for row, column in enumerate(named) if column)


def cells_of(folder: Path, text: str) -> list[list[str]]:
    try:
        return [*csv.reader(StringIO(text))]
    except csv.Error as error:
        raise refusal(folder / PREDICTIONS, f"is no table ({error})") from None


def missing(folder: Path) -> Mistake:
    return refusal(folder / PREDICTIONS, "is not there")
