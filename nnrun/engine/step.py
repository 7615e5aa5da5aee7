"""One step: the slope of the loss, what else pulls on the weights, the rule's move; one code for one and many."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, groupby, repeat
from math import inf, prod
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from nnrun.engine.members import Layout, flat
from nnrun.engine.state import Cohort, State

ENGINE = torch.autograd.Variable._execution_engine
CACHED = 128 * 1024  # numbers of a few members that stay in a core's cache while the rule passes over them
LARGE = 32 * 1024  # numbers of a tensor from which a copy costs more than a pass of the rule of its own


class Batch(NamedTuple):
    """What one step needs: rows, dropout masks (None for none), and the rule's numbers at this step."""

    x: Tensor
    y: Tensor
    masks: Tensor | None
    numbers: tuple[Tensor, ...]  # each (members, 1)


class Part(NamedTuple):
    """Neighbouring columns that move together: a large tensor, or several small ones."""

    tensors: slice  # of the network's learnt tensors
    w: Tensor  # (members, columns)
    memory: list[Tensor]  # the rule's, each (members, columns)
    weights: int  # so many columns are weights, which penalties and decay reach


def parts(where: Layout, learnt: Tensor, memory: tuple[Tensor, ...]) -> list[Part]:
    """Each large tensor by itself, which saves a copy of its gradient; small neighbours as one, which saves calls."""
    ends = list(accumulate(prod(where.shapes[name]) for name in where.learnt_names()))
    found = []
    for _, run in groupby(enumerate(ends), lambda at: at[0] if at[1] - ends[at[0] - 1] * (at[0] > 0) > LARGE else -1):
        places = [i for i, _ in run]
        tensors = slice(places[0], places[-1] + 1)
        columns = slice(ends[places[0] - 1] if places[0] else 0, ends[places[-1]])
        slots = [slot[:, columns] for slot in memory]
        found.append(Part(tensors, learnt[:, columns], slots, max(0, where.weights - columns.start)))
    return found


@dataclass(frozen=True)
class Step:
    """The step of a cohort: it moves every member once, in place, and gives each member's loss before the move."""

    loss: Callable[[Tensor, Tensor], Tensor]
    update: Callable
    l2: Tensor | None  # (members, 1): twice the penalty's factor
    clip_norm: Tensor | None  # (members, 1)
    precision: Callable  # the context in which the network computes

    def __call__(self, forward: Callable, leaves: list[Tensor], parts: list[Part], batch: Batch) -> Tensor:
        loss, slope = self.slope(forward, leaves, parts, batch)
        if self.l2 is not None:
            for part, g in zip(parts, slope, strict=True):
                g[:, : part.weights].addcmul_(part.w[:, : part.weights], self.l2)
        if self.clip_norm is not None:
            clip(slope, self.clip_norm)
        for part, g in zip(parts, slope, strict=True):
            self.move(part, g, batch.numbers)
        return loss

    def slope(
        self, forward: Callable, leaves: list[Tensor], parts: list[Part], batch: Batch
    ) -> tuple[Tensor, list[Tensor]]:
        """Each member's loss, and its gradient part by part."""
        with self.precision():
            outputs = forward(batch.x, batch.masks)
        loss = self.loss(outputs.float(), batch.y)  # () for one member, (members,) for many
        found, members = gradients(loss, leaves), len(parts[0].w)
        return loss.detach(), [joined([flat(g, members) for g in found[part.tensors]]) for part in parts]

    def move(self, part: Part, g: Tensor, numbers: tuple) -> None:
        """Let the rule pass over a few members at a time, so that their numbers stay in the cache."""
        members, size = g.shape
        if members * size <= CACHED:
            self.update(part.w, g, part.memory, numbers, part.weights)
            return
        few = max(1, CACHED // size)
        for i in range(0, members, few):
            rows = slice(i, i + few)
            some = ([t[rows] for t in tensors] for tensors in (part.memory, numbers))
            self.update(part.w[rows], g[rows], *some, part.weights)


def clip(slope: list[Tensor], most: Tensor) -> None:
    """Shorten each member's gradient to a length, as torch.nn.utils.clip_grad_norm_ does."""
    length = torch.stack([g.norm(dim=1) for g in slope]).norm(dim=0)[:, None]
    for g in slope:
        g.mul_((most / (length + 1e-6)).clamp(max=1))


def joined(neighbours: list[Tensor]) -> Tensor:
    return torch.cat(neighbours, 1) if len(neighbours) > 1 else neighbours[0]


def gradients(loss: Tensor, leaves: list[Tensor]) -> tuple[Tensor, ...]:
    """The slope of the losses' sum: torch.autograd.grad without its checks, which take a seventh of a small step."""
    if torch.compiler.is_compiling():
        return torch.autograd.grad(loss, leaves, torch.ones_like(loss))
    ones = (torch.ones_like(loss),)
    found = ENGINE.run_backward(
        (loss,), ones, False, False, tuple(leaves), allow_unreachable=True, accumulate_grad=False
    )
    return tuple(torch.zeros_like(leaf) if g is None else g for g, leaf in zip(found, leaves, strict=True))


def prepare(cohort: Cohort, state: State) -> Step:
    """The step of a cohort, its settings as columns on the device."""
    l2 = [2 * member.l2 for member in cohort.members]
    clip_norm = [member.clip_norm for member in cohort.members]
    return Step(
        cohort.loss,
        cohort.members[0].rule.update,
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
    own = parts(state.layout, state.numbers[:, : state.layout.learnt], state.memory)

    def steps(xs: Tensor, ys: Tensor, masks: Tensor | None, table: Tensor, total: Tensor) -> None:
        for x, y, mask, numbers in zip(xs, ys, repeat(None) if masks is None else masks, table, strict=False):
            loss = step(state.network, leaves, own, Batch(x, y, mask, numbers.unbind(0)))
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
        whole = [Part(slice(0, 1), learnt, list(memory), where.weights)]
        for i in range(len(xs)):
            leaf = learnt.detach().clone().requires_grad_()  # one gradient for all tensors, which are views of it
            own = where.views(numbers) | where.views(leaf)
            batch = Batch(xs[i], ys[i], None if masks is None else masks[i], table[i].unbind(0))
            total.add_(step(partial(call, network, own), [leaf], whole, batch), alpha=xs.shape[-2])

    return partial(torch.compile(steps, fullgraph=True, dynamic=False), state.numbers, state.memory)


def call(network: nn.Module, tensors: dict[str, Tensor], x: Tensor, masks: Tensor | None) -> Tensor:
    """What a network says with the given tensors in place of its own."""
    return functional_call(network, tensors, (x, masks))
