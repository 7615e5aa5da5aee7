"""What the machine may lack or refuse, told in one line with the way on."""

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nnrun.errors import DISK, MEMORY, TrainingFailed, is_out_of_memory

OUTPUT = "what is printed"  # goes to no file that has a name here
UNITS = {"bytes": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30}
FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def shortages_told(way_on: str) -> Iterator[None]:
    """Tell of memory that ran out, and of a disk that is full or refuses: no fault of nnrun."""
    try:
        yield
    except Exception as error:
        lacking = lack(error) or refusal(error)
        if not lacking:
            raise
        raise TrainingFailed(f"{lacking}, then {way_on}", cause_of(error)) from error


@contextmanager
def memory_told(advice: Callable[[BaseException], str]) -> Iterator[None]:
    """Tell of memory that ran out in here, with what would take less."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingFailed(f"memory ran out; {advice(error)}", MEMORY) from error


def cause_of(error: BaseException) -> str:
    """Tell by kind why a training failed; empty where that is none of the kinds."""
    if isinstance(error, TrainingFailed):
        return error.cause
    if is_out_of_memory(error):
        return MEMORY
    return DISK if lack(error) or refusal(error) else ""


def bytes_asked(error: BaseException) -> int:
    """Read how much memory was asked for in vain; 0 where that is not told."""
    told = re.search(r"tried to allocate (\d+(?:\.\d+)?) ?(bytes|[KMG]iB)", str(error), re.I)
    return int(float(told[1]) * UNITS[told[2].lower()]) if told else 0


def lack(error: BaseException) -> str:
    """Tell what the machine had too little of, if that was the reason."""
    if is_out_of_memory(error):
        return "memory ran out; lower training.batch_size or take a smaller network"
    if isinstance(error, OSError) and error.errno in FULL:
        return f"{error.filename or OUTPUT}: {error.strerror}; free some space"
    return ""


def refusal(error: BaseException) -> str:
    """Tell which file cannot be read or written, if that was the reason."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; mend that"
    return ""
