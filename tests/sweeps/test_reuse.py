"""Members that are taken over from finished runs: which are, and what becomes of them."""

import json
import shutil
from pathlib import Path

import pytest

from nnrun.runs.opening import open_ledger

TINY = (
    *("dataset=iris", "training.epochs=2", "model.widths=[4]", "training.device=cpu"),
    *("output.pictures=false", "output.baselines=false"),
)


@pytest.fixture
def run(nnrun):
    """Train one run with a learning rate."""
    return lambda *words: nnrun(*TINY, *words)


@pytest.fixture
def sweep(nnrun):
    """Train a sweep that may take members over."""

    def sweep(*words):
        return nnrun("-m", *TINY, "sweep.reuse=true", "hydra.launcher.workers=1", "--json", *words)

    return sweep


def told(ran):
    return json.loads(ran.out)


def taken(ran):
    return told(ran)["reused"]


def test_a_finished_run_is_a_member_without_being_trained_again(run, sweep, nnrun):
    alone = run("optimizer.lr=0.05").folder

    ran = sweep("optimizer.lr=1e-5,0.05")

    assert taken(ran) == {"lr=0.05": str(alone.resolve())}
    assert sorted(path.name for path in ran.folder.iterdir() if path.is_dir()) == ["lr=1e-05"]
    assert told(ran)["done"] == ["lr=1e-05", "lr=0.05"]
    assert told(ran)["best"]["folder"] == str(alone.resolve())
    assert not (ran.folder / "best").is_symlink()
    assert (ran.folder / "sweep.csv").read_text().count(",done,") == 2
    assert "x.csv" in nnrun("evaluate", f"{ran.folder}/best", "x.csv").err  # the table alone lacks
    assert nnrun("compare", str(ran.folder), "--json").code == 0
    assert nnrun("runs").out.count("done 2") == 1


def test_members_of_other_sweeps_are_taken_over_and_of_these_where_they_lie(sweep):
    first = sweep("optimizer.lr=0.01,0.05")
    second = sweep("optimizer.lr=0.01,0.05,0.1")
    third = sweep("optimizer.lr=0.01,0.05,0.1")

    assert [len(taken(ran)) for ran in (first, second, third)] == [0, 2, 3]
    assert Path(taken(third)["lr=0.01"]).parent == first.folder.resolve()
    assert told(third)["done"] == told(second)["done"]
    assert "all 3 members are done already" in third.err


@pytest.mark.parametrize(
    ("words", "change"),
    [
        (("dataset.split.seed=1",), None),
        (("training.hashes=false",), None),
        ((), ("nnrun", "0.0.9")),
        ((), ("torch", "1.0")),
    ],
    ids=["other rows", "other files", "other nnrun", "other torch"],
)
def test_what_was_made_otherwise_is_no_member(run, sweep, words, change, monkeypatch):
    from nnrun.runs import record

    with monkeypatch.context() as patched:
        if change:
            known = {**record.versions(), change[0]: change[1]}
            patched.setattr(record, "versions", lambda: known)
        run("optimizer.lr=0.05", *words)

    ran = sweep("optimizer.lr=0.05,0.01")

    assert taken(ran) == {}
    told_why = f"versions.{change[0]} was {change[1]}" if change else "reused    0 of 2 members"
    assert told_why in ran.err


def test_a_damaged_run_is_no_member(run, sweep):
    alone = run("optimizer.lr=0.05").folder
    (alone / "predictions.csv").write_text("")

    ran = sweep("optimizer.lr=0.05,0.01")

    assert taken(ran) == {}
    assert "predictions.csv is damaged" in ran.err


@pytest.mark.parametrize("gone", [True, False])
def test_a_run_that_was_taken_over_and_is_not_as_it_was_is_named_and_trained(
    run, sweep, nnrun, gone
):
    alone = run("optimizer.lr=0.05").folder
    swept = sweep("optimizer.lr=1e-5,0.05").folder
    if gone:
        shutil.rmtree(alone)
    else:
        (alone / "run.json").write_text("{}")
    before = {path: path.read_bytes() for path in alone.rglob("*") if path.is_file()}

    refused = nnrun("evaluate", f"{swept}/best", "x.csv")
    resumed = nnrun("resume", "last")

    wrong = "is gone" if gone else "has changed since"
    assert f"{alone.resolve()} {wrong}" in refused.err
    assert refused.code == 2
    assert f"lr=0.05: it was taken over, and {alone.resolve()} {wrong}" in resumed.out
    assert resumed.code == 0
    assert (swept / "lr=0.05" / "run.json").is_file()
    assert (swept / "best").resolve() == (swept / "lr=0.05").resolve()
    assert open_ledger(swept).taken == {}
    assert {path: path.read_bytes() for path in alone.rglob("*") if path.is_file()} == before


def test_lists_show_members_that_were_taken_over_and_from_where(run, sweep, nnrun):
    alone = run("optimizer.lr=0.05", "output.name=alone").folder
    swept = sweep("optimizer.lr=1e-5,0.05", "output.name=swept").folder

    listed = json.loads(nnrun("runs", "swept", "--json").out)["runs"]
    below = json.loads(nnrun("runs", "--members", "--json", "--group", "lr").out)["groups"]
    screen = nnrun("runs", "swept").out
    nnrun("export-runs", "swept", "-o", "all.csv")

    by_name = {one["name"]: one for one in listed}
    assert set(by_name) == {"swept/lr=1e-05", "swept/lr=0.05"}
    assert by_name["swept/lr=0.05"]["taken_over_from"] == str(alone.resolve())
    assert "taken_over_from" not in by_name["swept/lr=1e-05"]
    assert "swept/lr=0.05    lr=0.05    done" in screen
    assert screen.count(f" {alone}\n") == 1
    assert [len(group["runs"]) for group in below] == [1, 1]  # a run counts once
    assert Path("all.csv").read_text().count(str(alone.resolve())) == 2  # its folder, and that
    assert {run["name"] for run in json.loads(nnrun("runs", "--json").out)["runs"]} == {
        "alone",
        "swept",
    }
    assert not (swept / "lr=0.05").exists()


def test_a_member_that_was_taken_over_is_found_by_name_and_not_removed_by_it(run, sweep, nnrun):
    alone = run("optimizer.lr=0.05").folder
    sweep("optimizer.lr=1e-5,0.05", "output.name=swept")

    found, removed = nnrun("note", "swept/lr=0.05"), nnrun("rm", "swept/lr=0.05", "--yes")
    shutil.rmtree(alone)
    gone = nnrun("runs", "swept")

    assert f"note: swept/lr=0.05 is {alone.resolve()}" in found.err
    assert removed.code == 2
    assert (
        f"swept/lr=0.05: is a member of a sweep, which took it over from {alone.resolve()}"
        in removed.err
    )
    assert "swept/lr=1e-05" in gone.out
    assert f"note: {alone.resolve()}: was taken over, and {alone.resolve()} is gone" in gone.err


def test_a_note_that_names_a_sweep_names_its_members(sweep, nnrun):
    sweep("seed=0,1", "output.name=before")
    nnrun("runs", "before")

    nnrun("note", "before", "--name", "after")

    assert "after/seed=0" in nnrun("runs", "after").out
    assert nnrun("runs", "--members", "--columns", "name").out.split() == [
        *("name", "after/seed=1", "after/seed=0")
    ]
