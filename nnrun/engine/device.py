"""The machine: which device, how many threads, which precision."""

import os

import torch

from nnrun.mistake import Mistake

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WIDE = 2_000_000  # multiplications a step from which a second core pays


def device(name: str) -> torch.device:
    """The device a name stands for; `auto` is CUDA where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    chosen = torch.device(name)
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        found = f"{torch.cuda.device_count()} CUDA devices" if torch.cuda.is_available() else "no CUDA device"
        raise Mistake(f"training.device={name}: this machine has {found}; use training.device=cpu or auto")
    return chosen


def threads(setting: str | int, work: int) -> int:
    """How many threads a step of so many multiplications deserves; two on a small network cost more than they give."""
    if setting != "auto":
        return int(setting)
    return cores() if work >= WIDE else 1


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
