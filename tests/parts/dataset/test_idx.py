"""An IDX file is read to its last byte, or refused in one line that names it."""

import gzip
import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from nnrun.errors import Mistake
from nnrun.parts.dataset.idx import read_idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
HEAD = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4])
WHOLE = HEAD + IMAGES.tobytes()


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write a file beside the test; gives its path as one would type it."""
    monkeypatch.chdir(tmp_path)

    def write(content):
        path = tmp_path.joinpath("images").relative_to(tmp_path)
        path.write_bytes(content)
        return path

    return write


def refused(path, axes=3):
    with pytest.raises(Mistake) as caught:
        read_idx(path, axes)
    (line,) = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_the_numbers_come_back_in_their_shape(pack, file):
    found = read_idx(file(pack(WHOLE)), axes=3)

    assert_array_equal(found, IMAGES)
    assert found.dtype == np.uint8


def test_labels_have_one_axis(file):
    found = read_idx(file(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 9])), axes=1)

    assert_array_equal(found, [7, 2, 9])


FAULTS = {
    "empty": (
        b"",
        "images: begins with nothing; an IDX file of bytes with 3 axes begins with 00 00 08 03",
    ),
    "another format": (
        b"\x89PNG....",
        "images: begins with 89 50 4e 47; an IDX file of bytes with 3 axes begins with",
    ),
    "numbers of four bytes": (
        bytes([0, 0, 13, 3]) + WHOLE[4:],
        "images: begins with 00 00 0d 03; an IDX file of bytes",
    ),
    "labels": (
        bytes([0, 0, 8, 1, 0, 0, 0, 1, 5]),
        "images: has 1 axis, so it is another of the four files; an IDX file of bytes with 3 axes begins with",
    ),
    "half a head": (HEAD[:10], "images: ends within its head, after 10 of 16 bytes"),
    "no image": (HEAD[:4] + bytes(4) + HEAD[8:], "images: holds no numbers (0×3×4)"),
    "cut off": (WHOLE[:-1], "images: has 23 of the 24 bytes that 2×3×4 take"),
    "more than it says": (WHOLE + b"\0", "images: goes on after the 24 bytes that 2×3×4 take"),
    "a head that lies": (
        HEAD[:4] + b"\xff" * 12 + b"12",
        "images: has 2 of the 79,228,162,458,924,105,385,300,197,375",
    ),
    "gzip cut off": (gzip.compress(WHOLE)[:-9], "images: the gzip file is damaged ("),
    "gzip with a wrong sum": (
        gzip.compress(WHOLE)[:-8] + bytes(8),
        "images: the gzip file is damaged (",
    ),
    "gzip of nothing known": (b"\x1f\x8b nonsense", "images: the gzip file is damaged ("),
    "cut off within gzip": (
        gzip.compress(WHOLE[:-1]),
        "images: has 23 of the 24 bytes that 2×3×4 take",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_told_with_the_file(case, file):
    content, told = FAULTS[case]

    line = refused(file(content))

    assert line.startswith(told)
    assert line.endswith("; take the file from its source again")


def test_every_damage_to_a_byte_or_two_is_told_or_changes_a_pixel(file):
    chance = np.random.default_rng(0)
    for _ in range(300):
        content = bytearray(WHOLE)
        for place in chance.integers(0, len(WHOLE), 2):
            content[place] ^= int(chance.integers(1, 256))
        if bytes(content[:16]) == HEAD:
            assert read_idx(file(bytes(content)), 3).shape == (2, 3, 4)
        elif content[:4] == HEAD[:4]:
            shape = np.frombuffer(bytes(content[4:16]), ">u4").astype(object)
            assert shape.prod() == 24 or refused(file(bytes(content))).startswith("images: ")
        else:
            assert refused(file(bytes(content))).startswith("images: ")


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    assert refused(tmp_path).startswith(f"{tmp_path}: cannot be read (Is a directory)")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "images")

    with pytest.raises(Mistake, match="is a pipe, a device or a socket"):
        read_idx(tmp_path / "images", 3)
