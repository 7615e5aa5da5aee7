"""What a program may have set of torch, around whatever it calls."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

HIGHEST = "highest"  # precision of products of matrices


@contextmanager
def torch_as_usual() -> Iterator[None]:
    """Let torch be in here as it is where nobody has set anything, and outside as it was.

    Set may be another type of numbers or device, less precision, or no slopes. What is as usual is
    not touched, as most of it is common to all threads.
    """
    numbers, precision = torch.get_default_dtype(), torch.get_float32_matmul_precision()
    with ExitStack() as usual:
        usual.enter_context(torch.inference_mode(False))
        usual.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                usual.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            usual.enter_context(torch.device("cpu"))
        if numbers != torch.float32:
            usual.callback(torch.set_default_dtype, numbers)
            torch.set_default_dtype(torch.float32)
        if precision != HIGHEST:
            usual.callback(torch.set_float32_matmul_precision, precision)
            torch.set_float32_matmul_precision(HIGHEST)
        yield


@contextmanager
def own_training() -> Iterator[None]:
    """Let torch be as usual in here, and leave its threads as whoever calls has set them."""
    threads = torch.get_num_threads()
    try:
        with torch_as_usual():
            yield
    finally:
        torch.set_num_threads(threads)
