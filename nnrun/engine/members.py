"""A cohort's numbers as one matrix: a member is a row, and each tensor of the network is a view of some columns.

Weights come first (decay and penalties reach them), then biases and norms, then running statistics that no gradient
moves. One operation on the matrix serves every tensor of every member; a copy of a row is a copy of a model.

A layer's weight, (outputs, inputs), lies in its columns input by input: so its gradient comes out of the backward pass.
"""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Layout:
    """Where each tensor of a network stands in a member's row."""

    shapes: dict[str, tuple[int, ...]]
    weights: int  # columns that decay and penalties reach
    learnt: int  # columns that the update rule moves
    total: int

    def views(self, numbers: Tensor) -> dict[str, Tensor]:
        """The network's tensors inside the matrix, or inside its first columns, which then hold the first tensors.

        They have a leading member axis unless there is one member.
        """
        lead = () if len(numbers) == 1 else (len(numbers),)
        found, start = {}, 0
        for name, shape in self.shapes.items():
            end = start + prod(shape)
            if end <= numbers.shape[1]:
                columns = numbers[:, start:end]
                matrix = len(shape) == 2
                found[name] = (
                    columns.view((*lead, *shape[::-1])).mT
                    if matrix
                    else columns.view((*lead, *shape))
                )
            start = end
        return found

    def learnt_names(self) -> list[str]:
        """The tensors that the update rule moves, in their order."""
        names, columns = [], 0
        for name, shape in self.shapes.items():
            if columns < self.learnt:
                names.append(name)
            columns += prod(shape)
        return names


def layout(network: nn.Module) -> Layout:
    """The layout of a network's row."""
    learnt = {name: tuple(tensor.shape) for name, tensor in network.named_parameters()}
    weights = {name: shape for name, shape in learnt.items() if len(shape) > 1}
    others = {name: shape for name, shape in learnt.items() if len(shape) <= 1}
    kept = {name: tuple(tensor.shape) for name, tensor in network.named_buffers()}
    sizes = [sum(map(prod, shapes.values())) for shapes in (weights, learnt, kept)]
    return Layout({**weights, **others, **kept}, sizes[0], sizes[1], sizes[1] + sizes[2])


def row(network: nn.Module, where: Layout) -> Tensor:
    """A network's numbers as one row."""
    tensors = dict(network.named_parameters()) | dict(network.named_buffers())
    return torch.cat([flat(tensors[name].detach(), 1)[0] for name in where.shapes])


def flat(tensor: Tensor, members: int) -> Tensor:
    """A tensor's numbers as its columns hold them."""  # (members, columns)
    matrix = tensor.dim() - (members > 1) == 2
    return (tensor.mT if matrix else tensor).reshape(members, -1)


def bind(network: nn.Module, where: Layout, numbers: Tensor) -> None:
    """Let a network's tensors be views of the matrix, so that whoever changes one changes the other.

    Each is a `.data`: autograd would take a change of one view, such as a running mean, for a change of them all.
    """
    views = {name: view.data for name, view in where.views(numbers).items()}
    for name, view in views.items():
        owner, _, own_name = name.rpartition(".")
        module = network.get_submodule(owner)
        if own_name in module._buffers:
            module._buffers[own_name] = view
        else:
            module._parameters[own_name] = nn.Parameter(view)
