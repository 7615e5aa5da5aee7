"""The processes of workers: begun, or forked from one that has loaded torch; and their end."""

import gc
import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from nnrun.engine.cores import FORKS

PATIENCE = 1.0  # seconds that a process may take to end which has closed its streams
NOT_KNOWN = "it ended without a word, as one does that is killed"


def told_of(code: int) -> str:
    """Say how a process ended, by what the system tells of it."""
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        return f"{signal.Signals(-code).name} ended it"
    except ValueError:  # one that has no name
        return f"signal {-code} ended it"


def can_fork() -> bool:
    """Tell whether a process can be forked here, and found again by whoever did not begin it."""
    if FORKS:
        with suppress(OSError):
            os.close(os.pidfd_open(os.getpid()))
            return True
    return False


@dataclass(eq=False)
class Process(ABC):
    """A process that reads orders and tells events, line by line."""

    orders: IO[str]
    events: IO[str]
    errors: IO[bytes]

    @property
    @abstractmethod
    def is_there(self) -> bool:
        """Whether there is a process at all, as far as one knows."""

    @abstractmethod
    def known_as(self, number: int) -> None:
        """Note the number by which the system knows it."""

    @abstractmethod
    def kill(self) -> None:
        """End it, wherever it stands."""

    @abstractmethod
    def ending(self) -> str:
        """Say how one ended that tells no events any more."""

    def hang_up(self) -> None:
        """Give no more orders, at which it ends."""
        with suppress(OSError):  # what it has not read any more
            self.orders.close()

    def close(self) -> None:
        """Let go of one that has ended, or will; its events are closed by who reads them all."""
        self.hang_up()
        self.errors.close()


@dataclass(eq=False)
class Begun(Process):
    """One that was begun from here."""

    own: subprocess.Popen

    @property
    def is_there(self) -> bool:
        return True

    def known_as(self, number: int) -> None:
        pass

    def kill(self) -> None:
        self.own.kill()

    def ending(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            return told_of(self.own.wait(PATIENCE))
        return NOT_KNOWN

    def close(self) -> None:
        super().close()
        self.own.wait()


@dataclass(eq=False)
class Fork(Process):
    """One that another makes of itself, as soon as that has loaded torch."""

    handle: int | None = None  # that leads to it alone, whoever has its number later

    @property
    def is_there(self) -> bool:
        return self.handle is not None

    def known_as(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self.handle = os.pidfd_open(number)

    def kill(self) -> None:
        """End it; before it is made nothing is to be done, as it ends once it gets no orders."""
        if self.handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def ending(self) -> str:
        return NOT_KNOWN  # the system tells it to who made the fork alone

    def close(self) -> None:
        super().close()
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None


# To begin them


class Streams(NamedTuple):
    """Orders, events and errors, as who gives the orders has them."""

    orders: IO[str]
    events: IO[str]
    errors: IO[bytes]
    far_ends: tuple[int, int, int]  # those of the process


def begun(command: Sequence[str], far_ends: Sequence[int] = ()) -> Process:
    """Begin a process; it keeps the ends that belong to others."""
    errors = TemporaryFile()  # noqa: SIM115, closed when the process is let go
    own = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
        pass_fds=far_ends,
    )
    assert own.stdin
    assert own.stdout
    return Begun(own.stdin, own.stdout, errors, own)


def begun_with_forks(command: Sequence[str], count: int) -> list[Process]:
    """Begin a process that makes others of itself once it is loaded, so many with itself."""
    streams = [new_streams() for _ in range(count - 1)]
    far_ends = [*chain.from_iterable(one.far_ends for one in streams)]
    try:
        maker = begun([*command, *map(str, far_ends)], far_ends)
    finally:
        for one in streams:
            for end in one.far_ends[:2]:  # the third is that of the errors, on both sides
                os.close(end)
    return [maker, *(Fork(one.orders, one.events, one.errors) for one in streams)]


def new_streams() -> Streams:
    read_there, write_here = os.pipe()
    read_here, write_there = os.pipe()
    errors = TemporaryFile()  # noqa: SIM115, closed when the process is let go
    far_ends = read_there, write_there, errors.fileno()
    return Streams(open(write_here, "w"), open(read_here), errors, far_ends)


# In the process


def fork_for_each(far_ends: Sequence[int]) -> None:
    """Make a fork for each three ends, which it has as standard streams; all go on from here."""
    gc.freeze()  # looking for garbage would write on memory that is shared
    for first in range(0, len(far_ends), 3):
        if not os.fork():
            for stream, end in enumerate(far_ends[first : first + 3]):
                os.dup2(end, stream)
            break
    for end in far_ends:
        os.close(end)


def await_forks() -> None:
    """Wait for one's forks to end, so that what they computed counts among what this did."""
    with suppress(ChildProcessError):
        while True:
            os.wait()
