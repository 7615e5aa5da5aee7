"""What each kind of part must and may say, with the answers of one that has nothing to say.

Whoever asks a part asks it here, so nobody needs to know which part it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from nnrun.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from torch import Generator, Tensor, nn
    from torch.optim import Optimizer as TorchOptimizer

    from nnrun.parts.dataset.data import Data
    from nnrun.parts.dataset.landscape import Surface
    from nnrun.parts.dataset.scaling import Inputs, Scaling


class Part:
    """What a configuration names."""

    varies: ClassVar[tuple[str, ...]] = ()  # settings that may differ between members of a cohort

    def problems(self) -> list[Problem]:
        """Tell what is wrong with the part by itself; keys begin below its group."""
        return []

    def without_effect(self) -> dict[str, tuple[str, str]]:
        """Name settings, of any group, that do nothing beside this part: why, and what to do."""
        return {}


@dataclass(frozen=True)
class OwnMetrics:
    """Metrics that a data set brings along beside the usual ones; this one brings none."""

    replaces_usual: ClassVar[bool] = False  # whether they stand in place of the usual ones
    headlines: ClassVar[tuple[str, ...]] = ()  # those that tables show, by their paths

    def asked(self, cells: np.ndarray) -> np.ndarray:
        """Compute what the metrics want to know of rows, once for all predictions of them."""
        return cells

    def __call__(self, asked: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> dict:
        return {}

    def misses(
        self, cells: np.ndarray, predicted: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Tell how far each prediction is from its goal, and the goals; None without a space."""
        return None


class Dataset(Part):
    """Where rows come from."""

    task: str  # regression, classification, landscape; auto where only the rows can tell
    batch: ClassVar[Literal["full"] | None] = None  # insists on it, whatever training.batch_size is
    draws: ClassVar[bool] = False  # whether it can draw other rows of its kind

    def load(self) -> Data:
        raise NotImplementedError

    def expected_rows(self) -> int | None:
        """Tell how many rows there will be, where the settings alone can tell."""
        return None

    def draw(self, rows: int, seed: int) -> Data:
        """Draw other rows of this kind."""
        raise NotImplementedError

    def own_metrics(self) -> OwnMetrics:
        return OwnMetrics()

    @property
    def map(self) -> Surface:
        """The surface on which a landscape's point walks."""
        raise NotImplementedError


class Model(Part):
    """A network's settings; one linear map, unless it says otherwise."""

    task: str | None = None  # the only one it is for
    loss: Loss | None = None  # the only one that teaches it
    hidden_units: int = 0  # what dropout may silence
    dropout: float = 0.0
    norm: str = "none"
    foldable: bool = False  # whether a linear layer stands in front of each norm
    keeps_inputs: Inputs | None = None  # scaling that it brings along from an earlier training
    keeps_targets: Scaling | None = None

    @property
    def inner(self) -> Model:
        """The model as its bundle will have it."""
        return self

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        raise NotImplementedError

    def between(self, inputs: int) -> int:
        """Count the numbers between a row's inputs and outputs: of all linear maps but the last."""
        return 0

    def layers(self, inputs: int, outputs: int) -> str:
        """Write the sizes of the layers as people do."""
        return f"{inputs}-{outputs}"

    def work(self, inputs: int, outputs: int) -> int:
        """Count the multiplications for one row."""
        return inputs * outputs

    def unfit_for_features(self, features: int) -> list[Problem]:
        """Tell why it cannot take so many features."""
        return []

    def unfit_for_data(self, data: Data, per_target: int) -> list[Problem]:
        """Tell why it, which knows other data, cannot go on with these."""
        return []


class Optimizer(Part):
    """How a gradient moves the weights."""

    lr: float
    slots: int = 0  # tensors it remembers, each as large as the weights
    batch: ClassVar[Literal["full"] | None] = None
    decays: ClassVar[bool] = False  # has a weight decay of its own
    one_surface: ClassVar[bool] = False  # looks at one surface from several places in a step
    by_torch: ClassVar[bool] = False  # moves by `begin`, one member at a time, instead of `update`

    def numbers(self, step: np.ndarray, rate: np.ndarray) -> tuple[np.ndarray | float, ...]:
        """Give what each step needs, in float64."""
        raise NotImplementedError

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        """Move the weights, of which the first so many columns are weights."""
        raise NotImplementedError

    def begin(self, tensors: list[Tensor]) -> TorchOptimizer:
        raise NotImplementedError


class Scheduler(Part):
    """From the step's number to a factor on the learning rate."""

    follows_losses: ClassVar[bool] = False  # whether `level` says anything

    def rate(self, step: np.ndarray, clock: Any) -> np.ndarray:
        raise NotImplementedError

    def level(self, losses: list[float]) -> float:
        """Give a further factor by the validation losses so far."""
        return 1.0

    def unfit_for_clock(self, clock: Any) -> list[Problem]:
        """Tell what does not fit the length of the training."""
        return []


class Loss(Part):
    """From outputs and targets to one number a member."""

    task: ClassVar[str] = "any"
    probabilities: ClassVar[str] = "softmax"  # how scores become them, by a name of nnrun.bundle
    per_target: ClassVar[int] = 1  # numbers that it wants to hear of each target
    off_centre: bool = False  # aims beside the middle, so that no R² tells how well it was met
    label_smoothing: float | None = None  # None where it knows none

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        raise NotImplementedError

    @property
    def validated(self) -> Self:
        """The loss of validation rows: without what only makes training harder."""
        return self

    def for_task(self, task: str) -> Loss:
        """Give the loss that is meant for a task."""
        return self

    def for_labels(self, labels: np.ndarray, classes: int) -> Loss:
        """Give the loss with what it takes from the training labels."""
        return self

    def for_targets(self, scaling: Scaling, dataset: Dataset) -> Loss:
        """Give the loss with what it takes from the targets' scaling."""
        return self

    def unfit_for_dataset(self, dataset: Dataset, option: str, scaling: str) -> list[Problem]:
        """Tell why it does not go with a data set, an `option`, whose targets are so scaled."""
        return []

    def unfit_for_classes(self, classes: tuple[str, ...]) -> list[Problem]:
        return []
