"""The streams of random numbers that a network of one's own may draw from.

They are torch's, NumPy's and Python's. What is nnrun's own draws from generators of its own.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


class Standing:
    """Where all streams stand."""

    def __init__(self) -> None:
        # CUDA has none before its first use
        streams = torch.default_generator, *torch.cuda.default_generators
        self.torchs = [(stream, stream.get_state()) for stream in streams]
        self.others = random.getstate(), np.random.get_state()

    def restore(self) -> None:
        for stream, state in self.torchs:
            stream.set_state(state)
        pythons, numpys = self.others
        random.setstate(pythons)
        np.random.set_state(numpys)


@contextmanager
def begun_at(seed: int) -> Iterator[None]:
    """Let all streams begin at a seed in here, and go on outside as if nothing was drawn."""
    before = Standing()
    for stream, _ in before.torchs:
        stream.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        before.restore()
