"""Who trains with whom: the cohorts that members form, and the shards that go to the workers."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Literal

from nnrun.config.experiment import Experiment
from nnrun.parts.interface import Part
from nnrun.parts.kinds import Count, Natural, Positive

MOST = 128  # members of a shard; more cost as much each, and hold back what is done


@dataclass(frozen=True)
class SweepSettings:
    """How a sweep is made."""

    samples: Count
    verify: Natural
    timeout: Positive | None
    workers: Count | Literal["auto"]


@dataclass(frozen=True)
class Shard:
    """Members that train together in one worker, and what that takes."""

    members: tuple[int, ...]
    cohort: int
    work: float  # multiplications, of all members and steps
    memory: int  # bytes at its peak


# Cohorts


def common(experiment: Experiment) -> dict[str, str]:
    """What members of a cohort agree in, as a person would name it."""
    settings, parts = experiment.settings, experiment.parts
    training = {
        f"training.{field.name}": getattr(settings.training, field.name)
        for field in fields(settings.training)
    }
    training |= {"regularisation.biases": settings.regularisation.biases}
    rows = {name: len(own) for name, own in parts.items() if name != "test"}
    shape = {
        "inputs": experiment.inputs,
        "outputs": experiment.outputs,
        "task": experiment.data.task,
        **rows,
    }
    own = {"model": settings.model, "optimizer": settings.optimizer, "loss": experiment.loss}
    shared = [line for group, part in own.items() for line in of_part(group, part)]
    return {name: str(value) for name, value in [*shared, *training.items(), *shape.items()]}


def of_part(group: str, part: Part) -> list[tuple[str, Any]]:
    """A part's kind, and the settings in which members of a cohort may not differ."""
    fixed = [field.name for field in fields(part) if field.name not in part.varies]
    return [
        (group, type(part).__name__),
        *((f"{group}.{name}", getattr(part, name)) for name in fixed),
    ]


def cohorts(experiments: list[Experiment]) -> list[list[int]]:
    """The members by their cohorts, in the order in which cohorts first appear."""
    found: dict[str, list[int]] = {}
    for i, experiment in enumerate(experiments):
        found.setdefault(repr(common(experiment)), []).append(i)
    return list(found.values())


def apart(experiments: list[Experiment], grouped: list[list[int]]) -> list[str]:
    """What sets each cohort apart from the others, in words; empty where there is one."""
    shared = [common(experiments[own[0]]) for own in grouped]
    every = dict.fromkeys(key for each in shared for key in each)
    varied = [key for key in every if len({each.get(key) for each in shared}) > 1]
    keys = [
        key for key in varied if key.rpartition(".")[0] not in varied
    ]  # of another part, its kind says it all
    differ = [", ".join(f"{key} {each[key]}" for key in keys if key in each) for each in shared]
    single = [alone(experiments[own[0]]) and len(own) > 1 for own in grouped]
    reason = "an optimizer that trains each member by itself"
    return [
        ", ".join(filter(None, (text, one * reason)))
        for text, one in zip(differ, single, strict=True)
    ]


def alone(experiment: Experiment) -> bool:
    """Whether its members train one by one, whatever they agree in."""
    return experiment.settings.optimizer.by_torch


# Shards


def shards(
    experiments: list[Experiment], grouped: list[list[int]], workers: int, memory: int
) -> list[Shard]:
    """Cohorts cut so that each worker has its share and none takes more memory than it may; largest first."""
    total = sum(work(experiments[own[0]]) * len(own) for own in grouped)
    found = []
    for number, own in enumerate(grouped):
        first = experiments[own[0]]
        room = max(1, (memory - base(first)) // memory_of(first, sets(experiments, own)))
        by_share = round(work(first) * len(own) * workers / total)
        pieces = (
            len(own)
            if alone(first)
            else min(len(own), max(1, by_share, -(-len(own) // min(MOST, room))))
        )
        for members in cut(own, pieces):
            size = memory_of(first, sets(experiments, members)) * len(members) + base(first)
            found.append(Shard(tuple(members), number, work(first) * len(members), size))
    return sorted(found, key=lambda shard: -shard.work)


def cut(members: list[int], pieces: int) -> list[list[int]]:
    """Neighbours stay together; sizes differ by one at most."""
    ends = [round(len(members) * i / pieces) for i in range(pieces + 1)]
    return [members[a:b] for a, b in pairwise(ends)]


def sets(experiments: list[Experiment], members: Iterable[int]) -> float:
    """Data sets a member brings along, on average: those with the same split and scaling share one."""
    own = [id(experiments[i].prepared) for i in members]
    return len(set(own)) / len(own)


def work(experiment: Experiment) -> int:
    """Multiplications of a member's whole training: forward, and twice as many backward."""
    return 3 * experiment.clock.steps * experiment.work


def base(experiment: Experiment) -> int:
    """Bytes that a worker takes before it has a member: Python, torch, for stratified splits scikit-learn, the data."""
    loaded = (330 if experiment.data.classes else 260) * 2**20
    features = (
        2 * 4 * experiment.inputs * len(experiment.parts.train)
    )  # as they pass from the data to the network
    return loaded + experiment.data.inputs.nbytes + features


def memory_of(experiment: Experiment, sets: float) -> int:
    """Bytes that a member adds at a worker's peak."""
    settings, rows = experiment.settings, len(experiment.parts.train)
    between, features = (
        settings.model.between(experiment.inputs),
        experiment.inputs + experiment.outputs,
    )
    numbers = experiment.work // experiment.batch_rows + between + experiment.outputs
    copies = (
        5 + settings.optimizer.slots
    )  # first weights twice, present, best, gradient; the rule's memory
    step = experiment.batch_rows * (
        features + 6 * between
    )  # of each map: its outputs, normed, activated, masked, and their slopes
    assessed = (
        2 * len(experiment.parts.val) * (experiment.inputs + max(between, experiment.outputs))
    )
    data = sets * features * (rows + len(experiment.parts.val))
    return int(4 * (copies * numbers + max(step, assessed) + data) + 24 * rows)
