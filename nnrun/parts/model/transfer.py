"""A network that begins where another stood: tensors taken over, and those that shall not move."""

from typing import Literal

from torch import Tensor, nn

from nnrun.parts.model.layers.linear import Linear
from nnrun.parts.model.layers.norms import rest, running


def take_over(network: nn.Module, tensors: dict[str, Tensor], last: Literal["keep", "new"]) -> None:
    """Let a network have the tensors of another, but for the last layer where it is to be new."""
    if last == "keep":
        network.load_state_dict(tensors)
        return
    new = {f"{last_layer(network)}.{name}" for name in ("weight", "bias")}
    kept = {name: tensor for name, tensor in tensors.items() if name not in new}
    network.load_state_dict(kept, strict=False)


def last_layer(network: nn.Module) -> str:
    """Name the linear layer that gives the outputs."""
    return [name for name, module in network.named_modules() if isinstance(module, Linear)][-1]


def freeze(network: nn.Module) -> None:
    """Leave nothing to learn but the last layer: what is no parameter is moved by nothing."""
    last = last_layer(network)
    for name, module in network.named_modules():
        if name != last:
            as_buffers(module)
    for norm in running(network):
        rest(norm)


def as_buffers(module: nn.Module) -> None:
    """Let a module keep its own parameters without learning them."""
    for name, tensor in dict(module._parameters).items():
        if tensor is not None:
            delattr(module, name)
            module.register_buffer(name, tensor.detach())
