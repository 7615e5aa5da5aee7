"""What runs in a child process: the command, and perhaps a fault in one of its dealings with files."""

import builtins
import io
import os
import pkgutil
import secrets
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import pbkdf2_hmac
from pathlib import Path
from time import sleep
from typing import Any, NamedTuple

from nnrun.cli.door import exit_code, set_library_defaults
from nnrun.cli.signals import listen

DIED = 137
HERE = "stands still"
WAIT = 120  # seconds at most


class Fault(NamedTuple):
    """At which of its file operations a process dies, or is refused with this error."""

    at: int  # counted from 1
    error: int = 0  # an errno; 0 where it dies


class Left(NamedTuple):
    """What a process left: how it ended, and what it said."""

    code: int
    said: str


@dataclass(frozen=True)
class Child:
    """A process under way."""

    process: Any
    told: Path

    def left(self, within: float = WAIT) -> Left:
        """Wait for its end, which is to come within so many seconds."""
        self.process.join(within)
        if self.process.is_alive():
            self.process.kill()
            raise AssertionError(f"still at work after {within} s: {self.told.read_text()}")
        return Left(self.process.exitcode, self.told.read_text())

    def wait_until(self, seen: Callable[[], bool]) -> None:
        """Wait until something is to be seen, which ends in vain where the process does."""
        at_work = True
        while not seen():
            assert at_work, self.told.read_text()
            at_work = self.process.is_alive()
            sleep(0.01)

    def wait_for(self, words: str) -> None:
        """Wait until it says so."""
        self.wait_until(lambda: words in self.told.read_text())

    def send(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """Kill it, unless it has ended meanwhile."""
        self.process.kill()
        self.process.join()


def begun(
    processes: Any,
    words: Sequence[str],
    folder: Path,
    fault: Fault | None = None,
    patches: Mapping[str, Any] | None = None,
) -> Child:
    """Begin a command in a folder, in a process of its own; there, names mean what patches say."""
    told = folder / f"told-{secrets.token_hex(4)}.txt"
    told.touch()
    given = list(words), str(folder), str(told), fault, patches or {}
    child = Child(processes.Process(target=command, args=given), told)
    child.process.start()
    return child


def command(
    words: list[str], folder: str, told: str, fault: Fault | None, patches: Mapping[str, Any]
) -> None:
    """Run the command in a folder, and end with its exit code."""
    os.chdir(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    listen()
    with open(told, "w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    set_library_defaults()
    for name, value in patches.items():
        module, _, last = name.rpartition(".")
        pkgutil.resolve_name(name)  # who patches what is not there waits in vain
        setattr(pkgutil.resolve_name(module), last, value)
    counter = Counter(fault) if fault else None
    code = exit_code(words)
    sys.stdout.flush()
    if counter:
        counter.tell()
    os._exit(code)


def tell_where() -> None:
    """Say that it stands still, in one write: who waits for the words may interrupt at the next."""
    os.write(1, f"{HERE}\n".encode())


def stand_still(*_: Any, **__: Any) -> None:
    """Be at it for ever, and hear of signals."""
    tell_where()
    sleep(1000)


def stand_deaf(*_: Any, **__: Any) -> None:
    """Be at it for ever inside one call of a library, in which Python hears of no signal."""
    tell_where()
    pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)


class Counter:
    """Counts operations on files below `outputs`, and lets one of them fail."""

    def __init__(self, fault: Fault):
        self.fault, self.count = fault, 0
        for name in ("replace", "fsync", "mkdir", "unlink"):
            self.wrap(os, name)
        for module in (builtins, io):
            module.open = self.opening(io.open)

    def wrap(self, module: Any, name: str) -> None:
        real = getattr(module, name)

        def counted(*given: Any, **named: Any) -> Any:
            if isinstance(given[0], int) or below_outputs(given[0]):
                self.one_more(path=None if isinstance(given[0], int) else str(given[0]))
            return real(*given, **named)

        setattr(module, name, counted)

    def opening(self, real: Callable) -> Callable:
        def counted(file: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
            writes = set(mode) & set("wax+") and below_outputs(file)
            if writes:
                self.one_more(path=str(file))
            opened = real(file, mode, *given, **named)
            return Written(opened, self) if writes else opened

        return counted

    def one_more(self, half: Callable[[], None] = lambda: None, path: str | None = None) -> None:
        self.count += 1
        if self.count != self.fault.at:
            return
        half()
        if not self.fault.error:
            os._exit(DIED)
        raise OSError(self.fault.error, os.strerror(self.fault.error), path)

    def tell(self) -> None:
        print(f"operations {self.count}")
        sys.stdout.flush()


class Written:
    """A file that may be written by half."""

    def __init__(self, file: Any, counter: Counter):
        self.file, self.counter = file, counter

    def write(self, content: Any) -> int:
        def half() -> None:
            self.file.write(content[: len(content) // 2])
            self.file.flush()

        self.counter.one_more(half)
        return self.file.write(content)

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *_: Any) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def below_outputs(path: Any) -> bool:
    return not isinstance(path, int) and "outputs" in Path(os.fspath(path)).absolute().parts
