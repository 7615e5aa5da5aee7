"""What the machine may lack or refuse, told in one line with the way on."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from nnrun.errors import TrainingFailed

TORCHS = "OutOfMemoryError"  # of the accelerator, told by its name as torch is not loaded here
OUTPUT = "what is printed"  # goes to no file that has a name here
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
        raise TrainingFailed(f"{lacking}, then {way_on}") from error


def lack(error: BaseException) -> str:
    """Tell what the machine had too little of, if that was the reason."""
    refused = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    if refused or isinstance(error, MemoryError) or type(error).__name__ == TORCHS:
        return "memory ran out; lower training.batch_size or model.widths"
    if isinstance(error, OSError) and error.errno in FULL:
        return f"{error.filename or OUTPUT}: {error.strerror}; free some space"
    return ""


def refusal(error: BaseException) -> str:
    """Tell which file cannot be read or written, if that was the reason."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; mend that"
    return ""
