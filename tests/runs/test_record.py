"""The record says what was run and how it ended, and holds the sum of every file."""

from hashlib import sha256

import pytest

from nnrun.runs.folder import RunFolder
from nnrun.runs.record import begin_record, end_record, read_record
from nnrun.runs.summary import read_summary, write_summary


def test_a_record_is_begun_and_completed(tmp_path):
    folder = RunFolder(tmp_path)

    record = begin_record(folder, {"seed": 1}, ["seed=1"], device="cpu")
    begun = read_record(tmp_path)
    end_record(folder, record, "done", "well fitted")
    ended = read_record(tmp_path)

    assert (begun["status"], begun["command"], begun["device"]) == (
        "running",
        "nnrun seed=1",
        "cpu",
    )
    assert (ended["status"], ended["word"]) == ("done", "well fitted")
    assert ended["files"]["config.yaml"] == begun["config_sha256"]
    assert ended["files"]["overrides.txt"] == sha256(b"seed=1\n").hexdigest()


@pytest.mark.parametrize("content", [None, "", "[1]", '{"status": "run'])
def test_what_is_missing_or_cut_short_reads_as_nothing(content, tmp_path):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
        (tmp_path / "summary.json").write_text(content)

    assert read_record(tmp_path) == read_summary(tmp_path) == {}


def test_a_summary_is_read_as_it_was_written(tmp_path):
    summary = {"test": {"r2": 0.5}, "verdict": "well fitted – at last"}

    write_summary(RunFolder(tmp_path), summary)

    assert read_summary(tmp_path) == summary
