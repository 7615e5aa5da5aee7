"""One step: the slope of the loss, what else pulls on the weights, the rule's move; one code for one and many."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import inf, prod
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nnrun.engine.chance import mixture
from nnrun.engine.cohort import Cohort, Member, Rule
from nnrun.engine.members import Layout, flat
from nnrun.engine.state import State

ENGINE = torch.autograd.Variable._execution_engine
CACHED = (
    128 * 1024
)  # numbers of a few members that stay in a core's cache while the rule passes over them
LARGE = (
    32 * 1024
)  # numbers of a tensor from which a copy costs more than a pass of the rule of its own


class Numbers(NamedTuple):
    """What a step takes from the table of an epoch, each (members, 1)."""

    mix: Tensor  # the share of a row in its mixture with another
    shrink: Tensor  # what decay leaves of a weight
    newest: Tensor  # the newest weights' share in their average
    rule: tuple[Tensor, ...]

    @staticmethod
    def of(kinds: Tensor) -> Numbers:
        each = kinds.unbind(0)
        return Numbers(each[0], each[1], each[2], each[3:])


class Batch(NamedTuple):
    """What one step needs; masks and noise may be None for none."""

    x: Tensor
    y: Tensor
    masks: Tensor | None  # of dropout
    noise: Tensor | None  # on the gradient, (members, learnt columns)
    numbers: Numbers


class Part(NamedTuple):
    """Neighbouring columns that move together: a large tensor, or several small ones."""

    tensors: slice  # of the network's learnt tensors
    columns: slice
    w: Tensor  # (members, columns)
    memory: list[Tensor]  # the rule's, each (members, columns)
    weights: int  # so many columns are weights, which decay reaches
    matrices: list[Tensor]  # the weights by their tensors, each ([members,] units, inputs)


def parts(where: Layout, learnt: Tensor, memory: tuple[Tensor, ...]) -> list[Part]:
    """Each large tensor by itself, which saves a copy of its gradient; small neighbours as one, which saves calls."""
    views = list(where.views(learnt).items())
    ends = list(accumulate(prod(where.shapes[name]) for name in where.learnt_names()))
    found = []
    for _, run in groupby(
        enumerate(ends), lambda at: at[0] if at[1] - ends[at[0] - 1] * (at[0] > 0) > LARGE else -1
    ):
        places = [i for i, _ in run]
        tensors = slice(places[0], places[-1] + 1)
        columns = slice(ends[places[0] - 1] if places[0] else 0, ends[places[-1]])
        slots = [slot[:, columns] for slot in memory]
        matrices = [view for name, view in views[tensors] if len(where.shapes[name]) > 1]
        weights = max(0, where.weights - columns.start)
        found.append(Part(tensors, columns, learnt[:, columns], slots, weights, matrices))
    return found


@dataclass(frozen=True)
class Step:
    """The step of a cohort: it moves every member once, in place, and gives each member's loss before the move."""

    loss: Callable[[Tensor, Tensor], Tensor]
    rule: Rule
    l1: Tensor | None  # (members, 1)
    l2: Tensor | None  # (members, 1): twice the penalty's factor
    penalised: Literal["weights", "all"]
    clip_norm: Tensor | None  # (members, 1)
    max_norm: Tensor | None  # (members, 1)
    mixing: bool
    shrinking: bool
    precision: Callable  # the context in which the network computes

    def __call__(
        self, forward: Callable, leaves: list[Tensor], parts: list[Part], batch: Batch
    ) -> Tensor:
        loss, slope = self.pull(forward, leaves, parts, batch)
        self.shrink(parts, batch.numbers)
        for part, g in zip(parts, slope, strict=True):
            self.move(part, g, batch.numbers.rule)
        self.hold(parts)
        return loss

    def pull(
        self, forward: Callable, leaves: list[Tensor], parts: list[Part], batch: Batch
    ) -> tuple[Tensor, list[Tensor]]:
        """Each member's loss, and all that pulls on its numbers: the gradient, penalties, noise."""
        loss, slope = self.slope(forward, leaves, parts, batch)
        self.penalise(parts, slope)
        if self.clip_norm is not None:
            clip(slope, self.clip_norm)
        if batch.noise is not None:
            for part, g in zip(parts, slope, strict=True):
                g.add_(batch.noise[:, part.columns])
        return loss, slope

    def slope(
        self, forward: Callable, leaves: list[Tensor], parts: list[Part], batch: Batch
    ) -> tuple[Tensor, list[Tensor]]:
        """Each member's loss, and its gradient part by part."""
        x, mix = batch.x, batch.numbers.mix
        if self.mixing:
            x = torch.lerp(x.roll(1, -2), x, mix if x.dim() == 2 else mix[..., None])
        with self.precision():
            outputs = forward(x, batch.masks)
        loss = self.loss(outputs.float(), batch.y)  # () for one member, (members,) for many
        if self.mixing:
            share = mix.view(loss.shape)
            loss = share * loss + (1 - share) * self.loss(
                outputs.float(), batch.y.roll(1, x.dim() - 2)
            )
        found, members = gradients(loss, leaves), len(parts[0].w)
        return loss.detach(), [
            joined([flat(g, members) for g in found[part.tensors]]) for part in parts
        ]

    def penalise(self, parts: list[Part], slope: list[Tensor]) -> None:
        """Add the slope of the penalties, λ·|w| and λ·‖w‖², to the gradient."""
        if self.l1 is None and self.l2 is None:
            return
        for part, g in zip(parts, slope, strict=True):
            reach = part.weights if self.penalised == "weights" else None
            if self.l1 is not None:
                g[:, :reach].addcmul_(part.w[:, :reach].sign(), self.l1)
            if self.l2 is not None:
                g[:, :reach].addcmul_(part.w[:, :reach], self.l2)

    def penalty(self, parts: list[Part]) -> Tensor | float:
        """The penalties of one member."""
        reach = [
            part.w[:, : part.weights if self.penalised == "weights" else None] for part in parts
        ]
        absolute = 0 if self.l1 is None else self.l1[0, 0] * sum(w.abs().sum() for w in reach)
        squared = 0 if self.l2 is None else self.l2[0, 0] / 2 * sum(w.square().sum() for w in reach)
        return absolute + squared

    def shrink(self, parts: list[Part], numbers: Numbers) -> None:
        """Let the weights decay."""
        if self.shrinking:
            for part in parts:
                part.w[:, : part.weights].mul_(numbers.shrink)

    def hold(self, parts: list[Part]) -> None:
        """Shorten each unit's weights to the greatest length."""
        if self.max_norm is not None:
            for matrix in (matrix for part in parts for matrix in part.matrices):
                shorten(matrix, self.max_norm)

    def move(self, part: Part, g: Tensor, numbers: tuple) -> None:
        """Let the rule pass over a few members at a time, so that their numbers stay in the cache."""
        members, size = g.shape
        if members * size <= CACHED:
            self.rule.update(part.w, g, part.memory, numbers, part.weights)
            return
        few = max(1, CACHED // size)
        for i in range(0, members, few):
            rows = slice(i, i + few)
            some = ([t[rows] for t in tensors] for tensors in (part.memory, numbers))
            self.rule.update(part.w[rows], g[rows], *some, part.weights)


def clip(slope: list[Tensor], most: Tensor) -> None:
    """Shorten each member's gradient to a length, as torch.nn.utils.clip_grad_norm_ does."""
    length = torch.stack([g.norm(dim=1) for g in slope]).norm(dim=0)[:, None]
    for g in slope:
        g.mul_((most / (length + 1e-6)).clamp(max=1))


def shorten(matrix: Tensor, most: Tensor) -> None:
    """Scale the weights into each unit to a length at most; ([members,] units, inputs...)."""
    inputs = matrix.dim() - (len(most) > 1) - 1
    axes = tuple(range(-inputs, 0))
    length = matrix.square().sum(axes, keepdim=True).sqrt()
    matrix.mul_((most.view(-1, *[1] * (inputs + 1)) / length).clamp_(max=1).view(length.shape))


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
    return tuple(
        torch.zeros_like(leaf) if g is None else g for g, leaf in zip(found, leaves, strict=True)
    )


def prepare(cohort: Cohort, state: State) -> Step:
    """The step of a cohort, its settings as columns on the device."""
    members, device = cohort.members, cohort.device
    return Step(
        cohort.loss,
        cohort.members[0].rule,
        l1=column([member.l1 for member in members], 0, device),
        l2=column([2 * member.l2 for member in members], 0, device),
        penalised=cohort.penalised,
        clip_norm=column([member.clip_norm for member in members], inf, device),
        max_norm=column([member.max_norm for member in members], inf, device),
        mixing=any(member.mixup for member in members),
        shrinking=any(member.weight_decay for member in members),
        precision=precision(cohort),
    )


def column(values: list[float], rest: float, device: torch.device) -> Tensor | None:
    """One number for each member, rounded once; None where all are at rest."""
    if all(value == rest for value in values):
        return None
    return torch.tensor(values, dtype=torch.float64).to(device, torch.float32)[:, None]


def precision(cohort: Cohort) -> Callable:
    """A context in which products are taken in the cohort's precision; weights and sums stay float32."""
    if cohort.precision == torch.float32:
        return nullcontext
    return lambda: torch.autocast(cohort.device.type, cohort.precision)


def table(cohort: Cohort, epoch: int, levels: list[float]) -> Tensor:
    """The numbers of each step of an epoch, rounded once: (steps, kinds, members, 1)."""
    done = np.arange(epoch * cohort.steps, (epoch + 1) * cohort.steps, dtype=np.float64)
    each = [
        numbers(own, level, epoch, done) for own, level in zip(cohort.members, levels, strict=True)
    ]
    rows = np.stack([np.stack([np.broadcast_to(kind, done.shape) for kind in own]) for own in each])
    return torch.from_numpy(rows.transpose(2, 1, 0).astype(np.float32)).to(cohort.device)[..., None]


def numbers(
    member: Member, level: float, epoch: int, done: np.ndarray
) -> tuple[np.ndarray | float, ...]:
    """A member's numbers at each step of an epoch, in the order of `Numbers`."""
    rate = level * member.rate(done)
    mix = mixture(member.seed, epoch, member.mixup, len(done)) if member.mixup else 1
    newest = member.newest(done) if member.newest else 1
    return (
        mix,
        1 - member.rule.lr * rate * member.weight_decay,
        newest,
        *member.rule.numbers(done + 1, rate),
    )
