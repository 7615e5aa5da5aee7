"""Send what a training leaves to trackers, from a process beside it.

The training knows nothing of it: the process reads the folder's files as they grow, and what goes
wrong with a tracker costs a line.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired

from nnrun.integrations.told import epochs_of, runs_in
from nnrun.report.screen import Screen

PATIENCE = 60  # seconds for what is still to be sent once the training is over


@contextmanager
def followed(folder: Path, logger: str | Sequence[str], screen: Screen) -> Iterator[None]:
    """Let trackers follow a run or a sweep; epochs that are there already are known to them."""
    if not logger:
        yield
        return
    trackers = [logger] if isinstance(logger, str) else logger
    known = {str(one.folder): len(epochs_of(one.folder)) for one in runs_in(folder)}
    order = {"folder": str(folder.resolve()), "trackers": [*trackers], "known": known}
    program = [sys.executable, "-m", "nnrun.integrations.follower"]
    follower = Popen(program, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True)
    tell(follower, json.dumps(order))
    try:
        yield
    finally:
        with screen.waiting("trackers"):
            lines = ending(follower)
        for line in lines:
            screen.say(line, "yellow")


def tell(follower: Popen, line: str) -> None:
    assert follower.stdin
    with suppress(OSError):  # it is gone, which its end will tell
        follower.stdin.write(f"{line}\n")
        follower.stdin.flush()


def ending(follower: Popen) -> list[str]:
    """Let the process send the rest; gives what it says went wrong."""
    try:
        said, _ = follower.communicate(timeout=PATIENCE)
    except TimeoutExpired:
        follower.kill()
        follower.communicate()
        return [f"trackers: not through after {PATIENCE} seconds; the rest was not sent"]
    lines = said.splitlines()
    return lines if follower.returncode == 0 or lines else ["trackers: their process died"]
