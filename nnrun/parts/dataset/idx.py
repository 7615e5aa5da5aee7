"""The IDX format of MNIST: a magic number, the length of each axis, then one byte for each number."""

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nnrun.errors import Mistake

UNSIGNED_BYTES = 8  # the type that the third byte of the magic number tells
AGAIN = "take the file from its source again"


def read_idx(file: Path, axes: int) -> np.ndarray:
    """The array in a file, plain or gzipped, or a Mistake that names the file and what is wrong with it."""
    try:
        with open_plain(file) as stream:
            return read_array(stream, file, axes)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Mistake(f"{file}: the gzip file is damaged ({error}); {AGAIN}") from None
    except OSError as error:
        reason = error.strerror or error
        raise Mistake(
            f"{file}: cannot be read ({reason}); check the file and its permissions"
        ) from None


def open_plain(file: Path) -> BinaryIO:
    """The bytes within; a gzip file is known by how it begins, whatever its name."""
    with file.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(file, "rb") if zipped else file.open("rb")  # type: ignore[return-value]


def read_array(stream: BinaryIO, file: Path, axes: int) -> np.ndarray:
    """The array that the stream holds, all of it and nothing more."""
    head = stream.read(4)
    if head != bytes([0, 0, UNSIGNED_BYTES, axes]):
        raise Mistake(f"{file}: {other_magic(head, axes)}; {AGAIN}")
    lengths = stream.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise Mistake(
            f"{file}: ends within its head, after {4 + len(lengths)} of {4 + 4 * axes} bytes; {AGAIN}"
        )
    shape = tuple(int.from_bytes(lengths[i : i + 4], "big") for i in range(0, 4 * axes, 4))
    size, spoken = math.prod(shape), "×".join(map(str, shape))
    if not size:
        raise Mistake(f"{file}: holds no numbers ({spoken}); {AGAIN}")
    body = read_upto(stream, size + 1)
    if len(body) < size:
        raise Mistake(
            f"{file}: has {len(body):,} of the {size:,} bytes that {spoken} take; {AGAIN}"
        )
    if len(body) > size:
        raise Mistake(f"{file}: goes on after the {size:,} bytes that {spoken} take; {AGAIN}")
    return np.frombuffer(body, np.uint8).reshape(shape)


def read_upto(stream: BinaryIO, most: int, portion: int = 2**24) -> bytearray:
    """At most so many bytes, by portions; a head that lies about its size costs no memory."""
    body = bytearray()
    while len(body) < most and (part := stream.read(min(portion, most - len(body)))):
        body += part
    return body


def other_magic(head: bytes, axes: int) -> str:
    """What the first four bytes say instead."""
    wanted = f"an IDX file of bytes with {axes} {'axis' if axes == 1 else 'axes'} begins with {magic(axes)}"
    if len(head) == 4 and head[:2] == b"\0\0" and head[2] == UNSIGNED_BYTES:
        return f"has {head[3]} {'axis' if head[3] == 1 else 'axes'}, so it is another of the four files; {wanted}"
    return f"begins with {head.hex(' ') or 'nothing'}; {wanted}"


def magic(axes: int) -> str:
    return bytes([0, 0, UNSIGNED_BYTES, axes]).hex(" ")
