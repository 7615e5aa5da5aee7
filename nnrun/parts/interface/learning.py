"""What teaches a network must and may say: a loss, an update rule, a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from nnrun.errors import Problems
from nnrun.parts.interface.dataset import Batch
from nnrun.parts.interface.part import ChosenParts, Part, Reasons
from nnrun.parts.kinds import Names

if TYPE_CHECKING:
    from numpy import ndarray
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer

    from nnrun.parts.dataset.scaling import Scaling
    from nnrun.parts.interface.dataset import Dataset
    from nnrun.parts.scheduler.durations import Clock


class Optimizer(Part):
    """How a gradient moves the weights."""

    lr: float
    batch: ClassVar[Batch] = None  # insists on it, whatever training.batch_size is
    decays: ClassVar[bool] = False  # has a weight decay of its own
    one_surface: ClassVar[bool] = False  # looks at one surface from several places in a step
    by_length: ClassVar[bool] = False  # goes farther where the gradient is longer
    by_torch: ClassVar[bool] = False  # moves by `begin`, one member at a time, instead of `update`
    by_matrix: ClassVar[bool] = False  # moves each matrix of weights as a whole, by `update_matrix`

    @property
    def slots(self) -> int:
        """Tensors that it remembers, each as large as the weights."""
        return 0

    def numbers(self, step: ndarray, rate: ndarray) -> tuple[ndarray | float, ...]:
        """Give what each step needs, in float64."""
        raise NotImplementedError

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        """Move all numbers of the members, the first so many columns of which are weights."""
        raise NotImplementedError

    def update_matrix(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple) -> None:
        """Move a matrix of each member, (members, units, inputs) or (members, inputs, units)."""
        raise NotImplementedError

    def begin(self, tensors: list[Tensor]) -> TorchOptimizer:
        raise NotImplementedError

    def without_effect(self) -> Reasons:
        if self.batch is None:
            return {}
        why = f"the optimizer takes {self.batch} batches whatever it is"
        return {"training.batch_size": (why, "leave it out or use optimizer=sgd")}


class Scheduler(Part):
    """From the step's number to a factor on the learning rate."""

    follows_losses: ClassVar[bool] = False  # whether `level` says anything

    def rate(self, step: ndarray, clock: Clock) -> ndarray:
        raise NotImplementedError

    def level(self, losses: list[float]) -> float:
        """Give a further factor by the validation losses so far."""
        return 1.0

    def unfit_for_clock(self, clock: Clock) -> Problems:
        """Tell what does not fit the length of the training."""
        return []


class Loss(Part):
    """From outputs and targets to one number a member."""

    task: ClassVar[str]  # regression, classification, landscape; any for one that is chosen by it
    chances: ClassVar[str] = "softmax"  # how scores become probabilities, by nnrun.bundle's name
    greatest_wins: ClassVar[bool] = True  # whether the greatest score is of the likeliest class
    per_target: ClassVar[int] = 1  # numbers that it wants to hear of each target

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Compute the loss of each row, or of each target of each row."""
        raise NotImplementedError

    def __call__(self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """Average over the rows, which may have weights; these are 1 on average over all rows."""
        each = self.each(outputs, targets)
        of_targets = each.dim() == outputs.dim()
        if weights is None:
            return each.mean((-2, -1) if of_targets else -1)
        rows = each.mean(-1) if of_targets else each
        return (rows * weights).mean(-1)

    @property
    def share_below(self) -> float | None:
        """The share of targets below where it aims, so that no R² tells; None at the middle."""
        return None

    @property
    def class_weights(self) -> tuple[float, ...] | None:
        """How much each class weighs, nothing where alike; None where it cannot weigh them."""
        return None

    @property
    def smoothing(self) -> float | None:
        """The share of certainty that it spreads over all classes; None where it spreads none."""
        return None

    @property
    def validated(self) -> Self:
        """The loss of validation rows: without what only makes training harder."""
        return self

    @property
    def stages(self) -> Sequence[tuple[float, Loss]]:
        """What teaches, each from which share of the training on; it alone, from the beginning."""
        return ((0.0, self),)

    def for_task(self, task: str) -> Loss:
        """Give the loss that is meant for a task."""
        return self

    def for_labels(self, labels: ndarray, classes: int, weights: ndarray | None = None) -> Loss:
        """Give the loss with what it takes from the training labels."""
        return self

    def for_targets(self, scaling: Scaling, dataset: Dataset) -> Loss:
        """Give the loss with what it takes from the targets' scaling."""
        return self

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        if chosen.task in (None, self.task) or self.task == "any":
            return []
        kind, better = "classes", "cross_entropy"
        if chosen.task == "regression":
            kind, better = "numbers", "mse or mae"
        wrong = f"is for {self.task}, but {chosen.choice('dataset')} has {kind} to predict"
        return [chosen.problem("loss", wrong, f"use loss={better}")]

    def unfit_for_classes(self, classes: Names) -> Problems:
        """Tell why it cannot take these classes."""
        return []
