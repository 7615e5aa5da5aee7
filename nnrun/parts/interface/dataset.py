"""What a data set must and may say, and metrics that it brings along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from nnrun.parts.interface.part import Part
from nnrun.parts.kinds import Names

if TYPE_CHECKING:
    from numpy import ndarray

    from nnrun.parts.dataset.checking import Checked, Wishes
    from nnrun.parts.dataset.data import Data
    from nnrun.parts.dataset.landscape import Surface
    from nnrun.parts.dataset.source import Source

Batch = Literal["full"] | None


@dataclass(frozen=True)
class OwnMetrics:
    """Metrics that a data set brings along beside the usual ones; this one brings none."""

    replaces_usual: ClassVar[bool] = False  # whether they stand in place of the usual ones
    headlines: ClassVar[Names] = ()  # those that tables show, by their paths
    errors: ClassVar[Names] = ()  # those that may rank, of which less is better, by their paths
    checks: ClassVar[bool] = False  # whether predictions can be checked, without true values

    def asked(self, cells: ndarray, true: ndarray) -> ndarray:
        """Compute what the metrics want to know of rows, once for all predictions of them."""
        return cells

    def __call__(self, asked: ndarray, predicted: ndarray, true: ndarray) -> dict:
        return {}

    def check(self, cells: ndarray, predicted: ndarray, wishes: Wishes) -> Checked:
        """Tell what predictions come to, and go on from them where that is wished."""
        raise NotImplementedError

    def misses(self, cells: ndarray, predicted: ndarray) -> tuple[ndarray, ndarray] | None:
        """Tell how far each prediction is from its goal, and the goals; None without a space."""
        return None

    def limbs(self, predicted: ndarray) -> ndarray:
        """Tell where the joints of what reaches for the goals are, (rows, joints, 3)."""
        raise NotImplementedError


class Dataset(Part):
    """Where rows come from."""

    task: str  # regression, classification, landscape; auto where only the rows can tell
    batch: ClassVar[Batch] = None  # insists on it, whatever training.batch_size is
    draws: ClassVar[bool] = False  # whether it can draw other rows of its kind
    of_columns: ClassVar[bool] = False  # whether a split may name a column of it

    @property
    def splits_itself(self) -> bool:
        """Whether it comes with a split, which goes before the shares."""
        return False

    @property
    def tests_apart(self) -> bool:
        """Whether its test rows are given, so that no others may be drawn."""
        return self.splits_itself

    def load(self) -> Data:
        raise NotImplementedError

    def open(self, apart: Mapping[str, str]) -> Source:
        """Read its rows before it is known which train.

        Columns that are kept apart from the inputs each stand at their setting's key.
        """
        from nnrun.parts.dataset.source import Whole  # which knows data, and these their settings

        return Whole(self.load())

    def expected_rows(self) -> int | None:
        """Tell how many rows there will be, where the settings alone can tell."""
        return None

    def draw(self, rows: int, seed: int) -> Data:
        """Draw other rows of this kind."""
        raise NotImplementedError

    def tests(self) -> Mapping[str, Data]:
        """Draw rows that judge beside those of the split, by a name for each test; mostly none."""
        return {}

    def own_metrics(self) -> OwnMetrics:
        return OwnMetrics()

    @property
    def hidden(self) -> float:
        """The share of training rows in which a category is hidden, as if it were unknown."""
        return 0.0

    @property
    def map(self) -> Surface:
        """The surface on which a landscape's point walks."""
        raise NotImplementedError
