"""What a task decides, with the answers of one that predicts numbers.

No other module asks which tasks there are: whoever has data looks their task up by
`tasks.of(data.task)`. A sweep may ask it for

    score      the number by which epochs and members are watched; in val_<score> and summary.json
    better     1 where more of the score is better, -1 where less is: rank by better * score
    headlines  the metrics that tables show, by their paths in summary.json
    race       whether members race for a goal on the map of their data set, a step in each epoch

and where it has nothing but the metrics of a summary.json, `tasks.score_in` and
`tasks.headlines_in` find these there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from nnrun.report.verdict import Curves, Reached, verdict
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.tables import Column

if TYPE_CHECKING:
    from torch import Tensor

    from nnrun.bundle.bundle import Bundle
    from nnrun.parts.dataset.data import Data
    from nnrun.parts.dataset.split import Parts
    from nnrun.parts.interface import Dataset


@dataclass(frozen=True)
class FinishedRun:
    """A training that is over, as its pictures show it."""

    title: str
    dataset: Dataset
    data: Data
    rows: Parts
    bundle: Bundle
    epochs: list[EpochRecord]
    best_epoch: int

    @cached_property
    def tested(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Inputs, targets and predictions of the test rows."""
        inputs, targets = self.cells_of("test")
        return inputs, targets, self.bundle.infer(inputs)

    @property
    def diverged(self) -> bool:
        """Whether predictions are no numbers any more, so that nothing of them can be drawn."""
        return not np.isfinite(self.tested[2]).all()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the input columns."""
        return tuple(column.name for column in self.data.columns)

    @property
    def can_be_walked(self) -> bool:
        """Whether each place between the rows is a possible row: no categories and no gaps."""
        categories = any(column.levels for column in self.data.columns)
        return not categories and not np.isnan(self.data.inputs).any()

    def cells_of(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Give the inputs and targets of the train or the test rows."""
        rows = dict(self.rows.items())[name]
        return self.data.inputs[rows], self.data.targets[rows]

    @property
    def train_and_test(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {name: self.cells_of(name) for name in ("train", "test")}


class Task:
    """What is to be found in data."""

    score: ClassVar[str]
    better: ClassVar[Literal[1, -1]] = 1
    headlines: ClassVar[tuple[str, ...]]
    race: ClassVar[bool] = False

    def scores(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Compute the score on the device, of each member where there is a member axis."""
        raise NotImplementedError

    def without_effect(self) -> dict[str, tuple[str, str]]:
        """Name settings that do nothing with this task: why, and what to do."""
        return {}

    # A point that moves

    def place_names(self, data: Data) -> tuple[str, ...]:
        """Name the further columns of metrics.csv: where a point stands after each epoch."""
        return ()

    def place(self, data: Data, learnt: Tensor) -> tuple[float, ...]:
        """Tell where a point stands by the numbers that it has learnt."""
        return ()

    # predictions.csv

    def true_names(self, data: Data) -> list[str]:
        return [f"true_{name}" for name in data.target_names]

    def true_columns(self, data: Data, rows: np.ndarray) -> list[Column]:
        return [*data.targets[rows].T]

    def predicted_names(self, data: Data, deviations: list[str]) -> list[str]:
        """Name the columns of predictions; `deviations` are named by the bundle."""
        return [*(f"predicted_{name}" for name in data.target_names), *deviations]

    def predicted_columns(self, data: Data, predicted: np.ndarray) -> list[Column]:
        return [*predicted.T]

    # The end

    def constant(self, targets: np.ndarray) -> float:
        """Compute the score of one answer for all rows with these targets."""
        return 0.0

    def baselines(
        self, x: np.ndarray, targets: np.ndarray, new: np.ndarray, data: Data
    ) -> dict[str, np.ndarray]:
        """Predict new rows by simple methods, which learn from x and its targets."""
        return {}

    def verdict(self, epochs: list[EpochRecord], best_epoch: int, reached: Reached | None) -> str:
        """Say what the epochs came to; nothing is `reached` where no score tells it."""
        return verdict(Curves.of(epochs, best_epoch), reached)

    def pictures(self, run: FinishedRun) -> dict[str, bytes]:
        """Draw what the network says, by the names of the files; losses are drawn anyway."""
        return {}
