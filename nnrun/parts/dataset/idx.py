"""The IDX format of MNIST: a magic number, the length of each axis, then a byte for each number."""

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy import ndarray

from nnrun.errors import Mistake
from nnrun.parts.dataset.published import damaged, unreadable
from nnrun.parts.dataset.text import no_file

UNSIGNED_BYTES = 8  # the type that the third byte of the magic number tells


def read_idx(file: Path, axes: int) -> ndarray:
    """Read the array in a file, plain or gzipped, or raise a Mistake with what is wrong with it."""
    try:
        if wrong := no_file(file):
            raise Mistake(damaged(file, wrong))
        with open_plain(file) as stream:
            return read_array(stream, file, axes)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Mistake(damaged(file, f"the gzip file is damaged ({error})")) from None
    except OSError as error:
        raise unreadable(file, error) from None


def open_plain(file: Path) -> BinaryIO:
    """Open the bytes within; a gzip file is known by how it begins, whatever its name."""
    with file.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(file, "rb") if zipped else file.open("rb")  # type: ignore[return-value]


def read_array(stream: BinaryIO, file: Path, axes: int) -> ndarray:
    """Read the array that the stream holds, all of it and nothing more."""
    shape = read_shape(stream, file, axes)
    size, sides = math.prod(shape), "×".join(map(str, shape))
    if not size:
        raise Mistake(damaged(file, f"holds no numbers ({sides})"))
    body = read_upto(stream, size + 1)
    if len(body) < size:
        raise Mistake(damaged(file, f"has {len(body):,} of the {size:,} bytes that {sides} take"))
    if len(body) > size:
        raise Mistake(damaged(file, f"goes on after the {size:,} bytes that {sides} take"))
    return np.frombuffer(body, np.uint8).reshape(shape)


def read_shape(stream: BinaryIO, file: Path, axes: int) -> tuple[int, ...]:
    """Read the head of a file: its magic number and the length of each axis."""
    head = stream.read(4)
    if head != magic(axes):
        raise Mistake(damaged(file, other_magic(head, axes)))
    lengths = stream.read(4 * axes)
    if len(lengths) < 4 * axes:
        told = f"after {4 + len(lengths)} of {4 + 4 * axes} bytes"
        raise Mistake(damaged(file, f"ends within its head, {told}"))
    return tuple(int.from_bytes(lengths[i : i + 4], "big") for i in range(0, 4 * axes, 4))


def read_upto(stream: BinaryIO, most: int, portion: int = 2**24) -> bytearray:
    """Read at most so many bytes, by portions; a head that lies about its size costs no memory."""
    body = bytearray()
    while len(body) < most and (part := stream.read(min(portion, most - len(body)))):
        body += part
    return body


def other_magic(head: bytes, axes: int) -> str:
    """Tell what the first four bytes say instead."""
    begins = magic(axes).hex(" ")
    wanted = f"an IDX file of bytes with {count_axes(axes)} begins with {begins}"
    if len(head) == 4 and head[:3] == magic(axes)[:3]:
        return f"has {count_axes(head[3])}, so it is another of the four files; {wanted}"
    return f"begins with {head.hex(' ') or 'nothing'}; {wanted}"


def count_axes(axes: int) -> str:
    return f"{axes} axis" if axes == 1 else f"{axes} axes"


def magic(axes: int) -> bytes:
    return bytes([0, 0, UNSIGNED_BYTES, axes])
