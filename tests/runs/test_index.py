"""The list of runs is kept, made again when that is doubtful, and works without a place to keep it."""

import os
import shutil
from pathlib import Path

import pytest

from nnrun.runs import index
from nnrun.runs.entries import Known

NAMES = [f"iris/{name}" for name in "abc"]


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Leave three folders with a record; gives the list of folders that were read of each."""
    monkeypatch.setenv("NNRUN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(index, "SETTLED", 0)
    told = []

    def read_known(folder):
        told.append(folder.relative_to(tmp_path / "outputs").as_posix())
        return Known(started="2026"), {"test.r2": 0.5, "of": folder.name}

    monkeypatch.setattr(index, "read_known", read_known)
    for name in NAMES:
        (tmp_path / "outputs" / name).mkdir(parents=True)
        (tmp_path / "outputs" / name / "run.json").write_text("{}")
    return told


def listed(tmp_path) -> list[str]:
    found = index.listing(tmp_path / "outputs")
    assert all(one.facts == {"test.r2": 0.5, "of": one.folder.name} for one in found.entries)
    return sorted(one.place for one in found.entries)


def test_a_folder_is_read_once(read, tmp_path):
    assert listed(tmp_path) == listed(tmp_path) == NAMES
    assert sorted(read) == NAMES


def test_a_folder_is_read_again_when_a_file_of_it_changes_appears_or_goes(read, tmp_path):
    listed(tmp_path)
    read.clear()

    (tmp_path / "outputs/iris/a/run.json").write_text("{ }")
    (tmp_path / "outputs/iris/b/summary.json").write_text("{}")

    assert listed(tmp_path) == NAMES
    assert sorted(read) == NAMES[:2]


def test_a_file_that_has_just_changed_is_not_trusted_to_stay(read, tmp_path, monkeypatch):
    monkeypatch.setattr(index, "SETTLED", 10**18)

    listed(tmp_path)
    listed(tmp_path)

    assert len(read) == 6


@pytest.mark.parametrize("damage", [b"no database", b""])
def test_a_damaged_cache_is_made_again(damage, read, tmp_path):
    listed(tmp_path)
    (file,) = Path(tmp_path, "cache").iterdir()
    file.write_bytes(damage)

    assert listed(tmp_path) == listed(tmp_path) == NAMES
    assert len(read) == 6


def test_where_nothing_can_be_kept_all_is_read(read, tmp_path):
    Path(tmp_path, "cache").write_text("a file")

    assert listed(tmp_path) == listed(tmp_path) == NAMES
    assert len(read) == 6


def test_a_folder_whose_name_is_no_text_is_listed_and_kept(read, tmp_path):
    odd = tmp_path / "outputs" / os.fsdecode(b"iris/\xff")
    odd.mkdir()
    (odd / "run.json").write_text("{}")

    assert listed(tmp_path) == listed(tmp_path) == [*NAMES, os.fsdecode(b"iris/\xff")]
    assert len(read) == 4


def test_what_was_read_before_a_listing_was_cut_short_is_kept(read, tmp_path, monkeypatch):
    monkeypatch.setattr(index, "AT_ONCE", 1)
    whole = index.read_known

    def cut_short(folder):
        if len(read) == 2:
            raise KeyboardInterrupt
        return whole(folder)

    monkeypatch.setattr(index, "read_known", cut_short)
    with pytest.raises(KeyboardInterrupt):
        listed(tmp_path)
    monkeypatch.setattr(index, "read_known", whole)

    assert listed(tmp_path) == NAMES
    assert len(read) == 3


def test_the_cache_lies_outside_of_the_folders(read, tmp_path):
    listed(tmp_path)

    assert [path for path in Path(tmp_path, "outputs").rglob("*") if path.suffix == ".sqlite"] == []


def test_one_setting_is_read_of_all_runs_without_the_others(read, tmp_path, monkeypatch):
    listed(tmp_path)
    monkeypatch.setattr(index.Cache, "facts", lambda cache: pytest.fail("all facts were read"))

    entries = index.listing(tmp_path / "outputs").entries

    assert {one.fact("of") for one in entries} == {"a", "b", "c"}
    assert {one.fact("lacking") for one in entries} == {None}
    assert {*entries[0].all_facts.names()} == {"test.r2", "of"}


def test_where_sqlite_finds_nothing_in_a_text_all_is_read(read, tmp_path, monkeypatch):
    listed(tmp_path)
    monkeypatch.setattr(index, "COLUMN", "no SQL of an older version")

    assert {one.fact("of") for one in index.listing(tmp_path / "outputs").entries} == {*"abc"}
    assert len(read) == 3


def test_names_of_what_is_gone_are_forgotten(read, tmp_path, monkeypatch):
    listed(tmp_path)
    monkeypatch.setattr(index, "read_known", lambda folder: (Known(), {"another": 1}))
    for name in NAMES:
        (tmp_path / "outputs" / name / "run.json").write_text("{ }")

    (one, *_) = index.listing(tmp_path / "outputs").entries

    assert [*one.all_facts.names()] == ["another"]
    assert [*index.listing(tmp_path / "outputs").entries[0].all_facts.names()] == ["another"]


def test_a_run_that_becomes_a_folder_of_runs_is_looked_into(read, tmp_path):
    listed(tmp_path)
    (tmp_path / "outputs/iris/a/run.json").unlink()
    (tmp_path / "outputs/iris/a/inner").mkdir()
    (tmp_path / "outputs/iris/a/inner/run.json").write_text("{}")

    places = {one.place for one in index.listing(tmp_path / "outputs").entries}

    assert places == {"iris/a/inner", *NAMES[1:]}


def test_what_is_kept_of_members_lets_be_what_is_kept_of_runs(read, tmp_path):
    sweep, member = tmp_path / "outputs/iris/s", tmp_path / "outputs/iris/s/m"
    member.mkdir(parents=True)
    (sweep / "sweep.json").write_text("{}")
    (member / "run.json").write_text("{}")

    runs = [one.place for one in index.listing(tmp_path / "outputs").entries]
    members = [one.place for one in index.listing(tmp_path / "outputs", members=True).entries]
    index.listing(tmp_path / "outputs")
    index.listing(tmp_path / "outputs", members=True)
    shutil.rmtree(sweep)
    index.listing(tmp_path / "outputs")

    assert {*runs} - {*members} == {"iris/s"}
    assert {*members} - {*runs} == {"iris/s/m"}
    assert sorted(read) == sorted([*NAMES, "iris/s", "iris/s/m"])  # each once
    assert {*index.Cache(tmp_path / "outputs").told()} == {*NAMES}
