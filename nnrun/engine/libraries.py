"""How torch's libraries are to behave; told before torch is loaded."""

import os


def set_library_defaults() -> None:
    """Tell torch's libraries how to behave, unless the person has told them something else."""
    # One matrix is multiplied by the same kernel as many, wherever it begins.
    os.environ.setdefault("MKL_CBWR", "AUTO")
