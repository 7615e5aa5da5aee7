"""Steps one after the other: plain, by an optimizer of torch, or compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import repeat

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Optimizer

from nnrun.engine.state import State, learnt_tensors
from nnrun.engine.step import Batch, Block, Coefficients, Step, blocks


def one_by_one(step: Step, state: State) -> Callable:
    """Make several steps in plain PyTorch; each adds its members' losses, weighted by its rows."""
    tensors = learnt_tensors(state.network, state.layout)
    moving = blocks(state.layout, state.numbers[:, : state.layout.learnt], state.memory)
    averaging = state.averaging
    take = step if state.optimizer is None else partial(by_torch, step, state.optimizer)

    def steps(
        xs: Tensor,
        ys: Tensor,
        masks: Tensor | None,
        noises: Tensor | None,
        table: Tensor,
        total: Tensor,
    ) -> None:
        drawn = zip(xs, ys, each(masks), each(noises), table, strict=False)
        for x, y, mask, noise, kinds in drawn:
            batch = Batch(x, y, mask, noise, Coefficients.of(kinds))
            loss = take(state.network, tensors, moving, batch)
            total.add_(loss, alpha=xs.shape[-2])
            if averaging:
                state.average.lerp_(state.numbers, batch.coefficients.newest)

    return steps


def each(drawn: Tensor | None) -> Iterable[Tensor | None]:
    """Give what was drawn for each step."""
    return repeat(None) if drawn is None else drawn


def by_torch(
    step: Step,
    optimizer: Optimizer,
    network: Callable,
    tensors: list[Tensor],
    blocks: list[Block],
    batch: Batch,
) -> Tensor:
    """Let an optimizer of torch make the step of one member; it may ask for several gradients."""
    for group in optimizer.param_groups:
        group["lr"] = float(batch.coefficients.rule[0])
    losses = []

    def height() -> Tensor:
        loss, gradient = step.gradient(network, tensors, blocks, batch)
        losses.append(loss)
        for block, g in zip(blocks, gradient, strict=True):
            set_gradients(g, tensors[block.tensors])
        return loss + step.penalty(blocks)  # a search along a line compares what the gradient is of

    optimizer.step(height)  # type: ignore[arg-type]
    # only after the move, which might otherwise begin elsewhere than its gradient was taken
    step.decay(blocks, batch.coefficients)
    step.limit(blocks)
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
        xs: Tensor,
        ys: Tensor,
        masks: Tensor | None,
        noises: Tensor | None,
        table: Tensor,
        total: Tensor,
    ) -> None:
        learnt = numbers[:, : where.learnt]
        views = where.views(learnt)
        matrices = [view for name, view in views.items() if len(where.shapes[name]) > 1]
        whole = Block(slice(0, 1), slice(None), learnt, list(memory), where.weights, matrices)
        for i in range(len(xs)):
            # one gradient for all tensors, which are views of it
            leaf = learnt.detach().clone().requires_grad_()
            tensors = where.views(numbers) | where.views(leaf)
            mask = None if masks is None else masks[i]
            noise = None if noises is None else noises[i]
            batch = Batch(xs[i], ys[i], mask, noise, Coefficients.of(table[i]))
            loss = step(partial(call, network, tensors), [leaf], [whole], batch)
            total.add_(loss, alpha=xs.shape[-2])
            if averaging:
                average.lerp_(numbers, batch.coefficients.newest)

    compiled = torch.compile(steps, fullgraph=True, dynamic=False)
    return partial(compiled, state.numbers, state.memory, state.average)


def call(network: nn.Module, tensors: dict[str, Tensor], x: Tensor, masks: Tensor | None) -> Tensor:
    """Call a network with the given tensors in place of its own."""
    return functional_call(network, tensors, (x, masks))
