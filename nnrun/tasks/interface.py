"""What a task decides, with the answers of one that predicts numbers.

No other module asks which tasks there are: whoever has data looks their task up by
`tasks.of(data.task)`. A sweep may ask it for

    scores     the numbers by which epochs and members may be ranked; the first, unless one is named
    headlines  the metrics that tables show, by their paths in summary.json
    race       whether members race for a goal on the map of their data set, a step in each epoch

and `tasks.headlines_in` finds which of these the metrics of a summary.json have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy import ndarray

from nnrun.bundle.metrics import taken
from nnrun.bundle.scores import Score
from nnrun.parts.kinds import Names
from nnrun.report.metric_tables import ROWS
from nnrun.report.verdict import deviation_of_mean
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.tables import Column, exact

if TYPE_CHECKING:
    from torch import Tensor

    from nnrun.bundle.bundle import Bundle
    from nnrun.parts.dataset.data import Data
    from nnrun.parts.dataset.split import SplitRows
    from nnrun.parts.interface import Dataset, Loss, OwnMetrics
    from nnrun.parts.model.saved import TrainedModel
    from nnrun.report.pages.redrawn.task_drawing import TaskDrawing
    from nnrun.report.pictures.figure import Rows

Drawings = dict[str, Callable[[], bytes]]  # what draws each picture, by the name of its file


@dataclass(frozen=True)
class FinishedRun:
    """A training that is over, as its verdict and its pictures see it."""

    title: str
    score: Score
    dataset: Dataset
    data: Data
    rows: SplitRows
    bundle: Bundle
    epochs: list[EpochRecord]
    best_epoch: int
    best_by: str = ""  # what it is the best by
    loss: str = ""  # its name

    def cells(self, name: str) -> tuple[ndarray, ndarray]:
        """Give the inputs and targets of a part of the rows."""
        rows = dict(self.rows.items())[name]
        return self.data.inputs[rows], self.data.targets[rows]

    @property
    def judged(self) -> tuple[ndarray, ndarray]:
        """The inputs and targets of the rows that tell how good it is."""
        return self.cells(self.rows.judged_by)

    @property
    def judged_numbers(self) -> ndarray:
        """By which numbers these rows are called."""
        return dict(self.rows.items())[self.rows.judged_by]

    @property
    def judged_rows(self) -> str:
        """What these are called: test rows, where there are any."""
        return ROWS[self.rows.judged_by]

    @property
    def learnt_and_judged(self) -> Rows:
        return {name: self.cells(name) for name in dict.fromkeys(("train", self.rows.judged_by))}

    @cached_property
    def predicted(self) -> ndarray:
        """The bundle's predictions of the rows that judge."""
        return self.bundle.infer(self.judged[0])

    @property
    def taken(self) -> ndarray:
        """The classes that it takes these rows for."""
        return taken(self.predicted, self.bundle.threshold)

    def classify(self, inputs: ndarray) -> ndarray:
        """Give the classes that it takes other rows for."""
        return taken(self.bundle.infer(inputs), self.bundle.threshold)

    @property
    def diverged(self) -> bool:
        """Whether predictions are no numbers any more, so that nothing of them can be drawn."""
        return not np.isfinite(self.predicted).all()

    @property
    def continuous(self) -> Names:
        """The input columns, where each place between the rows is a possible row; else none."""
        return continuous(self.data)


def continuous(data: Data) -> Names:
    """Name the input columns, where each place between the rows is a possible row; else none."""
    if any(column.levels for column in data.columns) or np.isnan(data.inputs).any():
        return ()
    return tuple(column.name for column in data.columns)


class Task:
    """What is to be found in data."""

    usual: ClassVar[str]  # the score that is computed on the device
    headlines: ClassVar[Names]
    of_several_classes: ClassVar[Names] = ()  # scores that are none where all rows are of one
    race: ClassVar[bool] = False

    def without_effect(self) -> dict[str, tuple[str, str]]:
        """Name settings that do nothing with this task: why, and what to do."""
        return {}

    def scores(self, loss: Loss, own: OwnMetrics) -> tuple[Score, ...]:
        """List the metrics that rank what was learnt with this loss: the usual one first."""
        raise NotImplementedError

    def usual_score(
        self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None
    ) -> Tensor:
        """Compute the task's own score on the device, of each member where there is an axis."""
        raise NotImplementedError

    def place_names(self, data: Data) -> Names:
        """Name the further columns of metrics.csv: where a point stands after each epoch."""
        return ()

    def place(self, data: Data, learnt: Tensor) -> tuple[float, ...]:
        """Tell where a point stands by the numbers that it has learnt."""
        return ()

    def true_columns(self, data: Data, rows: ndarray) -> list[Column]:
        """Give a column of predictions.csv for each target."""
        return [list(map(exact, column)) for column in data.targets[rows].T.tolist()]

    def predicted_columns(self, about: TrainedModel, predicted: ndarray) -> dict[str, Column]:
        """Give the columns of predictions.csv that follow."""
        names = [*(f"predicted_{name}" for name in about.target_names), *about.deviation_names]
        return dict(zip(names, predicted.T, strict=True))

    def baselines(
        self,
        x: ndarray,
        targets: ndarray,
        new: ndarray,
        data: Data,
        weights: ndarray | None = None,
    ) -> dict[str, ndarray]:
        """Predict new rows by simple methods, which learn from x and its targets."""
        return {}

    def constant_answer(self, data: Data, rows: ndarray) -> ndarray:
        """Give the one prediction that would be best for all of these rows."""
        return np.average(data.targets[rows], 0, data.weights_of(rows))

    def misses(self, data: Data, rows: ndarray, predicted: ndarray) -> ndarray:
        """Tell what predictions miss of each row, by its weight: 1 less their mean is the score."""
        raise NotImplementedError

    def standard_error(self, misses: ndarray) -> float:
        """Compute how uncertain the task's score of so few rows is."""
        return deviation_of_mean(misses) if len(misses) > 1 else inf

    def ranking(self, data: Data, rows: ndarray, predicted: ndarray) -> float:
        """Count the standard errors by which classes are ranked better than by chance."""
        return 0.0

    def arrival(self, epochs: list[EpochRecord]) -> str:
        """Say what a run came to where its course tells it all; empty where rows have to."""
        return ""

    def pictures(self, run: FinishedRun) -> Drawings:
        """List the pictures of what the network says; losses are drawn anyway.

        To list them takes no matplotlib, whose loading takes half a second.
        """
        return {}

    def redraws(self, data: Data, own: OwnMetrics) -> bool:
        """Tell whether the page of a run shows more of its rows than its predictions tell."""
        return False

    def redrawn(self, run: FinishedRun) -> list[TaskDrawing]:
        """Draw that for the page."""
        return []
