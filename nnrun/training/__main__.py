"""python -m nnrun.training: the process that compares and draws beside a run, as it starts it."""

import sys
from pathlib import Path

from nnrun.garbage import loading

if __name__ == "__main__":
    with loading():
        from nnrun.training import studio

    studio.serve(*map(Path, sys.argv[1:]))
