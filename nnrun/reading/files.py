"""Opening files that somebody else may have made: plain ones alone, of a size that can be."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from nnrun.errors import Mistake, Problem

LARGEST = 2**30  # bytes of a file in a run's folder
LARGEST_TEXT = 2**26  # of one that is read whole and taken apart
RESTORE = "restore it, or train again"
PLAIN = "give a plain file"
# at once, whatever waits at the other end of a pipe; and no terminal is taken over
AT_ONCE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a named pipe, which may never end"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISLNK, "is a link, which may lead out of the folder"),
)


def expanded(typed: str) -> Path:
    """Read ~ and ~name in front of a path as a shell does, or refuse it."""
    path = Path(os.path.expanduser(typed))
    first = path.parts[0] if path.parts else ""
    if first.startswith("~") and not os.path.lexists(first):
        advice = f"write the whole path, or ./{typed} for a folder of this name"
        raise Mistake(Problem(typed, None, f"there is no user {first[1:]!r} here", advice))
    return path


def read_own(folder: Path, name: str, most: int = LARGEST_TEXT) -> bytes:
    """Read a file that lies in a run's folder itself, which no link does."""
    with opened_own(folder, name, most) as file:
        return read_upto(file, folder / name, most)


@contextmanager
def opened_own(folder: Path, name: str, most: int = LARGEST) -> Iterator[BufferedReader]:
    """Open such a file."""
    path = folder / name
    refuse_odd(path, path.lstat(), RESTORE)
    with opened(path, most, os.O_NOFOLLOW, RESTORE) as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST_TEXT and has_holes(file, size):
            raise refusal(path, "has holes, as a copy that was cut short")
        yield file


def read_given(path: Path, most: int) -> bytes:
    """Read a file that a person names, which may be a link of theirs."""
    with opened_given(path, most) as file:
        return read_upto(file, path, most)


@contextmanager
def opened_given(path: Path, most: int) -> Iterator[BufferedReader]:
    """Open such a file."""
    refuse_odd(path, path.stat(), PLAIN)
    with opened(path, most, 0, PLAIN) as file:
        yield file


@contextmanager
def opened(path: Path, most: int, flags: int, advice: str) -> Iterator[BufferedReader]:
    """Open a file, and look once more at what was opened, as it may have been exchanged."""
    try:
        descriptor = os.open(path, AT_ONCE | flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise refusal(path, "is a link", advice) from None
        raise
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        refuse_odd(path, status, advice)
        if status.st_size > most:
            wrong = f"has {status.st_size:,} bytes, more than the {most:,} that are read"
            raise refusal(path, wrong, advice)
        if not status.st_size and gives_bytes(descriptor):
            wrong = "is made by the system while it is read, and may never end"
            raise refusal(path, wrong, advice)
        yield file


def gives_bytes(descriptor: int) -> bool:
    """Tell whether something is read, or waited for, where a size says that there is nothing."""
    try:
        return bool(os.read(descriptor, 1))
    except OSError:
        return True


def refuse_odd(path: Path, status: os.stat_result, advice: str) -> None:
    """Stop at what is no plain file."""
    for is_kind, wrong in KINDS:
        if is_kind(status.st_mode):
            raise refusal(path, wrong, advice)


def read_upto(file: BufferedReader, path: Path, most: int) -> bytes:
    """Read a file that may have grown meanwhile."""
    content = file.read(os.fstat(file.fileno()).st_size + 1)
    if len(content) > most:
        raise refusal(path, "grows while it is read", PLAIN)
    return content


def refusal(path: Path, wrong: str, advice: str = RESTORE) -> Mistake:
    """Tell what is wrong with a file."""
    return Mistake(Problem(str(path), None, wrong, advice))


def has_holes(file: BufferedReader, size: int) -> bool:
    """Tell whether the disk lacks some of a file, which reads as zeros there."""
    try:
        hole = os.lseek(file.fileno(), 0, os.SEEK_HOLE)
    except OSError:  # the file system does not tell
        return False
    finally:
        file.seek(0)
    return hole < size
