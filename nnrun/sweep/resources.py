"""What a machine has for a sweep: how many workers, and the memory of each."""

from contextlib import suppress
from pathlib import Path

from nnrun.engine.cores import cores
from nnrun.runs.job import Job
from nnrun.sweep.plan import SweepSettings

ROOM = 500 * 2**20  # bytes below which a worker is not worth having
GPU = Path("/dev/nvidiactl")  # is there where there is a driver; asking torch would take a second


def early_workers(argv: list[str]) -> int:
    """How many workers can be called before anything is composed: what was typed, or one for each core."""
    wishes = [word.partition("=")[2] for word in argv if word.startswith("hydra.launcher.workers=")]
    silent = ("-c", "--cfg", "-i", "--info", "--hydra-help", "hydra/launcher=basic")
    quiet = any(word.startswith(silent) for word in argv)
    wish = wishes[0] if wishes else "auto"
    return (
        0
        if quiet
        else min(int(wish), cores())
        if wish.isdecimal()
        else 1
        if GPU.exists()
        else cores()
    )


def worker_count(settings: SweepSettings, jobs: list[Job]) -> int:
    """How many workers: one for each core, or one for all on a GPU, which they would have to share."""
    if settings.workers != "auto":
        return settings.workers
    wishes = {str(job.config["training"]["device"]) for job in jobs}
    gpu = any(wish.startswith("cuda") for wish in wishes) or ("auto" in wishes and GPU.exists())
    return 1 if gpu else cores()


def memory(workers: int) -> int:
    """What a worker may take: its share of two thirds of what is available."""
    return available() * 2 // 3 // workers


def available() -> int:
    """Bytes that this machine, or the container on it, has to spare; 4 GB where it does not say."""
    found = []
    with suppress(OSError, ValueError, IndexError):
        line = next(
            line
            for line in Path("/proc/meminfo").read_text().splitlines()
            if line.startswith("MemAvailable")
        )
        found.append(int(line.split()[1]) * 1024)
    with suppress(OSError, ValueError):
        limit, used = (
            int(Path(f"/sys/fs/cgroup/memory.{name}").read_text()) for name in ("max", "current")
        )
        found.append(limit - used)
    return min(found, default=4 * 2**30)
