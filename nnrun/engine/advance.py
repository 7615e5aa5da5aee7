"""Steps one after the other: plain, by an optimizer of torch, or compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Optimizer

from nnrun.engine.state import State, learnt_tensors
from nnrun.engine.step import Batch, Block, Moving, Portion, Step, blocks


def one_by_one(step: Step, state: State) -> Callable:
    """Make several steps in plain PyTorch; each adds its members' losses, weighted by its rows."""
    tensors = learnt_tensors(state.network, state.layout)
    learnt = state.numbers[:, : state.layout.learnt]
    moving = Moving(state.network, tensors, blocks(state.layout, learnt, state.memory))
    averaging = state.averaging
    take = step if state.optimizer is None else partial(by_torch, step, state.optimizer)

    def steps(portion: Portion, total: Tensor) -> None:
        rows = portion.xs.shape[-2]
        for batch in portion.batches():
            total.add_(take(moving, batch), alpha=rows)
            if averaging:
                state.average.lerp_(state.numbers, batch.coefficients.newest)

    return steps


def by_torch(step: Step, optimizer: Optimizer, moving: Moving, batch: Batch) -> Tensor:
    """Let an optimizer of torch make the step of one member; it may ask for several gradients."""
    for group in optimizer.param_groups:
        group["lr"] = float(batch.coefficients.rule[0])
    losses = []

    def height() -> Tensor:
        loss, gradient = step.gradient(moving, batch)
        losses.append(loss)
        for block, g in zip(moving.blocks, gradient, strict=True):
            set_gradients(g, moving.tensors[block.tensors])
        # a search along a line compares what the gradient is of
        return loss + step.penalty(moving.blocks)

    optimizer.step(height)  # type: ignore[arg-type]
    # only after the move, which might otherwise begin elsewhere than its gradient was taken
    step.decay(moving.blocks, batch.coefficients)
    step.limit(moving.blocks)
    return losses[0]


def set_gradients(g: Tensor, tensors: list[Tensor]) -> None:
    """Give each tensor of one member its part of the gradient."""
    sizes = [tensor.numel() for tensor in tensors]
    for tensor, columns in zip(tensors, g[0].split(sizes), strict=True):
        shape = tensor.shape
        if len(shape) == 2:
            tensor.grad = columns.view(shape[::-1]).mT.contiguous()
        else:
            tensor.grad = columns.view(shape)


def fused(step: Step, state: State) -> Callable:
    """Compile the same steps into one graph, which starts a few kernels instead of hundreds."""
    # otherwise the graph would break at each gradient
    torch._dynamo.config.trace_autograd_ops = True
    where, network, averaging = state.layout, state.network, state.averaging

    def steps(
        numbers: Tensor,
        memory: tuple[Tensor, ...],
        average: Tensor,
        portion: Portion,
        total: Tensor,
    ) -> None:
        learnt, rows = numbers[:, : where.learnt], portion.xs.shape[-2]
        views = where.views(learnt)
        matrices = [view for name, view in views.items() if len(where.shapes[name]) > 1]
        whole = Block(slice(0, 1), slice(None), learnt, list(memory), where.weights, matrices)
        for batch in portion.batches():
            # one gradient for all tensors, which are views of it
            leaf = learnt.detach().clone().requires_grad_()
            tensors = where.views(numbers) | where.views(leaf)
            moving = Moving(partial(call, network, tensors), [leaf], [whole])
            total.add_(step(moving, batch), alpha=rows)
            if averaging:
                average.lerp_(numbers, batch.coefficients.newest)

    compiled = torch.compile(steps, fullgraph=True, dynamic=False)
    return partial(compiled, state.numbers, state.memory, state.average)


def call(network: nn.Module, tensors: dict[str, Tensor], x: Tensor, masks: Tensor | None) -> Tensor:
    """Call a network with the given tensors in place of its own."""
    return functional_call(network, tensors, (x, masks))
