"""A file is whole or not there, a folder belongs to one run, and the manifest tells what lies in it."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import count
from threading import Lock

import pytest

from nnrun.errors import Mistake
from nnrun.runs import folder as folders
from nnrun.runs.folder import RunFolder, differing_results, make_run_folder, write


def names(path):
    return sorted(entry.name for entry in path.iterdir())


# Files


def test_a_written_file_is_there_and_no_draft_is_left(tmp_path):
    write(tmp_path / "a.txt", b"whole")

    assert (tmp_path / "a.txt").read_bytes() == b"whole"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_is_replaced_whole(tmp_path):
    write(tmp_path / "a.txt", b"a long first content")

    write(tmp_path / "a.txt", b"short")

    assert (tmp_path / "a.txt").read_bytes() == b"short"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_when_writing_fails_the_old_file_stays_and_no_draft_is_left(broken, tmp_path, monkeypatch):
    write(tmp_path / "a.txt", b"old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "a.txt", b"new")

    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.txt", b"new")

    assert names(tmp_path) == []


def test_a_reader_sees_one_whole_file_or_another(tmp_path):
    contents = [bytes([65 + i]) * 100_000 for i in range(4)]
    path = tmp_path / "a.txt"
    write(path, contents[0])

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, path, contents[i % 4]) for i in range(40)]
        seen = {path.read_bytes() for _ in range(100)}
        for each in writing:
            each.result()

    assert seen <= set(contents)
    assert names(tmp_path) == ["a.txt"]


def test_bytes_reach_the_disk_before_the_file_takes_its_name_and_the_name_after(
    tmp_path, monkeypatch
):
    done, sync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (done.append("sync"), sync(file)))
    monkeypatch.setattr(os, "replace", lambda *paths: (done.append("replace"), replace(*paths)))

    write(tmp_path / "a.txt", b"whole")

    assert done == ["sync", "replace", "sync"]


def test_texts_are_utf8_and_json_ends_with_a_line_end(tmp_path):
    run = RunFolder(tmp_path)

    run.put("text.txt", "λ × 3")
    run.put("bytes.bin", b"\x00\xff")
    run.put_json("facts.json", {"n": 1, "lost": [float("nan")]})

    assert (tmp_path / "text.txt").read_bytes() == "λ × 3".encode()
    assert (tmp_path / "bytes.bin").read_bytes() == b"\x00\xff"
    assert json.loads((tmp_path / "facts.json").read_text()) == {"n": 1, "lost": [None]}
    assert (tmp_path / "facts.json").read_text().endswith("}\n")


def test_lines_are_added_at_the_end(tmp_path):
    run = RunFolder(tmp_path)

    run.append("log.txt", "first")
    run.append("log.txt", "zweite – ü")

    assert (tmp_path / "log.txt").read_text(encoding="utf-8") == "first\nzweite – ü\n"


def test_drafts_that_a_kill_left_are_taken_away_and_nothing_else(tmp_path):
    mine = [".notes.txt.0a1b2c", ".model.json", ".git", "model.json.0a1b2c"]
    for name in (*mine, ".model.json.0a1b2c", ".run.json.ffffff", ".sweep.csv.000000"):
        (tmp_path / name).touch()

    RunFolder(tmp_path).drop_drafts()

    assert names(tmp_path) == sorted(mine)


# The manifest


def test_the_manifest_has_the_sum_of_every_file_of_a_run_but_the_record(tmp_path):
    run = RunFolder(tmp_path)
    state = f"checkpoint/000003-{'a' * 64}.safetensors"
    contents = {"log.txt": b"b", state: b"\x00", "curve.png": b""}
    notes = ["notes.txt", "checkpoint/notes.txt", "inner/log.txt", "mine.csv"]
    for folder in ("checkpoint", "inner"):
        (tmp_path / folder).mkdir()
    for name in [*contents, *notes, "run.json"]:
        run.put(name, contents.get(name, b"mine"))

    found = run.manifest()

    assert found == {name: sha256(content).hexdigest() for name, content in contents.items()}
    assert list(found) == sorted(contents)


def test_the_manifest_of_an_empty_folder_is_empty(tmp_path):
    assert RunFolder(tmp_path).manifest() == {}


# Two folders


@pytest.mark.parametrize(
    ("theirs", "differing"),
    [
        ({}, []),
        ({"log.txt": "b"}, []),
        ({"metrics.csv": "b", "weights.csv": "b"}, ["metrics.csv", "weights.csv"]),
        ({"predictions.csv": None}, ["predictions.csv"]),
        ({"weights.csv": None}, []),  # which earlier versions did not leave
    ],
)
def test_runs_are_the_same_where_their_results_are(theirs, differing, tmp_path):
    contents = dict.fromkeys(("metrics.csv", "weights.csv", "log.txt", "predictions.csv"), "a")
    for name, files in (("ours", contents), ("theirs", contents | theirs)):
        (tmp_path / name).mkdir()
        for file, content in files.items():
            if content:
                RunFolder(tmp_path / name).put(file, content)

    assert differing_results(tmp_path / "ours", tmp_path / "theirs") == differing


# New folders


def test_a_run_folder_is_named_by_its_data_set_its_time_and_an_id(tmp_path):
    run = make_run_folder(str(tmp_path / "deep" / "root"), "digits")

    assert run.path.parent == tmp_path / "deep" / "root" / "digits"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d-[0-9a-f]{4}", run.path.name)
    assert names(run.path) == []


def test_many_threads_never_get_the_same_folder(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        runs = list(pool.map(lambda _: make_run_folder(str(tmp_path), "digits"), range(200)))

    assert len({run.path for run in runs}) == 200
    assert len(names(tmp_path / "digits")) == 200


def test_when_names_collide_another_is_taken(tmp_path, monkeypatch):
    numbers, lock = count(), Lock()

    def token(size):
        with lock:
            return f"{next(numbers) // 4:0{2 * size}x}"  # each is given out four times

    monkeypatch.setattr(folders.secrets, "token_hex", token)
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: make_run_folder(str(tmp_path), "digits"), range(40)))

    assert len({run.path for run in runs}) == 40


def test_a_folder_that_was_asked_for_is_made_or_taken_while_it_is_empty(tmp_path):
    (tmp_path / "empty").mkdir()

    runs = [make_run_folder("outputs", "digits", str(tmp_path / name)) for name in ("a/b", "empty")]

    assert [run.path for run in runs] == [tmp_path / "a" / "b", tmp_path / "empty"]


def test_only_one_of_many_threads_gets_a_folder_that_all_ask_for(tmp_path):
    def claim(_):
        try:
            return make_run_folder("outputs", "digits", str(tmp_path / "ours"))
        except Mistake as mistake:
            return str(mistake)

    with ThreadPoolExecutor(16) as pool:
        given = list(pool.map(claim, range(100)))

    refusals = [answer for answer in given if isinstance(answer, str)]
    assert len(refusals) == 99
    assert {refusal.partition(": ")[2] for refusal in refusals} == {
        "is not empty; choose a new folder or an empty one"
    }


@pytest.mark.parametrize(
    ("folder", "wrong"),
    [
        ("taken", "is not empty"),
        ("taken/file", "'taken/file' is a file"),
        ("taken/file/deep", "'taken/file' is a file"),
        ("/proc/nnrun", "No such file or directory (/proc/nnrun)"),
    ],
)
def test_a_folder_that_cannot_be_had_is_told(folder, wrong, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()

    with pytest.raises(Mistake) as caught:
        make_run_folder("outputs", "digits", folder)

    told = f"output.folder={folder}: {wrong}; choose a new folder or an empty one"
    assert str(caught.value) == told


@pytest.mark.parametrize("taken", ["root", "root/digits"])
def test_a_root_that_cannot_hold_folders_is_told(taken, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("a file")

    with pytest.raises(Mistake) as caught:
        make_run_folder("root", "digits")

    reason = "Not a directory" if taken == "root" else "File exists"
    assert (
        str(caught.value)
        == f"output.root='root': {reason} (root/digits); choose another output.root"
    )
