"""Experiments under training: their epochs, who leaves early, and what each of them reached."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from math import inf, isfinite, isinf
from typing import NamedTuple

import torch
from numpy import ndarray

from nnrun import tasks
from nnrun.config.experiment import Experiment
from nnrun.engine.assess import CHUNK, outputs
from nnrun.engine.cohort import Cohort, Member, Rows
from nnrun.engine.diagnosis import Culprit, culprit
from nnrun.engine.fit import Epoch, fit
from nnrun.engine.leaves import Leaf
from nnrun.engine.members import bind
from nnrun.engine.state import State, begin, cohort_of, keep_members
from nnrun.errors import NUMBERS, Problem
from nnrun.parts.model.layers.norms import fold, refresh
from nnrun.report.numbers import setting
from nnrun.runs.epochs import EpochRecord
from nnrun.training.chain import link, weights_of_members
from nnrun.training.cohort import cohort
from nnrun.training.measured import predictions, trained_model
from nnrun.training.memory import smaller_batches_told

# share of a cohort's members from which it pays to go on without those that have stopped
STOPPED = 1 / 4
ASKED_AGAIN = 5000  # training rows at most that are asked once more after the last epoch


@dataclass(frozen=True)
class Trained:
    """What training gave: its epochs, and tensors and predictions at the best of them."""

    epochs: list[EpochRecord]
    best_epoch: int
    tensors: dict[str, torch.Tensor]
    predictions: dict[str, ndarray]  # of train, val and test rows, in the data's own terms
    last: dict[str, ndarray]  # of the first train rows and all val rows after the last epoch
    whole: bool = True  # whether it came to its own end, and was not told to stop


class Leaving(NamedTuple):
    """A member's numbers at its best epoch and at its last."""

    best: torch.Tensor
    best_epoch: int
    last: torch.Tensor


def nothing_known(place: int) -> None:
    """Keep nothing of what was before."""


@dataclass
class Training:
    """Experiments that train together; `epochs` trains them, and takes members out as they stop."""

    experiments: list[Experiment]
    device: torch.device
    history: list[list[EpochRecord]] = field(init=False)  # of each experiment
    failures: dict[int, Problem] = field(default_factory=dict)  # by the experiment's place
    through: dict[int, Leaving] = field(default_factory=dict)  # those whose last epoch is over
    interrupted: bool = False
    # where one stood after an epoch before; None where that was not kept
    known: Callable[[int], Mapping[str, Leaf] | None] = nothing_known

    def __post_init__(self) -> None:
        self.cohort: Cohort = cohort(self.experiments, self.device)
        self.state: State = begin(self.cohort)
        self.network = deepcopy(self.cohort.networks[0])  # takes the numbers of whoever is asked
        self.places = list(range(len(self.experiments)))  # of those in the cohort
        self.history = [[] for _ in self.experiments]

    def epochs(self) -> Iterator[Epoch]:
        """Train to the end; `through` and `failures` hold those for whom an epoch was the last."""
        with smaller_batches_told(self.cohort.batch_size):
            while self.places and self.state.epoch < self.cohort.epochs:
                for epoch in fit(self.cohort, self.state):
                    self.remember(epoch)
                    yield epoch
                    if self.state.active.count(False) >= STOPPED * len(self.places):
                        self.take_out_stopped()
                        break

    def take_out_stopped(self) -> None:
        """Go on with those members alone that are still trained."""
        rest = [m for m, active in enumerate(self.state.active) if active]
        self.places = [self.places[m] for m in rest]
        if rest:
            self.cohort, self.state = keep_members(self.cohort, self.state, rest)

    def remember(self, epoch: Epoch) -> None:
        """Note what each member showed, and for whom this was the last epoch."""
        weights = weights_of_members(self.cohort, self.state)
        for m, place in enumerate(self.places):
            if not epoch.active[m]:
                continue
            progress, record = self.state.progress[m], self.record(epoch, m, weights[m])
            if progress.failed:
                self.failures[place] = self.why_failed(m, record)
                continue
            self.history[place].append(record)
            if epoch.number == self.cohort.epochs or not progress.active:
                self.let_go(m)

    def why_failed(self, m: int, record: EpochRecord) -> Problem:
        """Tell why a member failed, and what went wrong first where that can be seen again."""
        alone, known = cohort_of(self.cohort, [m]), self.known(self.places[m])
        told = f"{what_became(record, alone.val.count > 0)} in epoch {record.number}"
        if first := culprit(alone, known, record.number):
            told = f"{told}, {where_first(first)}"
        advice = advice_against(record, alone.members[0])
        return Problem("", None, told, advice, cause=NUMBERS)

    def record(self, epoch: Epoch, m: int, weights: list[torch.Tensor]) -> EpochRecord:
        """Tell what a member showed in an epoch, and where its point is, if it has one."""
        experiment, before = self.experiments[self.places[m]], self.history[self.places[m]]
        data = experiment.data
        point = tasks.of(data.task).place(data, self.state.average[m])
        losses = epoch.train_loss[m], epoch.val_loss[m], epoch.score[m], epoch.lr[m]
        hashed = experiment.settings.training.hashes
        chain = link(before[-1].weights if before else "", weights) if hashed else ""
        return EpochRecord(epoch.number, *losses, epoch.seconds, point, chain)

    def let_go(self, m: int) -> None:
        """Keep what a member is remembered by."""
        best, last = self.state.best[m].clone(), self.state.average[m].clone()
        self.through[self.places[m]] = Leaving(best, self.state.progress[m].best_epoch, last)

    @property
    def under_way(self) -> list[int]:
        """The places of those that have neither ended nor failed."""
        return [place for place in self.places if place not in {*self.through, *self.failures}]

    def leaves(self, place: int) -> dict[str, Leaf]:
        """Copy all that changes of one under way, so that what follows leaves it as it is."""
        leaves = self.state.leaves(self.places.index(place))
        return {name: copied(leaf) for name, leaf in leaves.items()}

    def go_on_from(
        self, leaves: Sequence[Mapping[str, Leaf]], histories: Sequence[list[EpochRecord]]
    ) -> None:
        """Let all stand where others of their kind gave their leaves, after the same epoch."""
        self.state.load(leaves)
        self.history = [[*history] for history in histories]
        self.through.clear()
        self.places = list(range(len(self.experiments)))
        over = self.state.epoch == self.cohort.epochs
        for m, active in enumerate(self.state.active):
            if over or not active:
                self.let_go(m)
        if over:
            self.places = []
        else:
            self.take_out_stopped()

    def interrupt(self) -> None:
        """Take every member as it is, before the last epoch."""
        self.interrupted = bool(self.places)
        for m, place in enumerate(self.places):
            if place in self.under_way and self.history[place]:
                self.let_go(m)

    def reached(self, place: int) -> Trained:
        """Tell what the experiment at a place reached at its best epoch, and where it ended."""
        experiment, kept = self.experiments[place], self.through[place]
        rows = dict(experiment.rows.items())
        watched = {**rows, "train": rows["train"][:ASKED_AGAIN]}
        watched.pop("test", None)
        last = self.predictions(kept.last, experiment, watched)
        predictions = self.predictions(kept.best, experiment, rows)
        epochs, whole = self.history[place], not self.interrupted
        return Trained(epochs, kept.best_epoch, self.tensors(place), predictions, last, whole)

    def tensors(self, place: int) -> dict[str, torch.Tensor]:
        """Give the network of the experiment at a place as it was at its best epoch."""
        best, experiment = self.through[place].best, self.experiments[place]
        return self.network_with(best, experiment).state_dict()

    def predictions(
        self, numbers: torch.Tensor, experiment: Experiment, rows: dict[str, ndarray]
    ) -> dict[str, ndarray]:
        """Predict rows with these numbers, in the data's own terms."""
        network, about = self.network_with(numbers, experiment), trained_model(experiment)
        predicted = {}
        for name, numbered in rows.items():
            x = self.features(experiment, numbered)
            said = outputs(network, Rows(x, x, len(x), (0,)))
            predicted[name] = predictions(about, said)
        return predicted

    def network_with(self, row: torch.Tensor, experiment: Experiment) -> torch.nn.Module:
        """Give the network these numbers, and have its norms as the settings want them in use."""
        settings = experiment.settings.training
        if not (settings.refresh_norm or settings.fold_norm):
            bind(self.network, self.state.layout, row[None])
            return self.network
        network = deepcopy(self.network)
        bind(network, self.state.layout, row[None].clone())
        if settings.refresh_norm:
            refresh(network, self.features(experiment, experiment.rows.train), CHUNK)
        if settings.fold_norm:
            fold(network)
        return network

    def features(self, experiment: Experiment, rows: ndarray) -> torch.Tensor:
        return torch.from_numpy(experiment.prepared.features(rows)).to(self.device)


def copied(leaf: Leaf) -> Leaf:
    return leaf.clone() if isinstance(leaf, torch.Tensor) else copy(leaf)


def advice_against(record: EpochRecord, member: Member) -> str:
    """Say what to try where numbers ran away: a loss that is none never becomes one again."""
    pulls = {"regularisation.weight_decay": member.weight_decay, "regularisation.l2": 2 * member.l2}
    # throws weights ever farther beyond zero
    overshooting = [key for key, pull in pulls.items() if record.lr * pull > 2]
    advice = (
        f"lower {' or '.join([*overshooting, f'optimizer.lr (it is {setting(member.rule.lr)})'])}"
    )
    if not overshooting and member.clip_norm == inf and not member.rule.one_surface:
        advice += " or set regularisation.clip_norm=1"
    return advice


def what_became(record: EpochRecord, validated: bool) -> str:
    """Tell what of an epoch is no number."""
    shown = {"training loss": record.train_loss}
    if validated:
        shown["validation loss"] = record.val_loss
    for name, value in shown.items():
        if not isfinite(value):
            return f"{name} became {value}"
    if isinf(record.score):
        return f"validation score became {record.score}"
    return "weights became infinite or no numbers"


def where_first(first: Culprit) -> str:
    """Name the step and the tensor where it began."""
    begun = {
        "loss": f"where {first.tensor} had reached {setting(first.value)}",
        "gradient": f"first in the gradient of {first.tensor} ({first.value})",
        "weight": f"first in {first.tensor} itself ({first.value})",
    }
    return f"step {first.step}, {begun[first.what]}, at a learning rate of {setting(first.lr)}"
