"""The record says what was run and how it ended, and holds the sum of every file."""

import json
from hashlib import sha256

import pytest

from nnrun.errors import Mistake
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import begin_record, end_record, going_on, read_record, seconds_worked
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


def test_what_is_missing_reads_as_nothing(tmp_path):
    assert read_record(tmp_path) == read_summary(tmp_path) == {}


@pytest.mark.parametrize("content", ["", "[1]", '{"status": "run'])
@pytest.mark.parametrize(
    ("name", "read"), [("run.json", read_record), ("summary.json", read_summary)]
)
def test_what_is_cut_short_is_refused(name, read, content, tmp_path):
    (tmp_path / "run.json").write_text('{"status": "running"}')
    (tmp_path / name).write_text(content)

    with pytest.raises(Mistake, match=name):
        read(tmp_path)


def test_a_summary_is_read_as_it_was_written(tmp_path):
    summary = {"test": {"r2": 0.5}, "verdict": "well fitted – at last"}

    write_summary(RunFolder(tmp_path), summary)
    (tmp_path / "run.json").write_text(json.dumps({"files": RunFolder(tmp_path).manifest()}))

    assert read_summary(tmp_path) == summary


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({}, 3600.0),
        ({"went_on": "2026-11-26T10:59:50+00:00", "worked": 1.5}, 11.5),
        ({"went_on": "2026-11-26T11:00:10+00:00", "worked": 1.5}, 1.5),  # nothing was lacking
        ({"started": ""}, None),
        ({"resumed": 1}, None),  # an earlier version did not say when it went on
    ],
)
def test_how_long_a_run_was_worked_on_leaves_out_how_long_it_lay_still(told, seconds):
    record = {"started": "2026-11-26T10:00:00+00:00", **told}

    assert seconds_worked(record, "2026-11-26T11:00:00+00:00") == seconds


@pytest.mark.parametrize(
    ("ended", "worked"), [("2026-11-26T10:00:04+00:00", 4.0), ("", 2.5)], ids=["stopped", "killed"]
)
def test_what_goes_on_knows_how_long_it_was_worked_on_before(ended, worked):
    record = {"started": "2026-11-26T10:00:00+00:00"}

    assert going_on(record, ended, 2.5)["worked"] == worked
