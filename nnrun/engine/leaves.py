"""What changes, by dotted names, so that it can be written down: tensors and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

Leaf = Any  # a tensor, or what JSON can hold: a number, true or false, None, a list of such
TRANSPOSED = "mT"  # ends the name of a matrix that lies in memory column by column


def named(prefix: str, leaves: Mapping[str, Leaf]) -> dict[str, Leaf]:
    """Put names below a prefix."""
    return {f"{prefix}.{name}": leaf for name, leaf in leaves.items()}


def below(leaves: Mapping[str, Leaf], prefix: str) -> dict[str, Leaf]:
    """Take the leaves below a prefix, and the prefix off their names."""
    start = f"{prefix}."
    return {name.removeprefix(start): leaves[name] for name in leaves if name.startswith(start)}


def remembered(optimizer: Optimizer) -> dict[str, Leaf]:
    """Name what an optimizer of torch remembers: `0.exp_avg` is of its first tensor."""
    memories = optimizer.state_dict()["state"]
    leaves: dict[str, Leaf] = {}
    for place, memory in memories.items():
        for key, value in memory.items():
            leaves |= spread(f"{place}.{key}", value)
    return leaves


def spread(name: str, value: Any) -> dict[str, Leaf]:
    """Name each place of a list that holds tensors, and let every tensor lie row by row."""
    if isinstance(value, list) and any(isinstance(item, Tensor) for item in value):
        return {f"{name}.{i}": item for i, item in enumerate(value)}
    if isinstance(value, Tensor) and not value.is_contiguous():
        return {f"{name}.{TRANSPOSED}": value.mT}
    return {name: value}


def recall(optimizer: Optimizer, leaves: Mapping[str, Leaf]) -> None:
    """Let an optimizer of torch remember what another one did, lying in memory as it did."""
    memories: dict[int, dict[str, Any]] = {}
    for name in sorted(
        leaves, key=lambda name: (len(name), name)
    ):  # a list's places in their order
        place, key, *end = name.split(".")
        memory, value = memories.setdefault(int(place), {}), deepcopy(leaves[name])
        if end == [TRANSPOSED]:
            memory[key] = value.mT
        elif end:
            memory.setdefault(key, []).append(value)
        else:
            memory[key] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": memories, "param_groups": groups})
