"""Experiments under training: their epochs, who leaves early, and what each of them reached.

An experiment trains one network, or an ensemble of them; all of all train together.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from math import inf, isfinite, isinf
from typing import NamedTuple

import torch
from numpy import ndarray

from nnrun import tasks
from nnrun.bundle.predictions import averaged, spread
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
from nnrun.training.ensemble import (
    NetworkRecord,
    mean_record,
    mean_records,
    networks_of,
    stacked,
)
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
    tensors: dict[str, torch.Tensor]  # of an ensemble, each with a leading axis of its networks
    predictions: dict[str, ndarray]  # of train, val and test rows, in the data's own terms
    last: dict[str, ndarray]  # of the first train rows and all val rows after the last epoch
    spreads: dict[str, ndarray]  # by how much an ensemble's networks differ about these rows
    networks: list[NetworkRecord]
    whole: bool = True  # whether it came to its own end, and was not told to stop


class Leaving(NamedTuple):
    """A network's numbers at its best epoch and at its last."""

    best: torch.Tensor
    best_epoch: int
    last: torch.Tensor


Leaves = Mapping[str, Leaf]
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
        members = [networks_of(experiment) for experiment in self.experiments]
        self.networks: list[Experiment] = [one for own in members for one in own]
        self.owners = [place for place, own in enumerate(members) for _ in own]
        self.numbers: list[list[int]] = [[] for _ in members]  # of each experiment's networks
        for number, place in enumerate(self.owners):
            self.numbers[place].append(number)
        self.cohort: Cohort = cohort(self.networks, self.device)
        self.state: State = begin(self.cohort)
        self.network = deepcopy(self.cohort.networks[0])  # takes the numbers of whoever is asked
        self.places = list(range(len(self.networks)))  # of the networks in the cohort
        self.history = [[] for _ in self.experiments]
        self.each = [[] for _ in self.networks]
        self.stood: dict[int, Leaves] = {}  # where networks stopped that others go on beside

    @property
    def through(self) -> list[int]:
        """The places of experiments whose last epoch is over."""
        return [place for place, own in enumerate(self.numbers) if self.left.keys() >= {*own}]

    def epochs(self) -> Iterator[Epoch]:
        """Train to the end; `through` and `failures` tell for whom an epoch was the last."""
        with smaller_batches_told(self.cohort.batch_size):
            while self.places and self.state.epoch < self.cohort.epochs:
                for epoch in fit(self.cohort, self.state):
                    self.remember(epoch)
                    yield epoch
                    if self.state.active.count(False) >= STOPPED * len(self.places):
                        self.take_out_stopped()
                        break

    def take_out_stopped(self) -> None:
        """Go on with those networks alone that are still trained."""
        rest = [m for m, active in enumerate(self.state.active) if active]
        self.places = [self.places[m] for m in rest]
        if rest:
            self.cohort, self.state = keep_members(self.cohort, self.state, rest)

    def remember(self, epoch: Epoch) -> None:
        """Note what each network showed, and for whom this was the last epoch."""
        self.by_autograd = epoch.by_autograd or self.by_autograd
        weights = weights_of_members(self.cohort, self.state)
        for m, number in enumerate(self.places):
            if not epoch.active[m]:
                continue
            progress, record = self.state.progress[m], self.record(epoch, m, weights[m])
            if progress.failed:
                self.fail(m, record)
                continue
            self.each[number].append(record)
            if epoch.number == self.cohort.epochs or not progress.active:
                self.let_go(m)
        self.note_means(epoch.number)

    def fail(self, m: int, record: EpochRecord) -> None:
        """Let an experiment fail with the first of its networks that does; none trains on."""
        place = self.owners[self.places[m]]
        if place in self.failures:
            return
        self.failures[place] = self.why_failed(m, record)
        self.state.lose([k for k, number in enumerate(self.places) if self.owners[number] == place])

    def note_means(self, number: int) -> None:
        """Note for each experiment what its networks showed on average, if any still trains."""
        for place, history in enumerate(self.history):
            records = [self.each[network] for network in self.numbers[place]]
            if place not in self.failures and max(map(len, records)) == number:
                history.append(mean_record([own[-1] for own in records]))

    def why_failed(self, m: int, record: EpochRecord) -> Problem:
        """Tell why a network failed, and what went wrong first where that can be seen again."""
        number = self.places[m]
        place = self.owners[number]
        networks, alone = self.numbers[place], cohort_of(self.cohort, [m])
        known, which = self.known(place), networks.index(number)
        of = f"network {which + 1} of {len(networks)}: " if len(networks) > 1 else ""
        told = f"{of}{what_became(record, alone.val.count > 0)} in epoch {record.number}"
        if first := culprit(alone, known[which] if known else None, record.number):
            told = f"{told}, {where_first(first)}"
        advice = advice_against(record, alone.members[0])
        return Problem("", None, told, advice, cause=NUMBERS)

    def record(self, epoch: Epoch, m: int, weights: list[torch.Tensor]) -> EpochRecord:
        """Tell what a network showed in an epoch, and where its point is, if it has one."""
        experiment, before = self.networks[self.places[m]], self.each[self.places[m]]
        data = experiment.data
        point = tasks.of(data.task).place(data, self.state.average[m])
        losses = epoch.train_loss[m], epoch.val_loss[m], epoch.score[m], epoch.lr[m]
        hashed = experiment.settings.training.hashes
        chain = link(before[-1].weights if before else "", weights) if hashed else ""
        return EpochRecord(epoch.number, *losses, epoch.seconds, point, chain)

    def let_go(self, m: int) -> None:
        """Keep what a network is remembered by."""
        number = self.places[m]
        best, last = self.state.best[m].clone(), self.state.average[m].clone()
        self.left[number] = Leaving(best, self.state.progress[m].best_epoch, last)
        if len(self.numbers[self.owners[number]]) > 1:
            self.stood[number] = self.copied_leaves(m)

    @property
    def under_way(self) -> list[int]:
        """The places of experiments that have neither ended nor failed."""
        over = {*self.through, *self.failures}
        return [place for place in range(len(self.experiments)) if place not in over]

    def standing(self, place: int) -> Standing:
        """Copy all that changes of an experiment, so that what follows leaves it as it is."""
        return [
            self.stood.get(number) or self.copied_leaves(self.places.index(number))
            for number in self.numbers[place]
        ]

    def copied_leaves(self, m: int) -> Leaves:
        return {name: copied(leaf) for name, leaf in self.state.leaves(m).items()}

    def go_on_from(
        self, standing: Sequence[Standing], records: Sequence[Sequence[list[EpochRecord]]]
    ) -> None:
        """Let all stand where others of their kind stood, after the same epoch.

        The records are those of each network of each experiment.
        """
        self.state.load([leaves for own in standing for leaves in own])
        self.each = [[*record] for own in records for record in own]
        self.history = [mean_records(own) for own in records]
        self.left.clear()
        self.stood.clear()
        self.places = list(range(len(self.networks)))
        over = self.state.epoch == self.cohort.epochs
        for m, active in enumerate(self.state.active):
            if over or not active:
                self.let_go(m)
        if over:
            self.places = []
        else:
            self.take_out_stopped()

    def interrupt(self) -> None:
        """Take every network as it is, before the last epoch."""
        self.interrupted = bool(self.places)
        for m, number in enumerate(self.places):
            gone = number in self.left or self.owners[number] in self.failures
            if not gone and self.each[number]:
                self.let_go(m)

    def reached(self, place: int) -> Trained:
        """Tell what the experiment at a place reached at its best epoch, and where it ended."""
        experiment, networks = self.experiments[place], self.numbers[place]
        rows = dict(experiment.rows.items())
        watched = {**rows, "train": rows["train"][:ASKED_AGAIN]}
        watched.pop("test", None)
        left = [self.left[number] for number in networks]
        last, _ = self.predictions([one.last for one in left], experiment, watched)
        best, spreads = self.predictions([one.best for one in left], experiment, rows)
        told = [self.network_record(number) for number in networks]
        half_way = sorted(one.best_epoch for one in told)[(len(told) - 1) // 2]
        epochs, tensors, whole = self.history[place], self.tensors(place), not self.interrupted
        return Trained(epochs, half_way, tensors, best, last, spreads, told, whole)

    def network_record(self, number: int) -> NetworkRecord:
        """Tell what a network showed."""
        seed, best = self.networks[number].settings.seed, self.left[number].best_epoch
        return NetworkRecord(seed, best, self.each[number])

    def tensors(self, place: int) -> dict[str, torch.Tensor]:
        """Give the networks of the experiment at a place, each as it was at its best epoch."""
        experiment, every = self.experiments[place], []
        for number in self.numbers[place]:
            every.append(self.network_with(self.left[number].best, experiment).state_dict())
        return stacked(every)

    def predictions(
        self, numbers: Sequence[torch.Tensor], experiment: Experiment, rows: dict[str, ndarray]
    ) -> tuple[dict[str, ndarray], dict[str, ndarray]]:
        """Predict rows with networks of these numbers, and tell by how much they differ."""
        about = trained_model(experiment)
        read = {name: self.features(experiment, numbered) for name, numbered in rows.items()}
        said: dict[str, list[ndarray]] = {name: [] for name in rows}
        for own in numbers:
            network = self.network_with(own, experiment)
            for name, x in read.items():
                told = outputs(network, Rows(x, x, len(x), (0,)))
                said[name] += predictions(about, told)
        means = {name: averaged(each, about) for name, each in said.items()}
        return means, {name: spread(each, about) for name, each in said.items()}

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


def pace_told(training: Training) -> list[str]:
    """Say why steps took longer than they might have, in a line or none."""
    why = training.by_autograd
    return [f"its steps went by autograd, not from a tape: {why}"] if why else []


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
    return "weights, or what the optimizer remembers of them, became infinite or no numbers"


def where_first(first: Culprit) -> str:
    """Name the step and the tensor where it began."""
    begun = {
        "loss": f"where {first.tensor} had reached {setting(first.value)}",
        "gradient": f"first in the gradient of {first.tensor} ({first.value})",
        "weight": f"first in {first.tensor} itself ({first.value})",
        "memory": f"first in what it remembers of the gradient of {first.tensor} ({first.value})",
    }
    return f"step {first.step}, {begun[first.what]}, at a learning rate of {setting(first.lr)}"
