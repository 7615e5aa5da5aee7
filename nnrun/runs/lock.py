"""Who works on a folder: one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

from nnrun.errors import Mistake, Problem
from nnrun.reading.proofs import OF_HOLDER, RECORD, SWEEP_RECORD, read_sealed
from nnrun.runs.claims import claims

PATIENCE = 2.0  # seconds, as a process that ends takes a moment to let go


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Lock a folder in here, where the system has locks; it lets go however the holder ends.

    It is the folder itself that is locked, so no file is made that could be a link to another.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        wait_for_lock(descriptor, folder)
        claims.append(folder)
        yield
    finally:
        claims[:] = [claim for claim in claims if claim != folder]
        os.close(descriptor)


def wait_for_lock(descriptor: int, folder: Path, patience: float = PATIENCE) -> None:
    """Lock what is open, or tell that somebody else has."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pass  # somebody has it
        except OSError:
            return  # a file system without locks
        if patience <= 0:
            advice = "wait for it, or stop it first"
            raise Mistake(Problem(str(folder), None, f"{holder(folder)} works on it", advice))
        sleep(0.1)
        patience -= 0.1


def held(folder: Path) -> str:
    """Tell who works on a folder; empty where nobody does, or the system does not know."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # shared, so that two who ask at once are not in each other's way
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return f"{holder(folder)} works on it"
        finally:
            os.close(descriptor)
    return ""


def holder(folder: Path) -> str:
    """Tell who works on a folder, as it says itself."""
    for name in (RECORD, SWEEP_RECORD):
        with suppress(OSError, Mistake):
            pid = read_sealed(folder, name, OF_HOLDER)["pid"]
            return f"another nnrun (process {pid})"
    return "another nnrun"
