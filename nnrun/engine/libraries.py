"""How torch's libraries are to behave, and the largest of them loaded early; before torch is."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

# They take a seventh of torch's import; others may look into the first, as torch has it.
EARLY = {"libtorch_global_deps.so": os.RTLD_GLOBAL, "libtorch_cpu.so": os.RTLD_LOCAL}


def set_library_defaults() -> None:
    """Tell torch's libraries how to behave, unless the person has told them something else."""
    # Threads that spin while they wait are slow on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # One matrix is multiplied by the same kernel as many, wherever it begins.
    os.environ.setdefault("MKL_CBWR", "AUTO")


def begin_loading() -> Thread:
    """Let another core load torch's libraries, while this one has something else to do."""
    import numpy.random  # noqa: F401 - its libraries would have to wait for these

    loading = Thread(target=load_libraries, daemon=True)
    loading.start()
    return loading


def load_libraries() -> None:
    """Load what is there of torch's libraries; what cannot be loaded, torch will tell of."""
    torch = find_spec("torch")
    if "torch" in sys.modules or not (torch and torch.origin):
        return
    from ctypes import CDLL

    dlopen = CDLL(None).dlopen  # a function lets other threads go on meanwhile; CDLL would not
    for name, scope in EARLY.items():
        dlopen(bytes(Path(torch.origin).parent / "lib" / name), os.RTLD_NOW | scope)
