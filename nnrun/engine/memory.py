"""The memory that this machine, or the container on it, has to spare, and what this process has."""

import resource
from contextlib import suppress
from pathlib import Path

UNKNOWN = 4 * 2**30  # bytes that a machine is taken to have which does not say


def available_memory() -> int:
    """Count the bytes that are to spare, as far as this process may take them."""
    return min([*machine_memory(), *container_memory(), *own_limit()], default=UNKNOWN)


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


def own_limit() -> list[int]:
    """Count what a limit on this process's addresses leaves."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return [] if limit == resource.RLIM_INFINITY else [limit - addresses()]


def addresses() -> int:
    """Count the bytes of this process's addresses; 0 where the system does not say."""
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return pages * resource.getpagesize()
    return 0
