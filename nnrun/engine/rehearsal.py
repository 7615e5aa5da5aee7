"""A network of one's own is asked once before it trains: is it the copy alone that answers?

What trains is a copy, whose tensors are views of a cohort's numbers. A function that holds on to
the network that was built, or a list of weights, would go on with those.
"""

from copy import deepcopy
from functools import partial
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from nnrun.engine.dispatch import Call, memory, watched
from nnrun.engine.members import bind, layout, row
from nnrun.errors import TrainingFailed
from nnrun.streams import begun_at

ELSE = (
    "something in it holds on to that, such as a lambda over self or a list of weights; "
    "let a method ask for it by its name"
)


def rehearse(network: nn.Module, x: Tensor) -> None:
    """Ask a copy that stands as in training, and stop where it would not be what trains."""
    copied, before = copied_from(network)
    where = layout(copied)
    begun = row(copied, where)[None].to(x.device)
    bind(copied, where, numbers := begun.clone())
    calls = [call for training in (True, False) for call in asked(copied, x, training)]
    old, new = where.views(begun), where.views(numbers)
    moving = {name for name in old if not torch.equal(old[name], new[name])}
    moving |= {*where.learnt_names()}
    if name := stale(calls, before, moving):
        own = name.partition("inner.")[2] or name
        wrong = f"its network asks for {own} as it was built, not as it is trained"
        raise TrainingFailed(f"{wrong}; {ELSE}")


def asked(network: nn.Module, x: Tensor, training: bool) -> list[Call]:
    """List the calls of a network that answers, in training or in use."""
    network.train(training)
    with begun_at(0), torch.set_grad_enabled(training):
        return watched(partial(network, x))


Before = list[tuple[str, Tensor]]


def copied_from(network: nn.Module) -> tuple[nn.Module, Before]:
    """Copy a network, and tell what was a tensor of it, or on the memory of one, with its name."""
    memo: dict[int, Any] = {}
    copied = deepcopy(network, memo)
    built: Before = [*network.named_parameters(), *network.named_buffers()]
    names = {memory(tensor): name for name, tensor in built}
    originals = [one for one in memo.get(id(memo), ()) if isinstance(one, Tensor)]
    on_memory = [one for one in originals if memory(one) in names]
    return copied, [*built, *((names[memory(one)], memo[id(one)]) for one in on_memory)]


def stale(calls: list[Call], before: Before, moving: set[str]) -> str:
    """Name a tensor that is no longer the network's, and yet changed, or asked though it moves."""
    read = set(chain.from_iterable(call.reads for call in calls))
    written = set(chain.from_iterable(call.writes for call in calls))
    for name, tensor in before:
        if memory(tensor) in (read if name in moving else written):
            return name
    return ""
