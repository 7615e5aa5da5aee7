"""One step: the slope of the loss, what else pulls on the weights, the rule's move; one code for one and many."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from math import inf
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from nnrun.engine.state import Cohort, State

ENGINE = torch.autograd.Variable._execution_engine
CACHED = 64 * 1024  # numbers of a few members that stay in a core's cache while the rule passes over them


class Batch(NamedTuple):
    """What one step needs: rows, dropout masks (None for none), and the rule's numbers at this step."""

    x: Tensor
    y: Tensor
    masks: Tensor | None
    numbers: tuple[Tensor, ...]  # each (members, 1)


@dataclass(frozen=True)
class Step:
    """The step of a cohort: it moves every member once, in place, and gives each member's loss before the move."""

    loss: Callable[[Tensor, Tensor], Tensor]
    update: Callable
    weights: int  # so many columns are weights, which penalties and decay reach
    l2: Tensor | None  # (members, 1): twice the penalty's factor
    clip_norm: Tensor | None  # (members, 1)
    precision: Callable  # the context in which the network computes

    def __call__(self, forward: Callable, leaves: list[Tensor], learnt: Tensor, memory: tuple, batch: Batch) -> Tensor:
        loss, gradient = self.slope(forward, leaves, len(learnt), batch)
        if self.l2 is not None:
            gradient[:, : self.weights].addcmul_(learnt[:, : self.weights], self.l2)
        if self.clip_norm is not None:
            length = gradient.norm(dim=1, keepdim=True)
            gradient.mul_((self.clip_norm / (length + 1e-6)).clamp(max=1))  # as torch.nn.utils.clip_grad_norm_
        self.move(learnt, gradient, memory, batch.numbers)
        return loss

    def slope(self, forward: Callable, leaves: list[Tensor], members: int, batch: Batch) -> tuple[Tensor, Tensor]:
        """Each member's loss, and its gradient as a row."""
        with self.precision():
            outputs = forward(batch.x, batch.masks)
        loss = self.loss(outputs.float(), batch.y)  # () for one member, (members,) for many
        return loss.detach(), torch.cat([g.reshape(members, -1) for g in gradients(loss, leaves)], 1)

    def move(self, learnt: Tensor, gradient: Tensor, memory: tuple, numbers: tuple) -> None:
        """Let the rule pass over a few members at a time, so that their numbers stay in the cache."""
        members, size = learnt.shape
        if members * size <= CACHED:
            self.update(learnt, gradient, memory, numbers, self.weights)
            return
        few = max(1, CACHED // size)
        for i in range(0, members, few):
            rows = slice(i, i + few)
            some = ([t[rows] for t in tensors] for tensors in (memory, numbers))
            self.update(learnt[rows], gradient[rows], *some, self.weights)


def gradients(loss: Tensor, leaves: list[Tensor]) -> tuple[Tensor, ...]:
    """The slope of the losses' sum: torch.autograd.grad without its checks, which take a seventh of a small step."""
    if torch.compiler.is_compiling():
        return torch.autograd.grad(loss, leaves, torch.ones_like(loss))
    ones = (torch.ones_like(loss),)
    return ENGINE.run_backward(
        (loss,), ones, False, False, tuple(leaves), allow_unreachable=False, accumulate_grad=False
    )


def prepare(cohort: Cohort, state: State) -> Step:
    """The step of a cohort, its settings as columns on the device."""
    l2 = [2 * member.l2 for member in cohort.members]
    clip_norm = [member.clip_norm for member in cohort.members]
    return Step(
        cohort.loss,
        cohort.members[0].rule.update,
        state.layout.weights,
        column(l2, cohort.device) if any(l2) else None,
        column(clip_norm, cohort.device) if min(clip_norm) < inf else None,
        precision(cohort),
    )


def column(values: list[float], device: torch.device) -> Tensor:
    """One number for each member, rounded once."""
    return torch.tensor(values, dtype=torch.float64).to(device, torch.float32)[:, None]


def precision(cohort: Cohort) -> Callable:
    """A context in which products are taken in the cohort's precision; weights and sums stay float32."""
    if cohort.precision == torch.float32:
        return nullcontext
    return lambda: torch.autocast(cohort.device.type, cohort.precision)


def rule_numbers(cohort: Cohort, epoch: int) -> Tensor:
    """The rule's numbers at each step of an epoch, rounded once: (steps, kinds, members, 1)."""
    done = np.arange(epoch * cohort.steps, (epoch + 1) * cohort.steps, dtype=np.float64)
    each = [member.rule.numbers(done + 1, member.rate(done)) for member in cohort.members]
    table = np.stack([np.stack([np.broadcast_to(kind, done.shape) for kind in own]) for own in each])
    return torch.from_numpy(table.transpose(2, 1, 0).astype(np.float32)).to(cohort.device)[..., None]


def one_by_one(step: Step, state: State) -> Callable:
    """Several steps in plain PyTorch; each adds its members' losses, weighted by its rows, to a total."""
    tensors = dict(state.network.named_parameters())
    leaves: list[Tensor] = [tensors[name] for name in state.layout.learnt_names()]
    learnt = state.numbers[:, : state.layout.learnt]

    def steps(xs: Tensor, ys: Tensor, masks: Tensor | None, table: Tensor, total: Tensor) -> None:
        for x, y, mask, numbers in zip(xs, ys, repeat(None) if masks is None else masks, table, strict=False):
            loss = step(state.network, leaves, learnt, state.memory, Batch(x, y, mask, numbers.unbind(0)))
            total.add_(loss, alpha=xs.shape[-2])

    return steps


def fused(step: Step, state: State) -> Callable:
    """The same steps compiled into one graph, which starts a few kernels where single steps start hundreds."""
    torch._dynamo.config.trace_autograd_ops = True  # otherwise the graph would break at each gradient
    where, network = state.layout, state.network

    def steps(
        numbers: Tensor,
        memory: tuple[Tensor, ...],
        xs: Tensor,
        ys: Tensor,
        masks: Tensor | None,
        table: Tensor,
        total: Tensor,
    ) -> None:
        learnt = numbers[:, : where.learnt]
        for i in range(len(xs)):
            leaf = learnt.detach().clone().requires_grad_()  # one gradient for all tensors, which are views of it
            own = where.views(numbers) | where.views(leaf)
            batch = Batch(xs[i], ys[i], None if masks is None else masks[i], table[i].unbind(0))
            total.add_(step(partial(call, network, own), [leaf], learnt, memory, batch), alpha=xs.shape[-2])

    return partial(torch.compile(steps, fullgraph=True, dynamic=False), state.numbers, state.memory)


def call(network: nn.Module, tensors: dict[str, Tensor], x: Tensor, masks: Tensor | None) -> Tensor:
    """What a network says with the given tensors in place of its own."""
    return functional_call(network, tensors, (x, masks))
