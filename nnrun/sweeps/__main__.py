"""python -m nnrun.sweeps [STREAMS]: workers, as a sweep starts them."""

import sys

from nnrun.garbage import loading

if __name__ == "__main__":
    with loading():
        from nnrun.sweeps import worker

    worker.main([*map(int, sys.argv[1:])])
