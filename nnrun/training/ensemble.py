"""An ensemble: one experiment, and networks that differ in nothing but their seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from statistics import fmean
from typing import NamedTuple

import torch
from torch import Tensor

from nnrun.config.experiment import Experiment
from nnrun.engine.chance import mixed
from nnrun.runs.epochs import EpochRecord, metrics_heading

SEEDS = 2**32


class NetworkRecord(NamedTuple):
    """What one network of an experiment showed, and when it was at its best."""

    seed: int
    best_epoch: int
    epochs: list[EpochRecord]
    bag: int | None  # that it validated on; None where there are none

    @property
    def best(self) -> EpochRecord:
        return self.epochs[self.best_epoch - 1]


def networks_of(experiment: Experiment) -> list[list[Experiment]]:
    """Give an experiment for each network of each fold."""
    return [networks_of_fold(fold) for fold in experiment.each_fold]


def networks_of_fold(experiment: Experiment) -> list[Experiment]:
    """Give an experiment for each network; the first one is what would be trained alone.

    Bags have no network in common, as they answer together.
    """
    first, count = experiment.settings.seed, experiment.settings.training.ensemble
    split = experiment.settings.split
    before = count * (split.fold - 1) if split.bags and split.fold else 0
    numbers = range(before, before + count)
    seeds = [seed_of(first, number) if number else first for number in numbers]
    return [with_seed(experiment, seed) for seed in seeds]


def seed_of(seed: int, number: int) -> int:
    """Draw the seed of a further network, such that no neighbouring seed leads to the same."""
    return mixed(seed, "ensemble", number) % SEEDS


def with_seed(experiment: Experiment, seed: int) -> Experiment:
    return replace(experiment, settings=replace(experiment.settings, seed=seed))


# What they show together


def mean_records(each: Sequence[list[EpochRecord]]) -> list[EpochRecord]:
    """Average what networks showed, epoch by epoch; those that have stopped count as they were."""
    epochs = range(max(map(len, each)))
    return [mean_record([own[min(i, len(own) - 1)] for own in each]) for i in epochs]


def mean_record(records: Sequence[EpochRecord]) -> EpochRecord:
    """Average what networks showed last, and make one hash of theirs."""
    if len(records) == 1:
        return records[0]
    newest = max(records, key=lambda record: record.number)
    hashes = "".join(record.weights for record in records)
    return newest._replace(
        train_loss=fmean(record.train_loss for record in records),
        val_loss=fmean(record.val_loss for record in records),
        score=fmean(record.score for record in records),
        lr=fmean(record.lr for record in records),
        weights=sha256(hashes.encode()).hexdigest() if hashes else "",
    )


def half_way(networks: Sequence[NetworkRecord]) -> int:
    """Give the epoch by which half of the networks were at their best."""
    return sorted(one.best_epoch for one in networks)[(len(networks) - 1) // 2]


def epochs_of_each(folds: Sequence[Sequence[NetworkRecord]], score: str) -> str:
    """Write what each network showed after each epoch, as metrics.csv tells their mean."""
    several, bagged = len(folds) > 1, folds[0][0].bag is not None
    parts = [*(["fold"] if several else []), *(["bag"] if bagged else [])]
    lines = [[*parts, "network,seed", metrics_heading(score, ())]]
    for fold, networks in enumerate(folds, 1):
        for number, network in enumerate(networks, 1):
            own = {"fold": fold, "bag": network.bag}
            before = [str(own[part]) for part in parts]
            told = [*before, f"{number},{network.seed}"]
            lines += [[*told, record.metrics_line()] for record in network.epochs]
    return "".join(f"{','.join(line)}\n" for line in lines)


def stacked(each: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Lay the tensors of networks on each other; those of one stay as they are."""
    if len(each) == 1:
        return each[0]
    return {name: torch.stack([own[name] for own in each]) for name in each[0]}
