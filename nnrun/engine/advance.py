"""Steps one after the other through a stretch of rows: plain, by an optimizer of torch, or compiled into one graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import repeat

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Optimizer

from nnrun.engine.state import State, learnt_tensors
from nnrun.engine.step import Batch, Numbers, Part, Step, parts


def one_by_one(step: Step, state: State) -> Callable:
    """Several steps in plain PyTorch; each adds its members' losses, weighted by its rows, to a total."""
    leaves = learnt_tensors(state.network, state.layout)
    own = parts(state.layout, state.numbers[:, : state.layout.learnt], state.memory)
    averaging = state.averaging
    take = step if state.optimizer is None else by_torch(step, state.optimizer)

    def steps(
        xs: Tensor,
        ys: Tensor,
        masks: Tensor | None,
        noises: Tensor | None,
        table: Tensor,
        total: Tensor,
    ):
        for x, y, mask, noise, kinds in zip(xs, ys, each(masks), each(noises), table, strict=False):
            batch = Batch(x, y, mask, noise, Numbers.of(kinds))
            loss = take(state.network, leaves, own, batch)
            total.add_(loss, alpha=xs.shape[-2])
            if averaging:
                state.average.lerp_(state.numbers, batch.numbers.newest)

    return steps


def by_torch(step: Step, optimizer: Optimizer) -> Callable:
    """The step of one member by an optimizer of torch, which may ask for the slope at several places."""

    def take(forward: Callable, leaves: list[Tensor], parts: list[Part], batch: Batch) -> Tensor:
        for group in optimizer.param_groups:
            group["lr"] = float(batch.numbers.rule[0])

        losses = []

        def slope() -> Tensor:
            loss, found = step.pull(forward, leaves, parts, batch)
            losses.append(loss)
            for part, g in zip(parts, found, strict=True):
                hand_out(g, leaves[part.tensors])
            return loss + step.penalty(
                parts
            )  # a search along a line compares heights of what the slope is of

        optimizer.step(slope)  # type: ignore[arg-type]
        step.shrink(
            parts, batch.numbers
        )  # after the move, which might otherwise begin elsewhere than its slope was taken
        step.hold(parts)
        return losses[0]

    return take


def hand_out(g: Tensor, leaves: list[Tensor]) -> None:
    """Give each tensor of one member its part of the gradient."""
    for leaf, own in zip(leaves, g[0].split([leaf.numel() for leaf in leaves]), strict=True):
        shape = leaf.shape
        leaf.grad = own.view(shape[::-1]).mT.contiguous() if len(shape) == 2 else own.view(shape)


def each(drawn: Tensor | None) -> Iterable[Tensor | None]:
    """What was drawn for each step."""
    return repeat(None) if drawn is None else drawn


def fused(step: Step, state: State) -> Callable:
    """The same steps compiled into one graph, which starts a few kernels where single steps start hundreds."""
    torch._dynamo.config.trace_autograd_ops = (
        True  # otherwise the graph would break at each gradient
    )
    where, network, averaging = state.layout, state.network, state.averaging

    def steps(
        numbers: Tensor,
        memory: tuple[Tensor, ...],
        average: Tensor,
        xs: Tensor,
        ys: Tensor,
        masks: Tensor | None,
        noises: Tensor | None,
        table: Tensor,
        total: Tensor,
    ) -> None:
        learnt = numbers[:, : where.learnt]
        matrices = [
            view for name, view in where.views(learnt).items() if len(where.shapes[name]) > 1
        ]
        whole = [Part(slice(0, 1), slice(None), learnt, list(memory), where.weights, matrices)]
        for i in range(len(xs)):
            leaf = (
                learnt.detach().clone().requires_grad_()
            )  # one gradient for all tensors, which are views of it
            own = where.views(numbers) | where.views(leaf)
            mask, noise = None if masks is None else masks[i], None if noises is None else noises[i]
            batch = Batch(xs[i], ys[i], mask, noise, Numbers.of(table[i]))
            total.add_(step(partial(call, network, own), [leaf], whole, batch), alpha=xs.shape[-2])
            if averaging:
                average.lerp_(numbers, batch.numbers.newest)

    return partial(
        torch.compile(steps, fullgraph=True, dynamic=False),
        state.numbers,
        state.memory,
        state.average,
    )


def call(network: nn.Module, tensors: dict[str, Tensor], x: Tensor, masks: Tensor | None) -> Tensor:
    """What a network says with the given tensors in place of its own."""
    return functional_call(network, tensors, (x, masks))
