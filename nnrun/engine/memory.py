"""How much memory there is for this process."""

from contextlib import suppress
from pathlib import Path

UNKNOWN = 4 * 2**30  # bytes that a machine is taken to have which does not say


def available_memory() -> int:
    """Count the bytes that this machine, or the container on it, has to spare."""
    return min([*machine_memory(), *container_memory()], default=UNKNOWN)


def machine_memory() -> list[int]:
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        kilobytes = [line.split()[1] for line in lines if line.startswith("MemAvailable")]
        return [int(kilobytes[0]) * 1024]
    return []


def container_memory() -> list[int]:
    with suppress(OSError, ValueError):  # no container, or one without a limit
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        return [limit - int(Path("/sys/fs/cgroup/memory.current").read_text())]
    return []
