"""The machine: which device, how many threads, which precision."""

import ctypes
from contextlib import suppress

import torch

from nnrun.engine.cores import threads_allowed
from nnrun.errors import Mistake, Problem

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# of glibc: map blocks from 32 MB on, trim at 1 GB, grow by 64 MB
MALLOC = {-3: 2**25, -1: 2**30, -2: 2**26}
# multiplications a step from which a second core pays: for another network, and for the same,
# whose threads wait for each other at each product
WIDE, VERY_WIDE = 2**20, 2**24


def device(name: str) -> torch.device:
    """Give the device that a name stands for; `auto` is CUDA where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    chosen, count = torch.device(name), torch.cuda.device_count()
    if chosen.type == "cuda" and (chosen.index or 0) >= count:
        there = f"{count} CUDA devices" if count else "no CUDA device"
        wrong, advice = f"this machine has {there}", "use training.device=cpu or auto"
        raise Mistake(Problem("training.device", name, wrong, advice))
    return chosen


def threads(setting: str | int, work: int, networks: int = 1) -> int:
    """Choose how many threads networks deserve whose steps are of so many multiplications.

    Two on a small network cost more than they give. OMP_NUM_THREADS is the most that auto takes.
    """
    if setting != "auto":
        return int(setting)
    if work >= VERY_WIDE:
        return threads_allowed()
    return min(threads_allowed(), networks) if work >= WIDE else 1


def keep_memory() -> None:
    """Have freed memory kept for the next step.

    glibc returns large blocks to the system, which costs fresh pages.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        for setting, value in MALLOC.items():
            libc.mallopt(setting, value)
