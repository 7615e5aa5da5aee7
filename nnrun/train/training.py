"""Experiments under training: their epochs, who leaves early, and what each of them reached."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from math import inf, isfinite

import numpy as np
import torch

from nnrun import tasks
from nnrun.bundle.predictions import as_predictions
from nnrun.config.experiment import Experiment
from nnrun.engine.assess import CHUNK, outputs
from nnrun.engine.cohort import Cohort, Member, Rows
from nnrun.engine.fit import Epoch, fit
from nnrun.engine.members import bind
from nnrun.engine.state import State, begin, staying
from nnrun.parts.model.layers.norms import fold, refresh
from nnrun.runs.epochs import EpochRecord
from nnrun.train.cohort import cohort

STOPPED = (
    1 / 4
)  # share of a cohort's members from which it pays to go on without those that have stopped


@dataclass(frozen=True)
class Trained:
    """What training gave: its epochs, and tensors and predictions at the best of them."""

    epochs: list[EpochRecord]
    best_epoch: int
    tensors: dict[str, torch.Tensor]
    predictions: dict[str, np.ndarray]  # of train, val and test rows, in the data's own terms


@dataclass
class Training:
    """One experiment, or a cohort of them; `epochs` trains, and members are taken out as they leave."""

    experiments: list[Experiment]
    device: torch.device
    history: list[list[EpochRecord]] = field(init=False)  # of each experiment
    failures: dict[int, str] = field(default_factory=dict)  # why, by the experiment's place
    left: dict[int, tuple[torch.Tensor, int]] = field(
        default_factory=dict
    )  # the best row and its epoch, by place

    def __post_init__(self) -> None:
        self.cohort: Cohort = cohort(self.experiments, self.device)
        self.state: State = begin(self.cohort)
        self.network = deepcopy(self.cohort.networks[0])  # takes the numbers of whoever is asked
        self.places = list(range(len(self.experiments)))  # of those in the cohort
        self.history = [[] for _ in self.experiments]

    def epochs(self) -> Iterator[Epoch]:
        """Train to the end; after each epoch, `left` and `failures` hold those for whom it was the last."""
        while self.places:
            for epoch in fit(self.cohort, self.state):
                self.remember(epoch)
                yield epoch
                if self.state.active.count(False) >= STOPPED * len(self.places):
                    break
            else:
                return
            rest = [m for m, active in enumerate(self.state.active) if active]
            self.places = [self.places[m] for m in rest]
            if rest:
                self.cohort, self.state = staying(self.cohort, self.state, rest)

    def remember(self, epoch: Epoch) -> None:
        """Note what each member showed, and who leaves."""
        over = epoch.number == self.cohort.epochs
        for m, place in enumerate(self.places):
            if not epoch.active[m]:
                continue
            seen = seen_by(epoch, m, self.stands(m))
            if self.state.progress[m].failed:
                self.failures[place] = no_number(seen, self.cohort.members[m])
                continue
            self.history[place].append(seen)
            if over or not self.state.progress[m].active:
                self.leave(m)

    def stands(self, m: int) -> tuple[float, ...]:
        """Tell where a member's point is, if it has one."""
        data = self.experiments[self.places[m]].data
        return tasks.of(data.task).place(data, self.state.average[m])

    def leave(self, m: int) -> None:
        self.left[self.places[m]] = (self.state.best[m].clone(), self.state.progress[m].best_epoch)

    def interrupt(self) -> None:
        """Take every member as it is, before the last epoch."""
        for m, place in enumerate(self.places):
            if place not in self.left and place not in self.failures and self.history[place]:
                self.leave(m)

    def reached(self, place: int) -> Trained:
        """What the experiment at a place reached at its best epoch."""
        experiment, (row, best_epoch) = self.experiments[place], self.left[place]
        network = self.finished(experiment, row)
        predictions = {}
        for part, rows in experiment.parts.items():
            x = self.features(experiment, rows)
            said = outputs(network, Rows(x, x, len(x), (0,)))
            data, chances = experiment.data, experiment.loss.chances
            terms = data.classes, data.target_names, experiment.prepared.targets, chances
            predictions[part] = as_predictions(said, *terms)
        return Trained(self.history[place], best_epoch, network.state_dict(), predictions)

    def finished(self, experiment: Experiment, row: torch.Tensor) -> torch.nn.Module:
        """The network with the numbers of its best epoch, its norms as the settings want them in use."""
        settings = experiment.settings.training
        if not (settings.refresh_norm or settings.fold_norm):
            bind(self.network, self.state.layout, row[None])
            return self.network
        network = deepcopy(self.network)
        bind(network, self.state.layout, row[None].clone())
        if settings.refresh_norm:
            refresh(network, self.features(experiment, experiment.parts.train), CHUNK)
        if settings.fold_norm:
            fold(network)
        return network

    def features(self, experiment: Experiment, rows: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(experiment.prepared.features(rows)).to(self.device)


def seen_by(epoch: Epoch, m: int, place: tuple[float, ...]) -> EpochRecord:
    """What one member showed in an epoch."""
    losses = (epoch.train_loss[m], epoch.val_loss[m], epoch.score[m], epoch.lr[m])
    return EpochRecord(epoch.number, *losses, epoch.seconds, place)


def no_number(seen: EpochRecord, member: Member) -> str:
    """Why a member failed: a loss that is no number never becomes one again."""
    name, loss = (
        ("validation", seen.val_loss)
        if isfinite(seen.train_loss)
        else ("training", seen.train_loss)
    )
    pulls = {"regularisation.weight_decay": member.weight_decay, "regularisation.l2": 2 * member.l2}
    overshooting = [
        key for key, pull in pulls.items() if seen.lr * pull > 2
    ]  # throws weights ever farther beyond zero
    steady = member.rule.one_surface  # takes no limit that changes from look to look
    clip = (
        ""
        if member.clip_norm < inf or overshooting or steady
        else " or set regularisation.clip_norm=1"
    )
    lower = " or ".join([*overshooting, f"optimizer.lr (it was {seen.lr:g})"])
    return f"{name} loss became {loss} in epoch {seen.number}; lower {lower}{clip}"
