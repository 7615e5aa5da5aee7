"""Memory that runs out in training: which batch size would fit."""

from collections.abc import Iterator
from contextlib import contextmanager

from nnrun.engine.memory import addresses, available_memory
from nnrun.runs.shortages import bytes_asked, memory_told

SPARE = 2  # times what a step had taken so far: the way back takes about as much again


@contextmanager
def smaller_batches_told(batch_size: int) -> Iterator[None]:
    """Tell of memory that ran out in the steps in here, with a batch size that would fit."""
    before = addresses()

    def advice(error: BaseException) -> str:
        taken, free = max(0, addresses() - before), max(0, available_memory())
        size = fitting(batch_size, taken + bytes_asked(error), taken + free)
        if size == batch_size:
            return "take a smaller network"
        return f"try training.batch_size={size} (it was {batch_size}), or a smaller network"

    with memory_told(advice):
        yield


def fitting(batch_size: int, wanted: int, there: int) -> int:
    """Halve a batch whose steps want more bytes than there are, at least once."""
    size = max(1, batch_size // 2)
    while size > 1 and SPARE * wanted * size > there * batch_size:
        size //= 2
    return size
