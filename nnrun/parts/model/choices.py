"""What can be chosen within a model: activations, first weights, norms, widths."""

from typing import Annotated, Literal

from nnrun.parts.kinds import Bound

Activation = Literal[
    "identity",
    "threshold",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "prelu",
    "shared_prelu",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "selu",
    "mish",
    "maxout",
]
Init = Literal[
    "torch",
    "normal",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    "constant",
    "zeros",
]
Norm = Literal["none", "batch", "batch_renorm", "layer"]

Width = Annotated[int, Bound(least=1, most=1_000_000)]
