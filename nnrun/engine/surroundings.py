"""What a program may have set of torch, around whatever it calls."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

HIGHEST = "highest"  # precision of products of matrices


@contextmanager
def torch_as_usual() -> Iterator[None]:
    """Let torch be in here as it is where nobody has set anything, and outside as it was.

    Set may be another type of numbers or device, less precision, no slopes; and inside, threads.
    """
    threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    numbers = torch.get_default_dtype()
    with ExitStack() as usual:
        usual.enter_context(torch.inference_mode(False))
        usual.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                usual.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            usual.enter_context(torch.device("cpu"))
        torch.set_default_dtype(torch.float32)
        torch.set_float32_matmul_precision(HIGHEST)
        try:
            yield
        finally:
            torch.set_default_dtype(numbers)
            torch.set_float32_matmul_precision(precision)
            torch.set_num_threads(threads)
