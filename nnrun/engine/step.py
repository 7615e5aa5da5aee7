"""One step: the gradient of the loss, what else pulls on the weights, the rule's move.

The same code serves one member and many.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from math import inf, prod
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from nnrun.engine.answers import loss_of_all
from nnrun.engine.cohort import Cohort, Rule
from nnrun.engine.members import Layout, as_it_lies, flat, joined

ENGINE = torch.autograd.Variable._execution_engine
# numbers of a tensor from which a copy costs more than a pass of the rule of its own
LARGE = 32 * 1024


class Move(NamedTuple):
    """What moves the tensors of one rate, each (members, 1)."""

    decay: Tensor  # what decay leaves of a weight
    rule: tuple[Tensor, ...]


class Coefficients(NamedTuple):
    """What a step takes from the table of an epoch."""

    mix: Tensor  # the share of a row in its mixture with another
    newest: Tensor  # the newest weights' share in their average
    moves: tuple[Move, ...]  # for each factor on the learning rate

    @staticmethod
    def of(rows: Tensor, rates: int = 1) -> Coefficients:
        mix, newest, *kinds = rows.unbind(0)
        size = len(kinds) // rates
        several = [kinds[first : first + size] for first in range(0, len(kinds), size)]
        return Coefficients(mix, newest, tuple(Move(own[0], tuple(own[1:])) for own in several))


class Batch(NamedTuple):
    """What one step needs; masks and noise may be None for none."""

    x: Tensor
    wanted: tuple[Tensor, ...]  # the targets, and perhaps how much each row weighs
    masks: Tensor | None  # of dropout
    noise: Tensor | None  # on the gradient, (members, learnt columns)
    coefficients: Coefficients


class Block(NamedTuple):
    """Neighbouring columns that move together: a large tensor, or several small ones."""

    tensors: slice  # of the network's learnt tensors
    columns: slice
    w: Tensor  # (members, columns)
    memory: list[Tensor]  # the rule's, each (members, columns)
    weights: int  # so many columns are weights, which decay reaches
    rate: int  # the place of its factor on the learning rate
    matrices: list[Tensor]  # the weights by their tensors, each ([members,] units, inputs)
    whole: tuple[int, ...]  # the shape of a matrix that the rule moves as a whole; else ()

    def as_matrices(self, g: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Give numbers, gradient and memory in that shape, one for each member."""
        numbers, gradient, *memory = (
            columns.unflatten(1, self.whole) for columns in (self.w, g, *self.memory)
        )
        return numbers, gradient, memory


def blocks(
    where: Layout, learnt: Tensor, memory: tuple[Tensor, ...], by_matrix: bool = False
) -> list[Block]:
    """Let large tensors move by themselves, which saves a copy of their gradients.

    Small neighbours move as one, which saves calls.
    """
    views, made = where.views(learnt), []
    whole = wholes(where) if by_matrix else {}
    for tensors in neighbours(where, whole):
        names = where.learnt_names()[tensors]
        columns = slice(where.columns[names[0]].start, where.columns[names[-1]].stop)
        block = Block(
            tensors,
            columns,
            w=learnt[:, columns],
            memory=[slot[:, columns] for slot in memory],
            weights=max(0, where.weights - columns.start),
            rate=where.rates.index(where.factors[names[0]]),
            matrices=[views[name] for name in names if len(where.shapes[name]) > 1],
            whole=whole.get(names[0], ()),
        )
        made.append(block)
    return made


def wholes(where: Layout) -> dict[str, tuple[int, int]]:
    """Find the matrices among the weights, and filters of images, each in the shape as it lies."""
    weights = [name for name in where.learnt_names() if where.columns[name].stop <= where.weights]
    return {
        name: as_it_lies(where.shapes[name])
        for name in weights
        if len(where.shapes[name]) in (2, 4)
    }


def neighbours(where: Layout, alone: Container[str] = ()) -> Iterator[slice]:
    """Group the learnt tensors: each large one, and small ones of one rate between two of them.

    Some stand alone whatever their size.
    """
    names = where.learnt_names()

    def company(place: int) -> tuple[int, float]:
        name = names[place]
        by_itself = name in alone or prod(where.shapes[name]) > LARGE
        return place if by_itself else -1, where.factors[name]

    for _, group in groupby(range(len(names)), company):
        first, *more = group
        yield slice(first, first + len(more) + 1)


Slopes = tuple[Tensor, list[Tensor]]  # each member's loss, and a gradient block by block


class Moving(NamedTuple):
    """A network under way: called with rows and masks, and its learnt numbers in two ways."""

    network: Callable
    tensors: list[Tensor]
    blocks: list[Block]


@dataclass(frozen=True)
class Step:
    """The step of a cohort: it moves every member once, in place, and tells the losses before."""

    loss: Callable[..., Tensor]
    rule: Rule
    l1: Tensor | None  # (members, 1)
    l2: Tensor | None  # (members, 1): twice the penalty's factor
    penalised: Literal["weights", "all"]
    clip_norm: Tensor | None  # (members, 1)
    max_norm: Tensor | None  # (members, 1)
    mixing: bool
    decaying: bool
    precision: Callable  # the context in which the network computes

    def __call__(self, moving: Moving, batch: Batch) -> Tensor:
        loss, gradient = self.gradient(moving, batch)
        self.decay(moving.blocks, batch.coefficients)
        for block, g in zip(moving.blocks, gradient, strict=True):
            self.move(block, g, batch.coefficients.moves[block.rate].rule)
        self.limit(moving.blocks)
        return loss

    def move(self, block: Block, g: Tensor, numbers: tuple[Tensor, ...]) -> None:
        if block.whole:
            of_matrices = tuple(number[..., None] for number in numbers)
            self.rule.update_matrix(*block.as_matrices(g), of_matrices)
        else:
            self.rule.update(block.w, g, block.memory, numbers, block.weights)

    def gradient(self, moving: Moving, batch: Batch) -> Slopes:
        """Give each member's loss, and all that pulls on its numbers, block by block."""
        loss, gradient = self.loss_gradient(moving, batch)
        self.penalise(moving.blocks, gradient)
        if self.clip_norm is not None:
            clip(gradient, self.clip_norm)
        if batch.noise is not None:
            for block, g in zip(moving.blocks, gradient, strict=True):
                g.add_(batch.noise[:, block.columns])
        return loss, gradient

    def loss_gradient(self, moving: Moving, batch: Batch) -> Slopes:
        """Give each member's loss, and the gradient of that alone."""
        loss, (_, tensors, blocks) = self.mean_loss(moving.network, batch), moving
        members, slopes = len(blocks[0].w), gradients(loss, tensors)
        gradient = []
        for block in blocks:
            gradient.append(joined([flat(g, members) for g in slopes[block.tensors]], 1))
        return loss.detach(), gradient

    def mean_loss(self, network: Callable, batch: Batch) -> Tensor:
        """Give the members' losses of their rows or mixtures: () for one, (members,) for many."""
        x, mix = batch.x, batch.coefficients.mix
        if self.mixing:
            x = torch.lerp(x.roll(1, -2), x, mix if x.dim() == 2 else mix[..., None])
        with self.precision():
            outputs = network(x, batch.masks)
        lead = x.dim() - 2
        loss = loss_of_all(self.loss, outputs.float(), batch.wanted, lead)
        if self.mixing:
            share = mix.view(loss.shape)
            wanted = [of_rows.roll(1, lead) for of_rows in batch.wanted]
            others = loss_of_all(self.loss, outputs.float(), wanted, lead)
            loss = share * loss + (1 - share) * others
        return loss

    def penalise(self, blocks: list[Block], gradient: list[Tensor]) -> None:
        """Add the slope of the penalties, λ·|w| and λ·‖w‖², to the gradient."""
        if self.l1 is None and self.l2 is None:
            return
        for block, g in zip(blocks, gradient, strict=True):
            w, pulled = self.reached(block, block.w), self.reached(block, g)
            if self.l1 is not None:
                pulled.addcmul_(w.sign(), self.l1)
            if self.l2 is not None:
                pulled.addcmul_(w, self.l2)

    def reached(self, block: Block, numbers: Tensor) -> Tensor:
        """Take the columns that penalties reach."""
        return numbers[:, : block.weights] if self.penalised == "weights" else numbers

    def penalty(self, blocks: list[Block]) -> Tensor | float:
        """Sum up the penalties of one member."""
        weights = [self.reached(block, block.w) for block in blocks]
        penalty: Tensor | float = 0
        if self.l1 is not None:
            penalty = self.l1[0, 0] * sum(w.abs().sum() for w in weights)
        if self.l2 is not None:
            penalty = penalty + self.l2[0, 0] / 2 * sum(w.square().sum() for w in weights)
        return penalty

    def decay(self, blocks: list[Block], coefficients: Coefficients) -> None:
        if self.decaying:
            for block in blocks:
                block.w[:, : block.weights].mul_(coefficients.moves[block.rate].decay)

    def limit(self, blocks: list[Block]) -> None:
        """Shorten each unit's weights to the greatest length."""
        if self.max_norm is not None:
            for matrix in (matrix for block in blocks for matrix in block.matrices):
                shorten(matrix, self.max_norm)


def clip(gradient: list[Tensor], most: Tensor) -> None:
    """Shorten each member's gradient to a length, as torch.nn.utils.clip_grad_norm_ does."""
    length = lengths(gradient)[:, None]
    for g in gradient:
        g.mul_((most / (length + 1e-6)).clamp(max=1))


def lengths(gradient: list[Tensor]) -> Tensor:
    """Measure each member's gradient, block after block: a sum's order depends on its company."""
    first, *others = (g.norm(dim=1) for g in gradient)
    if not others:
        return first
    squares = first.square()
    for other in others:
        squares = squares + other.square()
    return squares.sqrt()


def shorten(matrix: Tensor, most: Tensor) -> None:
    """Scale the weights into each unit to a length at most; ([members,] units, inputs...)."""
    inputs = matrix.dim() - (len(most) > 1) - 1
    axes = tuple(range(-inputs, 0))
    length = matrix.square().sum(axes, keepdim=True).sqrt()
    limit = most.view(-1, *[1] * (inputs + 1))
    matrix.mul_((limit / length).clamp_(max=1).view(length.shape))


def gradients(loss: Tensor, tensors: list[Tensor]) -> list[Tensor]:
    """Differentiate the losses' sum, without the checks of torch.autograd.grad.

    They take a seventh of a small step.
    """
    losses, ones, inputs = (loss,), (torch.ones_like(loss),), tuple(tensors)
    slopes = ENGINE.run_backward(
        losses, ones, False, False, inputs, allow_unreachable=True, accumulate_grad=False
    )
    pairs = zip(slopes, tensors, strict=True)
    return [torch.zeros_like(tensor) if slope is None else slope for slope, tensor in pairs]


def prepare(cohort: Cohort, stage: int = 0) -> Step:
    """Make a cohort's step in a stage of its losses, its settings as columns on the device."""
    members, device = cohort.members, cohort.device
    return Step(
        cohort.loss(stage),
        members[0].rule,
        l1=column([member.l1 for member in members], 0, device),
        l2=column([2 * member.l2 for member in members], 0, device),
        penalised=cohort.penalised,
        clip_norm=column([member.clip_norm for member in members], inf, device),
        max_norm=column([member.max_norm for member in members], inf, device),
        mixing=any(member.mixup for member in members),
        decaying=any(member.weight_decay for member in members),
        precision=precision(cohort),
    )


def column(values: list[float], neutral: float, device: torch.device) -> Tensor | None:
    """Round one number for each member once; None where all are neutral."""
    if all(value == neutral for value in values):
        return None
    return torch.tensor(values, dtype=torch.float64).to(device, torch.float32)[:, None]


def precision(cohort: Cohort) -> Callable:
    """Give the context in which products have the cohort's precision; sums stay float32."""
    if cohort.precision == torch.float32:
        return nullcontext
    return lambda: torch.autocast(cohort.device.type, cohort.precision)
