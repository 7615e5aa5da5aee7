"""What became of a sweep's members, read from their folders."""

import os

import pytest

from nnrun.runs.job import Job
from nnrun.runs.ledger import Ledger
from nnrun.runs.record import begin_record, end_record


@pytest.fixture
def finished(tmp_path):
    """Leave the folder of a member that is through: finished("seed=1") gives its ledger."""

    def leave(*overrides):
        job = Job({"seed": 0}, list(overrides), {})
        ledger = Ledger(tmp_path, ["only"], [job], {})
        folder = ledger.fresh(0)
        record = begin_record(folder, job.config, job.overrides)
        folder.put_json("summary.json", {"epochs": 1})
        end_record(folder, record, "done", "well fitted")
        return ledger

    return leave


@pytest.mark.parametrize("overrides", [(), ("seed=1",)])
def test_a_member_is_done_when_all_files_are_there_whether_settings_were_typed_or_not(
    finished, overrides
):
    assert finished(*overrides).done(0)


@pytest.mark.parametrize("name", ["config.yaml", "overrides.txt", "summary.json"])
def test_a_member_with_a_file_that_lost_its_content_is_not_done(finished, name):
    ledger = finished("seed=1")

    (ledger.folder(0) / name).write_text("")

    assert not ledger.done(0)


def test_a_line_has_reached_the_disk_when_it_is_noted(finished, monkeypatch):
    ledger, synced = finished(), []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_size))

    ledger.note(0, "failed", "a reason")

    assert synced == [(ledger.path / "ledger.jsonl").stat().st_size]


def test_the_last_end_is_the_latest_whichever_member_has_it(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path, ["one", "other"], [Job({}, [], {})] * 2, {})
    ends = ["2026-11-28T12:00:01+02:00", "2026-11-28T09:30:00+00:00"]
    monkeypatch.setattr(Ledger, "record", lambda _, member: {"ended": ends[member]})

    assert ledger.last_end() == ends[0]
