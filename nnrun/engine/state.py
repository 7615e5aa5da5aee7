"""Everything that changes while a cohort trains, in one object."""

from copy import deepcopy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from nnrun.engine.cohort import Cohort, Rows
from nnrun.engine.members import Layout, bind, layout, row


@dataclass
class State:
    """All that must survive for a cohort to go on: numbers, memory of the rule, and who is still in the race."""

    network: nn.Module  # its tensors are views of `numbers`
    layout: Layout
    numbers: Tensor  # (members, columns)
    memory: tuple[Tensor, ...]  # each (members, learnt columns)
    judged: nn.Module  # its tensors are views of `average`
    average: (
        Tensor  # what is scored and kept: the numbers themselves, or their average over some steps
    )
    best: Tensor  # the rows of `average` at each member's best epoch
    seen: list[list[float]]  # each member's validation losses
    lowest_loss: list[float]  # the lowest validation loss
    best_epoch: list[int]
    gained: list[
        tuple[float, int]
    ]  # the last loss that was lower by more than min_delta, and its epoch
    active: list[bool]  # neither stopped nor failed
    failed: list[bool]  # met a loss that is no number
    epoch: int = 0


def begin(cohort: Cohort) -> State:
    """A cohort's state before its first step."""
    many = len(cohort.members)
    where = layout(cohort.networks[0])
    numbers = torch.stack([row(own, where) for own in cohort.networks]).to(cohort.device)
    network = bound(cohort, where, numbers)
    averaging = any(member.newest for member in cohort.members)
    average = numbers.clone() if averaging else numbers
    judged = bound(cohort, where, average) if averaging else network
    learnt = numbers[:, : where.learnt]
    memory = tuple(torch.zeros_like(learnt) for _ in range(cohort.members[0].rule.slots))
    return State(
        network,
        where,
        numbers,
        memory,
        judged,
        average,
        best=numbers.clone(),
        seen=[[] for _ in cohort.members],
        lowest_loss=[float("inf")] * many,
        best_epoch=[0] * many,
        gained=[(float("inf"), 0)] * many,
        active=[True] * many,
        failed=[False] * many,
    )


def bound(cohort: Cohort, where: Layout, numbers: Tensor) -> nn.Module:
    """A network whose tensors are views of the numbers."""
    network = deepcopy(cohort.networks[0])
    bind(network, where, numbers)
    return network


def staying(cohort: Cohort, state: State, rest: list[int]) -> tuple[Cohort, State]:
    """The cohort without the others, where it stood."""
    numbers = state.numbers[rest].clone()
    average = numbers if state.average is state.numbers else state.average[rest].clone()
    own = replace(
        cohort,
        members=tuple(cohort.members[m] for m in rest),
        networks=tuple(cohort.networks[m] for m in rest),
        train=of_these(cohort.train, rest),
        val=of_these(cohort.val, rest),
    )
    network = bound(own, state.layout, numbers)
    return own, replace(
        state,
        network=network,
        numbers=numbers,
        judged=network if average is numbers else bound(own, state.layout, average),
        average=average,
        memory=tuple(slot[rest].clone() for slot in state.memory),
        best=state.best[rest].clone(),
        seen=[state.seen[m] for m in rest],
        lowest_loss=[state.lowest_loss[m] for m in rest],
        best_epoch=[state.best_epoch[m] for m in rest],
        gained=[state.gained[m] for m in rest],
        active=[state.active[m] for m in rest],
        failed=[state.failed[m] for m in rest],
    )


def of_these(rows: Rows, rest: list[int]) -> Rows:
    return replace(rows, set_of=tuple(rows.set_of[m] for m in rest))
