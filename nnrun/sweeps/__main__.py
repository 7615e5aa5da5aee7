"""python -m nnrun.sweeps: a worker, as a sweep starts it."""

from nnrun.garbage import uncollected

if __name__ == "__main__":
    with uncollected():
        from nnrun.sweeps import worker

    worker.main()
