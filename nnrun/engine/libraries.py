"""How torch's libraries are to behave; told before torch is loaded."""

import os
from contextlib import suppress


def set_library_defaults() -> None:
    """Tell torch's libraries how to behave, unless the person has told them something else."""
    # Threads that spin while they wait are slow on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if not mkl_multiplies_alike():
        # One matrix is multiplied by the same kernel as many.
        os.environ.setdefault("MKL_CBWR", "AUTO")


def mkl_multiplies_alike() -> bool:
    """Recognise processors on which MKL was seen to multiply one matrix as many all the same."""
    with suppress(OSError), open("/proc/cpuinfo") as file:
        first = file.read(4096)
        return "GenuineIntel" in first and "avx512f" in first
    return False
