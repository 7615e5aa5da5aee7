"""How good the members are: outputs for given rows, the validation loss, whose weights to keep."""

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from nnrun.engine.answers import loss_of_all
from nnrun.engine.cohort import Cohort, Rows
from nnrun.engine.state import State
from nnrun.engine.step import precision

CHUNK = 8192  # rows at once; fixed, because another number gives other last digits


@torch.no_grad()
def outputs(network: nn.Module, rows: Rows, context: Callable = nullcontext) -> Tensor:
    """Ask each member about each of its rows: ([members,] [answers,] rows, outputs)."""
    network.eval()
    x = of_members(rows.x, rows)
    with context():
        chunks = [network(chunk, None).float() for chunk in x.split(CHUNK, dim=-2)]
    network.train()
    return torch.cat(chunks, -2)


def of_members(flat: Tensor, rows: Rows) -> Tensor:
    """Give the rows of each member, without the leading axis when there is one member."""
    sets = flat.view(-1, rows.count, *flat.shape[1:])
    if len(rows.set_of) == 1:
        return sets[rows.set_of[0]]
    if len(sets) == 1:
        return sets.expand(len(rows.set_of), *sets.shape[1:])
    return sets[list(rows.set_of)]


@torch.no_grad()
def assess(cohort: Cohort, state: State) -> tuple[Tensor, Tensor]:
    """Compute each member's validation loss and score."""
    said = outputs(state.judged, cohort.val, precision(cohort))
    wanted = [of_members(flat, cohort.val) for flat in cohort.val.wanted]
    lead = int(len(cohort.members) > 1)
    loss = loss_of_all(cohort.validation_loss, said, wanted, lead)
    return loss, scores(cohort, said, wanted)


def scores(cohort: Cohort, said: Tensor, wanted: list[Tensor]) -> Tensor:
    """Compute each member's score: together, or one by one where it is measured on the host."""
    measures = [member.measure for member in cohort.members]
    if not any(measures):
        return cohort.score(said, *wanted)
    each = said[None] if len(measures) == 1 else said
    measured = [measure(one) for measure, one in zip(measures, each, strict=True) if measure]
    return torch.tensor(measured, dtype=torch.float32, device=said.device)


def keep_best(cohort: Cohort, state: State, shown: list[list[float]]) -> None:
    """Let each member's progress go on, and keep the weights of those that improved.

    What is shown are each member's training losses, validation losses and scores. Without
    validation rows the last weights are kept.
    """
    improved = []
    for m, progress in enumerate(state.progress):
        if not progress.active:
            continue
        train_loss, val_loss, score = (values[m] for values in shown)
        if cohort.val.count:
            member = cohort.members[m]
            better = progress.record(state.epoch, member, train_loss, val_loss, score)
        else:
            better = progress.keep_last(state.epoch, train_loss)
        if better:
            improved.append(m)
    if len(improved) == len(cohort.members):
        state.best.copy_(state.average)
    elif improved:
        state.best[improved] = state.average[improved]
