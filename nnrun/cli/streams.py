"""Standard input, output and errors, which whoever began us may have closed, or may close."""

import os
import sys

STREAMS = (0, 1, 2)


def open_streams() -> None:
    """Let what is closed be nowhere; otherwise the next file that is opened takes its place."""
    for stream in STREAMS:
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def silence(*streams: int) -> None:
    """Let what is written go nowhere, as nobody is left to read it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in streams:
        os.dup2(nowhere, stream)
