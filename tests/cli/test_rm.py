"""nnrun rm takes away what nnrun wrote, once one has said yes, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from nnrun.cli import rm
from nnrun.runs.folder import RunFolder
from nnrun.runs.lock import claimed


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    """Leave the folder of a run, with a checkpoint and a draft."""
    monkeypatch.chdir(tmp_path)

    def leave(place="outputs/iris/a", status="done") -> Path:
        path = Path(place)
        path.mkdir(parents=True)
        folder = RunFolder(path, durable=False)
        folder.put("config.yaml", "seed: 0\n")
        (path / "checkpoint").mkdir()
        (path / f"checkpoint/000003-{'a' * 64}.safetensors").touch()
        folder.put_record("run.json", {"status": status, "files": folder.manifest()})
        (path / ".log.txt.0a1b2c").touch()
        return path

    return leave


def test_a_run_is_removed_where_one_has_said_yes_beforehand(run_folder, nnrun):
    path = run_folder()

    ran = nnrun("rm", str(path), "--yes")

    assert (ran.code, ran.out) == (0, f"removed   {path}\n")
    assert not path.exists()


def test_nothing_is_removed_where_nobody_can_be_asked(run_folder, nnrun):
    path = run_folder()

    ran = nnrun("rm", str(path))

    assert (
        ran.err == "error: nnrun rm: would remove 1 run, and nobody can be asked here; add --yes\n"
    )
    assert (path / "run.json").exists()


@pytest.mark.parametrize(
    ("answer", "there"), [("", True), ("n", True), ("yes", False), ("Y", False)]
)
def test_only_a_yes_removes(answer, there, run_folder, nnrun, monkeypatch):
    path = run_folder()
    monkeypatch.setattr(rm.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: answer)

    assert nnrun("rm", str(path)).code == 0
    assert path.exists() == there


def test_what_a_person_added_stays_and_no_link_is_followed(run_folder, tmp_path, nnrun):
    path, away = run_folder(), tmp_path / "away"
    away.mkdir()
    (away / "run.json").write_text("dear")
    (path / "thesis.txt").write_text("dear")
    (path / "linked").symlink_to(away)
    (path / "metrics.csv").symlink_to(away / "run.json")

    ran = nnrun("rm", str(path), "--yes")

    assert f"note: {path} stays with what nnrun did not write: linked, thesis.txt" in ran.err
    assert sorted(entry.name for entry in path.iterdir()) == ["linked", "thesis.txt"]
    assert (away / "run.json").read_text() == "dear"


def test_conditions_choose_what_is_removed(run_folder, nnrun):
    kept, failed = run_folder(), run_folder("outputs/iris/b", "failed")

    assert nnrun("rm", "status=failed", "--yes").code == 0
    assert (kept.exists(), failed.exists()) == (True, False)
    assert (
        "no run below outputs is so, and no whole sweep; nothing is removed"
        in nnrun("rm", "status=failed", "-y").err
    )


@pytest.mark.parametrize("day", ["yesterday", "28.11.2026", "2020-01-01T00:00:00"])
def test_nothing_is_removed_that_began_later_or_where_no_date_was_typed(day, run_folder, nnrun):
    kept = run_folder()

    assert nnrun("rm", f"started<{day}", "--yes").code == 2
    assert kept.exists()


def test_a_sweep_is_removed_whole_and_keeps_its_members_until_then(small, nnrun):
    sweep = small(
        "-m", "dataset=iris", "training.epochs=1", "seed=0,1", "hydra.launcher.workers=1"
    ).folder
    nnrun("note", str(sweep), "x")

    assert (
        "is a member of a sweep, which keeps its members"
        in nnrun("rm", f"{sweep}/seed=0", "-y").err
    )
    assert nnrun("rm", "last", "--yes").code == 0
    assert not sweep.exists()


@pytest.fixture
def sweep(small):
    """Leave a sweep of four, two of them of another optimizer."""
    words = ("dataset=iris", "output.name=four", "hydra.launcher.workers=1")
    ran = small("-m", *words, "optimizer=adam,sgd", "optimizer.lr=0.1,0.01", "training.epochs=1")
    return ran.folder


@pytest.mark.parametrize(
    ("condition", "gone", "partly"),
    [
        ("optimizer=sgd", False, True),
        ("optimizer=sgd or optimizer.lr<1", True, False),
        ("optimizer!=sgd", False, True),
        ("optimizer=rmsprop", False, False),
        ("dataset=iris", True, False),
        ("name=four and kind=sweep", True, False),
        ("name=four and score>0.9999", False, False),
    ],
)
def test_a_sweep_is_removed_where_all_members_are_so(condition, gone, partly, sweep, nnrun):
    ran = nnrun("rm", condition, "--yes")

    assert sweep.exists() != gone
    assert ran.code == (0 if gone else 2)
    assert ("1 sweep left, as only some of the members are so" in ran.err) == partly


def test_a_member_that_left_nothing_is_what_it_was_asked_for(sweep, nnrun):
    shutil.rmtree(sweep / "optimizer=adam,lr=0.1")

    assert nnrun("rm", "optimizer=sgd", "--yes").code == 2
    assert nnrun("rm", "training.epochs=1", "--yes").code == 0


def test_the_question_names_what_goes(sweep, run_folder, nnrun, monkeypatch):
    run_folder()
    asked = []
    monkeypatch.setattr(rm.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "n")
    monkeypatch.setattr(rm, "MOST", 1)

    ran = nnrun("rm", "four", "outputs/iris/a")

    assert f"{sweep} (four), a sweep of 4 members\nand 1 more\n" in ran.out
    assert asked[0] == "remove 1 run and 1 sweep with 4 members for good? [y/N] "


def test_what_another_sweep_took_over_stays_until_one_says_so(sweep, small, nnrun):
    words = ("-m", "dataset=iris", "training.epochs=1", "hydra.launcher.workers=1")
    other = small(*words, "sweep.reuse=true", "optimizer.lr=0.01,0.1", "--json")
    assert json.loads(other.out)["reused"]

    refused = nnrun("rm", str(sweep), "--yes")

    assert f"{sweep}: {other.folder} would lose 2 of its members, which" in refused.err
    assert refused.err.endswith("remove that sweep, too, or add --taken-over\n")
    assert sweep.exists()
    assert nnrun("rm", str(sweep), "--taken-over").err.endswith("add --yes\n")
    assert nnrun("rm", str(sweep), str(other.folder), "--yes").code == 0


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("folder", "is the folder of no run and no sweep"),
        ("link", "is a link"),
        ("nothing", "outputs/iris/none: no such folder"),
    ],
)
def test_other_folders_are_refused(made, message, run_folder, nnrun):
    path = run_folder()
    if made == "folder":
        path = path.parent
    elif made == "nothing":
        path = path.parent / "none"
    else:
        Path("link").symlink_to(path)
        path = Path("link")

    ran = nnrun("rm", str(path), "--yes")

    assert ran.code == 2
    assert message in ran.err
    assert Path("outputs/iris/a/run.json").exists()


def test_a_run_on_which_somebody_works_is_refused(run_folder, nnrun):
    path = run_folder()
    with claimed(path):
        ran = nnrun("rm", str(path), "--yes")

    assert "works on it" in ran.err
    assert (path / "run.json").exists()


def test_programs_are_told_what_is_gone_and_what_stays(run_folder, nnrun):
    path = run_folder("outputs/mine")
    (path / "thoughts.md").write_text("keep")

    asked, ran = nnrun("rm", str(path), "--json"), nnrun("rm", str(path), "--json", "--yes")

    assert asked.code == 2
    assert "add --yes" in asked.err
    assert json.loads(ran.out) == {"removed": [{"folder": str(path), "kept": ["thoughts.md"]}]}
