"""A network that begins where another stood: tensors taken over, and those that shall not move made so."""

from typing import Literal

from torch import Tensor, nn

from nnrun.parts.model.layers.linear import Linear
from nnrun.parts.model.layers.norms import rest, running


def take_over(network: nn.Module, tensors: dict[str, Tensor], last: Literal["keep", "new"]) -> None:
    """Let a network have the tensors of another, but for the last layer where it is to be new."""
    own = (
        {f"{last_layer(network)}.{name}" for name in ("weight", "bias")} if last == "new" else set()
    )
    kept = {name: tensor for name, tensor in tensors.items() if name not in own}
    network.load_state_dict(kept, strict=last == "keep")


def last_layer(network: nn.Module) -> str:
    """The name of the linear layer that gives the outputs."""
    return [name for name, module in network.named_modules() if isinstance(module, Linear)][-1]


def freeze(network: nn.Module) -> None:
    """Leave nothing to learn but the last layer: what is no parameter is moved by no rule, decay or penalty."""
    last = last_layer(network)
    for name, module in network.named_modules():
        learnt = {} if name == last else dict(module._parameters)
        for own, tensor in learnt.items():
            if tensor is not None:
                delattr(module, own)
                module.register_buffer(own, tensor.detach())
    for norm in running(network):
        rest(norm)
