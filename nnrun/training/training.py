"""Experiments under training: their epochs, who leaves early, and what each of them reached.

An experiment trains one network, or an ensemble of them; all of all train together.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import torch
from numpy import ndarray

from nnrun import tasks
from nnrun.bundle.predictions import averaged, spread
from nnrun.config.experiment import Experiment
from nnrun.engine.assess import CHUNK, outputs
from nnrun.engine.cohort import Rows
from nnrun.engine.diagnosis import culprit
from nnrun.engine.fit import Epoch
from nnrun.engine.members import bind
from nnrun.engine.state import cohort_of
from nnrun.engine.trial import KEEPS
from nnrun.errors import NUMBERS, Problem
from nnrun.parts.model.layers.norms import fold, refresh
from nnrun.runs.epochs import EpochRecord
from nnrun.training.chain import link, weights_of_members
from nnrun.training.cohort import cohort
from nnrun.training.ensemble import (
    NetworkRecord,
    half_way,
    mean_record,
    mean_records,
    networks_of,
    stacked,
)
from nnrun.training.measured import predictions, trained_model
from nnrun.training.memory import smaller_batches_told
from nnrun.training.runaway import (
    advice_against,
    advice_from_the_start,
    what_became,
    where_first,
)
from nnrun.training.stack import Leaves, Stack, WholeEpoch, in_turn
from nnrun.training.together import stackable

ASKED_AGAIN = 5000  # training rows at most that are asked once more after the last epoch


@dataclass(frozen=True)
class Trained:
    """What training gave: its epochs, and tensors and predictions at the best of them."""

    epochs: list[EpochRecord]
    best_epoch: int
    tensors: dict[str, torch.Tensor]  # of an ensemble, each with a leading axis of its networks
    predictions: dict[str, ndarray]  # of train, val and test rows, in the data's own terms
    last: dict[str, ndarray]  # of the first train rows and all val rows after the last epoch
    spreads: dict[str, ndarray]  # by how much an ensemble's networks differ about these rows
    networks: list[NetworkRecord]
    uncalibrated: dict[str, ndarray] = field(default_factory=dict)  # where a temperature is taken
    whole: bool = True  # whether it came to its own end, and was not told to stop


class Leaving(NamedTuple):
    """A network's numbers at its best epoch and at its last."""

    best: torch.Tensor
    best_epoch: int
    last: torch.Tensor


Standing = Sequence[Leaves]  # of each network of an experiment


def nothing_known(place: int) -> None:
    """Keep nothing of what was before."""


@dataclass
class Training:
    """Experiments that train together; `epochs` trains them, and takes out who stops."""

    experiments: list[Experiment]
    device: torch.device
    history: list[list[EpochRecord]] = field(init=False)  # of each experiment
    each: list[list[EpochRecord]] = field(init=False)  # of each network
    failures: dict[int, Problem] = field(default_factory=dict)  # by the experiment's place
    left: dict[int, Leaving] = field(default_factory=dict)  # networks whose last epoch is over
    interrupted: bool = False
    by_autograd: str = ""  # why steps came from no tape; empty where they did
    # where one stood after an epoch before; None where that was not kept
    known: Callable[[int], Standing | None] = nothing_known

    def __post_init__(self) -> None:
        self.networks: list[Experiment] = []
        self.owners: list[int] = []  # of each network, the experiment's place
        self.folds: list[list[list[int]]] = []  # of each experiment, the networks of each fold
        for place, experiment in enumerate(self.experiments):
            self.folds.append([self.numbered(place, own) for own in networks_of(experiment)])
        self.stacks = [self.stack(numbers) for numbers in stackable(self.networks)]
        self.history = [[] for _ in self.experiments]
        self.each = [[] for _ in self.networks]
        self.stood: dict[int, Leaves] = {}  # where networks stopped that others go on beside

    def numbered(self, place: int, networks: list[Experiment]) -> list[int]:
        """Take networks of an experiment in, and give their numbers."""
        first = len(self.networks)
        self.networks += networks
        self.owners += [place] * len(networks)
        return [*range(first, len(self.networks))]

    def stack(self, numbers: list[int]) -> Stack:
        return Stack(numbers, cohort([self.networks[one] for one in numbers], self.device))

    @property
    def numbers(self) -> list[list[int]]:
        """The networks of each experiment, whichever fold they are of."""
        return [[one for fold in folds for one in fold] for folds in self.folds]

    @property
    def through(self) -> list[int]:
        """The places of experiments whose last epoch is over."""
        return [place for place, own in enumerate(self.numbers) if self.left.keys() >= {*own}]

    @property
    def epoch(self) -> int:
        """The last epoch that is over."""
        return max(stack.state.epoch for stack in self.stacks)

    @property
    def most_epochs(self) -> int:
        return self.stacks[0].cohort.epochs

    def epochs(self) -> Iterator[WholeEpoch]:
        """Train to the end; `through` and `failures` tell for whom an epoch was the last."""
        with smaller_batches_told(max(stack.cohort.batch_size for stack in self.stacks)):
            under_way = [(stack, stack.epochs()) for stack in self.stacks]
            while shown := [(stack, one) for stack, own in under_way for one in islice(own, 1)]:
                for stack, epoch in shown:
                    self.remember(stack, epoch)
                told = in_turn([epoch for _, epoch in shown])
                self.note_means(told)
                yield told

    def remember(self, stack: Stack, epoch: Epoch) -> None:
        """Note what each network showed, and for whom this was the last epoch."""
        self.by_autograd = epoch.by_autograd or self.by_autograd
        weights = weights_of_members(stack.cohort, stack.state)
        for m, number in enumerate(stack.places):
            if not epoch.active[m]:
                continue
            progress, record = stack.state.progress[m], self.record(stack, epoch, m, weights[m])
            if progress.failed:
                self.fail(stack, m, record)
                continue
            self.each[number].append(record)
            if epoch.number == stack.cohort.epochs or not progress.active:
                self.let_go(stack, m)

    def fail(self, stack: Stack, m: int, record: EpochRecord) -> None:
        """Let an experiment fail with the first of its networks that does; none trains on."""
        place = self.owners[stack.places[m]]
        if place in self.failures:
            return
        self.failures[place] = self.why_failed(stack, m, record)
        for each in self.stacks:
            own = [k for k, number in enumerate(each.places) if self.owners[number] == place]
            each.state.lose(own)

    def note_means(self, epoch: WholeEpoch) -> None:
        """Note for each experiment what its networks showed on average, if any still trains."""
        for place, history in enumerate(self.history):
            records = [self.each[network] for network in self.numbers[place]]
            if place not in self.failures and max(map(len, records)) == epoch.number:
                newest = mean_record([own[-1] for own in records])
                history.append(newest._replace(seconds=epoch.seconds))

    def why_failed(self, stack: Stack, m: int, record: EpochRecord) -> Problem:
        """Tell why a network failed, and what went wrong first where that can be seen again."""
        number = stack.places[m]
        place, alone = self.owners[number], cohort_of(stack.cohort, [m])
        known, which = self.known(place), self.numbers[place].index(number)
        became = what_became(record, alone.val.count > 0)
        told = f"{self.which_one(number)}{became} in epoch {record.number}"
        first = culprit(alone, known[which] if known else None, record.number)
        advice = advice_against(record, alone.members[0])
        if first:
            told = f"{told}, {where_first(first)}"
        if first and first.unmoved:
            advice = advice_from_the_start(alone)
        return Problem("", None, told, advice, cause=NUMBERS)

    def which_one(self, number: int) -> str:
        """Say which one of its experiment's networks this is; nothing where it is the only one."""
        owner, told = self.owners[number], ""
        folds, word = self.folds[owner], self.experiments[owner].settings.split.fold_word
        for place, own in enumerate(folds):
            if number in own and len(folds) > 1:
                told += f"{word} {place + 1} of {len(folds)}: "
            if number in own and len(own) > 1:
                told += f"network {own.index(number) + 1} of {len(own)}: "
        return told

    def record(
        self, stack: Stack, epoch: Epoch, m: int, weights: list[torch.Tensor]
    ) -> EpochRecord:
        """Tell what a network showed in an epoch, and where its point is, if it has one."""
        experiment, before = self.networks[stack.places[m]], self.each[stack.places[m]]
        data = experiment.data
        point = tasks.of(data.task).place(data, stack.state.average[m])
        losses = epoch.train_loss[m], epoch.val_loss[m], epoch.score[m], epoch.lr[m]
        hashed = experiment.settings.training.hashes
        chain = link(before[-1].weights if before else "", weights) if hashed else ""
        return EpochRecord(epoch.number, *losses, epoch.seconds, point, chain)

    def let_go(self, stack: Stack, m: int) -> None:
        """Keep what a network is remembered by."""
        number, state = stack.places[m], stack.state
        best, last = state.best[m].clone(), state.average[m].clone()
        self.left[number] = Leaving(best, state.progress[m].best_epoch, last)
        if len(self.numbers[self.owners[number]]) > 1:
            self.stood[number] = stack.copied_leaves(m)

    @property
    def under_way(self) -> list[int]:
        """The places of experiments that have neither ended nor failed."""
        over = {*self.through, *self.failures}
        return [place for place in range(len(self.experiments)) if place not in over]

    def standing(self, place: int) -> Standing:
        """Copy all that changes of an experiment, so that what follows leaves it as it is."""
        return [self.stood.get(one) or self.leaves_of(one) for one in self.numbers[place]]

    def leaves_of(self, number: int) -> Leaves:
        (stack,) = (stack for stack in self.stacks if number in stack.places)
        return stack.copied_leaves(stack.places.index(number))

    def go_on_from(
        self, standing: Sequence[Standing], records: Sequence[Sequence[list[EpochRecord]]]
    ) -> None:
        """Let all stand where others of their kind stood, after the same epoch.

        The records are those of each network of each experiment.
        """
        leaves = [own for networks in standing for own in networks]
        self.each = [[*record] for own in records for record in own]
        self.history = [mean_records(own) for own in records]
        self.left.clear()
        self.stood.clear()
        for stack in self.stacks:
            stack.stand([leaves[number] for number in stack.numbers])
            over = stack.state.epoch == stack.cohort.epochs
            for m, active in enumerate(stack.state.active):
                if over or not active:
                    self.let_go(stack, m)
            if over:
                stack.places = []
            else:
                stack.take_out_stopped()

    def interrupt(self) -> None:
        """Take every network as it is, before the last epoch."""
        self.interrupted = any(stack.places for stack in self.stacks)
        for stack in self.stacks:
            for m, number in enumerate(stack.places):
                gone = number in self.left or self.owners[number] in self.failures
                if not gone and self.each[number]:
                    self.let_go(stack, m)

    def reached(self, place: int) -> list[Trained]:
        """Tell what the experiment at a place reached, in each of its folds."""
        return [self.reached_in(numbers) for numbers in self.folds[place]]

    def reached_in(self, numbers: list[int]) -> Trained:
        """Tell what networks of a fold reached at their best epochs, and where they ended."""
        experiment = self.networks[numbers[0]]
        rows = dict(experiment.rows.items())
        watched = {**rows, "train": rows["train"][:ASKED_AGAIN]}
        watched.pop("test", None)
        last, _ = self.predictions({one: self.left[one].last for one in numbers}, watched)
        best, spreads = self.predictions({one: self.left[one].best for one in numbers}, rows)
        told = [self.network_record(number) for number in numbers]
        epochs = mean_records([self.each[number] for number in numbers])
        tensors, whole = self.tensors_of(numbers), not self.interrupted
        return Trained(epochs, half_way(told), tensors, best, last, spreads, told, whole=whole)

    def network_record(self, number: int) -> NetworkRecord:
        """Tell what a network showed."""
        settings, best = self.networks[number].settings, self.left[number].best_epoch
        bag = settings.split.fold if settings.split.bags else None
        return NetworkRecord(settings.seed, best, self.each[number], bag)

    def tensors(self, place: int) -> list[dict[str, torch.Tensor]]:
        """Give the networks of the experiment at a place, each as it was at its best epoch."""
        return [self.tensors_of(numbers) for numbers in self.folds[place]]

    def tensors_of(self, numbers: list[int]) -> dict[str, torch.Tensor]:
        every = [self.network_with(self.left[one].best, one).state_dict() for one in numbers]
        return stacked(every)

    def predictions(
        self, networks: dict[int, torch.Tensor], rows: dict[str, ndarray]
    ) -> tuple[dict[str, ndarray], dict[str, ndarray]]:
        """Predict rows with networks of a fold as they were, and tell by how much they differ."""
        experiment = self.networks[next(iter(networks))]
        about = trained_model(experiment)
        read = {name: self.features(experiment, numbered) for name, numbered in rows.items()}
        said: dict[str, list[ndarray]] = {name: [] for name in rows}
        for number, own in networks.items():
            network = self.network_with(own, number)
            for name, x in read.items():
                told = outputs(network, Rows(x, x, len(x), (0,)))
                said[name] += predictions(about, told)
        means = {name: averaged(each, about) for name, each in said.items()}
        return means, {name: spread(each, about) for name, each in said.items()}

    def network_with(self, row: torch.Tensor, number: int) -> torch.nn.Module:
        """Give a network these numbers, and have its norms as the settings want them in use."""
        (stack,) = (stack for stack in self.stacks if number in stack.numbers)
        experiment = self.networks[number]
        settings, layout = experiment.settings.training, stack.state.layout
        if not (settings.refresh_norm or settings.fold_norm):
            bind(stack.network, layout, row[None])
            return stack.network
        network = deepcopy(stack.network)
        bind(network, layout, row[None].clone())
        if settings.refresh_norm:
            refresh(network, self.features(experiment, experiment.rows.train), CHUNK)
        if settings.fold_norm:
            fold(network)
        return network

    def features(self, experiment: Experiment, rows: ndarray) -> torch.Tensor:
        return torch.from_numpy(experiment.prepared.features(rows)).to(self.device)


def pace_told(training: Training) -> list[str]:
    """Say why steps took longer than they might have, in a line or none."""
    why = training.by_autograd
    return [f"its steps went by autograd, not from a tape: {why}"] if why else []


def loss_told(training: Training) -> list[tuple[str, str]]:
    """Say what of a network of one's own its folder does not hold, in a line or none."""
    if training.by_autograd != KEEPS:
        return []
    told = "is not saved, nor there after a resume; register_buffer makes it a part of the model"
    return [("note", f"what its network keeps in Python {told}")]
