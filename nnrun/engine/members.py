"""A cohort's numbers as one matrix: a member is a row, a tensor of the network a view of columns.

Weights come first (decay and penalties reach them), then biases and norms, then running statistics
and what is frozen, which no gradient moves. One operation on the matrix serves every tensor of
every member; a copy of a row is a copy of a model.

A layer's weight, (outputs, inputs), lies in its columns input by input: so its gradient comes out
of the backward pass. With few outputs it lies output by output, since products of narrow matrices
take three times as long the other way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import prod

import torch
from torch import Tensor, nn

Decays = Callable[[str, int], bool]  # of a tensor's name and its axes
Factor = Callable[[str], float]
NARROW = 12  # outputs below which a weight lies output by output


@dataclass(frozen=True)
class Layout:
    """Where each tensor of a network stands in a member's row."""

    shapes: dict[str, tuple[int, ...]]
    columns: dict[str, slice]
    weights: int  # columns that decay and penalties reach
    learnt: int  # columns that the update rule moves
    total: int
    factors: Mapping[str, float]  # on the learning rate, of each learnt tensor

    def views(self, numbers: Tensor) -> dict[str, Tensor]:
        """Show the network's tensors inside the matrix, or the first ones inside its first columns.

        They have a leading member axis unless there is one member.
        """
        lead = numbers.shape[:1] if len(numbers) > 1 else ()
        views = {}
        for name, columns in self.columns.items():
            if columns.stop <= numbers.shape[1]:
                views[name] = view(numbers[:, columns], lead, self.shapes[name])
        return views

    @property
    def rates(self) -> tuple[float, ...]:
        """List the factors that there are, each once."""
        return tuple(dict.fromkeys(self.factors.values()))

    def learnt_names(self) -> list[str]:
        """Name the tensors that the update rule moves, in their order."""
        return [name for name, columns in self.columns.items() if columns.start < self.learnt]


def view(columns: Tensor, lead: tuple[int, ...], shape: tuple[int, ...]) -> Tensor:
    """Show columns in the shape of their tensor."""
    if by_inputs(shape):
        return columns.view((*lead, *shape[::-1])).mT
    return columns.view((*lead, *shape))


def by_inputs(shape: tuple[int, ...]) -> bool:
    """Tell whether a tensor of this shape lies in its columns input by input."""
    return len(shape) == 2 and shape[0] >= NARROW


def as_it_lies(shape: tuple[int, ...]) -> tuple[int, int]:
    """Give the shape of a matrix in its columns; filters are rows of one."""
    rows, columns = shape[0], prod(shape[1:])
    return (columns, rows) if by_inputs(shape) else (rows, columns)


def of_several_axes(name: str, axes: int) -> bool:
    """Take what has several axes for a weight, which decay and penalties reach."""
    return axes > 1


def as_all(name: str) -> float:
    """Let a tensor move at the learning rate."""
    return 1.0


def layout(network: nn.Module, decays: Decays = of_several_axes, factor: Factor = as_all) -> Layout:
    """Lay out a network's row: what decays first, and side by side what moves at one rate."""
    parameters = dict(network.named_parameters())
    learnt = {name: tuple(one.shape) for name, one in parameters.items() if one.requires_grad}
    factors = {name: factor(name) for name in learnt}
    places = {rate: place for place, rate in enumerate(dict.fromkeys(factors.values()))}
    ordered = sorted(learnt, key=lambda name: places[factors[name]])
    weights = {name: learnt[name] for name in ordered if decays(name, len(learnt[name]))}
    others = {name: learnt[name] for name in ordered if name not in weights}
    kept = {name: tuple(one.shape) for name, one in parameters.items() if name not in learnt}
    known = set(map(id, parameters.values()))  # one may be a buffer elsewhere
    for name, buffer in network.named_buffers():
        if id(buffer) not in known:
            kept[name] = tuple(buffer.shape)
    shapes = weights | others | kept
    sizes = [prod(shape) for shape in shapes.values()]
    ends = list(accumulate(sizes))
    columns = {
        name: slice(end - size, end) for name, size, end in zip(shapes, sizes, ends, strict=True)
    }
    return Layout(
        shapes,
        columns,
        weights=sum(map(prod, weights.values())),
        learnt=sum(map(prod, learnt.values())),
        total=sum(sizes),
        factors=factors,
    )


def row(network: nn.Module, where: Layout) -> Tensor:
    """Copy a network's numbers into one row."""
    tensors = dict(network.named_parameters()) | dict(network.named_buffers())
    return torch.cat([flat(tensors[name].detach(), 1)[0] for name in where.shapes])


def flat(tensor: Tensor, members: int) -> Tensor:
    """Lay a tensor's numbers out as its columns hold them."""  # (members, columns)
    shape = tuple(tensor.shape[1:] if members > 1 else tensor.shape)
    return (tensor.mT if by_inputs(shape) else tensor).reshape(members, -1)


def joined(neighbours: list[Tensor], axis: int) -> Tensor:
    """Join tensors along an axis; one alone stays as it lies."""
    return torch.cat(neighbours, axis) if len(neighbours) > 1 else neighbours[0]


def bind(network: nn.Module, where: Layout, numbers: Tensor) -> None:
    """Let a network's tensors be views of the matrix, so that a change of one changes the other.

    Each is a `.data`: autograd would take a change of one view, such as a running mean, for a
    change of them all.
    """
    put(network, where.views(numbers))


def put(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Let a network have these tensors, which may have a leading member axis.

    What stands in several places, as a weight that two layers share, goes on standing in all.
    """
    held = places(network)
    old: dict[str, Tensor] = dict(network.named_parameters(remove_duplicate=False))
    old |= dict(network.named_buffers(remove_duplicate=False))
    for name, tensor in tensors.items():
        new, before = tensor.data, old[name]
        if isinstance(before, nn.Parameter):
            new = nn.Parameter(new, requires_grad=before.requires_grad)
        for registry, own_name in held[id(before)]:
            registry[own_name] = new


def places(network: nn.Module) -> dict[int, list[tuple[dict, str]]]:
    """Find where each tensor of a network stands, by its identity."""
    held: dict[int, list[tuple[dict, str]]] = {}
    for module in network.modules():
        for registry in (module._parameters, module._buffers):
            for name, tensor in registry.items():
                held.setdefault(id(tensor), []).append((registry, name))
    return held
