"""A copy of this process that works beside it, where one can be made.

It has all that this one has loaded, which takes another process seconds.
"""

import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from threading import current_thread
from threading import enumerate as all_threads
from typing import IO, Never

import torch

from nnrun.engine.cores import FORKS, RESTING

ENDING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if FORKS else []))


@dataclass(frozen=True)
class Copy:
    """One at work: to whoever made it as a process that was begun with pipes."""

    pid: int
    stdin: IO[str]
    stdout: IO[str]

    def wait(self) -> None:
        with suppress(ChildProcessError):  # somebody else has seen its end
            os.waitpid(self.pid, 0)


def can_copy(threads: int) -> bool:
    """Tell whether a copy misses nothing: it has one thread, that of whoever made it."""
    others = [thread for thread in all_threads() if thread is not current_thread()]
    alone = threads == 1 and all(thread.name == RESTING for thread in others)
    return FORKS and alone and not torch.cuda.is_initialized()


def copied(work: Callable[[], object]) -> Copy:
    """Make a copy that does a work, and ends; it leads a group of its own."""
    with ExitStack() as until:
        heard, orders = pipe(until)
        words, told = pipe(until)
        pid = forked()
        if not pid:
            work_and_end(work, heard, told)
        with suppress(OSError):  # it has ended already
            os.setpgid(pid, pid)
        until.pop_all()
    os.close(heard)
    os.close(told)
    return Copy(pid, open(orders, "w"), open(words))


def pipe(until: ExitStack) -> tuple[int, int]:
    """Make a pipe, which is closed where something goes wrong."""
    ends = os.pipe()
    for end in ends:
        until.callback(os.close, end)
    return ends


def forked() -> int:
    """Fork, and let the copy answer no signal in the name of the process that was copied."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)
            pid = os.fork()
        if not pid:
            answer_no_signal()
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def answer_no_signal() -> None:
    signal.set_wakeup_fd(-1)
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def work_and_end(work: Callable[[], object], heard: int, told: int) -> Never:
    """Work, in the copy, and leave at once what belongs to the process that was copied."""
    code = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C is for whoever trains
        let_go(heard, told)
        torch.set_num_threads(1)
        work()
        code = 0
    finally:
        os._exit(code)


def let_go(heard: int, told: int) -> None:
    """Keep no file of the process that was copied."""
    for stream, end in enumerate((heard, told, os.open(os.devnull, os.O_WRONLY))):
        os.dup2(end, stream)
    for end in map(int, os.listdir("/proc/self/fd")):
        if end > 2:
            with suppress(OSError):  # that of the list itself
                os.close(end)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
