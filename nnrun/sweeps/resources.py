"""What a machine has for a sweep: how many workers, and the memory of each."""

from pathlib import Path

from nnrun.engine.cores import cores
from nnrun.engine.memory import available_memory
from nnrun.runs.job import Job
from nnrun.sweeps.settings import SweepSettings

LEAST = 500 * 2**20  # bytes below which a worker is not worth having
GPU = Path("/dev/nvidiactl")  # is there where there is a driver; asking torch would take a second
QUIET = ("-c", "--cfg", "-i", "--info", "--hydra-help", "hydra/launcher=basic")
WORKERS = "hydra.launcher.workers="


def trains_nothing(argv: list[str]) -> bool:
    """Tell whether a command line only wants to be told what it would come to."""
    return any(word.startswith(QUIET) for word in argv)


def early_workers(argv: list[str]) -> int:
    """Tell how many workers can start before anything is composed."""
    if trains_nothing(argv):
        return 0
    typed = [word.removeprefix(WORKERS) for word in argv if word.startswith(WORKERS)]
    if typed and typed[0].isdecimal():
        return min(int(typed[0]), cores())
    return 1 if GPU.exists() else cores()


def worker_count(settings: SweepSettings, jobs: list[Job], members: int) -> int:
    """Tell how many workers train so many members, each with enough memory."""
    workers = min(wanted_workers(settings, jobs), members)
    while workers > 1 and memory_share(workers) < LEAST:
        workers -= 1
    return workers


def wanted_workers(settings: SweepSettings, jobs: list[Job]) -> int:
    """Ask for a worker on each core, or one for all on a GPU, which they would have to share."""
    if settings.workers != "auto":
        return settings.workers
    devices = {str(job.config["training"]["device"]) for job in jobs}
    on_gpu = any(device.startswith("cuda") for device in devices)
    if on_gpu or ("auto" in devices and GPU.exists()):
        return 1
    return cores()


def memory_share(workers: int) -> int:
    """Give a worker its share of two thirds of the memory that there is."""
    return available_memory() * 2 // 3 // workers
