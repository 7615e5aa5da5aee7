"""Files of a run folder are read where its record proves them, and from nowhere else."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from nnrun.errors import Mistake
from nnrun.reading.files import LARGEST_TEXT, read_given
from nnrun.reading.proofs import read_proved


@pytest.fixture
def folder(tmp_path):
    """A folder whose record tells of one file."""
    (tmp_path / "model.json").write_bytes(b"whole")
    files = {"model.json": sha256(b"whole").hexdigest()}
    (tmp_path / "run.json").write_text(json.dumps({"files": files}))
    return tmp_path


def test_a_file_is_read_that_is_what_the_record_tells_of(folder):
    assert read_proved(folder, "model.json") == b"whole"


@pytest.mark.parametrize("content", [b"", b"whol", b"whole\n", b"whoLe"])
def test_a_file_that_was_changed_is_refused(content, folder):
    (folder / "model.json").write_bytes(content)

    with pytest.raises(Mistake, match=r"model.json: is not the file that run.json tells of"):
        read_proved(folder, "model.json")


def test_what_grows_while_a_run_is_under_way_is_read_as_it_is(folder):
    (folder / "run.json").write_text('{"status": "running"}')
    (folder / "metrics.csv").write_bytes(b"epoch")

    assert read_proved(folder, "metrics.csv") == b"epoch"


def test_nothing_else_is_that_its_record_does_not_tell_of(folder):
    (folder / "run.json").write_text('{"status": "running"}')

    told = "model.json: is no file that run.json tells of; let nnrun resume end it"
    with pytest.raises(Mistake, match=told):
        read_proved(folder, "model.json")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (None, "is not there, and without it nothing shows whether the other files are whole"),
        ("{}", "tells of no files, and without it nothing shows"),
        ('{"status": "done"}', "tells of no files, and without it nothing shows"),
        ('{"files": {}, "processor": "Z80"}', "has lost its sha256, without which nothing shows"),
    ],
)
def test_a_record_that_proves_nothing_is_refused(record, told, folder):
    (folder / "run.json").unlink()
    if record:
        (folder / "run.json").write_text(record)

    with pytest.raises(Mistake, match=f"run.json: {told}"):
        read_proved(folder, "model.json")


@pytest.mark.parametrize("name", ["model.json", "run.json"])
def test_a_link_is_not_followed(name, folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (folder / name).rename(elsewhere)
    os.symlink(elsewhere, folder / name)

    with pytest.raises(Mistake, match=f"{name}: is a link"):
        read_proved(folder, "model.json")


def test_a_file_that_would_flood_the_memory_is_not_read(folder):
    os.truncate(folder / "model.json", LARGEST_TEXT + 1)

    with pytest.raises(
        Mistake, match="has 67,108,865 bytes, more than the 67,108,864 that are read"
    ):
        read_proved(folder, "model.json")


@pytest.mark.parametrize("path", ["/proc/version", "/proc/self/pagemap"])
def test_what_the_system_makes_while_it_is_read_is_no_file(path):
    if not os.path.exists(path):
        pytest.skip("this system makes no such file")

    told = "is made by the system while it is read, and may never end; give a plain file"
    with pytest.raises(Mistake, match=told):
        read_given(Path(path), LARGEST_TEXT)
