"""How many processors there are for this process, how many threads it may have, and copies."""

import os
import sys
from itertools import pairwise

CACHE = 2**19  # numbers, of which a core has the better part at hand while members move
# whether a process that has loaded torch may be forked: libraries of other systems may not stand it
FORKS = sys.platform == "linux"
RESTING = "rests"  # name of a thread that holds nothing while it waits, and that no copy misses


def parted(many: int, few: float) -> list[range]:
    """Part members into neighbours, about so many each: a step of one takes as long as of ten."""
    count = max(1, int(many / few + 0.5))
    ends = [-(-many * place // count) for place in range(count + 1)]
    return [range(*pair) for pair in pairwise(ends)]


def threads_allowed() -> int:
    """Count the threads of wide layers: all cores, or fewer where OMP_NUM_THREADS says so."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()  # 4, or 4,2 by level
    wanted = int(first) if first.isdecimal() else 0
    return min(wanted, cores()) if wanted else cores()


def cores() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
