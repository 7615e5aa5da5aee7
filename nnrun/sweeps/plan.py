"""Who trains with whom: the cohorts that members form, and the shards that go to the workers."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nnrun.config.experiment import Experiment
from nnrun.engine.cores import CACHE, parted
from nnrun.parts.kinds import as_typed
from nnrun.training.together import cohorts, identity, shared_settings, trains_alone

OF_ROWS = ("inputs", "outputs", "task", "train rows", "val rows")
MOST = 128  # members of a shard; more cost as much each, and hold back what is done


@dataclass(frozen=True)
class Shard:
    """Members that train together in one worker, and what that takes."""

    members: tuple[int, ...]
    cohort: int
    work: float  # multiplications, of all members and steps
    memory: int  # bytes at its peak


@dataclass(frozen=True)
class Plan:
    """How members are to be trained."""

    shards: list[Shard]  # the one with most work first
    differences: list[str]  # of each cohort, from the others
    workers: int

    @property
    def sizes(self) -> list[list[int]]:
        """The members of each shard, by cohorts."""
        sizes: list[list[int]] = [[] for _ in self.differences]
        for shard in self.shards:
            sizes[shard.cohort].append(len(shard.members))
        return sizes

    @property
    def peak(self) -> int:
        """Bytes that a worker takes at most."""
        return max(shard.memory for shard in self.shards)


def plan(experiments: list[Experiment], members: list[int], workers: int, memory: int) -> Plan:
    """Plan the training of some members, with so much memory for each worker."""
    chosen = [experiments[i] for i in members]
    grouped = [[members[i] for i in cohort] for cohort in cohorts(chosen)]
    cut_up = shards(experiments, grouped, workers, memory)
    return Plan(cut_up, differences(experiments, grouped), min(workers, len(cut_up)))


# Cohorts


def differences(experiments: list[Experiment], grouped: list[list[int]]) -> list[str]:
    """Tell in words what sets each cohort apart from the others; nothing where there is one."""
    shared = [shared_settings(experiments[members[0]]) for members in grouped]
    keys = varied_keys(shared)
    texts = []
    typed = [words_of_all(experiments[i] for i in members) for members in grouped]
    for settings, own, members in zip(shared, typed, grouped, strict=True):
        apart = [word for word in own if not all(word in others for others in typed)]
        words = told_apart(keys, settings, apart)
        if trains_alone(experiments[members[0]]) and len(members) > 1:
            words.append("an optimizer that trains each member by itself")
        texts.append(", ".join(words))
    return texts


def words_of_all(experiments: Iterable[Experiment]) -> list[str]:
    """List what was typed for each of these members."""
    first, *others = (experiment.overrides for experiment in experiments)
    return [word for word in first if all(word in other for other in others)]


def told_apart(keys: list[str], settings: dict[str, Any], typed: list[str]) -> list[str]:
    """Tell the settings by which a cohort is apart: what was typed, if that says it."""
    saying = (word for key in keys for word in typed if says(word.partition("=")[0], key))
    unsaid = (f"{key}={as_typed(settings[key])}" for key in keys if key in settings)
    return list(dict.fromkeys(saying)) or list(unsaid)


def says(typed: str, key: str) -> bool:
    """Tell whether a typed setting decides what members of a cohort agree in."""
    if key in OF_ROWS:
        return typed.partition(".")[0] == "dataset"
    if key == "score":
        return typed == "training.score" or typed.partition(".")[0] == "loss"
    group, _, own = key.partition(".")
    of_data = f"dataset.{own}" if group == "loss" else key  # an arm or a surface, which data have
    return typed in (key, of_data, group, "experiment")


def varied_keys(shared: list[dict[str, Any]]) -> list[str]:
    """List the keys in which cohorts differ; of another part, its kind says it all."""
    every = dict.fromkeys(key for settings in shared for key in settings)
    varied = [key for key in every if len({identity(each.get(key)) for each in shared}) > 1]
    return [key for key in varied if key.rpartition(".")[0] not in varied]


# Shards


def shards(
    experiments: list[Experiment], grouped: list[list[int]], workers: int, memory: int
) -> list[Shard]:
    """Cut cohorts so that each worker has its share and none takes more memory than it may.

    The shards with most work come first.
    """
    total = sum(work(experiments[members[0]]) * len(members) for members in grouped)
    made = []
    for number, members in enumerate(grouped):
        chosen = [experiments[i] for i in members]
        share = work(chosen[0]) * len(members) * workers / total
        for part in cut(members, pieces(chosen, share, memory)):
            made.append(shard(number, part, [experiments[i] for i in part]))
    return sorted(made, key=lambda shard: -shard.work)


def pieces(cohort: list[Experiment], share: float, memory: int) -> int:
    """Count the shards of a cohort whose work is enough for a share of the workers."""
    first, count = cohort[0], len(cohort)
    if trains_alone(first):
        return count
    room = max(1, (memory - base_memory(first, count)) // member_memory(first, sets(cohort)))
    least = -(-count // min(MOST, room))
    return min(count, max(1, round(share), least))


def shard(number: int, members: list[int], experiments: list[Experiment]) -> Shard:
    first, count = experiments[0], len(members)
    memory = base_memory(first, count) + count * member_memory(first, sets(experiments))
    return Shard(tuple(members), number, work(first) * count, memory)


def cut(members: list[int], pieces: int) -> list[list[int]]:
    """Cut members so that neighbours stay together; sizes differ by one at most."""
    ends = [round(len(members) * i / pieces) for i in range(pieces + 1)]
    return [members[start:end] for start, end in pairwise(ends)]


def work(experiment: Experiment) -> int:
    """Count the multiplications of a member's training: forward, and twice as many backward."""
    return 3 * experiment.networks * experiment.clock.steps * experiment.work


# Memory


def sets(experiments: list[Experiment]) -> float:
    """Count data sets for each member; those with the same split and scaling share one."""
    keys = {experiment.settings.rows_key for experiment in experiments}
    return len(keys) / len(experiments)


def base_memory(experiment: Experiment, count: int) -> int:
    """Count the bytes that a worker of so many members takes for all: Python, torch, data, a step.

    It loads scikit-learn for classes, and where whoever plans had to for the same data.
    """
    learn = bool(experiment.data.classes) or "sklearn" in sys.modules
    loaded = (410 if learn else 275) * 2**20
    # as they pass from the data to the network
    features = 2 * 4 * experiment.inputs.count * len(experiment.rows.train)
    return loaded + experiment.data.inputs.nbytes + features + step_memory(experiment, count)


def member_memory(experiment: Experiment, sets: float) -> int:
    """Count the bytes that a member adds at a worker's peak."""
    inputs, outputs = experiment.inputs, experiment.outputs
    train, val = len(experiment.rows.train), len(experiment.rows.val)
    between = experiment.settings.model.between(inputs)
    weights = experiment.work // experiment.batch_rows + between + outputs
    # first weights twice, present, best, gradient, the rule's memory; nearly as much was measured
    # again while members begin and are written
    copies = 7 + 2 * experiment.settings.optimizer.slots
    by_itself = step_memory(experiment, 1) if experiment.settings.model.foreign else 0
    network = 4 * copies * weights + by_itself + 24 * train
    data = sets * (inputs.count + outputs) * (train + val)
    return int(experiment.networks * network + 4 * data)


def step_memory(experiment: Experiment, count: int) -> int:
    """Count the bytes that a step, or a validation, makes of the rows of so many members.

    They go through it a few at a time, no more than counted here, but for networks of one's own.
    """
    inputs, outputs = experiment.inputs, experiment.outputs
    between = experiment.settings.model.between(inputs)
    # of each map: its outputs, normed, activated, masked, and their slopes
    step = experiment.batch_rows, inputs.count + outputs + 6 * between
    assessed = len(experiment.rows.val), 2 * (inputs.count + max(between, outputs))
    numbers = (a_few(experiment, count, rows) * rows * each for rows, each in (step, assessed))
    return 4 * (max(numbers) + CACHE)  # as results do not fit memory that was another's before


def a_few(experiment: Experiment, count: int, rows: int) -> int:
    """Count the members that go through a step of so many rows at once."""
    model = experiment.settings.model
    numbers = rows * (experiment.inputs.count + 3 * model.hidden_units)
    return 1 if model.foreign else max(map(len, parted(count, max(1, CACHE // max(1, numbers)))))
