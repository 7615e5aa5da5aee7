"""What each kind of part must and may say, with the answers of one that has nothing to say.

Whoever asks a part asks it here, so nobody needs to know which part it is. What stands here
without a value must be said by each part; it may be one of its settings.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar, dataclass_transform

from nnrun.errors import Problem, Problems
from nnrun.parts.kinds import Names, as_typed

if TYPE_CHECKING:
    from numpy import ndarray
    from torch import Generator, Tensor, nn
    from torch.optim import Optimizer as TorchOptimizer

    from nnrun.parts.dataset.checking import Checked, Wishes
    from nnrun.parts.dataset.data import Data
    from nnrun.parts.dataset.encoding import InputEncoding
    from nnrun.parts.dataset.landscape import Surface
    from nnrun.parts.dataset.scaling import Scaling
    from nnrun.parts.dataset.source import Source
    from nnrun.parts.regularisation import Regularisation
    from nnrun.parts.scheduler.durations import Clock

T = TypeVar("T")
Batch = Literal["full"] | None
Reasons = dict[str, tuple[str, str]]  # settings to why they do nothing, and what to do


@dataclass_transform(frozen_default=True)
def part(cls: type[T]) -> type[T]:
    """Let a class be a part: its settings are its fields, and none of them ever changes."""
    return dataclass(frozen=True)(cls)


@dataclass(frozen=True)
class Part:
    """What a configuration names: settings, each a field, and what follows from them."""

    runs: ClassVar[Names] = ()  # settings that name a run
    varies: ClassVar[Names] = ()  # settings that may differ between members of a cohort
    added: ClassVar[Mapping[str, Any]] = {}  # settings that came later: what went without saying
    retired: ClassVar[Mapping[str, str]] = {}  # settings of earlier versions: why none reads them

    @classmethod
    def as_read_now(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Complete the settings that an earlier version wrote, and leave out what is retired."""
        kept = {key: value for key, value in values.items() if key not in cls.retired}
        return {**kept, **{key: cls.added[key] for key in cls.added if key not in kept}}

    def problem(self, setting: str, wrong: str, advice: str = "") -> Problem:
        """Tell what is wrong with one of its settings."""
        return Problem(setting, as_typed(getattr(self, setting)), wrong, advice)

    def problems(self) -> Problems:
        """Tell what is wrong with the part by itself; keys begin below its group."""
        return []

    def without_effect(self) -> Reasons:
        """Name settings, of any group, that do nothing beside this part: why, and what to do."""
        return {}

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        """Tell what it does not go with; keys are whole."""
        return []


@dataclass(frozen=True)
class ChosenParts:
    """What was chosen, for a part that does not go with everything."""

    options: Mapping[str, str]  # the one taken in each group
    task: str | None  # None until the data have been read, where only they can tell
    dataset: Dataset
    model: Model
    loss: Loss
    regularisation: Regularisation
    input_kind: str  # how inputs and targets are scaled
    target_kind: str

    def choice(self, group: str) -> str:
        """Write what was chosen from a group: model=mlp."""
        return f"{group}={self.options.get(group, '')}"

    def problem(self, group: str, wrong: str, advice: str) -> Problem:
        """Tell what is wrong with what was chosen from a group."""
        return Problem(group, self.options.get(group, ""), wrong, advice)


@dataclass(frozen=True)
class Inputs:
    """What a network reads of a row: numbers first, then the units that speak for categories."""

    numbers: int
    units: int = 0

    @property
    def count(self) -> int:
        return self.numbers + self.units


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


class Model(Part):
    """A network's settings."""

    dropout: float  # share of the hidden units that is silenced in a training step

    @property
    def task(self) -> str | None:
        """The only task that it is for."""
        return None

    @property
    def loss(self) -> Loss | None:
        """The only loss that teaches it."""
        return None

    @property
    def straight(self) -> bool:
        """Whether it can draw no other than straight lines."""
        return False

    @property
    def hidden_units(self) -> int:
        """How many units dropout may silence."""
        return 0

    @property
    def answers(self) -> int:
        """How many answers it gives to each row, whose mean is taken."""
        return 1

    @property
    def normalised_by(self) -> str:
        """The norm between its layers."""
        return "none"

    @property
    def normalises_batches(self) -> bool:
        """Whether a row's outputs depend on the other rows of its batch."""
        return self.normalised_by in ("batch", "batch_renorm")

    @property
    def foldable(self) -> bool:
        """Whether a linear layer stands in front of each norm, and can take it over."""
        return False

    @property
    def sketched(self) -> bool:
        """Whether it can be built without its numbers, as all of nnrun's and torch's can."""
        return True

    @property
    def foreign(self) -> bool:
        """Whether its network is code of one's own, which may hide what it remembers."""
        return False

    @property
    def told_whole(self) -> bool:
        """Whether its settings tell all of it: no code of one's own, and no other run's weights."""
        return not self.foreign and self.scales_like is None

    @property
    def inner(self) -> Model:
        """The model as its bundle will have it."""
        return self

    def with_dropout(self, share: float) -> Model:
        """Give the model with another dropout, where it has any."""
        return self

    def without_norms(self) -> Model:
        """Give the model as it is once linear layers have taken its norms over."""
        return self

    @property
    def kept_inputs(self) -> InputEncoding | None:
        """How inputs are read where an earlier training has settled it."""
        return None

    @property
    def kept_targets(self) -> Scaling | None:
        """How targets are scaled where an earlier training has settled it."""
        return None

    @property
    def scales_like(self) -> Hashable:
        """What its scaling depends on, where an earlier training has settled it."""
        return None

    def build(self, inputs: Inputs, outputs: int, generator: Generator) -> nn.Module:
        raise NotImplementedError

    def read(self, inputs: Inputs) -> int:
        """Count the numbers that its first layer reads."""
        return inputs.count

    def embedded(self, network: nn.Module, inputs: Inputs, generator: Generator) -> nn.Module:
        """Give the network behind what embeds its inputs, where anything does."""
        return network

    def settle(self, network: nn.Module, edges: Callable[[int], ndarray]) -> None:
        """Let a new network take what it keeps of the training rows.

        `edges` cuts each number of these rows into so many parts of as many rows.
        """

    def begin_on(
        self, network: nn.Module, rows: Callable[[], ndarray], generator: Generator
    ) -> None:
        """Let a new network's first weights follow from the training rows, as it reads them."""

    @property
    def own_rates(self) -> bool:
        """Whether tensors of it move at rates of their own."""
        return False

    def decays(self, tensor: str, axes: int) -> bool:
        """Tell whether decay and penalties reach a tensor of its network, by its name."""
        return axes > 1

    def factor(self, tensor: str) -> float:
        """Give a tensor's factor on the learning rate, by its name."""
        return 1.0

    def dropout_rate(self, step: ndarray, clock: Clock) -> ndarray:
        """Give the factor on its dropout."""
        return step * 0 + 1

    def decay_rate(self, step: ndarray, clock: Clock) -> ndarray:
        """Give the factor on weight decay."""
        return step * 0 + 1

    def between(self, inputs: Inputs) -> int:
        """Count the numbers between a row's inputs and outputs: of all linear maps but the last."""
        return 0

    def layers(self, inputs: Inputs, outputs: int) -> str:
        """Write the sizes of the layers as people do."""
        return f"{inputs.count}-{outputs}"

    def work(self, inputs: Inputs, outputs: int) -> int:
        """Count the multiplications for one row."""
        return inputs.count * outputs

    def unfit_for_features(self, inputs: Inputs) -> Problems:
        """Tell why it cannot take these."""
        return []

    def unfit_for_data(self, data: Data, per_target: int) -> Problems:
        """Tell why it, which knows other data, cannot go on with these."""
        return []


class Optimizer(Part):
    """How a gradient moves the weights."""

    lr: float
    batch: ClassVar[Batch] = None  # insists on it, whatever training.batch_size is
    decays: ClassVar[bool] = False  # has a weight decay of its own
    one_surface: ClassVar[bool] = False  # looks at one surface from several places in a step
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
